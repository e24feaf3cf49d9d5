"""What must hold after every round, whatever happened in it; the same for all."""
import hashlib, os, zipfile
from nodes import Wrong

# What may lie in a home beside what `init` made and the transfers themselves.
BOXES = ('outbox', 'quarantine', 'inbox')
OPEN = ('queued', 'offered', 'uploading', 'waiting', 'relayed')


def demand(condition, words):
    if not condition:
        raise Wrong(words)


def judge(sender, receiver, contents, refused=0, skewed=False):
    """`contents`: the SHA-256 of the one item of each bundle that must have arrived, in any order.

    Both nodes' `serve` may run or not; it is stopped here. `skewed`: the clocks were too far apart to reconcile."""
    waiting = [row for row in sender.transfers('outbox') if row['state'] in OPEN]
    sent = [row for row in sender.transfers('outbox') if row['peer'] == receiver.name]
    delivered = [row for row in sent if row['state'] in ('delivered', 'retrieved')]
    demand(len(delivered) == len(contents), f'the outbox has {[(row["state"], row.get("code")) for row in sent]}')
    demand(len(sent) == len(contents) + refused, f'{len(sent)} transfers in the outbox')
    came = receiver.transfers('inbox')
    arrived = [row for row in came if row['state'] in ('delivered', 'retrieved')]
    ids = sorted(row['transfer'] for row in delivered)
    demand(sorted(row['transfer'] for row in arrived) == ids, f'the inbox has {[(row["transfer"], row["state"]) for row in came]}')
    for row in delivered:
        for node, here in ((sender, False), (receiver, True)):
            life = node.run('transfer', 'show', row['transfer'], '--json').json
            kinds = [receipt['kind'] for receipt in life['receipts'] if receipt['issuedHere'] is here]
            missing = {'DELIVERY', 'RELAY_ACCEPTANCE'} - set(kinds)
            demand(not missing, f'{node.name} has no receipt {missing} of {row["transfer"]}')
            demand(len(kinds) == len(set(kinds)), f'{node.name} has receipts twice: {kinds}')
    for node in (sender, receiver):
        node.stop()
        verdict = node.run('log', 'verify', '--json', codes=None)
        demand(verdict.code == 0, f'the log of {node.name}: {verdict.out[-500:]}{verdict.err[-500:]}')
    judge_boxes(sender, receiver, waiting, ids, contents)
    reconcile(sender, receiver, len(contents), skewed)


def judge_boxes(sender, receiver, waiting, ids, contents):
    """Exactly these bundles, with these contents, and nothing else anywhere but what waits for other peers."""
    allowed = sorted(f'outbox/{row["transfer"]}.age' for row in waiting)
    demand(left(sender) == allowed, f'left at {sender.name}: {left(sender)}, not {allowed}')
    expected = sorted(f'inbox/{name}.asice' for name in ids)
    demand(left(receiver) == expected, f'left at {receiver.name}: {left(receiver)}, not {expected}')
    found = sorted(item_digest(receiver.path(name)) for name in expected)
    demand(found == sorted(contents), 'what arrived is not what was sent')


def left(node):
    """Every file in the boxes, and every half-written file of the home."""
    found = []
    for folder, _, files in os.walk(node.home):
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), node.home)
            if path.split(os.sep)[0] in BOXES or '.partial-' in name:
                found.append(path)
    return sorted(found)


def item_digest(path):
    """SHA-256 of a bundle's only item, read without the program."""
    with zipfile.ZipFile(path) as bundle:
        items = [name for name in bundle.namelist() if name.startswith('items/')]
        demand(len(items) == 1, f'{items} in {path}')
        digest = hashlib.sha256()
        with bundle.open(items[0]) as item:
            while piece := item.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def reconcile(one, other, matched, skewed=False):
    """Exports of both logs tell the same, or differ in times alone."""
    files = []
    for node, peer in ((one, other), (other, one)):
        file = f'{node.home}.{peer.name}.sqlite'
        node.run('log', 'export', '--sqlite', file, '--peer', peer.name)
        files.append(file)
    told = one.run('log', 'reconcile', *files, '--json', codes=None)
    if skewed and told.code == 6:
        differing = told.json['differing']
        demand(all(row['fields'] == ['time'] for row in differing) and told.json['findings'] == len(differing),
               f'the logs differ in more than times: {told.out[:1500]}')
        matched -= len(differing)
    else:
        demand(told.code == 0, f'the logs differ: {told.out[:1500]}{told.err}')
    demand(told.json['matched'] == matched, f'{told.json["matched"]} transfers match, not {matched}')
    for file in files:
        os.unlink(file)
