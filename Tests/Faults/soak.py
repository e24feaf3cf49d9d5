"""The soak: very many small transfers between three nodes, whose memory and descriptors must stay flat.

    python3 Tests/Faults/soak.py [--transfers N]      10,000 by default

Memory (VmRSS) and open descriptors of each `serve` are sampled all the while. Flat means: the median of the last
fifth of the samples is at most GROWTH times that of the second fifth, and SLACK more; the first fifth is left out,
since caches and pools fill then."""
import argparse, os, random, shutil, statistics, sys, tempfile, threading, time, urllib.request
from concurrent.futures import ThreadPoolExecutor
from judge import item_digest, left, reconcile
from link import Link
from nodes import PROGRAM, Node, Wrong, end_on_signal, introduce, make, until
import hashlib, re

NAMES = ('pt-one', 'fi-two', 'sg-three')
GROWTH, SLACK_KIB, SLACK_FILES = 1.10, 6 * 1024, 8
ENOUGH = 1000  # transfers; with fewer, caches and pools still fill, and growth is told but not judged
WAITING = 120  # transfers that a node has in its outbox at a time, well below what a peer takes (256)


class Sampled(Node):
    """A node whose `serve` tells its figures."""

    def start(self):
        self.samples = []
        self.serve()
        text = until(f'{self.name} tells its figures', lambda: re.search(r'figures on port (\d+)', ''.join(self.errors)))
        self.figures = f'http://127.0.0.1:{text[1]}/metrics'

    def count(self, direction, *states):
        with urllib.request.urlopen(self.figures, timeout=60) as answer:
            text = answer.read().decode()
        return sum(int(count) for state, count in
                   re.findall(rf'transfers\{{direction="{direction}",state="(\w+)"\}} (\d+)', text) if state in states)

    def sample(self):
        pid = self.process.pid
        with open(f'/proc/{pid}/status') as file:
            memory = int(re.search(r'VmRSS:\s*(\d+)', file.read())[1])
        self.samples.append((memory, len(os.listdir(f'/proc/{pid}/fd'))))


def soak(folder, transfers):
    nodes = [make(os.path.join(folder, name), name, Link(), offersPerMinute=1_000_000) for name in NAMES]
    nodes = [Sampled(node.home, node.name, node.link) for node in nodes]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        introduce(nodes[one], nodes[other])
    digests = {}
    for node in nodes:
        item = node.home + '.item'
        with open(item, 'wb') as file:
            file.write(random.Random(node.name).randbytes(4000))
        with open(item, 'rb') as file:
            digests[node.name] = hashlib.file_digest(file, 'sha256').hexdigest()
        node.run('seal', item, '-o', node.home + '.asice')
    for node in nodes:
        node.start()
    sent = {}  # (sender, receiver): how many
    over = threading.Event()

    def watch():
        while not over.wait(0.5):
            for node in nodes:
                node.sample()

    def produce(number):
        """This node's share, in turns to the two others, never more than so many waiting."""
        node, others = nodes[number], [other for other in nodes if other is not nodes[number]]
        share = transfers // 3 + (number < transfers % 3)
        for n in range(share):
            if n % 10 == 0:
                until(f'{node.name} has room in its outbox', lambda: n - node.count('out', 'delivered') < WAITING, patience=600)
            peer = others[n % 2].name
            node.run('send', node.home + '.asice', '--to', peer, '--queue-only')
            sent[node.name, peer] = sent.get((node.name, peer), 0) + 1
        until(f'all of {node.name} are delivered', lambda: node.count('out', 'delivered') == share, patience=600, pause=1)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start = time.monotonic()
    try:
        with ThreadPoolExecutor(3) as pool:
            for result in [pool.submit(produce, number) for number in range(3)]:
                result.result()
        print(f'{transfers} transfers in {time.monotonic() - start:.0f} s, queueing included')
    finally:
        over.set()
        watcher.join()
        for node in nodes:
            if sys.exc_info()[0]:
                node.abandon()
    wrong = [words for node in nodes for words in flat(node, transfers)]
    for node in nodes:
        node.stop()
        node.run('log', 'verify', patience=600)
        arrived = left(node)
        expected = sorted(count for (_, peer), count in sent.items() if peer == node.name)
        found = {}
        for name in arrived:
            digest = item_digest(node.path(name)) if name.startswith('inbox/') else name
            found[digest] = found.get(digest, 0) + 1
        if sorted(found.values()) != expected or not set(found) <= set(digests.values()):
            wrong.append(f'{node.name} has {found}, not {expected}')
    for one, other in ((0, 1), (0, 2), (1, 2)):
        pair = nodes[one].name, nodes[other].name
        reconcile(nodes[one], nodes[other], sent.get(pair, 0) + sent.get(pair[::-1], 0))
    return wrong


def flat(node, transfers):
    wrong = []
    fifth = len(node.samples) // 5
    if fifth == 0:
        return [f'{node.name}: only {len(node.samples)} samples']
    for index, what, slack in ((0, 'KiB resident', SLACK_KIB), (1, 'descriptors', SLACK_FILES)):
        values = [sample[index] for sample in node.samples]
        second, last = statistics.median(values[fifth:2 * fifth]), statistics.median(values[-fifth:])
        print(f'  {node.name:9} {what:12} second fifth {second:.0f}, last fifth {last:.0f}, at most {max(values)}')
        if transfers >= ENOUGH and last > second * GROWTH + slack:
            wrong.append(f'{node.name}: {what} grew from {second:.0f} to {last:.0f}')
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--transfers', type=int, default=10_000)
    options = parser.parse_args()
    end_on_signal()
    folder = tempfile.mkdtemp(prefix='rogatory-soak-')
    print(f'soak: {options.transfers} transfers between three nodes, {PROGRAM}', flush=True)
    try:
        wrong = soak(folder, options.transfers)
    except Wrong as error:
        wrong = [str(error)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for words in wrong:
        print('FAILED soak:', words)
    print(f'{1 - bool(wrong)} passed, {int(bool(wrong))} failed, 0 skipped')
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
