"""Rounds about the machines: disks that are full, clocks that are wrong, two days without the peer."""
import os, subprocess
from judge import judge
from lane import deliver, state
from nodes import Wrong, clock_library, until
from rounds import Skip, family


def small_disk(node, spare):
    """Puts the node's home on a disk of its own that has so many bytes to spare."""
    aside = node.home + '.aside'
    os.rename(node.home, aside)
    os.mkdir(node.home)
    used = sum(-(-os.path.getsize(os.path.join(folder, name)) // 4096) * 4096 + 4096
               for folder, _, files in os.walk(aside) for name in files)
    size = used + spare + (256 << 10)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'none', node.home], capture_output=True).returncode:
        raise Skip('only root can mount a small disk')
    subprocess.run(['cp', '-a', aside + '/.', node.home], check=True)
    subprocess.run(['rm', '-rf', aside], check=True)


def larger_disk(node):
    subprocess.run(['mount', '-o', 'remount,size=1g', node.home], check=True)


@family('disk', 30)
def disk(lane, random, note):
    """A disk that is full before, or becomes full during, a delivery; then there is room again."""
    where = random.choice(['sender', 'receiver'])
    size = random.choice(['small', 'medium'])
    sending = where == 'sender' and random.random() < 0.5
    sender, receiver = lane.pair(note.name, None if sending else size)
    note.nodes = sender, receiver
    full = sender if where == 'sender' else receiver
    spare = random.randrange(0, 3 * os.path.getsize(lane.bundle(size)))
    small_disk(full, spare)
    note.say(f'{size}, the disk of the {where} has {spare} B to spare{", to release" if sending else ""}')
    full.expects = ('.',)
    words = ['send', lane.bundle(size), '--to', 'fi-two', '--json']
    try:
        receiver.serve()
    except Wrong:
        receiver.abandon()  # it says so and ends; it is started again when there is room
    first = sender.run(*(words if sending else ['outbox', '--retry', '--json']), codes=None)
    if first.code not in (0, 1, 4, 5):
        raise Wrong(f'ended with {first.code}: {first.err[-500:]}')
    note.say(f'exit {first.code}')
    larger_disk(full)
    if receiver.process is None or receiver.process.poll() is not None:
        if receiver.process is not None:
            raise Wrong('serve ended when the disk was full: ' + ''.join(receiver.errors)[-500:])
        receiver.serve()
    if sending and not sender.transfers('outbox'):
        sender.run(*words)
    # What the receiver couldn't check for lack of room it looks at again every 15 seconds.
    deliver(sender)
    if where == 'sender':
        sender.serve()
    judge(sender, receiver, [lane.contents[size]])


@family('clock', 20)
def clock(lane, random, note):
    """Up to ten minutes apart nothing is lost but a warning; beyond, nothing is believed until time is right."""
    if clock_library() is None:
        raise Skip('no C compiler for the clock')
    # Certificates of a new development node begin an hour ago: with an earlier clock it rightly doesn't start.
    ahead = random.choice([-random.randint(1800, 3500), random.randint(1800, 7200)])
    if note.number % 2:
        ahead = random.choice([-1, 1]) * random.randint(1, 590)
    wrong = random.choice(['sender', 'receiver'])
    sender, receiver = lane.pair(note.name, 'small')
    note.nodes = sender, receiver
    note.say(f'the clock of the {wrong} is {ahead} s ahead')
    (sender if wrong == 'sender' else receiver).set_clock(ahead)
    receiver.serve()
    if abs(ahead) < 600:
        deliver(sender)
        return judge(sender, receiver, [lane.contents['small']])
    first = sender.run('outbox', '--retry', '--json', codes=None)
    if first.code not in (0, 1, 4, 5) or state(sender) in ('rejected', 'undeliverable'):
        raise Wrong(f'ended with {first.code}, {state(sender)}: {first.err[-500:]}')
    # Both clocks are right, and as late as it takes for whatever was dated ahead to lie in the past.
    for node in (sender, receiver):
        node.set_clock(abs(ahead) + 60)
    deliver(sender, codes=(0, 1, 4, 5))
    judge(sender, receiver, [lane.contents['small']], skewed=True)


@family('offline', 1)
def offline(lane, random, note):
    """The peer is away for two days of the sender's clock; its `serve` goes on trying, and then it arrives once."""
    if clock_library() is None:
        raise Skip('no C compiler for the clock')
    sender, receiver = lane.pair(note.name, 'medium')
    note.nodes = sender, receiver
    sender.set_clock(0)
    sender.serve()
    hours, seen = 0, 0
    while hours < 48:
        seen = until(f'another attempt after {hours} hours', lambda: max(0, attempts(sender) - seen), pause=0.3) + seen
        if state(sender) != 'waiting':
            until('the transfer waits', lambda: state(sender) == 'waiting')
        hours += random.choice([1, 2, 3])
        sender.set_clock(hours * 3600)
    note.say(f'{seen} attempts in {hours} hours')
    receiver.set_clock(hours * 3600)
    receiver.serve()
    sender.set_clock(hours * 3600 + 900)
    receiver.set_clock(hours * 3600 + 900)
    until('delivery by serve', lambda: state(sender) == 'delivered', pause=0.3)
    judge(sender, receiver, [lane.contents['medium']])


def attempts(node):
    return node.transfers('outbox')[0]['attempts']
