"""Rounds about the link and about processes that die: one transfer, one mishap, and the judge."""
from judge import judge
from lane import by_service, deliver, draw_direction, draw_size
from link import Fault
import time

FAMILIES = {}  # name: (rounds in all, rounds of a tenth, function)


def family(name, count, tenth=None):
    def register(function):
        FAMILIES[name] = (count, max(1, count // 10) if tenth is None else tenth, function)
        return function
    return register


class Skip(Exception):
    pass


def place(lane, random, size):
    """A byte of the conversation, drawn evenly from what an undisturbed one has."""
    direction = draw_direction(random)
    return direction, random.randrange(lane.usual(size)[1][direction])


def disturbed(lane, random, note, fault, size):
    """One transfer over a link with this fault; a person or `serve` tries again."""
    sender, receiver = lane.pair(note.name, size)
    note.nodes = sender, receiver
    receiver.serve()
    receiver.link.arm(fault)
    served = random.random() < 0.1
    note.say(f'{size}, {fault}{", sender is serve" if served else ""}')
    if served:
        sender.serve()
        by_service(sender)
    else:
        deliver(sender)
    note.happened = fault.happened.is_set()
    judge(sender, receiver, [lane.contents[size]])


@family('cut', 200)
def cut(lane, random, note):
    size = draw_size(random)
    kind = random.choice(['cut', 'close'])
    disturbed(lane, random, note, Fault(kind, *place(lane, random, size)), size)


@family('stall', 20)
def stall(lane, random, note):
    """Silent for some seconds in both directions and then well again, or silent for ever on this connection."""
    size = draw_size(random)
    seconds = random.choice([None, random.uniform(1, 8)])
    disturbed(lane, random, note, Fault('stall', *place(lane, random, size), seconds=seconds), size)


@family('bend', 60)
def bend(lane, random, note):
    size = draw_size(random)
    kind = random.choice(['truncate', 'duplicate', 'corrupt'])
    length = random.choice([1, random.randrange(1, 2000)])
    disturbed(lane, random, note, Fault(kind, *place(lane, random, size), length=length), size)


@family('delay', 5)
def delay(lane, random, note):
    """300 ms each way: nothing breaks, everything takes longer."""
    size = random.choice(['small', 'medium'])
    sender, receiver = lane.pair(note.name, size)
    note.nodes = sender, receiver
    receiver.serve()
    receiver.link.delay = 0.3
    note.say(f'{size}, 300 ms each way')
    deliver(sender, attempts=1, codes=(0,))
    judge(sender, receiver, [lane.contents[size]])


@family('kill', 300)
def kill(lane, random, note):
    """`-9` at a moment of a delivery, by the clock or when a certain byte passes, of either side."""
    victim = random.choice(['sender', 'receiver'])
    style = random.choices(['retry', 'send', 'serve'], [60, 25, 15])[0] if victim == 'sender' else 'retry'
    size = draw_size(random)
    seconds, counts = lane.usual(size)
    by_byte = random.random() < 0.5
    moment = random.uniform(0, 1.1 * seconds)
    direction, offset = place(lane, random, size)
    sender, receiver = lane.pair(note.name, None if style == 'send' else size)
    note.nodes = sender, receiver
    note.say(f'{size}, the {victim} dies ({style}) '
             + (f'at byte {offset} {direction}' if by_byte else f'after {moment:.3f} s'))
    receiver.serve()
    words = ['send', lane.bundle(size), '--to', 'fi-two', '--json'] if style == 'send' else ['outbox', '--retry', '--json']
    if style == 'serve':
        sender.serve()
        child = sender.process
    else:
        child = sender.begin(*words)
    end = child.kill if victim == 'sender' else receiver.kill
    if by_byte:
        fault = receiver.link.arm(Fault('call', direction, offset, action=end))
        # By time after all where the byte never comes; a delivery in bits takes another number of bytes.
        note.happened = fault.happened.wait(3 * seconds + 2)
        if not note.happened and victim == 'sender':
            end()
    else:
        time.sleep(moment)
        note.happened = child.poll() is None
        end()
    if style == 'serve':
        sender.kill()
    else:
        sender.finish(child, words, codes=(0, 5, -9) if victim == 'sender' else (0, 5))
    if victim == 'receiver':
        receiver.kill()  # where it was not reached in time
        receiver.serve()
    if victim == 'sender' and style == 'send' and not sender.transfers('outbox'):
        sender.run(*words)  # it died before there was a transfer
    if style == 'serve':
        sender.serve()
        by_service(sender)
    else:
        deliver(sender)
    if victim == 'sender' and style != 'serve':
        sender.serve()  # a start clears what a crash has left
    judge(sender, receiver, [lane.contents[size]])
