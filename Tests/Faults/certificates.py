"""Rounds about certificates and cards that end, change or go in the middle of an exchange."""
import os, re, shutil, socket, subprocess, time
from judge import judge
from lane import deliver, state
from link import OUT, Fault
from nodes import Wrong, clock_library, introduce, make, start, until
from rounds import Skip, family

YEARS = 730 * 86_400  # a development node's TLS certificate is good for two years


def in_the_middle(lane, random, note, action, before=None):
    """A large upload; somewhere on its way `action` happens and the connection breaks."""
    sender, receiver = lane.pair(note.name, 'large')
    note.nodes = sender, receiver
    if before:
        before(sender, receiver)
    receiver.serve()
    offset = random.randrange(1 << 20, 40 << 20)

    def happen():
        action(sender, receiver)
        receiver.link.drop()
    fault = receiver.link.arm(Fault('call', OUT, offset, action=happen))
    note.say(f'at byte {offset} of the upload')
    first = sender.run('outbox', '--retry', '--json', codes=None)
    if not fault.happened.is_set():
        raise Wrong('the upload did not come so far')
    return sender, receiver, first


def refused(sender, codes=(4, 5)):
    """While it lasts, nothing goes through, and nothing is lost."""
    told = sender.run('outbox', '--retry', '--json', codes=codes)
    if state(sender) not in ('waiting', 'uploading', 'offered'):
        raise Wrong(f'the transfer is {state(sender)}: {told.err[-300:]}')


def withdrawn(lane, random, note):
    """The sender's card is withdrawn, and approved again later."""
    card = ('peers', 'pt-one.json')

    def withdraw(_, receiver):
        os.rename(receiver.path(*card), receiver.home + '.card')
        time.sleep(1.2)  # the node looks at its cards again after a second
    sender, receiver, _ = in_the_middle(lane, random, note, withdraw)
    refused(sender)
    os.rename(receiver.home + '.card', receiver.path(*card))
    time.sleep(1.2)
    deliver(sender)
    return sender, receiver


def swapped(lane, random, note, whose):
    """Another key and certificate of another authority, as if somebody else answered or called."""
    other = os.path.join(lane.folder, note.name + '-other')
    make(other, 'xx-other', lane.links['pt-one'])
    files = [('keys', 'tls.key'), ('pki', 'tls.pem')]

    def swap(*nodes):
        node = nodes[whose]
        for file in files:
            shutil.copy(node.path(*file), node.path(*file) + '.right')
            shutil.copy(os.path.join(other, *file), node.path(*file))
        restart(node)

    def restart(node):
        if node.process:
            node.kill()
            node.serve()
    sender, receiver, _ = in_the_middle(lane, random, note, swap)
    refused(sender)
    node = (sender, receiver)[whose]
    for file in files:
        os.rename(node.path(*file) + '.right', node.path(*file))
    restart(node)
    deliver(sender)
    shutil.rmtree(other)
    os.unlink(other + '.card')
    return sender, receiver


def expired(lane, random, note, whose):
    """A TLS certificate ends while bundles wait; the authority issues another for the same key."""
    if clock_library() is None or not shutil.which('openssl'):
        raise Skip('no C compiler for the clock, or no openssl')
    place = os.path.join(lane.folder, note.name)
    os.makedirs(place)
    nodes = []
    for number, (name, link) in enumerate(lane.links.items()):
        link.reset()
        node = make(os.path.join(place, name), name, link, ahead=8 - YEARS if number == whose else None, idleTimeoutSeconds=3)
        nodes.append(node)
    made = time.monotonic()
    for node in nodes:
        node.clock = {}
    introduce(*nodes)
    sender, receiver = note.nodes = nodes
    sender.run('seal', lane.bundle('small'), '-o', os.path.join(place, 'b.asice'))
    sender.run('send', os.path.join(place, 'b.asice'), '--to', 'fi-two', '--queue-only')
    receiver.serve()
    time.sleep(max(0, made + 9 - time.monotonic()))
    note.say(f'{nodes[whose].name}: its certificate has ended')
    refused(sender, codes=(1, 4, 5))
    node = nodes[whose]
    issue_again(node, place)
    if node.process:
        node.stop()
        node.serve()
    deliver(sender)
    return sender, receiver, lane_digest(lane.bundle('small'))


def lane_digest(path):
    import hashlib
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def issue_again(node, place):
    """The same key, the same names, the same authority, and a year from now, by OpenSSL."""
    def openssl(*words):
        subprocess.run(['openssl', *words], check=True, capture_output=True)
    request, names = os.path.join(place, 'tls.csr'), os.path.join(place, 'names')
    with open(names, 'w') as file:
        file.write('subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=digitalSignature\n')
    openssl('req', '-new', '-key', node.path('keys', 'tls.key'), '-subj', f'/CN={node.name} link', '-out', request)
    openssl('x509', '-req', '-in', request, '-CA', node.path('pki', 'anchors.pem'), '-CAkey', node.path('pki', 'ca.key'),
            '-set_serial', '0x7f00000000000001', '-days', '365', '-extfile', names, '-out', node.path('pki', 'tls.pem'))


def serial_of(node, name):
    return subprocess.run(['openssl', 'x509', '-in', node.path('pki', name), '-noout', '-serial'],
                          capture_output=True, text=True, check=True).stdout.strip().partition('=')[2]


def revoked_signing(lane, random, note):
    """The sender's signing certificate is revoked on the way. What was signed and time-stamped before stays good."""
    def revoke(sender, _):
        sender.run('pki', 'revoke', serial_of(sender, 'signing.pem'))
    sender, receiver, _ = in_the_middle(lane, random, note, revoke)
    deliver(sender)
    return sender, receiver


def renew_tls(node, peer):
    """A new TLS key and certificate, and the card that says so."""
    node.run('pki', 'renew', 'tls')
    node.run('pki', 'activate', 'tls')
    card = node.home + '.new.card'
    node.run('peer', 'card', '-o', card)
    peer.run('peer', 'add', card)
    os.unlink(card)
    time.sleep(1.2)


def revoked_tls(lane, random, note):
    """The sender's TLS certificate is revoked on the way; with a new key and card it goes on where it ended."""
    def watch(sender, receiver):
        with open(receiver.path('node.yaml'), 'a') as file:
            file.write(f'crl: ["{sender.path("pki", "crl.pem")}"]\n')

    def revoke(sender, receiver):
        receiver.kill()  # else the bytes that are left may arrive before the next look at the list
        sender.run('pki', 'revoke', serial_of(sender, 'tls.pem'))
    sender, receiver, _ = in_the_middle(lane, random, note, revoke, watch)
    receiver.serve()
    refused(sender)
    renew_tls(sender, receiver)
    deliver(sender)
    return sender, receiver


def revoked_by_responder(lane, random, note):
    """An OCSP responder says on the way that the sender's TLS certificate is revoked: the connection ends, nothing is lost."""
    if not shutil.which('openssl'):
        raise Skip('no openssl')
    place = os.path.join(lane.folder, note.name + '-responder')
    os.makedirs(place)
    index = os.path.join(place, 'index')
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]

    def say(sender, state):
        revoked = time.strftime('%y%m%d%H%M%SZ,superseded', time.gmtime(time.time() - 5)) if state == 'R' else ''
        with open(index + '.new', 'w') as file:
            file.write(f'{state}\t491231235959Z\t{revoked}\t{serial_of(sender, "tls.pem")}\tunknown\t/CN=link\n')
        os.replace(index + '.new', index)  # another file: the responder looks at times in seconds

    def revoke(sender, receiver):
        say(sender, 'R')
        # The bytes of the upload stand still here; the receiver hears of it by its clock, and ends the connection.
        until('revoked', lambda: [row['tls']['revocation'] for row in receiver.run('peer', 'list', '--json').json['peers']] == ['revoked'])
        time.sleep(11)
    responder = None
    try:
        sender, receiver = lane.pair(note.name, 'large')
        say(sender, 'V')
        anchors = sender.path('pki', 'anchors.pem')
        responder = start('openssl', 'ocsp', '-index', index, '-port', str(port), '-CA', anchors, '-rsigner', anchors,
                          '-rkey', sender.path('pki', 'ca.key'), '-nmin', '60', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for node in (sender, receiver):  # else one of them gives up before the responder has been asked
            with open(node.path('node.yaml')) as file:
                text = re.sub('idleTimeoutSeconds: .*', 'idleTimeoutSeconds: 60', file.read())
            with open(node.path('node.yaml'), 'w') as file:
                file.write(text)
        with open(receiver.path('node.yaml'), 'a') as file:
            file.write(f'peerRevocation:\n  responders: ["http://127.0.0.1:{port}"]\n  everySeconds: 5\n')
        note.nodes = sender, receiver
        receiver.serve()
        offset = random.randrange(1 << 20, 40 << 20)
        fault = receiver.link.arm(Fault('call', OUT, offset, action=lambda: revoke(sender, receiver)))
        note.say(f'at byte {offset} of the upload')
        first = sender.run('outbox', '--retry', '--json', codes=None)
        if not fault.happened.is_set():
            raise Wrong('the upload did not come so far')
        if state(sender) == 'delivered':
            raise Wrong(f'it went through all the same: {first.err[-300:]}')
    finally:
        if responder:
            responder.kill()
            responder.wait()
        shutil.rmtree(place)
    refused(sender)
    receiver.kill()
    receiver.serve()  # it knows still, though nobody answers any more
    refused(sender)
    renew_tls(sender, receiver)
    deliver(sender)
    return sender, receiver


def revoked_receiver(lane, random, note):
    """The receiver's signing certificate is revoked on the way: no receipt until it has another and the sender its card."""
    def revoke(_, receiver):
        receiver.kill()  # it serves again below, with what it has then
        receiver.run('pki', 'revoke', serial_of(receiver, 'signing.pem'))
    sender, receiver, _ = in_the_middle(lane, random, note, revoke)
    receiver.serve()
    refused(sender)
    receiver.run('pki', 'renew', 'signing')
    receiver.run('pki', 'activate', 'signing')
    receiver.kill()
    receiver.serve()
    deliver(sender)
    return sender, receiver


VARIANTS = [
    withdrawn, lambda *all: swapped(*all, 0), lambda *all: swapped(*all, 1), lambda *all: expired(*all, 0),
    lambda *all: expired(*all, 1), revoked_signing, revoked_tls, revoked_receiver, revoked_by_responder,
]
NAMES = ['withdrawn', 'swapped at the sender', 'swapped at the receiver', 'expired at the sender',
         'expired at the receiver', 'signing certificate revoked', 'TLS certificate revoked', 'receiver revoked',
         'TLS certificate revoked by a responder']


@family('certificate', 27)
def certificate(lane, random, note):
    number = note.number % len(VARIANTS)
    note.say(NAMES[number])
    sender, receiver, *content = VARIANTS[number](lane, random, note)
    judge(sender, receiver, content or [lane.contents['large']])
