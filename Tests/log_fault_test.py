"""The audit log under faults: python3 -m unittest Tests/log_fault_test.py

Every write, sync, truncation and rename of an append is made to fail in turn, and the writer is killed
between any two of them (strace's fault injection, of real system calls of the real program). Then: what was
acknowledged is there once, nothing is twice, the log verifies, and it goes on. By default a tenth of the
places, drawn with a seed that is printed; ROGATORY_FAULTS=all takes every one, ROGATORY_FAULT_SEED repeats."""
import os, random, re, shutil, sqlite3, subprocess, sys, tempfile, unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def built(name):
    for place in (os.path.dirname(os.environ.get('ROGATORY_PROGRAM', '')) or None, '.build/release', '.build/debug'):
        path = os.path.join(ROOT, place, name) if place else None
        if path and os.access(path, os.X_OK):
            return path


WRITER, PROGRAM = built('LogBench'), built('rogatory')
SEED = int(os.environ.get('ROGATORY_FAULT_SEED', random.randrange(1 << 32)))
ALL = os.environ.get('ROGATORY_FAULTS') == 'all'
CALLS = ('pwrite64', 'write', 'fdatasync', 'fsync', 'ftruncate', 'unlink', 'openat', 'fcntl', 'mmap')


def can_trace():
    return shutil.which('strace') and subprocess.run(
        ['strace', '-o', '/dev/null', 'true'], stderr=subprocess.DEVNULL).returncode == 0


def can_mount():
    return shutil.which('unshare') and subprocess.run(
        ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt'], stderr=subprocess.DEVNULL).returncode == 0


@unittest.skipUnless(WRITER and PROGRAM, 'LogBench and rogatory are not built')
class LogFaultTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.random = random.Random(SEED)
        print(f'log faults: seed {SEED}, {"all places" if ALL else "a tenth of the places"}', file=sys.stderr)

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.base = self.path('base')
        self.acknowledged = {}
        self.write(self.base, 10)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, log, count, *tracer):
        """Runs the writer; remembers what it acknowledged, also when it died."""
        run = subprocess.run([*tracer, WRITER, 'acknowledge', log, str(count)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, timeout=120)
        for line in run.stdout.splitlines():
            index, _, text = line.partition(' ')
            if index.isdigit() and text.endswith(tuple('0123456789')):
                self.assertNotIn((log, int(index)), self.acknowledged)
                self.acknowledged[log, int(index)] = text
        return run

    def copy(self, name):
        for end in ('', '-wal', '-shm'):
            if os.path.exists(self.base + end):
                shutil.copy(self.base + end, self.path(name) + end)
        for (log, index), text in list(self.acknowledged.items()):
            if log == self.base:
                self.acknowledged[self.path(name), index] = text
        return self.path(name)

    def check(self, log, what):
        """What was acknowledged is there, once; the log holds, and goes on."""
        self.assertEqual(self.write(log, 1).returncode, 0, what)
        run = subprocess.run([PROGRAM, 'log', 'verify', log, '--json'], stdout=subprocess.PIPE, text=True)
        self.assertEqual(run.returncode, 0, (what, run.stdout))
        entries = dict(sqlite3.connect(log).execute('select idx, body from entries'))
        self.assertEqual(sorted(entries), list(range(len(entries))), what)
        texts = [re.search(r'"code":"(acknowledged [0-9 ]+)"', body) for body in entries.values()]
        texts = [match[1] for match in texts if match]
        self.assertEqual(len(texts), len(set(texts)), what)
        for (file, index), text in self.acknowledged.items():
            if file == log:
                self.assertIn(f'"code":"{text}"', entries.get(index, ''), what)

    def places(self, target):
        """How often the writer makes each call, while it appends 4 entries."""
        log = self.copy('count')
        run = self.write(log, 4, 'strace', '-f', '-qq', '-o', self.path('trace'), '-e', 'trace=' + ','.join(CALLS))
        self.assertEqual(run.returncode, 0)
        with open(self.path('trace')) as file:
            calls = [line.split(None, 1)[1].split('(')[0] for line in file if '(' in line and 'resumed' not in line]
        every = [(call, n) for call in CALLS for n in range(1, calls.count(call) + 1)]
        if ALL:
            return every
        # The calls that change the log matter most; each kind is drawn at least once.
        drawn = self.random.sample(every, max(1, len(every) // 10))
        return drawn + [next(place for place in every if place[0] == call) for call in target if call in calls]

    @unittest.skipUnless(can_trace(), 'strace may not trace here')
    def test_every_call_fails_in_turn(self):
        hit = 0
        places = self.places(('pwrite64', 'fdatasync', 'ftruncate'))
        for number, (call, n) in enumerate(places):
            error = self.random.choice(['EIO', 'ENOSPC', 'EINTR'] if call in ('pwrite64', 'write') else ['EIO', 'ENOSPC'])
            with self.subTest(call=call, n=n, error=error):
                log = self.copy(f'fail-{number}')
                run = self.write(log, 4, 'strace', '-f', '-qq', '-o', self.path('trace'), '-e', f'trace={call}',
                                 '-e', f'inject={call}:error={error}:when={n}')
                with open(self.path('trace')) as file:
                    hit += 'INJECTED' in file.read()
                self.check(log, (call, n, error, run.returncode, run.stderr[-300:]))
        print(f'log faults: {hit} failing calls of {len(places)} runs', file=sys.stderr)
        self.assertGreater(hit, 0)

    @unittest.skipUnless(can_trace(), 'strace may not trace here')
    def test_killed_between_any_two_calls(self):
        died = 0
        places = self.places(('pwrite64', 'fdatasync'))
        for number, (call, n) in enumerate(places):
            with self.subTest(call=call, n=n):
                log = self.copy(f'kill-{number}')
                run = self.write(log, 4, 'strace', '-f', '-qq', '-o', '/dev/null', '-e', f'trace={call}',
                                 '-e', f'inject={call}:signal=SIGKILL:when={n}')
                died += run.returncode != 0
                self.check(log, (call, n, run.returncode))
        print(f'log faults: {died} killed of {len(places)} runs', file=sys.stderr)
        self.assertGreater(died, 0)

    @unittest.skipUnless(can_mount(), 'only root can mount a small disk')
    def test_a_full_disk_loses_nothing_that_was_acknowledged(self):
        script = r'''
            mkdir "$1/disk"; mount -t tmpfs -o size=700k none "$1/disk"
            "$2" acknowledge "$1/disk/log" 100000 >"$1/out" 2>"$1/err"; echo "exit $?"
            "$3" log verify "$1/disk/log" >/dev/null; echo "verify $?"
            mount -o remount,size=8m "$1/disk"
            "$2" acknowledge "$1/disk/log" 3 >>"$1/out"; echo "again $?"
            cp "$1/disk/log" "$1/full"; cp "$1/disk/log-wal" "$1/full-wal" 2>/dev/null; true'''
        run = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', self.folder.name, WRITER, PROGRAM],
                             stdout=subprocess.PIPE, text=True, timeout=300)
        self.assertRegex(run.stdout, r'exit [^0]')
        self.assertIn('again 0', run.stdout)
        with open(self.path('out')) as file:
            for line in file:
                index, _, text = line.strip().partition(' ')
                if index.isdigit():
                    self.acknowledged[self.path('full'), int(index)] = text
        self.assertGreater(len(self.acknowledged), 20)
        self.check(self.path('full'), run.stdout)

    @unittest.skipUnless(can_mount(), 'only root can mount a small disk')
    def test_a_disk_that_cannot_be_written_is_refused_and_can_still_be_verified(self):
        script = r'''
            mkdir "$1/disk"; mount -t tmpfs none "$1/disk"; cp "$1"/base* "$1/disk/"
            mount -o remount,ro "$1/disk"
            "$2" acknowledge "$1/disk/base" 1 >"$1/out" 2>&1; echo "exit $?"
            mount -o remount,rw "$1/disk"
            "$2" acknowledge "$1/disk/base" 1 >/dev/null; echo "again $?"
            "$3" log verify "$1/disk/base" >/dev/null; echo "verify $?"'''
        run = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', self.folder.name, WRITER, PROGRAM],
                             stdout=subprocess.PIPE, text=True, timeout=300)
        self.assertRegex(run.stdout, r'^exit [^0]\d*\nagain 0\nverify 0\n$')

    def test_two_writers_at_once_lose_and_double_nothing(self):
        log = self.copy('two')
        runs = [subprocess.Popen([WRITER, 'acknowledge', log, '150'], stdout=subprocess.PIPE, text=True) for _ in range(3)]
        for run in runs:
            out = run.communicate(timeout=120)[0]
            self.assertEqual(run.returncode, 0)
            for line in out.splitlines():
                index, _, text = line.partition(' ')
                if index.isdigit():
                    self.assertNotIn((log, int(index)), self.acknowledged)
                    self.acknowledged[log, int(index)] = text
        self.check(log, 'two')
        self.assertEqual(len([key for key in self.acknowledged if key[0] == log]), 10 + 450 + 1)

    @unittest.skipUnless(can_trace(), 'strace may not trace here')
    def test_a_new_origin_is_begun_once_whenever_it_is_interrupted(self):
        home = self.path('home')
        subprocess.run([PROGRAM, '--home', home, 'init', '--node', 'pt-ipcu', '--country', 'PT', '--development'],
                       check=True, stdout=subprocess.DEVNULL)
        db = sqlite3.connect(home + '/log.sqlite')
        db.execute('drop trigger nodes_no_delete'); db.execute('delete from nodes'); db.commit(); db.close()
        recover = [PROGRAM, '--home', home, 'log', 'recover', '--new-origin']
        run = subprocess.run(['strace', '-f', '-qq', '-o', self.path('trace'), '-e', 'trace=rename', *recover],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(run.returncode, 0)
        with open(self.path('trace')) as file:
            renames = file.read().count('rename(')
        self.assertGreater(renames, 3)
        for n in range(1, renames + 1):
            with self.subTest(rename=n):
                shutil.rmtree(home)
                subprocess.run([PROGRAM, '--home', home, 'init', '--node', 'pt-ipcu', '--country', 'PT', '--development'],
                               check=True, stdout=subprocess.DEVNULL)
                db = sqlite3.connect(home + '/log.sqlite')
                db.execute('drop trigger nodes_no_delete'); db.execute('delete from nodes'); db.commit(); db.close()
                subprocess.run(['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename',
                                '-e', f'inject=rename:signal=SIGKILL:when={n}', *recover],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                again = subprocess.run(recover, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                verify = subprocess.run([PROGRAM, '--home', home, 'log', 'verify', '--json'], stdout=subprocess.PIPE, text=True)
                self.assertEqual(verify.returncode, 0, (again.stdout, again.stderr, verify.stdout))
                self.assertIn('rogatory.example/log-2"', verify.stdout)
                self.assertTrue(os.path.exists(home + '/log-1.sqlite'))
                self.assertEqual(sorted(os.listdir(home + '/keys')),
                                 ['age.key', 'cosigner.key', 'log-1.key', 'log.key', 'signing.key', 'tls.key'])


if __name__ == '__main__':
    unittest.main()
