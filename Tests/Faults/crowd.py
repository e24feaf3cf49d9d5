"""One node and fifty peers, of which ten are dead in different ways: the others get theirs in bounded time."""
import os, time
from concurrent.futures import ThreadPoolExecutor
from judge import OPEN, demand, judge
from lane import copy_of
from link import Link
from nodes import copy, introduce, make, until
from rounds import family

BOUND = 75  # seconds from the start of serve: 15 of grace after queueing, and a minute
DEAD = ('silent', 'stalled', 'silent', 'stalled', 'refused')  # more that hold a caller than there are places for callers


def dead(link, kind):
    if kind == 'refused':
        link.listener.close()
    elif kind == 'silent':
        link.silent_until = float('inf')
    else:
        link.hold_after = 1500  # dies within the handshake, each time


@family('crowd', 1, tenth=0)
def crowd(lane, random, note, count=50, dead_count=10):
    place = os.path.join(lane.folder, note.name)
    os.makedirs(place)
    sender = copy(copy_of(lane.plain, 'pt-one', lane.links['pt-one']), os.path.join(place, 'pt-one'))
    peers = []
    with ThreadPoolExecutor(4) as pool:
        peers += pool.map(lambda n: make(os.path.join(place, f'pe-{n:02}'), f'pe-{n:02}', Link(), idleTimeoutSeconds=3), range(count))
        os.link(lane.plain + '/pt-one.card', sender.home + '.card')
        for peer in peers:  # one after another: each writes into the sender's home
            introduce(sender, peer)
        dying = random.sample(peers, dead_count)
        living = [peer for peer in peers if peer not in dying]
        note.nodes = [sender, *peers]
        list(pool.map(lambda peer: peer.serve(), living))
    for number, peer in enumerate(dying):
        dead(peer.link, DEAD[number % len(DEAD)])
    for peer in random.sample(peers, count):
        sender.run('send', lane.bundle('small'), '--to', peer.name, '--queue-only')
    sender.serve()
    start = time.monotonic()
    names = {peer.name for peer in living}

    def arrived():
        rows = sender.transfers('outbox')
        return names == {row['peer'] for row in rows if row['state'] == 'delivered'}
    until(f'delivery to {len(living)} living peers', arrived, patience=BOUND, pause=1)
    note.say(f'{len(living)} got theirs within {time.monotonic() - start:.0f} s, {dead_count} are dead')
    for peer in living:
        judge(sender, peer, [lane.contents['small']])
    waiting = sorted(row['peer'] for row in sender.transfers('outbox') if row['state'] in OPEN)
    demand(waiting == sorted(peer.name for peer in dying), f'still open are those for {waiting}')
    for peer in peers:
        peer.link.close()


@family('few', 1)
def few(lane, random, note):
    """The same in small, for every run of the tests."""
    crowd(lane, random, note, count=10, dead_count=2)
