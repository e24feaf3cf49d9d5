"""Second implementation of the audit log's formats, slow and without dependencies: RFC 6962 trees and
proofs, C2SP signed notes and cosignature/v1, tiles, tlog-proof, tlog-witness (both ends).

python3 log_ref.py tiles DIR VKEY | sqlite FILE VKEY | proof PROOF ENTRY VKEY   judge what the product wrote
python3 log_ref.py witness PORT NAME SEED_HEX LOG_VKEY                          a witness over HTTP
python3 log_ref.py vkey NAME SEED_HEX 1|4                                      the verifier key of a seed
python3 log_ref.py format-1                                                    the SQL of an old log"""
import base64, hashlib, json, os, sqlite3, struct, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redact_ref import check_bytes, public_key, sign_bytes

class Bad(Exception): pass
def need(ok, what):
    if not ok: raise Bad(what)
def H(*parts): return hashlib.sha256(b''.join(parts)).digest()
def b64(data): return base64.b64encode(data).decode()
def unb64(text): return base64.b64decode(text, validate=True)
def leaf(entry): return H(b'\0', entry)
def node(left, right): return H(b'\1', left, right)
def split(n): return 1 << (n - 1).bit_length() - 1

def root(leaves):
    """Of RFC 6962, by its definition, level by level so that a large log doesn't recurse."""
    if not leaves: return H()
    level = list(leaves)
    while len(level) > 1:
        level = [node(level[i], level[i + 1]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]
def consistency(old, leaves, whole=True):
    if old == len(leaves): return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if old <= k: return consistency(old, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(old - k, leaves[k:], False) + [root(leaves[:k])]
def check_inclusion(index, size, hash, path, top):
    need(0 <= index < size, 'index'); fn, sn = index, size - 1
    for sibling in path:
        need(sn, 'path too long')
        if fn & 1 or fn == sn:
            hash = node(sibling, hash)
            while not fn & 1 and fn: fn >>= 1; sn >>= 1
        else: hash = node(hash, sibling)
        fn >>= 1; sn >>= 1
    need(sn == 0 and hash == top, 'root')
def check_consistency(old, new, old_root, new_root, path):
    need(0 < old <= new, 'sizes')
    if old == new: return need(not path and old_root == new_root, 'roots')
    need(path, 'empty'); path = ([old_root] if old & (old - 1) == 0 else []) + path
    fn, sn = old - 1, new - 1
    while fn & 1: fn >>= 1; sn >>= 1
    a = b = path[0]
    for hash in path[1:]:
        need(sn, 'path too long')
        if fn & 1 or fn == sn:
            a, b = node(hash, a), node(hash, b)
            while not fn & 1 and fn: fn >>= 1; sn >>= 1
        else: b = node(b, hash)
        fn >>= 1; sn >>= 1
    need(sn == 0 and a == old_root and b == new_root, 'roots')

def key_id(name, kind, public): return H(name.encode(), b'\n', bytes([kind]), public)[:4]
def vkey(name, seed, kind): p = public_key(seed); return f'{name}+{key_id(name, kind, p).hex()}+{b64(bytes([kind]) + p)}'
def parse_vkey(text):
    name, id, key = text.split('+', 2); key = unb64(key)
    need(key_id(name, key[0], key[1:]).hex() == id, 'key id'); return name, key[0], key[1:]
def cosigned(text, seconds): return f'cosignature/v1\ntime {seconds}\n{text}'.encode()
def sign(name, seed, text): return f'\u2014 {name} {b64(key_id(name, 1, public_key(seed)) + sign_bytes(seed, text.encode()))}\n'
def cosign(name, seed, text, seconds):
    signature = struct.pack('>Q', seconds) + sign_bytes(seed, cosigned(text, seconds))
    return f'\u2014 {name} {b64(key_id(name, 4, public_key(seed)) + signature)}\n'
def check_note(note, key):
    """The text of a note that this key signed."""
    name, kind, public = parse_vkey(key); end = note.rindex('\n\n') + 1; found = False
    for line in note[end + 1:].splitlines():
        dash, by, raw = line.split(' '); raw = unb64(raw); need(dash == '\u2014', 'line')
        if by != name or raw[:4] != key_id(name, kind, public): continue
        if kind == 1: check_bytes(public, note[:end].encode(), raw[4:])
        else: check_bytes(public, cosigned(note[:end], int.from_bytes(raw[4:12], 'big')), raw[12:])
        found = True
    need(found, 'no signature by ' + name); return note[:end]
def checkpoint(text): lines = text.split('\n'); return lines[0], int(lines[1]), unb64(lines[2])

def read(*path):
    with open(os.path.join(*path), 'rb') as file: return file.read()
def tile(level, index, width):
    name = f'{index % 1000:03}'
    while index >= 1000: index //= 1000; name = f'x{index % 1000:03}/{name}'
    return f'tile/{level}/{name}' + (f'.p/{width}' if width < 256 else '')
def check_tiles(folder, key):
    text = check_note(read(folder, 'checkpoint').decode(), key); origin, size, top = checkpoint(text)
    pruned = int(read(folder, 'pruned')) if os.path.exists(os.path.join(folder, 'pruned')) else 0
    def hashes(level, count):
        out = []
        for i in range(0, count, 256):
            data = read(folder, tile(level, i // 256, min(256, count - i))); need(len(data) == 32 * min(256, count - i), 'tile')
            out += [data[j:j + 32] for j in range(0, len(data), 32)]
        return out
    leaves = hashes(0, size)
    for i in range(pruned, size, 256):
        data = read(folder, tile('entries', i // 256, min(256, size - i)))
        for j in range(i, min(size, i + 256)):
            n, = struct.unpack_from('>H', data); entry, data = data[2:2 + n], data[2 + n:]
            check_entry(entry); need(leaf(entry) == leaves[j], f'entry {j}')
        need(not data, 'bundle')
    need(root(leaves) == top, 'root'); level, count = 1, size // 256
    below = leaves
    while count:
        here = hashes(level, count)
        for i in range(count): need(root(below[256 * i:256 * i + 256]) == here[i], f'tile {level} {i}')
        below, level, count = here, level + 1, count // 256
    return size, b64(top)
def check_entry(entry):
    value = json.loads(entry)
    need(json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode() == entry, 'not canonical')
def check_sqlite(path, key):
    db = sqlite3.connect(f'file:{path}?mode=ro', uri=True); db.text_factory = bytes
    size, top, note = db.execute('select size, root, note from checkpoints order by size desc limit 1').fetchone()
    origin, stated, stated_root = checkpoint(check_note(note.decode(), key)); need((stated, stated_root) == (size, top), 'checkpoint')
    rows = db.execute('select idx, body from entries order by idx').fetchall(); first = size - len(rows)
    stored = {pos + i: run[32 * i:32 * i + 32] for pos, run in db.execute('select pos, hash from nodes') for i in range(len(run) // 32)}
    leaves = [stored[2 * i - bin(i).count('1')] for i in range(first)]
    for i, (index, body) in enumerate(rows): need(index == first + i, 'gap'); check_entry(body); leaves.append(leaf(body))
    need(root(leaves) == top, 'root'); return size, b64(top)
def check_proof(proof, entry, key):
    head, rest = read(proof).decode().split('\n\n', 1); lines = head.split('\n'); need(lines.pop(0) == 'c2sp.org/tlog-proof@v1', 'header')
    if lines[0].startswith('extra '): lines.pop(0)
    need(lines[0].startswith('index '), 'index'); index = int(lines.pop(0)[6:])
    origin, size, top = checkpoint(check_note(rest, key))
    check_inclusion(index, size, leaf(read(entry)), [unb64(line) for line in lines], top); return index, size

class Witness:
    """C2SP tlog-witness for one log, in memory: what the page says, and nothing else."""
    def __init__(s, name, seed, log): s.name, s.seed, s.log, s.size, s.root = name, seed, log, 0, None
    def add_checkpoint(s, body):
        try:
            head, note = body.decode().split('\n\n', 1); lines = head.split('\n')
            need(lines[0].startswith('old ') and str(int(lines[0][4:])) == lines[0][4:], 'old'); old = int(lines[0][4:])
            path = [unb64(line) for line in lines[1:]]; need(len(path) <= 63 and all(len(hash) == 32 for hash in path), 'proof')
            origin, size, top = checkpoint(note)
        except Exception: return 400, 'text/plain', b''
        if origin != parse_vkey(s.log)[0]: return 404, 'text/plain', b''
        try: text = check_note(note, s.log)
        except Exception: return 403, 'text/plain', b''
        if old > size: return 400, 'text/plain', b''
        if old != s.size or old == size and s.root not in (None, top): return 409, 'text/x.tlog.size', f'{s.size}\n'.encode()
        try:
            if old: check_consistency(old, size, s.root, top, path)
            else: need(not path, 'proof from nothing')
        except Bad: return 422, 'text/plain', b''
        s.size, s.root = size, top
        return 200, 'text/plain', cosign(s.name, s.seed, text, int(time.time())).encode()
    def serve(s, port):
        from http.server import BaseHTTPRequestHandler, HTTPServer
        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def do_POST(h):
                body = h.rfile.read(int(h.headers['Content-Length']))
                status, kind, answer = s.add_checkpoint(body) if h.path == '/add-checkpoint' else (404, 'text/plain', b'')
                h.send_response(status); h.send_header('Content-Type', kind); h.send_header('Content-Length', str(len(answer)))
                h.end_headers(); h.wfile.write(answer)
                print(f'{status} size {s.size}', flush=True)
            def log_message(h, *a): pass
        server = HTTPServer(('127.0.0.1', port), Handler); print(f'witness on {server.server_port}', flush=True); server.serve_forever()

def request(old, leaves, size, note):
    path = consistency(old, leaves[:size]) if 0 < old < size else []
    return (f'old {old}\n' + ''.join(b64(hash) + '\n' for hash in path) + '\n' + note).encode()

def old_log():
    """A log of the format rogatory-log-1 as SQL: 20 entries in batches of 7, a text with every fifth."""
    name, seed, witness = 'pt-ipcu.rogatory.example', bytes([1]) * 32, bytes([9]) * 32
    quote = lambda v: "x'%s'" % v.hex() if isinstance(v, bytes) else str(v) if isinstance(v, int) else "'%s'" % v.replace("'", "''")
    out, leaves, position, start = [], [], 0, 1760000000000
    def insert(table, *values): out.append(f"INSERT INTO {table} VALUES({', '.join(map(quote, values))});")
    def sign_tree():
        text = f'{name}/log\n{len(leaves)}\n{b64(root(leaves))}\n'
        insert('checkpoints', len(leaves), root(leaves), text + '\n' + sign(name + '/log', seed, text), start + len(leaves)); return text
    insert('migrations', 'rogatory-log-1')
    for key, value in (('cosigner', vkey(name + '/witness', witness, 4)), ('format', 'rogatory-log-1'), ('node', 'pt-ipcu'),
                       ('origin', name + '/log'), ('vkey', vkey(name + '/log', seed, 1))): insert('meta', key, value)
    sign_tree()
    for i in range(20):
        transfer = f'0192f0c1-7b7a-7000-8000-{i // 2:012}'
        entry = dict(event='send' if i % 2 else 'seal', node='pt-ipcu', software='0.0.9', nonce=H(b'nonce', bytes([i]))[:16].hex(),
                     time='2025-10-09T08:53:20.%03dZ' % i, transfer=transfer, peer='fi-cust')
        if i % 5 == 0:
            salt, text = H(b'salt', bytes([i])), f'person {i}'
            entry['personal.reason'] = b64(H(b'\0', salt, text.encode()))
        body = json.dumps(entry, sort_keys=True, separators=(',', ':')); hash = leaf(body.encode())
        insert('entries', i, body); leaves.append(hash); insert('nodes', position, hash); position += 1
        for level in range(1, ((~i & i + 1).bit_length())):
            insert('nodes', position, root(leaves[-(1 << level):])); position += 1
        insert('transfers', transfer, i)
        if i % 5 == 0: insert('personal', i, 'reason', salt, text)
        if i % 7 == 6 or i == 19: text = sign_tree()
    insert('cosignatures', 20, vkey('fi-cust.rogatory.example/witness', bytes([5]) * 32, 4),
           cosign('fi-cust.rogatory.example/witness', bytes([5]) * 32, text, 1760000000), start)
    schema = read(os.path.dirname(os.path.abspath(__file__)), '..', 'Vectors', 'log', 'format-1-schema.sql').decode()
    # The triggers come last: checkpoint 0 is there before entries, and the texts of notes hold semicolons.
    i = schema.index('CREATE TRIGGER')
    return schema[:i] + '\n'.join(out) + '\n' + schema[i:]

if __name__ == '__main__':
    verb, args = sys.argv[1], sys.argv[2:]
    try:
        if verb == 'tiles': print('consistent', *check_tiles(*args))
        elif verb == 'sqlite': print('consistent', *check_sqlite(*args))
        elif verb == 'proof': print('holds', *check_proof(*args))
        elif verb == 'witness': Witness(args[1], bytes.fromhex(args[2]), args[3]).serve(int(args[0]))
        elif verb == 'vkey': print(vkey(args[0], bytes.fromhex(args[1]), int(args[2])))
        elif verb == 'format-1': sys.stdout.write(old_log())
        else: sys.exit(__doc__)
    except Exception as error:
        print('bad:', type(error).__name__, error); sys.exit(1)
