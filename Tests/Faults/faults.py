"""The fault suite of the exchange: real nodes, a link that misbehaves, processes that die.

    python3 Tests/Faults/faults.py [--all] [--seed N] [--only FAMILY|ROUND …] [--lanes N]

Every round is drawn with the seed and its own name, so one of them can be repeated alone:
`--seed S --only kill-17`. Without --all, a tenth of the rounds, drawn by the seed. Needs nothing but Python and the built program (ROGATORY_PROGRAM, else .build/release)."""
import argparse, ctypes, os, queue, random, shutil, subprocess, sys, tempfile, threading, time
from lane import Lane
from nodes import PROGRAM, Wrong, end_on_signal
from rounds import FAMILIES, Skip
import certificates, crowd, machines  # noqa: F401  they register their families


class Note:
    """What is told of a round when it fails."""

    def __init__(self, name, family):
        self.name, self.family = name, family
        self.number = int(name.rpartition('-')[2]) if '-' in name else 0
        self.words, self.nodes, self.happened = [], (), None

    def say(self, words):
        self.words.append(words)


class Suite:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.counts = {'passed': 0, 'failed': 0, 'skipped': 0}
        self.seconds = {}
        self.reasons = {}
        self.happened = {}

    def rounds(self):
        """Names of the rounds, those that mostly wait first."""
        found = []
        for name, (count, tenth, _) in FAMILIES.items():
            if self.options.only:
                numbers = [number for number in range(count) if {name, f'{name}-{number}'} & set(self.options.only)]
            elif self.options.all:
                numbers = range(count)
            else:
                numbers = random.Random(f'{self.options.seed} {name}').sample(range(count), tenth)
            found += [(name, f'{name}-{number}') for number in numbers]
        waiting = ('crowd', 'offline', 'stall')
        return sorted(found, key=lambda round: waiting.index(round[0]) if round[0] in waiting else len(waiting))

    def run(self, folder):
        todo = queue.Queue()
        for round in self.rounds():
            todo.put(round)
        lanes = [threading.Thread(target=self.lane, args=(folder, number, todo), daemon=True)
                 for number in range(min(self.options.lanes, todo.qsize()))]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()

    def lane(self, folder, number, todo):
        try:
            lane = Lane(folder, number)
        except Exception as error:
            return self.tell('failed', Note(f'lane-{number}', 'lane'), repr(error))
        while True:
            try:
                family, name = todo.get_nowait()
            except queue.Empty:
                return lane.close()
            self.round(lane, family, name)

    def round(self, lane, family, name):
        note = Note(name, family)
        start = time.monotonic()
        kept = os.path.join(lane.folder, name)
        try:
            FAMILIES[family][2](lane, random.Random(f'{self.options.seed} {name}'), note)
            self.tell('passed', note)
        except Skip as reason:
            self.tell('skipped', note, str(reason))
        except Wrong as wrong:
            self.tell('failed', note, str(wrong))
            kept = None if self.options.keep else kept
        except Exception as error:
            self.tell('failed', note, f'the suite itself: {error!r}')
        finally:
            for node in note.nodes:
                node.abandon()
            if kept and os.path.isdir(kept):
                subprocess.run(['sh', '-c', 'umount "$1"/* 2>/dev/null; rm -rf "$1"', '-', kept], check=False)
            with self.lock:
                self.seconds.setdefault(family, []).append(time.monotonic() - start)

    def tell(self, outcome, note, why=''):
        with self.lock:
            self.counts[outcome] += 1
            self.reasons.setdefault(note.family, {}).setdefault(outcome, []).append(why)
            if note.happened is not None:
                self.happened.setdefault(note.family, []).append(note.happened)
            if outcome == 'failed':
                print(f'FAILED {note.name}: {"; ".join(note.words)}\n  {why}\n'
                      f'  repeat: Scripts/faults.sh --seed {self.options.seed} --only {note.name}', flush=True)
            elif self.options.verbose:
                print(f'{outcome} {note.name}: {"; ".join(note.words)} {why}', flush=True)

    def summary(self):
        for family, outcomes in self.reasons.items():
            taken = self.seconds.get(family, [0])
            told = ', '.join(f'{len(whys)} {outcome}' for outcome, whys in outcomes.items())
            # A delivery that is over before its byte or moment comes has met nothing.
            met = self.happened.get(family)
            told += f'; {sum(met)} of {len(met)} met their mishap' if met else ''
            print(f'  {family:12} {told}; {sum(taken) / len(taken):.1f} s a round, {max(taken):.1f} s the longest')
            for why in sorted(set(outcomes.get('skipped', []))):
                print(f'    skipped: {why}')
        print(', '.join(f'{count} {word}' for word, count in self.counts.items()))


def own_mounts():
    """Small disks are mounted where nobody else sees them. Before any thread: they inherit it."""
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).unshare(0x00020000) == 0:
        subprocess.run(['mount', '--make-rprivate', '/'], check=False, stderr=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--seed', type=int, default=int(os.environ.get('ROGATORY_FAULT_SEED', 20261127)))
    parser.add_argument('--only', nargs='+')
    parser.add_argument('--lanes', type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument('--keep', action='store_true', help='keep the folders of rounds that failed')
    parser.add_argument('--verbose', action='store_true')
    options = parser.parse_args()
    own_mounts()
    end_on_signal()
    # Nobody's power fails here, so memory is as good as a disk, and leaves the disk alone.
    place = '/dev/shm' if shutil.disk_usage('/dev/shm').free > 4 << 30 else None
    folder = tempfile.mkdtemp(prefix='rogatory-faults-', dir=os.environ.get('TMPDIR') or place)
    suite = Suite(options)
    print(f'fault suite: seed {options.seed}, {"all rounds" if options.all else "a tenth of the rounds"}, {PROGRAM}', flush=True)
    start = time.monotonic()
    try:
        suite.run(folder)
    finally:
        if options.keep and suite.counts['failed']:
            print('kept:', folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f'{time.monotonic() - start:.0f} s')
    suite.summary()
    sys.exit(suite.counts['failed'] > 0)


if __name__ == '__main__':
    main()
