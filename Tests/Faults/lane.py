"""A lane: two prepared homes with links, copied for each round. Lanes run beside each other."""
import hashlib, os, random, shutil, time
from link import BACK, OUT, Link
from nodes import Wrong, copy, introduce, make, until

# Bytes of the one item of a bundle. The large one is longer than what lies between two points of an upload
# that survive a crash (32 MiB).
SIZES = {'small': 20_000, 'medium': 600_000, 'large': 40 << 20}
IDLE = 3  # seconds of node.yaml's idleTimeoutSeconds, so that a silent link is given up soon


class Lane:
    def __init__(self, folder, number):
        self.folder = os.path.join(folder, f'lane-{number}')
        os.makedirs(self.folder)
        self.links = {'pt-one': Link(), 'fi-two': Link()}
        self.contents, self.normal = {}, {}
        self.plain = os.path.join(self.folder, 'plain')
        nodes = [make(os.path.join(self.plain, name), name, link, idleTimeoutSeconds=IDLE)
                 for name, link in self.links.items() if not os.makedirs(self.plain, exist_ok=True)]
        introduce(*nodes)
        for size, count in SIZES.items():
            file = os.path.join(self.folder, size)
            with open(file, 'wb') as item:
                item.write(random.Random(f'{number} {size}').randbytes(count))
            with open(file, 'rb') as item:
                self.contents[size] = hashlib.file_digest(item, 'sha256').hexdigest()
            nodes[0].run('seal', file, '-o', self.bundle(size))
            os.unlink(file)

    def bundle(self, size):
        return os.path.join(self.folder, size + '.asice')

    def prepared(self, size):
        """A folder with both homes, and a bundle of this size in the outbox; made once."""
        folder = os.path.join(self.folder, 'with-' + size)
        if not os.path.exists(folder):
            shutil.copytree(self.plain, folder + '.new')
            sender = copy_of(folder + '.new', 'pt-one', self.links['pt-one'])
            sender.run('send', self.bundle(size), '--to', 'fi-two', '--queue-only')
            os.rename(folder + '.new', folder)
        return folder

    def pair(self, name, size=None):
        """Fresh copies of the two nodes, with or without a transfer waiting; nothing runs yet."""
        source = self.prepared(size) if size else self.plain
        place = os.path.join(self.folder, name)
        os.makedirs(place)
        nodes = []
        for id, link in self.links.items():
            link.reset()
            nodes.append(copy(copy_of(source, id, link), os.path.join(place, id)))
        return nodes

    def usual(self, size):
        """Seconds of an undisturbed delivery, and the bytes that pass in each direction; measured once."""
        if size not in self.normal:
            sender, receiver = self.pair(f'usual-{size}', size)
            try:
                receiver.serve()
                start = time.monotonic()
                deliver(sender)
                self.normal[size] = (time.monotonic() - start, dict(receiver.link.counts))
                receiver.stop()
            finally:
                receiver.abandon()
            shutil.rmtree(os.path.dirname(sender.home))
        return self.normal[size]

    def close(self):
        for link in self.links.values():
            link.close()


def copy_of(folder, name, link):
    from nodes import Node
    return Node(os.path.join(folder, name), name, link)


def state(node, direction='outbox'):
    rows = node.transfers(direction)
    return rows[0]['state'] if rows else None


def deliver(sender, attempts=12, codes=(0, 5), between=lambda: None):
    """A person tries again and again: each attempt ends by itself, and one of them arrives."""
    for _ in range(attempts):
        rows = sender.run('outbox', '--retry', '--json', codes=codes).json['transfers']
        if all(row['state'] in ('delivered', 'retrieved') for row in rows):
            return
        if bad := [row for row in rows if row['state'] in ('rejected', 'undeliverable', 'cancelled')]:
            raise Wrong(f'the transfer is {bad[0]["state"]}: {bad[0].get("code")}')
        between()
    raise Wrong(f'not delivered in {attempts} attempts: {rows}')


def by_service(sender):
    """Waits until the sender's `serve` has delivered, by its own retries."""
    until('delivery by serve', lambda: state(sender) in ('delivered', 'retrieved'), pause=0.3)


def draw_size(random):
    return random.choices(['small', 'medium', 'large'], [60, 36, 4])[0]


def draw_direction(random):
    return random.choices([OUT, BACK], [70, 30])[0]
