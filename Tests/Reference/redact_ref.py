#!/usr/bin/env python3
"""A second implementation of evidence-seal/v1 (Docs/Redaction.md): slow, plain, and none of the product's code.

  python3 redact_ref.py selftest [N]     random bundles: redact, verify, redact again, tamper
  python3 redact_ref.py vectors DIR      write the vectors of Tests/Vectors/redact
  python3 redact_ref.py answer           answers lines of JSON on its input (Tests/RedactionTests/RandomBundleTests.swift)
Standard library alone. Signed notes with Ed25519 stand in for CAdES, and a key is its own trust anchor. Not here: CAdES, grants,
release.json beyond its syntax, the ZIP container. Bytes that nothing else fixes (H = SHA-256, integers big endian, positions 0-based, item numbers 1-based):

disclosure/NNNN.leaves   for every item that is not wholly withheld
  "evidence-leaves/v1\\n" | mode u8 | grid u32 | n u64 | nh u32
  | nd u32 | nd times: index u32, length varint, bytes      the disclosed header leaves, ascending
  | runs: kind u8 (0 disclosed, 1 withheld), count varint, and after a disclosed run in table mode that many length varints
  varint = unsigned LEB128, shortest form, below 2^64. Kinds alternate, counts >= 1, their sum is n, nothing follows.
item file   the runs in order: disclosed leaves as they are; a withheld run as placeholders. No file where all content is withheld.
  The form follows from mode, then from the disclosed header leaf `media-type` (before any ';', spaces trimmed, ASCII lower case):
  mode 0         zero bytes, `grid` for each withheld leaf, the last one too, whatever the media type
  csv            text/csv: each leaf its own placeholder, in quotes (inner ones doubled) if it holds a comma, semicolon or quote
  json           application/json, application/x-ndjson, anything+json: each leaf its own, a JSON string; \\ and " escaped, no more
  image          image/*: 768 bytes of 118 for each leaf. Where content is withheld, leaf 0 is disclosed, and each other one that is has 768 bytes
  text           any other table: one placeholder for each longest row of leaves whose placeholder is the same
  The placeholder is [REDACTED code] or [REDACTED code: shown].
statements   UTF-8; one final LF; no U+0000-1F (but LF), no U+007F-9F; node and role ids [a-z0-9][a-z0-9._-]{0,63}; codes
  [A-Z][A-Z0-9-]*; provision and shown text not empty, no space at either end; base64 canonical; numbers below 2^64.
  Cuts ascend by item, then all < header < content, then range, never overlapping; at least one; `all` stands alone for its item.
  An item of which nothing stays is cut `all`, never in parts; after `all` nothing more. The approver is another than the proposer, or -
  where terms allow one person (the same id twice never).
header leaf  u8 key length | key [a-z0-9-]+ | value. `media-type` is disclosed in every item that is not wholly withheld. Not derived:
  name media-type class data-category derived-from exhibit acquired-*; every other key, `size` in grid mode too, goes with the first content leaf.
companions   derived-from is `<item> <tool> <version>[ <word>]...`, single spaces, UTF-8; the first word page=N is the page, from 1, else it is 1. It names an
  item of the bundle, and no item comes from itself in any number of steps. Where content of such an item is withheld, the item that it names is withheld whole,
  and so is content of every other disclosed item with the same number and page, both tools being page-tiles or page-words. A picture in table mode of
  which content is withheld has derived-from.
cutting      text: longest runs of scalars of general category L, M or N, and the runs between. csv: cell, delimiter (comma, CRLF or LF
  outside quotes), cell ...; an empty cell is an empty leaf, but none after a final line end; a byte order mark before the first cell's quote hides it not.
  A first line with a semicolon outside quotes and no comma outside quotes: semicolons for commas. text/tab-separated-values: TAB for commas.
  json: every string (keys too) with its quotes, every run of other bytes, every run of space, tab, LF, CR { } [ ] : and comma. Quotes that do
  not close: cut as text. Not UTF-8: grid 64. Tiles: everything before them, then 768 bytes each. An empty file is one empty leaf.
terms.json   RFC 8785; onePerson (bool), redactors [{anchor, node}], locked [{item} or {item, content: [a, b]}]; each optional."""
import base64, functools, hashlib, io, itertools, json, os, random, re, struct, sys, unicodedata
from collections import Counter, namedtuple
from dataclasses import dataclass, replace
from datetime import datetime

H = lambda *parts: hashlib.sha256(b''.join(parts)).digest()
b64 = lambda b: base64.b64encode(b).decode()
GRID, TABLE = 0, 1
LYING = False             # set where forgeries are made: then pictures are rendered that an honest tool refuses

class Bad(Exception):
    """A refusal; args[0] names the check."""
def need(ok, check, detail=''):
    if not ok: raise Bad(check, detail)

# ---- tree: one shape for hashes and seeds ----------------------------------------------------------------------------------------
def split(n):
    k = 1
    while k * 2 < n: k *= 2
    return k
def leaf(salt, chunk): return H(b'\0', salt, chunk)
def node(left, right): return H(b'\1', left, right)
def kids(seed): return H(b'\2', seed), H(b'\3', seed)
def header_seed(item_seed): return H(b'\4', item_seed)
def content_seed(item_seed): return H(b'\5', item_seed)
def item_id(mode, grid, n, nh, header_root, content_root):
    return H(b'\x10', struct.pack('>BIQI', mode, grid, n, nh), header_root, content_root)
def seed_root(seed, n, chunks):
    """Root of the next n chunks of an iterator."""
    if n == 1: return leaf(seed, next(chunks))
    k = split(n); l, r = kids(seed); a = seed_root(l, k, chunks)
    return node(a, seed_root(r, n - k, chunks))
def salts(seed, n):
    if n == 1: return [seed]
    k = split(n); l, r = kids(seed); return salts(l, k) + salts(r, n - k)

# ---- views: ('D', seed) | ('X', hash) | ('S', left, right), and in the bundle tree ('P', mode, grid, n, nh, header, content) -----
def join(l, r): return ('X', node(l[1], r[1])) if l[0] == r[0] == 'X' else ('S', l, r)
def withhold(v, n, chunks, cut, off=0):
    """The view v of n leaves after the indices in `cut` go as well."""
    hit = sum(i in cut for i in range(off, off + n))
    if v[0] == 'X' or not hit: return v
    if v[0] == 'D' and hit == n: return ('X', seed_root(v[1], n, iter(chunks[off:off + n])))
    if n == 1: return ('X', leaf(v[1], chunks[off]))
    k = split(n); l, r = [('D', s) for s in kids(v[1])] if v[0] == 'D' else v[1:]
    return join(withhold(l, k, chunks, cut, off), withhold(r, n - k, chunks, cut, off + k))
def withhold_items(v, items, gone, off=0, n=None):
    """gone = {position: (header indices, content indices)}"""
    n = len(items) if n is None else n
    if v[0] == 'X' or not any(off <= i < off + n for i in gone): return v
    if n > 1:
        k = split(n); l, r = [('D', s) for s in kids(v[1])] if v[0] == 'D' else v[1:]
        return join(withhold_items(l, items, gone, off, k), withhold_items(r, items, gone, off + k, n - k))
    it = items[off]; hv, cv = (('D', header_seed(v[1])), ('D', content_seed(v[1]))) if v[0] == 'D' else v[5:]
    hv = withhold(hv, len(it.fields), it.fields, gone[off][0]); cv = withhold(cv, len(it.chunks), it.chunks, gone[off][1])
    if hv[0] == cv[0] == 'X': return ('X', item_id(*it.shape(), hv[1], cv[1]))
    return ('P', *it.shape(), hv, cv)
def view_root(v, n, chunks):
    """Root of a header or content view; takes the disclosed chunks from an iterator, in order."""
    if v[0] == 'X': return v[1]
    if v[0] == 'D': return seed_root(v[1], n, chunks)
    k = split(n); a = view_root(v[1], k, chunks)
    return node(a, view_root(v[2], n - k, chunks))
def merged(ranges):
    out = []
    for a, b in ranges:
        if out and out[-1][1] == a: out[-1] = (out[-1][0], b)
        else: out.append((a, b))
    return out
def gaps(v, n, off=0):
    """Withheld ranges of a view, ascending and merged."""
    if v[0] != 'S': return [(off, off + n)] if v[0] == 'X' else []
    k = split(n); return merged(gaps(v[1], k, off) + gaps(v[2], n - k, off + k))

VIEW = b'evidence-view/v1\n'
def encode_node(v):
    if v[0] == 'S': return b'\0' + encode_node(v[1]) + encode_node(v[2])
    if v[0] == 'P': return b'\3' + struct.pack('>BIQI', *v[1:5]) + encode_node(v[5]) + encode_node(v[6])
    return (b'\1' if v[0] == 'D' else b'\2') + v[1]
def encode_view(N, v): return VIEW + struct.pack('>I', N) + encode_node(v)
def take(f, n):
    need(n < 1 << 62, 'truncated'); b = f.read(n); need(len(b) == n, 'truncated'); return b      # read() takes no more
def parse_node(f, n, items):
    kind = take(f, 1)[0]; need(kind < (4 if items else 3), 'view', 'node kind')
    if kind == 0:
        need(n > 1, 'view', 'a split of one leaf'); k = split(n); l = parse_node(f, k, items); r = parse_node(f, n - k, items)
        need(not (l[0] == r[0] and l[0] in 'DX'), 'view', 'a split of two like halves'); return ('S', l, r)
    if kind < 3: return ('DX'[kind - 1], take(f, 32))
    need(n == 1, 'view', 'a partial node that is no item'); mode, grid, nc, nh = shape = struct.unpack('>BIQI', take(f, 17)); check_shape(*shape)
    hv, cv = parse_node(f, nh, False), parse_node(f, nc, False)
    need(not (hv[0] == cv[0] and hv[0] in 'DX'), 'view', 'a partial item wholly disclosed or wholly withheld'); return ('P', *shape, hv, cv)
def parse_view(b):
    need(b.startswith(VIEW), 'view', 'magic'); f = io.BytesIO(b[len(VIEW):]); N, = struct.unpack('>I', take(f, 4)); need(N, 'view', 'no item')
    v = parse_node(f, N, True); need(not f.read(1), 'view', 'trailing bytes'); return N, v

# ---- items and disclosure/NNNN.leaves --------------------------------------------------------------------------------------------
@dataclass
class Item:
    """Header leaves and content leaves; None where withheld."""
    mode: int; grid: int; fields: list; chunks: list
    def shape(s): return s.mode, s.grid, len(s.chunks), len(s.fields)
Leaves = namedtuple('Leaves', 'shape headers runs')     # headers {index: bytes}; runs [(disclosed?, count, lengths or None)]

def check_shape(mode, grid, n, nh): need(mode in (GRID, TABLE) and (grid > 0) == (mode == GRID) and n and nh, 'shape')
def field(key, value): return bytes([len(key)]) + key.encode() + value
def key_of(f):
    key = f[1:1 + f[0]] if f else b''; need(f and len(key) == f[0] and re.fullmatch(rb'[a-z0-9-]+', key), 'header', 'key'); return key.decode()
def media_of(fields):
    values = [f[11:] for f in fields if f is not None and key_of(f) == 'media-type']; need(len(values) == 1, 'header', 'media-type'); return values[0].decode('latin-1')
def derived(key): return not (key in ('name', 'media-type', 'class', 'data-category', 'derived-from', 'exhibit') or key.startswith('acquired-'))

LEAVES = b'evidence-leaves/v1\n'
def varint(n): return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
def parse_varint(f):
    n = shift = 0
    while True:
        b = take(f, 1)[0]; n |= (b & 127) << shift; shift += 7
        if b < 128: need((b or shift == 7) and n < 1 << 64, 'leaves', 'varint'); return n
        need(shift < 70, 'leaves', 'varint')
def runs_of(chunks):
    out = []
    for shown, g in itertools.groupby(chunks, lambda c: c is not None): g = list(g); out.append((shown, len(g), [len(c) for c in g] if shown else None))
    return out
def encode_leaves(shape, headers, runs):
    out = [LEAVES, struct.pack('>BIQI', *shape), struct.pack('>I', len(headers))] + [struct.pack('>I', i) + varint(len(f)) + f for i, f in headers]
    for shown, count, lengths in runs: out += [b'\0' if shown else b'\1', varint(count)] + [varint(l) for l in lengths or [] if shape[0] == TABLE]
    return b''.join(out)
def leaves_of(it): return encode_leaves(it.shape(), [(i, f) for i, f in enumerate(it.fields) if f is not None], runs_of(it.chunks))
def parse_leaves(b):
    need(b.startswith(LEAVES), 'leaves', 'magic'); f = io.BytesIO(b[len(LEAVES):]); mode, grid, n, nh = shape = struct.unpack('>BIQI', take(f, 17)); check_shape(*shape)
    headers, runs, left, before = {}, [], n, -1
    for _ in range(struct.unpack('>I', take(f, 4))[0]):
        i, = struct.unpack('>I', take(f, 4)); need(before < i < nh, 'leaves', 'header index'); headers[i] = take(f, parse_varint(f)); before = i
    keys = [key_of(h) for h in headers.values()]; need(all(a < b for a, b in zip(keys, keys[1:])), 'header', 'keys do not ascend')
    while left:
        kind = take(f, 1)[0]; count = parse_varint(f); need(kind < 2 and 0 < count <= left, 'leaves', 'run'); shown = kind == 0
        need(not runs or runs[-1][0] != shown, 'leaves', 'runs do not alternate'); left -= count
        runs.append((shown, count, [parse_varint(f) for _ in range(count)] if shown and mode == TABLE else None))
    need(not f.read(1), 'leaves', 'trailing bytes'); return Leaves(shape, headers, runs)

# ---- what stands in a withheld place ---------------------------------------------------------------------------------------------
def form_of(media):
    m = media.split(';')[0].strip(' \t').lower()
    if m == 'text/csv': return 'csv'
    if m in ('application/json', 'application/x-ndjson') or m.endswith('+json'): return 'json'
    return 'image' if m.startswith('image/') else 'text'
TILE, GREY = 768, 118          # 16 x 16 pixels of three bytes; 18 % grey in sRGB
def label(form, code, shown):
    if form == 'image': return bytes([GREY]) * TILE
    t = f'[REDACTED {code}: {shown}]' if shown else f'[REDACTED {code}]'
    if form == 'csv' and any(c in t for c in ',;"'): t = '"' + t.replace('"', '""') + '"'
    if form == 'json': t = '"' + t.replace('\\', '\\\\').replace('"', '\\"') + '"'
    return t.encode()
def placeholders(mode, grid, form, cuts, a, b):
    """The pieces that stand for the withheld run [a, b); `cuts` are the content cuts of the item, ascending, covering the run."""
    if mode == GRID:
        for _ in range(b - a): yield bytes(grid)
        return
    need(form != 'image' or a > 0 or LYING, 'file', 'a picture without its header'); last = None
    for c in cuts:
        count = min(b, c.b) - max(a, c.a); t = label(form, c.code, c.shown)
        if count <= 0: continue
        if form != 'text': yield from itertools.repeat(t, count)
        elif t != last: yield t
        last = t
def disclosed_leaves(L, form, cuts, f):
    """Reads an item file once: yields its disclosed leaves, compares every placeholder on the way, and wants the end of the file after the last."""
    mode, grid, n, _ = L.shape; pos = 0; tiles = mode == TABLE and form == 'image' and any(not shown for shown, _, _ in L.runs)
    for shown, count, lengths in L.runs:
        if shown:
            for i in range(pos, pos + count):
                need(not tiles or i == 0 or lengths[i - pos] == TILE, 'file', 'not a tile')
                if mode == TABLE: yield take(f, lengths[i - pos])
                else: c = f.read(grid); need(len(c) == grid or i == n - 1 and (c or n == 1), 'truncated'); yield c
        else:
            for piece in placeholders(mode, grid, form, cuts, pos, pos + count): need(f.read(len(piece)) == piece, 'file', 'placeholder')
        pos += count
    need(not f.read(1), 'file', 'bytes after the last leaf')
def render(it, cuts):
    """The item file that travels, or None where all content is withheld."""
    if all(c is None for c in it.chunks): return None
    form, out, pos = form_of(media_of(it.fields)) if None in it.chunks else None, [], 0
    if form == 'image' and it.mode == TABLE and not LYING: need(all(len(c) == TILE for c in it.chunks[1:] if c is not None), 'file', 'not a tile')
    for shown, count, _ in runs_of(it.chunks):
        out += it.chunks[pos:pos + count] if shown else placeholders(it.mode, it.grid, form, cuts, pos, pos + count); pos += count
    return b''.join(out)

# ---- statements and their signatures ---------------------------------------------------------------------------------------------
NUM, B64, ID = r'(0|[1-9][0-9]{0,19})', r'([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)', r'([a-z0-9][a-z0-9._-]{0,63})'
TIME, TEXT = r'([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)', r'((?! )[^\x00-\x1f\x7f-\x9f]+(?<! ))'
SEAL = re.compile(fr'evidence-seal/v1\n([0-9a-f]{{32}})\n{NUM}\n{B64}\n{B64}\nsealer {ID} {B64}\n{TIME}\n')
RECORD = re.compile(fr'evidence-redaction/v1\n{B64}\n{B64}\n{NUM}\n{B64}\n(open|closed)\nredactor {ID} {B64}\nproposer {ID}\napprover (-|{ID})\n(-|{B64})\n{TIME}\n')
CUT = re.compile(fr'cut {NUM} (?:(all)|(header|content) {NUM}-{NUM}) ([A-Z][A-Z0-9-]*) {NUM} {TEXT}\n(?:shown {TEXT}\n)?')
SIGNATURE = re.compile(f'\u2014 {ID} ([A-Za-z0-9+/]{{90}}[AEIMQUYcgkosw048]=)\n')
Seal = namedtuple('Seal', 'bundle N root terms node key time')
Record = namedtuple('Record', 'seal previous sequence view closed node key proposer approver release time cuts grants', defaults=((),))
GRANT = re.compile(fr'grant {ID} {B64}\n')
Cut = namedtuple('Cut', 'item part a b code rule basis shown', defaults=(None,))
PARTS = ('all', 'header', 'content')

def decode(b):
    try: return b.decode()
    except UnicodeDecodeError: raise Bad('statement', 'not UTF-8')
def number(s): n = int(s); need(n < 1 << 64, 'statement', 'number'); return n
def check_time(t):
    try: datetime.strptime(t, '%Y-%m-%dT%H:%M:%SZ')
    except ValueError: raise Bad('statement', 'time')
def seal_text(s): return f'evidence-seal/v1\n{s.bundle}\n{s.N}\n{s.root}\n{s.terms}\nsealer {s.node} {s.key}\n{s.time}\n'.encode()
def parse_seal(b):
    m = SEAL.fullmatch(decode(b)); need(m, 'statement', 'seal'); s = Seal(*m.groups()); check_time(s.time); return s._replace(N=number(s.N))
def cut_line(c):
    where = 'all' if c.part == 'all' else f'{c.part} {c.a}-{c.b}'
    return f'cut {c.item} {where} {c.code} {c.rule} {c.basis}\n' + (f'shown {c.shown}\n' if c.shown else '')
def record_text(r):
    head = ['evidence-redaction/v1', r.seal, r.previous, str(r.sequence), r.view, 'closed' if r.closed else 'open', f'redactor {r.node} {r.key}',
            f'proposer {r.proposer}', f'approver {r.approver}', r.release, r.time]
    return ('\n'.join(head) + '\n' + ''.join(f'grant {node} {anchor}\n' for node, anchor in r.grants) + ''.join(cut_line(c) for c in r.cuts)).encode()
def parse_record(b):
    t = decode(b); m = RECORD.match(t); need(m, 'statement', 'record'); g, pos, cuts, grants = m.groups(), m.end(), [], []
    while m := GRANT.match(t, pos): grants.append(m.groups()); pos = m.end()
    while m := CUT.match(t, pos):
        item, whole, part, a, z, code, rule, basis, shown = m.groups(); pos = m.end()
        cuts.append(Cut(number(item), whole or part, number(a or '0'), number(z or '0'), code, number(rule), basis, shown))
    need(pos == len(t) and bool(cuts) != bool(grants) and len(grants) <= 64 and grants == sorted(set(grants)), 'statement', 'record')
    for c in cuts: need(c.item and (c.part == 'all' or c.a < c.b), 'statement', 'cut')
    for c, d in zip(cuts, cuts[1:]):
        x, y = (c.item, PARTS.index(c.part)), (d.item, PARTS.index(d.part)); need(x < y and (c.part != 'all' or c.item < d.item) or x == y and c.part != 'all' and c.b <= d.a, 'statement', 'order of cuts')
    check_time(g[12]); return Record(g[0], g[1], number(g[2]), g[3], g[4] == 'closed', g[5], g[6], g[7], g[8], g[10], g[12], cuts, tuple(grants))

# Ed25519, RFC 8032, as its section 5.1 says it: points are (x, y, 1, x*y) in extended coordinates
P25519, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493; D = -121665 * pow(121666, -1, P25519) % P25519
def add_points(p, q):
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a; return e * f % P25519, g * h % P25519, f * g % P25519, e * h % P25519
def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1: q = add_points(q, p)
        p, n = add_points(p, p), n >> 1
    return q
def point(y, sign):
    need(y < P25519, 'signature'); x2 = (y * y - 1) * pow(D * y * y + 1, -1, P25519) % P25519; x = pow(x2, (P25519 + 3) // 8, P25519)
    if (x * x - x2) % P25519: x = x * pow(2, (P25519 - 1) // 4, P25519) % P25519
    need((x * x - x2) % P25519 == 0 and (x or not sign), 'signature'); x = P25519 - x if x & 1 != sign else x; return x, y, 1, x * y % P25519
BASE = point(4 * pow(5, -1, P25519) % P25519, 0)
def point_bytes(p): i = pow(p[2], -1, P25519); return (p[1] * i % P25519 | (p[0] * i % P25519 & 1) << 255).to_bytes(32, 'little')
@functools.cache
def parse_point(b): n = int.from_bytes(b, 'little'); return point(n & (1 << 255) - 1, n >> 255)
def little(*parts): return int.from_bytes(hashlib.sha512(b''.join(parts)).digest(), 'little')
def expand(secret): h = hashlib.sha512(secret).digest(); return int.from_bytes(h[:32], 'little') & (1 << 254) - 8 | 1 << 254, h[32:]
@functools.cache
def public_key(secret): return point_bytes(times(expand(secret)[0], BASE))
@functools.cache
def sign_bytes(secret, text):
    a, prefix = expand(secret); public = public_key(secret); r = little(prefix, text) % ORDER; R = point_bytes(times(r, BASE))
    return R + ((r + little(R, public, text) * a) % ORDER).to_bytes(32, 'little')
@functools.cache
def check_bytes(public, text, signature):
    s = int.from_bytes(signature[32:], 'little'); need(s < ORDER, 'signature'); k = little(signature[:32], public, text) % ORDER
    need(point_bytes(times(s, BASE)) == point_bytes(add_points(parse_point(signature[:32]), times(k, parse_point(public)))), 'signature', 'does not verify')

class Signer:
    """A node's Ed25519 key, and signed notes made with it."""
    def __init__(s, node, secret):
        s.node, s.secret, s.public = node, secret, public_key(secret)
        s.key, s.id = key_digest(s.public), H(node.encode(), b'\n\1', s.public)[:4]; s.vkey = '+'.join((node, s.id.hex(), b64(b'\1' + s.public)))
    def line(s, text): return f'\u2014 {s.node} {b64(s.id + sign_bytes(s.secret, text))}\n'.encode()
    def sign(s, text): return text + b'\n' + s.line(text)
def key_digest(public): return b64(H(bytes.fromhex('302a300506032b6570032100'), public))     # of the DER SubjectPublicKeyInfo
def parse_note(note):
    i = note.rfind(b'\n\n'); m = SIGNATURE.fullmatch(decode(note[i + 2:]))
    need(i >= 0 and m, 'signature', 'exactly one signature line'); return note[:i + 1], m[1], base64.b64decode(m[2])
def check_signature(note, statement, vkeys):
    """By exactly the key that the statement names, and that key trusted for that node."""
    text, name, raw = parse_note(note); need(name == statement.node, 'signature', 'by another than it names')
    for node_id, _, key in (v.split('+', 2) for v in vkeys):
        public = base64.b64decode(key)[1:]
        if node_id == name and key_digest(public) == statement.key:
            need(raw[:4] == H(name.encode(), b'\n\1', public)[:4], 'signature', 'by another key than it names')
            return check_bytes(public, text, raw[4:])
    raise Bad('signature', 'the named key is not trusted for that node')

# ---- verification ----------------------------------------------------------------------------------------------------------------
@dataclass
class Package:
    """Everything that verification reads. leaves and files are keyed by item number."""
    seal: bytes; terms: bytes; records: list; view: bytes; leaves: dict; files: dict

canonical = lambda o: json.dumps(o, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode()     # RFC 8785 for what terms hold here
def parse_terms(b):
    try: t = json.loads(b)
    except ValueError: raise Bad('terms')
    need(type(t) is dict and canonical(t) == b, 'terms'); return t
def claims_of(records):
    """{item: {part: cuts}}; a later `all` may take over an item, nothing else is claimed twice."""
    claims = {}
    for r in records:
        for c in r.cuts:
            mine = claims.setdefault(c.item, {p: [] for p in PARTS}); need(not mine['all'], 'account', 'cut again after all'); mine[c.part].append(c)
    for mine in claims.values():
        for part in PARTS[1:]:
            mine[part].sort(key=lambda c: c.a); need(all(x.b <= y.a for x, y in zip(mine[part], mine[part][1:])), 'account', 'claimed twice')
    return claims
def check_records(p, text, seal, terms, vkeys):
    permitted = list(terms.get('redactors') or [{'node': seal.node, 'anchor': seal.key}]); previous, records = text, []
    for sequence, note in enumerate(p.records, 1):
        body = parse_note(note)[0]; r = parse_record(body); check_signature(note, r, vkeys)
        need(not (records and records[-1].closed), 'chain', 'after closed')
        need((r.seal, r.previous, r.sequence) == (b64(H(text)), b64(H(previous)), sequence), 'chain')
        need({'node': r.node, 'anchor': r.key} in permitted, 'permission', 'redactor')
        need(r.approver != r.proposer and (r.approver != '-' or terms.get('onePerson') is True), 'permission', 'approver')
        need(not r.grants or not records or records[-1].view == r.view, 'chain', 'a grant with another view')
        permitted += [{'node': node, 'anchor': anchor} for node, anchor in r.grants]; previous = body; records.append(r)
    if records: need(records[-1].view == b64(H(p.view)), 'chain', 'view id')
    return records
def item_views(v, n, off=1):
    """(first number, count, view) for each bundle node below which the view says nothing more."""
    if v[0] != 'S': yield off, n, v; return
    k = split(n); yield from item_views(v[1], k, off); yield from item_views(v[2], n - k, off + k)
def account(N, v, claims):
    """The records' cuts are exactly what the view withholds."""
    left = dict(claims)
    for first, count, w in item_views(v, N):
        if w[0] == 'X':
            for k in range(first, first + count): need(left.pop(k, {}).get('all'), 'account', 'item withheld, not cut')
        if w[0] == 'P':
            mine = left.pop(first, {p: [] for p in PARTS}); need(not mine['all'], 'account', 'cut all, not withheld')
            for part, n, u in (('header', w[4], w[5]), ('content', w[3], w[6])): need(merged([(c.a, c.b) for c in mine[part]]) == gaps(u, n), 'account', part)
    need(not left, 'account', 'cut, not withheld')
def check_locked(terms, claims):
    for lock in terms.get('locked', []):
        mine = claims.get(lock['item'])
        if not mine: continue
        need('content' in lock and not mine['all'], 'locked'); a, b = lock['content']; need(all(c.b <= a or b <= c.a for c in mine['content']), 'locked')
def item_hash(k, v, p, claims):
    need(k in p.leaves, 'leaves', 'missing'); L = parse_leaves(p.leaves[k]); mode, grid, n, nh = L.shape
    if v[0] == 'D': hv, cv = ('D', header_seed(v[1])), ('D', content_seed(v[1]))
    else: need(v[1:5] == L.shape, 'leaves', 'not the shape in the view'); hv, cv = v[5:]
    ends = list(itertools.accumulate((c for _, c, _ in L.runs), initial=0)); gap = gaps(cv, n)
    need([(a, b) for (shown, _, _), a, b in zip(L.runs, ends, ends[1:]) if not shown] == gap, 'leaves', 'runs are not those of the view')
    edges = [-1, *L.headers, nh]; need([(a + 1, b) for a, b in zip(edges, edges[1:]) if a + 1 < b] == gaps(hv, nh), 'leaves', 'headers are not those of the view')
    media = media_of(L.headers.values())
    if gap: need(not any(derived(key_of(h)) for h in L.headers.values()), 'header', 'derived from cut content')
    header_root = view_root(hv, nh, iter(L.headers.values()))
    if cv[0] == 'X': need(k not in p.files, 'file', 'of an item without content'); return item_id(*L.shape, header_root, cv[1])
    need(k in p.files, 'file', 'missing'); cuts = claims[k]['content'] if k in claims else []
    stream = disclosed_leaves(L, form_of(media), cuts, io.BytesIO(p.files[k])); content_root = view_root(cv, n, stream)
    for _ in stream: raise Bad('leaves', 'more leaves than the view')
    return item_id(*L.shape, header_root, content_root)
def bundle_root(v, n, p, claims, off=1):
    if v[0] == 'X': return v[1]
    if n == 1: return item_hash(off, v, p, claims)
    k = split(n); l, r = [('D', s) for s in kids(v[1])] if v[0] == 'D' else v[1:]; a = bundle_root(l, k, p, claims, off)
    return node(a, bundle_root(r, n - k, p, claims, off + k))
def derivation(value):
    """(original, tool, page) of a header leaf derived-from."""
    try: words = value.decode().split(' ')
    except UnicodeDecodeError: raise Bad('companions', 'not UTF-8')
    need(len(words) > 2 and all(words) and re.fullmatch(NUM, words[0]) and 1 <= int(words[0]) < 1 << 32, 'companions', 'malformed')
    page = next((w[5:] if w.startswith('page=') else '' for w in words[3:] if w.split('=')[0] == 'page'), '1')
    need(re.fullmatch(NUM, page) and 1 <= int(page) < 1 << 63, 'companions', 'page'); return int(words[0]), words[1], int(page)
def check_companions(p, N, v):
    gone = {k for first, count, w in item_views(v, N) if w[0] == 'X' for k in range(first, first + count)}; made, cut = {}, set()
    for k, b in sorted(p.leaves.items()):
        L = parse_leaves(b); head = {key_of(h): h[1 + h[0]:] for h in L.headers.values()}; cut |= {k} if any(not shown for shown, _, _ in L.runs) else set()
        if 'derived-from' in head: made[k] = derivation(head['derived-from']); need(made[k][0] <= N, 'companions', 'outside')
        else: need(k not in cut or L.shape[0] != TABLE or form_of(media_of(L.headers.values())) != 'image', 'companions', 'a picture of nothing')
    for k in made:
        at, path = k, set()
        while at in made: need(at not in path, 'companions', 'circle'); path.add(at); at = made[at][0]
    for k in sorted(set(made) & cut):
        need(made[k][0] in gone, 'companions', 'original disclosed')
        for j in made: need(j in cut or not {made[j][1], made[k][1]} <= {'page-tiles', 'page-words'} or made[j][::2] != made[k][::2], 'companions', 'sibling disclosed')
def verify(p, vkeys):
    """Refuses with Bad, or returns {item number: {part: cuts}} of everything withheld."""
    text = parse_note(p.seal)[0]; seal = parse_seal(text); check_signature(p.seal, seal, vkeys)
    need(b64(H(p.terms)) == seal.terms, 'terms', 'not those of the seal'); terms = parse_terms(p.terms)
    N, v = parse_view(p.view); need(N == seal.N, 'view', 'item count')
    claims = claims_of(check_records(p, text, seal, terms, vkeys)); account(N, v, claims); check_locked(terms, claims)
    need(b64(bundle_root(v, N, p, claims)) == seal.root, 'root')
    whole = {k for k in claims if claims[k]['all']}
    need(all(1 <= k <= N and k not in whole for k in [*p.leaves, *p.files]), 'leaves', 'of an item that is withheld'); check_companions(p, N, v); return claims

# ---- cutting into leaves ---------------------------------------------------------------------------------------------------------
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[^ \t\n\r{}\[\]:,"]+|[ \t\n\r{}\[\]:,]+', re.S)
def word(c): return unicodedata.category(c)[0] in 'LMN'
def text_leaves(data): return [''.join(g).encode() for _, g in itertools.groupby(data.decode(), word)] or [b'']
MARK = b'\xef\xbb\xbf'
def separator_of(data):
    """b';' if the first line has one outside quotes, and no comma outside quotes; a quote opens at the start of the line and behind either."""
    data, i, start, found = data.removeprefix(MARK), 0, True, set()
    while i < len(data) and data[i:i + 1] != b'\n':
        c = data[i:i + 1]; i += 1
        if start and c == b'"': i = re.compile(rb'(?:[^"]|"")*').match(data, i).end() + 1
        if c in b',;': found.add(c)
        start = c in b',;'
    return b';' if found == {b';'} else b','
def cell_leaves(data, separator):
    cell, delimiter = (re.compile(x % separator) for x in (rb'(?:"(?:[^"]|"")*"(?!")|(?!"))(?:(?!\r\n)[^%s\n])*', rb'%s|\r\n|\n'))
    mark = MARK if data.startswith(MARK) else b''; out, pos = [], len(mark)
    while pos < len(data) or not out or out[-1] == separator:
        m = cell.match(data, pos)
        if not m: return text_leaves(data)
        out.append(m[0]); pos = m.end(); d = delimiter.match(data, pos)
        if d: out.append(d[0]); pos = d.end()
    return [mark + out[0], *out[1:]]
def csv_leaves(data): return cell_leaves(data, separator_of(data))
def tab_leaves(data): return cell_leaves(data, b'\t')
def tile_leaves(data, header): return [data[:header], *(data[i:i + TILE] for i in range(header, len(data), TILE))]
def json_leaves(data):
    out, pos = [], 0
    while pos < len(data):
        m = TOKEN.match(data, pos)
        if not m: return text_leaves(data)
        out.append(m[0]); pos = m.end()
    return out or [b'']
def grid_leaves(data, grid): return [data[i:i + grid] for i in range(0, len(data), grid)] or [b'']
def segment(data, media, grid=None):
    """-> mode, grid, leaves"""
    form = form_of(media); tabs = media.split(';')[0].strip(' \t').lower() == 'text/tab-separated-values'
    cut = tab_leaves if tabs else {'csv': csv_leaves, 'json': json_leaves}.get(form) or (text_leaves if media.startswith(('text/', 'message/')) else None)
    if cut and not grid:
        try: data.decode(); return TABLE, 0, cut(data)
        except UnicodeDecodeError: pass
    grid = grid or (64 if len(data) <= 1 << 30 else 512); return GRID, grid, grid_leaves(data, grid)
def make_item(name, data, media, grid=None, header=None, **more):
    keys = {'name': name.encode(), 'media-type': media.encode(), 'sha256': hashlib.sha256(data).hexdigest().encode(), 'size': str(len(data)).encode(), **{k.replace('_', '-'): v for k, v in more.items()}}
    mode, grid, chunks = (TABLE, 0, tile_leaves(data, header)) if header else segment(data, media, grid); return Item(mode, grid, [field(k, keys[k]) for k in sorted(keys)], chunks)

# ---- the sealer's and the redactor's side ----------------------------------------------------------------------------------------
def item_hashes(items, seed): return [item_id(*i.shape(), seed_root(header_seed(s), len(i.fields), iter(i.fields)), seed_root(content_seed(s), len(i.chunks), iter(i.chunks))) for i, s in zip(items, salts(seed, len(items)))]
def hash_root(hashes): return hashes[0] if len(hashes) == 1 else node(hash_root(hashes[:split(len(hashes))]), hash_root(hashes[split(len(hashes)):]))
def ship(items, claims):
    shown = {k: i for k, i in enumerate(items, 1) if i}; files = {k: render(i, claims[k]['content'] if k in claims else []) for k, i in shown.items()}
    return {k: leaves_of(i) for k, i in shown.items()}, {k: f for k, f in files.items() if f is not None}
def seal(items, seed, signer, terms=None, bundle=bytes(16), time='2026-11-21T09:00:00Z'):
    t = canonical(terms or {}); s = Seal(bundle.hex(), len(items), b64(hash_root(item_hashes(items, seed))), b64(H(t)), signer.node, signer.key, time)
    return Package(signer.sign(seal_text(s)), t, [], encode_view(len(items), ('D', seed)), *ship(items, {}))
def load(p):
    """The items as a recipient has them: None for what is withheld."""
    records = [parse_record(parse_note(n)[0]) for n in p.records]; claims = claims_of(records); N, v = parse_view(p.view); items = [None] * N
    for k, b in p.leaves.items():
        L = parse_leaves(b); form = form_of(media_of(L.headers.values()))
        got = disclosed_leaves(L, form, claims[k]['content'] if k in claims else [], io.BytesIO(p.files[k])) if k in p.files else iter(())
        chunks = [next(got) if shown else None for shown, count, _ in L.runs for _ in range(count)]; items[k - 1] = Item(*L.shape[:2], [L.headers.get(i) for i in range(L.shape[3])], chunks)
    return v, items, records
def indices(cuts, part): return {i for c in cuts if c.part == part for i in range(c.a, c.b)}
def with_companions(cuts, items):
    """A cut in a companion's content takes its original, and the companions of the same page that have no cut, whole."""
    made = {k: derivation(f[13:]) for k, it in enumerate(items, 1) if it for f in it.fields if f is not None and key_of(f) == 'derived-from'}
    cut = {k for k, it in enumerate(items, 1) if it and None in it.chunks} | {c.item for c in cuts if c.part != 'header'}; out = list(cuts)
    for c in cuts:
        if c.item not in made or c.part == 'header': continue
        beside = [j for j in made if made[j][::2] == made[c.item][::2] and {made[j][1], made[c.item][1]} <= {'page-tiles', 'page-words'} and j not in cut]
        for j in [made[c.item][0]] * (items[made[c.item][0] - 1] is not None) + beside: out.append(Cut(j, 'all', 0, 0, 'DER', 0, c.basis)); cut.add(j)
    return out
def complete(cuts, items):
    """What the tool forces: companions; derived headers go with their content (DER); and an item of which nothing stays goes as `all`."""
    cuts, out = with_companions(cuts, items), []
    for k, mine in itertools.groupby(sorted(cuts, key=lambda c: c.item), lambda c: c.item):
        mine, it = list(mine), items[k - 1]; h, c = indices(mine, 'header'), indices(mine, 'content')
        if any(m.part == 'all' for m in mine): out.append(next(m for m in mine if m.part == 'all')); continue
        forced = [i for i, f in enumerate(it.fields) if c and f is not None and i not in h and derived(key_of(f))]
        mine += [Cut(k, 'header', a, b, 'DER', 0, mine[0].basis) for a, b in merged([(i, i + 1) for i in forced])]; h |= set(forced)
        if all(f is None or i in h for i, f in enumerate(it.fields)) and all(x is None or i in c for i, x in enumerate(it.chunks)): out.append(Cut(k, 'all', 0, 0, *mine[0][4:7])); continue
        out += sorted(mine, key=lambda m: (PARTS.index(m.part), m.a))
    return out
def redact(p, signer, cuts, closed=False, force=True, time='2026-11-22T09:00:00Z', **override):
    """One step: a new package with one more record. force=False and override make what an honest tool would not."""
    v, items, records = load(p); cuts = complete(cuts, items) if force else cuts; gone = {}
    for c in cuts:
        it, (h, x) = items[c.item - 1], gone.setdefault(c.item - 1, (set(), set()))
        if c.part != 'content': h.update(range(len(it.fields)) if c.part == 'all' else range(c.a, c.b))
        if c.part != 'header': x.update(range(len(it.chunks)) if c.part == 'all' else range(c.a, c.b))
    v = withhold_items(v, items, gone); view = encode_view(len(items), v)
    for i, (h, x) in gone.items():
        it = items[i]; it = Item(it.mode, it.grid, [None if j in h else f for j, f in enumerate(it.fields)], [None if j in x else c for j, c in enumerate(it.chunks)])
        items[i] = it if any(f is not None for f in it.fields) or any(c is not None for c in it.chunks) else None
    r = Record(b64(H(parse_note(p.seal)[0])), b64(H(parse_note((p.records or [p.seal])[-1])[0])), len(records) + 1, b64(H(view)), closed, signer.node, signer.key, 'prosecutor-7', 'judge-3', '-', time, cuts)._replace(**override)
    return replace(p, records=p.records + [signer.sign(record_text(r))], view=view, **dict(zip(('leaves', 'files'), ship(items, claims_of(records + [r])))))

# ---- self test -------------------------------------------------------------------------------------------------------------------
SEALER, REDACTOR, COURT, OUTSIDER = [Signer(n, H(n.encode())) for n in ('pt-ipcu', 'fi-npa', 'sg-court', 'ee-other')]
KEYS = [s.vkey for s in (SEALER, REDACTOR, COURT, OUTSIDER)]         # all trusted; the outsider isn't permitted
STRANGER = Signer('fi-npa', H(b'another key of that name'))            # not trusted
PERMITTED = [{'anchor': s.key, 'node': s.node} for s in (REDACTOR, COURT)]
CODES = ['PD-NAME', 'PD-FIN', 'INF', 'REL']

def refusal(p):
    """The check that refuses p, or None. Anything but Bad is a bug and ends the run."""
    try: verify(p, KEYS)
    except Bad as e: return e.args[0]
def random_item(R, k):
    word = lambda: R.choice(['Jan', 'Novák', '7', '555-0199', 'x', '東京', 'a"b', 'c,d', '', 'IBAN', '\u0301'])
    kind = R.choice(['text', 'text', 'csv', 'csv', 'tsv', 'json', 'json', 'grid', 'empty', 'broken'])
    if kind == 'text': data, media = ' '.join(word() for _ in range(R.randint(0, 20))).encode(), R.choice(['text/plain', 'message/rfc822', 'Text/HTML; charset=utf-8'])
    elif kind in ('csv', 'tsv'):
        between = '\t' if kind == 'tsv' else R.choice(',;'); bom = R.choice(['', '', '\ufeff']); cell = lambda: R.choice([lambda w: w.replace('"', '').replace(between, ''), lambda w: '"' + w.replace('"', '""') + '"', lambda w: '"two\nlines, ""quoted"""'])(word())
        data, media = (bom + ''.join(between.join(cell() for _ in range(R.randint(1, 4))) + R.choice(['\n', '\r\n']) for _ in range(R.randint(1, 6)))).encode(), 'text/csv' if kind == 'csv' else 'text/tab-separated-values'
    elif kind == 'json': data, media = json.dumps([{word(): R.choice([word(), R.randint(-9, 99), 1.5e-7, True, None, [], {}])} for _ in range(R.randint(0, 6))], indent=R.choice([None, 1])).encode(), R.choice(['application/json', 'application/ld+json'])
    elif kind == 'grid': data, media = R.randbytes(R.choice([1, 63, 64, 65, R.randint(0, 900)])), 'application/octet-stream'
    elif kind == 'empty': data, media = b'', R.choice(['text/plain', 'text/csv', 'application/json', 'application/octet-stream'])
    else: data, media = b'a,"b\xff' + R.randbytes(R.randint(0, 200)), R.choice(['text/csv', 'text/plain'])
    return make_item(f'{k}.bin', data, media, grid=R.choice([None, None, None, 1, 16]) if kind == 'grid' else None, **({'acquired_by': b'officer'} if k % 2 else {}))
def random_items(R):
    """One to six items, or fewer and a picture with its companions: the tiles and words of one page or two."""
    items = [random_item(R, k) for k in range(1, R.randint(2, 7))]
    if R.random() < .4:
        at = R.randint(0, len(items) - 1); items.insert(at, make_item('scan.png', R.randbytes(R.randint(1, 300)), 'image/png')); k = at + 1
        for page in range(1, R.randint(2, 3)):
            size = R.randint(1, 40); items.append(make_item(f'scan.png.page-{page:03}.tiff', R.randbytes(size + TILE * R.randint(1, 6)), 'image/tiff', header=size, derived_from=f'{k} page-tiles 1 page={page} dpi=150'.encode()))
            if R.random() < .7: items.append(make_item(f'scan.png.page-{page:03}.words.csv', b'page,line,x,y,width,height,text\n' + b''.join(b'%d,%d,3,4,50,6,word\n' % (page, i) for i in range(R.randint(0, 3))), 'text/csv', derived_from=f'{k} page-words 1 page={page}'.encode()))
    return items
def random_cuts(R, items):
    out = []
    for k, it in enumerate(items, 1):
        if it is None or R.random() < .3: continue
        why = lambda: (R.choice(CODES), R.randint(0, 3), 'LED art. 4(1)(c)', R.choice([None, None, 'PERSON-3', 'x, "y" \\ z']))
        if R.random() < .1: out.append(Cut(k, 'all', 0, 0, *why())); continue
        for part, leaves in (('header', it.fields), ('content', it.chunks)):
            i = 0
            while i < len(leaves):
                open_ = lambda j: leaves[j] is not None and (part == 'content' and (j or form_of(media_of(it.fields)) != 'image' or it.mode == GRID) or part == 'header' and key_of(leaves[j]) not in ('media-type', 'derived-from'))
                if R.random() > .25 or not open_(i): i += 1; continue
                j = i + 1
                while j < len(leaves) and open_(j) and R.random() < .6: j += 1
                out.append(Cut(k, part, i, j, *why())); i = j
    return out
def flip(R, b):
    x = bytearray(b); x[R.randrange(len(x))] ^= 1 << R.randrange(8); return bytes(x)
def tampered(R, p, earlier):
    """(component, package) pairs, none of which may verify."""
    for _ in range(4): yield 'view bit', replace(p, view=flip(R, p.view))
    yield 'view cut short', replace(p, view=p.view[:-1])
    yield 'view goes on', replace(p, view=p.view + b'\0')
    yield 'terms', replace(p, terms=flip(R, p.terms))
    yield 'seal bit', replace(p, seal=flip(R, p.seal))
    for k, b in p.leaves.items():
        for _ in range(3): yield 'leaves bit', replace(p, leaves={**p.leaves, k: flip(R, b)})
        yield 'leaves go on', replace(p, leaves={**p.leaves, k: b + b'\0'})
        yield 'leaves cut short', replace(p, leaves={**p.leaves, k: b[:-1]})
        yield 'leaves missing', replace(p, leaves={j: x for j, x in p.leaves.items() if j != k})
    for k, b in p.files.items():
        for _ in range(3 if b else 0): yield 'item bit', replace(p, files={**p.files, k: flip(R, b)})
        yield 'item goes on', replace(p, files={**p.files, k: b + b'\0'})
        if b: yield 'item cut short', replace(p, files={**p.files, k: b[:-1]})
        if b: i = R.randrange(len(b)); yield 'item byte inserted', replace(p, files={**p.files, k: b[:i] + b'\0\1' + b[i:]})
        yield 'item missing', replace(p, files={j: x for j, x in p.files.items() if j != k})
        old = earlier.files.get(k)
        if old is not None and old != b: yield 'placeholder: what stood there', replace(p, files={**p.files, k: old})
        for code in CODES:
            if f'[REDACTED {code}'.encode() in b: yield 'placeholder: other code', replace(p, files={**p.files, k: b.replace(f'[REDACTED {code}'.encode(), b'[REDACTED OTH', 1)})
    for k in earlier.leaves.keys() - p.leaves.keys(): yield 'leaves of a withheld item', replace(p, leaves={**p.leaves, k: earlier.leaves[k]})
    for k in earlier.files.keys() - p.files.keys(): yield 'file of a withheld item', replace(p, files={**p.files, k: earlier.files[k]})
    if not p.records: return
    last, body = p.records[-1], parse_note(p.records[-1])[0]; r = parse_record(body); again = lambda q: replace(p, records=p.records[:-1] + [q])
    yield 'record dropped', replace(p, records=p.records[:-1])
    yield 'record repeated', replace(p, records=p.records + [last])
    if len(p.records) > 1: yield 'records reordered', replace(p, records=p.records[::-1]); yield 'first record dropped', replace(p, records=p.records[1:])
    yield 'record bit', again(flip(R, last))
    other = COURT if r.node == REDACTOR.node else REDACTOR
    for s in (other, OUTSIDER, STRANGER, SEALER): yield 'signed by another key', again(s.sign(body))
    yield 'second signature', again(last + other.line(body))
    yield 'names another node', again(other.sign(record_text(r._replace(node=other.node))))
    me = REDACTOR if r.node == REDACTOR.node else COURT; resigned = lambda **change: again(me.sign(record_text(r._replace(**change))))
    yield 'unpermitted redactor', again(OUTSIDER.sign(record_text(r._replace(node=OUTSIDER.node, key=OUTSIDER.key))))
    yield 'proposer approves', resigned(approver=r.proposer)
    yield 'nobody approves', resigned(approver='-')
    yield 'sequence', resigned(sequence=r.sequence + 1)
    yield 'previous digest', resigned(previous=b64(H(b'')))
    c = R.choice(r.cuts); rest = [x for x in r.cuts if x != c]
    if rest: yield 'cut not told', resigned(cuts=rest)
    if c.part != 'all': yield 'cut told too long', resigned(cuts=[x._replace(b=x.b + 1) if x == c else x for x in r.cuts])
    if c.part == 'content' and c.item in p.files and b'[REDACTED' in p.files[c.item]: yield 'other code than in the slot', resigned(cuts=[x._replace(code='OTH') if x == c else x for x in r.cuts])
    for bad in (body[:-1], body + b'\n', body.replace(b'\n', b'\r\n'), body.replace(b'cut ', b'cut 0', 1), body.replace(b'4(1)', b'4(\xff)', 1), body.replace(b'Z\ncut', b'.0Z\ncut', 1)): yield 'grammar', again(me.sign(bad))
    x = bytearray(p.view); i = R.randrange(len(x)); x[i] ^= 1 << R.randrange(8); x = bytes(x); yield 'view bit, signed again', replace(resigned(view=b64(H(x))), view=x)
    if r.closed: yield 'record after closed', replace(p, records=p.records + [other.sign(record_text(r._replace(previous=b64(H(body)), sequence=r.sequence + 1, node=other.node, key=other.key)))])
def exposed(v, n, off=0):
    if v[0] != 'S': return dict(enumerate(salts(v[1], n), off)) if v[0] == 'D' else {}
    k = split(n); return {**exposed(v[1], k, off), **exposed(v[2], n - k, off + k)}
def selftest(count=300):
    R, steps, refused, forged = random.Random(1), 0, Counter(), Counter()
    for t in range(count):
        items = random_items(R); originals = [b''.join(i.chunks) for i in items]; seed = R.randbytes(32); solo = t % 5 == 0
        p = first = seal(items, seed, SEALER, {'redactors': PERMITTED, **({'onePerson': True} if solo else {})}); assert verify(p, KEYS) == {} and len(p.view) == 54 and [p.files[k] for k in sorted(p.files)] == originals
        for component, q in tampered(R, p, p): assert refusal(q), component; refused[component] += 1
        for step in range(R.randint(1, 3)):
            before = p; v, now, records = load(p); cuts = random_cuts(R, now)
            if not cuts: continue
            p = redact(p, (REDACTOR, COURT)[step % 2], cuts, closed=step == 2, **({'approver': '-'} if solo else {})); verify(p, KEYS); steps += 1
            N, v = parse_view(p.view); assert encode_view(N, v) == p.view
            for b in p.leaves.values(): L = parse_leaves(b); assert encode_leaves(L.shape, list(L.headers.items()), L.runs) == b
            for n in p.records: assert record_text(parse_record(parse_note(n)[0])) == parse_note(n)[0]
            gone = {i: ({j for j in range(len(o.fields)) if not s or s.fields[j] is None}, {j for j in range(len(o.chunks)) if not s or s.chunks[j] is None}) for i, (o, s) in enumerate(zip(items, load(p)[1]))}; gone = {i: x for i, x in gone.items() if x[0] or x[1]}
            assert withhold_items(('D', seed), items, gone) == v, 'the same view, whatever the steps'
            for s in load(p)[1]: assert not s or not any(f is not None and derived(key_of(f)) for f in s.fields) or all(c is not None for c in s.chunks)
            for component, q in tampered(R, p, before):
                if solo and component == 'nobody approves': continue
                assert refusal(q), component; refused[component] += 1
            # what an untrue tool could make, everything else consistent and signed by a permitted redactor
            shown = [(k, i) for k, i in enumerate(load(before)[1], 1) if i and all(c is not None for c in i.chunks) and form_of(media_of(i.fields)) != 'image']
            if before.records and parse_record(parse_note(before.records[-1])[0]).closed or not shown: continue
            k, it = R.choice(shown); j = R.randrange(len(it.chunks)); keys = [f and key_of(f) for f in it.fields]; why = ('REL', 0, 'x'); lie = lambda cuts, **o: redact(before, COURT, cuts, force=False, **o)
            try: m = keys.index('media-type'); media = [Cut(k, 'header', m, m + 1, *why)]
            except ValueError: media = []
            every = [Cut(k, 'header', a, b, *why) for a, b in merged([(i, i + 1) for i, f in enumerate(it.fields) if f is not None])] + [Cut(k, 'content', 0, len(it.chunks), *why)]
            if any(f and derived(f) for f in keys): assert refusal(lie([Cut(k, 'content', j, j + 1, *why)])) == 'header'; forged['derived header left'] += 1
            assert refusal(replace(lie(every), leaves={i: b for i, b in lie(every).leaves.items() if i != k})) == 'account'; forged['all of it in parts'] += 1
            once = redact(before, COURT, [Cut(k, 'all', 0, 0, *why)]); assert refusal(once) is None
            body = parse_note(once.records[-1])[0]; r = parse_record(body)._replace(previous=b64(H(body)), sequence=len(once.records) + 1)
            assert refusal(replace(once, records=once.records + [COURT.sign(record_text(r))])) == 'account'; forged['all twice'] += 1
    for _ in range(count):      # a view gives the salts of the disclosed leaves, and no other
        n = R.randint(1, 70); seed = R.randbytes(32); chunks = [R.randbytes(3) for _ in range(n)]; cut = {i for i in range(n) if R.random() < .3}; v = withhold(('D', seed), n, chunks, cut); true = salts(seed, n)
        assert exposed(v, n) == {i: true[i] for i in range(n) if i not in cut} and view_root(v, n, (c for i, c in enumerate(chunks) if i not in cut)) == seed_root(seed, n, iter(chunks))
    items = [random_item(R, 2)]; alone, why = seal(items, R.randbytes(32), SEALER), [Cut(1, 'all', 0, 0, 'REL', 0, 'x')]      # nobody named: the sealer alone
    assert refusal(redact(alone, SEALER, why)) is None and refusal(redact(alone, REDACTOR, why)) == 'permission'
    assert refusal(redact(seal([make_item('a.tiff', bytes(TILE * 2 + 1), 'image/tiff', header=1)], H(b'tile'), SEALER), SEALER, [Cut(1, 'content', 1, 2, 'REL', 0, 'x')])) == 'companions'
    for cutter in (text_leaves, csv_leaves, tab_leaves, json_leaves):      # cutting loses nothing
        for s in itertools.product('a",\n\r [', repeat=4): s = ''.join(s).encode(); assert b''.join(cutter(s)) == s
    forgeries = [n for n, _, _ in forged_bundles()]
    for name, n in sorted((refused + forged).items()): print(f'{n:7} {name}')
    print(f'{count} bundles, {steps} steps, {sum(refused.values())} tampered and {sum(forged.values())} dishonest packages refused, {len(forgeries)} named forgeries refused, {count} salt checks')
    print(f'{count * 2 + steps + sum(refused.values()) + sum(forged.values()) + len(forgeries)} passed, 0 failed')

# ---- vectors ---------------------------------------------------------------------------------------------------------------------
TEXT_FILE = 'On 3 March, Jan Novák (tel. 555-0199) met B. at Rue de la Loi 200.\n'.encode()
CSV_FILE = b'case,name,amount\r\n17/A,"Novak, Jan",120.50\r\n17/B,Eva K.,\r\n18/C,"said ""no""\ntwice",7.25\r\n'
JSON_FILE = b'{"id": 17, "name": "Jan \\"J\\" Novak",\n "paid": [120.5, -3e2, null], "vip": false, "jan@example.org": {}}\n'
GRID_FILE = bytes(i * 31 & 255 for i in range(1000))
def package_json(p):
    hx = lambda d: {f'{k:04}': b.hex() for k, b in sorted(d.items())}
    return {'seal': p.seal.decode(), 'terms': p.terms.decode(), 'records': [r.decode() for r in p.records], 'view': p.view.hex(), 'leaves': hx(p.leaves), 'files': hx(p.files)}
def item_json(it): return {'mode': it.mode, 'grid': it.grid, 'header': [f.hex() for f in it.fields], 'content': [c.hex() for c in it.chunks]}
def story(items, seed, steps, terms=None):
    """A bundle and its steps: [(signer, cuts, closed)] -> packages, JSON"""
    p = seal(items, seed, SEALER, terms or {'redactors': PERMITTED}, bundle=bytes(range(16))); out = [p]
    for day, (signer, cuts, closed) in enumerate(steps, 22): p = redact(p, signer, cuts, closed, time=f'2026-11-{day}T09:00:00Z'); out.append(p)
    for q in out: verify(q, KEYS)
    return out, {'trusted_keys': KEYS, 'bundle_seed': seed.hex(), 'item_seeds': [s.hex() for s in salts(seed, len(items))], 'item_ids': [h.hex() for h in item_hashes(items, seed)], 'items': [item_json(i) for i in items],
                 'packages': [{**package_json(q), 'view_id': b64(H(q.view)), 'visible': {f'{k:04}': f.decode('utf-8', 'replace') for k, f in q.files.items() if parse_leaves(q.leaves[k]).shape[0] == TABLE}} for q in out]}
def at(it, *leaves): return [it.chunks.index(l) for l in leaves]
def bundle_story():
    text, table, tree, disk = make_item('statement.txt', TEXT_FILE, 'text/plain', acquired_by=b'officer-12'), make_item('payments.csv', CSV_FILE, 'text/csv'), make_item('account.json', JSON_FILE, 'application/json'), make_item('log.bin', GRID_FILE, 'application/octet-stream')
    secret, loose, kept = make_item('informant.txt', b'source: K. Adler\n', 'text/plain'), make_item('draft.txt', b'see page 3\n', 'text/plain'), make_item('notes.txt', b'nothing withheld here\n', 'text/plain'); items = [text, secret, table, tree, disk, loose, kept]
    (jan, novak), (five,), (mail, null) = at(text, b'Jan', 'Novák'.encode()), at(text, b'555'), at(tree, b'"jan@example.org"', b'null'); law, art = 'Art. 9(2) MLA treaty', 'court order 4 T 17/26'
    one = [Cut(1, 'content', jan, novak + 1, 'PD-NAME', 2, law, 'PERSON-3'), Cut(2, 'all', 0, 0, 'INF', 0, law), *[Cut(3, 'content', i, i + 1, 'PD-NAME', 1, law, s) for i, s in ((8, 'PERSON-3'), (14, None), (20, 'a, "b"'))], Cut(5, 'content', 3, 5, 'SEC', 0, law), Cut(6, 'content', 2, 3, 'REL', 0, law)]
    two = [Cut(1, 'content', five, five + 3, 'PD-CONTACT', 3, art, 'last four 0199'), Cut(1, 'content', novak + 1, novak + 2, 'PD-NAME', 0, art), Cut(4, 'content', null, null + 1, 'PD-FIN', 0, art), Cut(4, 'content', mail, mail + 1, 'PD-CONTACT', 0, art, 'a\\b "c"'), Cut(5, 'content', 15, 16, 'SEC', 0, art), Cut(6, 'all', 0, 0, 'REL', 0, art)]
    terms = {'locked': [{'item': 7}, {'content': [0, 3], 'item': 1}], 'redactors': PERMITTED}
    return story(items, H(b'bundle vector'), [(REDACTOR, one, False), (COURT, two, True)], terms)
def forged_bundles():
    """[(name, check that refuses, package)], each false in one thing only, the rest made consistent and signed anew where a signer could."""
    (start, mid, p), _ = bundle_story(); body = [parse_note(n)[0] for n in p.records]; r1, r2 = [parse_record(b) for b in body]; why, out = ('REL', 0, 'x'), []
    items, seed = load(start)[1], parse_view(start.view)[1][1]; s = parse_seal(parse_note(p.seal)[0]); first = next(c for c in r2.cuts if c.b - c.a > 1); informant, notes = items[1], items[6]
    def add(check, name, q): got = refusal(q); assert got == check, (name, check, got); out.append((name, check, q))
    def last(text, signer=COURT): return replace(p, records=[p.records[0], signer.sign(text)])
    def again(signer=COURT, **change): return last(record_text(r2._replace(**change)), signer)
    def edit(old, new): assert old in body[1]; return last(body[1].replace(old, new, 1))
    def cuts(*more, less=lambda c: False): return again(cuts=sorted([c for c in r2.cuts if not less(c)] + list(more), key=lambda c: (c.item, PARTS.index(c.part), c.a)))
    def sealed(text, signer=SEALER): return replace(start, seal=signer.sign(text))
    def cut(*c, of=mid): return redact(of, COURT, [Cut(*c, *why)], force=False)
    mallory, forger = Signer('fi-npa', b'\7' * 32), Signer('pt-ipcu', b'\6' * 32)

    add('signature', 'seal-by-another-trusted-key', sealed(seal_text(s), COURT))
    add('signature', 'seal-names-another-node', sealed(seal_text(s._replace(node=COURT.node))))
    add('signature', 'seal-by-an-unknown-key-of-that-name', sealed(seal_text(s._replace(key=forger.key)), forger))
    add('signature', 'seal-changed-after-signing', replace(p, seal=p.seal.replace(b'2026-11-21', b'2026-11-20')))
    add('signature', 'record-by-another-permitted-key', last(body[1], REDACTOR))
    add('signature', 'record-by-the-sealer', last(body[1], SEALER))
    add('signature', 'record-by-an-unknown-key-of-that-name', last(record_text(r2._replace(node=mallory.node, key=mallory.key)), mallory))
    add('signature', 'record-names-another-node', again(node=REDACTOR.node))
    add('signature', 'record-with-a-second-signature', replace(p, records=[p.records[0], p.records[1] + REDACTOR.line(body[1])]))
    add('signature', 'record-without-a-signature', replace(p, records=[p.records[0], body[1]]))
    add('signature', 'record-changed-after-signing', replace(p, records=[p.records[0], p.records[1].replace(b'PD-FIN', b'PD-LOC')]))
    line = COURT.line(body[1]).decode(); raw = base64.b64decode(line.split()[2]); add('signature', 'record-with-another-key-id', replace(p, records=[p.records[0], body[1] + b'\n' + line.replace(line.split()[2], b64(bytes(4) + raw[4:])).encode()]))
    add('permission', 'redactor-not-permitted', again(OUTSIDER, node=OUTSIDER.node, key=OUTSIDER.key))
    add('permission', 'sealer-where-others-are-named', again(SEALER, node=SEALER.node, key=SEALER.key))
    add('permission', 'proposer-approves', again(approver=r2.proposer))
    add('permission', 'nobody-approves', again(approver='-'))
    add('terms', 'terms-changed', replace(p, terms=p.terms.replace(b'[0,3]', b'[0,2]')))
    spaced = p.terms.replace(b',', b', ', 1); add('terms', 'terms-not-canonical', replace(sealed(seal_text(s._replace(terms=b64(H(spaced))))), terms=spaced))
    add('locked', 'locked-item-cut', redact(mid, COURT, [Cut(7, 'content', 0, 1, *why)]))
    add('locked', 'locked-item-cut-whole', cut(7, 'all', 0, 0))
    add('locked', 'locked-range-cut', cut(1, 'content', 2, 3))

    add('chain', 'last-record-dropped', replace(p, records=p.records[:1]))
    add('chain', 'first-record-dropped', replace(p, records=p.records[1:]))
    add('account', 'no-records', replace(p, records=[]))
    add('chain', 'records-reordered', replace(p, records=p.records[::-1]))
    add('chain', 'record-repeated', replace(p, records=[p.records[0], *p.records]))
    add('chain', 'view-of-the-step-before', replace(mid, records=p.records))
    add('chain', 'record-after-closed', redact(p, REDACTOR, [Cut(1, 'content', 30, 31, *why)]))
    add('chain', 'sequence-skipped', again(sequence=3))
    add('chain', 'previous-is-the-seal', again(previous=r1.previous))
    add('chain', 'seal-of-another-bundle', again(seal=b64(H(b'x'))))

    for name, q in (('crlf', last(body[1].replace(b'\n', b'\r\n'))), ('empty-line-at-the-end', last(body[1] + b'\n')), ('space-at-line-end', last(body[1][:-1] + b' \n')),
                    ('sequence-02', edit(b'\n2\n', b'\n02\n')), ('item-01', edit(b'cut 1 ', b'cut 01 ')), ('digit-not-ascii', edit(b'cut 1 ', 'cut \u0661 '.encode())), ('item-0', cuts(first._replace(item=0))),
                    ('number-past-64-bits', cuts(Cut(1 << 64, 'all', 0, 0, *why))), ('control-character', edit(b'court order', b'court\torder')), ('c1-control-character', edit(b'court order', 'court\x85order'.encode())),
                    ('provision-missing', edit(b' court order 4 T 17/26', b'')), ('code-in-small-letters', edit(b'PD-FIN', b'pd-fin')), ('role-in-capitals', again(proposer='Judge-3')),
                    ('time-with-offset', again(time='2026-11-23T09:00:00+00:00')), ('time-30-february', again(time='2026-02-30T09:00:00Z')), ('time-leap-second', again(time='2026-12-31T23:59:60Z')),
                    ('cuts-not-ascending', again(cuts=r2.cuts[::-1])), ('content-before-header', again(cuts=[r2.cuts[0], Cut(1, 'header', 0, 1, *why), *r2.cuts[1:]])), ('cuts-overlap', cuts(first)), ('empty-range', cuts(first._replace(b=first.a), less=lambda c: c == first)),
                    ('no-cuts', again(cuts=[])), ('shown-twice', edit(b'\nshown last', b'\nshown x\nshown last')), ('shown-before-any-cut', edit(b'\ncut ', b'\nshown x\ncut ')), ('all-with-a-range', edit(b'cut 6 all ', b'cut 6 all 0-1 ')),
                    ('all-and-parts-in-one-record', cuts(Cut(6, 'content', 4, 5, *why))), ('base64-not-canonical', edit(r2.view.encode(), (r2.view[:-2] + chr(ord(r2.view[-2]) + 1) + '=').encode())),
                    ('neither-open-nor-closed', edit(b'\nclosed\n', b'\nshut\n')), ('seal-hex-in-capitals', sealed(seal_text(s._replace(bundle=s.bundle.upper())))), ('seal-without-sealer-line', sealed(seal_text(s).replace(f'sealer {s.node} {s.key}\n'.encode(), b'')))): add('statement', name, q)
    add('signature', 'no-final-lf', replace(p, records=[p.records[0], body[1][:-1] + b'\n' + COURT.line(body[1])]))     # as a note; as a file of its own it is `statement`

    add('account', 'cut-not-told', cuts(less=lambda c: c == first))
    add('account', 'cut-told-one-leaf-short', cuts(first._replace(b=first.b - 1), less=lambda c: c == first))
    add('account', 'cut-told-one-leaf-long', cuts(first._replace(b=first.b + 1), less=lambda c: c == first))
    add('account', 'cut-of-a-disclosed-item', cuts(Cut(7, 'content', 0, 1, *why)))
    add('account', 'cut-past-the-last-item', cuts(Cut(8, 'all', 0, 0, *why)))
    add('account', 'leaf-claimed-twice', cuts(*[c for c in r1.cuts if c.item == 1 and c.part == 'content']))
    add('account', 'all-claimed-twice', cuts(Cut(2, 'all', 0, 0, *why)))
    add('account', 'part-claimed-after-all', cuts(Cut(2, 'content', 0, 1, *why)))
    add('account', 'all-told-for-a-part', cuts(Cut(3, 'all', 0, 0, *why)))
    x = record_text(r1._replace(previous=r2.previous, sequence=2, cuts=[c for c in r1.cuts if c.item == 6])); y = record_text(r2._replace(previous=b64(H(x)), sequence=3))
    add('account', 'leaf-claimed-twice-before-all', replace(p, records=[p.records[0], REDACTOR.sign(x), COURT.sign(y)]))
    add('account', 'all-of-it-told-in-parts', redact(start, COURT, [Cut(2, 'header', 0, 4, *why), Cut(2, 'content', 0, len(informant.chunks), *why)], force=False))

    def with_view(b, q=p):
        r = parse_record(parse_note(q.records[-1])[0]); return replace(q, view=b, records=[*q.records[:-1], COURT.sign(record_text(r._replace(view=b64(H(b)))))])
    def swapped(k, f):
        """The last package with the node of item k replaced by f(node), below a split that is otherwise kept."""
        def walk(v, n, off):
            if n == 1: return f(v) if off == k else v
            if not off <= k < off + n: return v
            h = split(n); l, r = [('D', x) for x in kids(v[1])] if v[0] == 'D' else v[1:]; return ('S', walk(l, h, off), walk(r, n - h, off + h))
        return with_view(encode_view(7, walk(parse_view(p.view)[1], 7, 1)))
    root_of = lambda sd, leaves: ('X', seed_root(sd, len(leaves), iter(leaves))); hashes, seeds = item_hashes(items, seed), salts(seed, 7)
    two_gone = redact(start, COURT, [Cut(1, 'all', 0, 0, *why), Cut(2, 'all', 0, 0, *why)], force=False, time='2026-11-22T09:00:00Z'); w = parse_view(two_gone.view)[1]; l, r = [('D', x) for x in kids(seed)]
    add('view', 'view-goes-on', with_view(p.view + b'\0'))
    add('truncated', 'view-cut-short', with_view(p.view[:-1]))
    add('view', 'view-of-eight-items', with_view(p.view.replace(b'\n\0\0\0\7', b'\n\0\0\0\10', 1)))
    add('view', 'view-split-of-two-disclosed', replace(start, view=encode_view(7, ('S', l, r))))
    add('view', 'view-split-of-two-withheld', with_view(encode_view(7, ('S', ('S', ('S', ('X', hashes[0]), ('X', hashes[1])), w[1][2]), w[2])), two_gone))
    add('view', 'view-partial-wholly-disclosed', swapped(7, lambda v: ('P', *notes.shape(), ('D', header_seed(v[1])), ('D', content_seed(v[1])))))
    add('view', 'view-partial-wholly-withheld', swapped(2, lambda v: ('P', *informant.shape(), root_of(header_seed(seeds[1]), informant.fields), root_of(content_seed(seeds[1]), informant.chunks))))
    add('view', 'view-split-of-one-leaf', swapped(7, lambda v: ('S', v, ('X', bytes(32)))))
    add('view', 'view-node-kind-4', with_view(p.view.replace(b'\3\1\0\0\0\0', b'\4\1\0\0\0\0', 1)))
    none = seal_text(s._replace(N=0)); add('view', 'view-of-no-item', replace(start, seal=SEALER.sign(none), view=encode_view(0, ('D', seed))))
    add('view', 'view-partial-above-two-items', with_view(encode_view(7, ('S', ('P', 1, 0, 1, 1, l, ('X', bytes(32))), w[2])), two_gone))
    add('shape', 'view-mode-2', swapped(1, lambda v: ('P', 2, *v[2:])))
    add('shape', 'view-grid-in-table-mode', swapped(1, lambda v: ('P', 1, 64, *v[3:])))
    add('root', 'view-another-hash', swapped(2, lambda v: ('X', H(v[1]))))
    add('root', 'view-another-seed', swapped(7, lambda v: ('D', H(v[1]))))

    def leaves(b): return replace(p, leaves={**p.leaves, 1: b})
    L = parse_leaves(p.leaves[1]); hs, (a, b, *rest) = list(L.headers.items()), L.runs
    def table(headers=hs, runs=L.runs, shape=L.shape): return leaves(encode_leaves(shape, headers, runs))
    start_of_runs = len(encode_leaves(L.shape, hs, [])) + 1
    add('leaves', 'leaves-missing', replace(p, leaves={k: x for k, x in p.leaves.items() if k != 1}))
    add('leaves', 'leaves-of-a-withheld-item', replace(p, leaves={**p.leaves, 2: start.leaves[2]}))
    add('leaves', 'leaves-go-on', leaves(p.leaves[1] + b'\0'))
    add('truncated', 'leaves-cut-short', leaves(p.leaves[1][:-1]))
    add('leaves', 'leaves-magic', leaves(p.leaves[1].replace(b'v1', b'v2', 1)))
    add('leaves', 'leaves-long-varint', leaves(p.leaves[1][:start_of_runs] + bytes([a[1] | 128, 0]) + p.leaves[1][start_of_runs + 1:]))
    add('leaves', 'leaves-varint-of-eleven-bytes', leaves(p.leaves[1][:start_of_runs] + bytes([a[1] | 128]) + b'\x80' * 9 + b'\1' + p.leaves[1][start_of_runs + 1:]))
    add('truncated', 'leaves-length-past-any-file', table(runs=[(True, a[1], [1 << 63, *a[2][1:]]), b, *rest]))
    add('leaves', 'leaves-runs-not-merged', table(runs=[(True, 1, a[2][:1]), (True, a[1] - 1, a[2][1:]), b, *rest]))
    add('leaves', 'leaves-empty-run', table(runs=[(False, 0, None), *L.runs]))
    add('leaves', 'leaves-run-past-n', table(runs=[*L.runs[:-1], (True, L.runs[-1][1] + 1, L.runs[-1][2] + [0])]))
    add('leaves', 'leaves-run-edge-moved', table(runs=[(True, a[1] - 1, a[2][:-1]), (False, b[1] + 1, None), *rest]))
    add('root', 'leaves-lengths-swapped', replace(p, leaves={**p.leaves, 7: p.leaves[7].replace(b'\7\1\10\1', b'\1\7\10\1', 1)}))
    add('leaves', 'leaves-another-mode', table(shape=(0, 64, *L.shape[2:])))
    add('leaves', 'leaves-one-header-more', table(shape=(*L.shape[:3], L.shape[3] + 1)))
    add('leaves', 'leaves-headers-not-ascending', table(hs[::-1]))
    add('leaves', 'leaves-header-left-out', table(hs[:-1]))
    add('leaves', 'leaves-withheld-header-back', table(sorted({**dict(enumerate(items[0].fields)), **L.headers}.items())))
    add('root', 'leaves-header-changed', table([(i, field('name', b'other.txt') if key_of(h) == 'name' else h) for i, h in hs]))

    def file(k, old, new): assert old in p.files[k]; return whole(k, p.files[k].replace(old, new, 1))
    def whole(k, b): return replace(p, files={**p.files, k: b})
    slot, grid = b'[REDACTED PD-NAME]', p.files[5]
    add('file', 'file-missing', replace(p, files={k: x for k, x in p.files.items() if k != 1}))
    add('leaves', 'file-of-a-withheld-item', whole(2, start.files[2]))
    add('file', 'file-as-sealed', whole(1, start.files[1]))
    add('file', 'file-goes-on', file(1, b'200.\n', b'200.\n\n'))
    add('truncated', 'file-cut-short', file(1, b'200.\n', b'200.'))
    add('root', 'content-changed', file(1, b'March', b'April'))
    add('file', 'slot-holds-content', file(1, b'[REDACTED PD-NAME: PERSON-3]', 'Ana Novák'.encode()))
    add('file', 'slot-holds-another-code', file(1, slot, b'[REDACTED INF]'))
    add('file', 'slot-holds-another-shown-text', file(1, b'PERSON-3', b'PERSON-4'))
    add('file', 'slot-empty', file(1, slot, b''))
    add('file', 'slot-doubled', file(1, slot, slot * 2))
    add('file', 'csv-slot-not-quoted', file(3, b'"[REDACTED PD-NAME: a, ""b""]"', b'[REDACTED PD-NAME: a, "b"]'))
    add('file', 'csv-slot-quoted-without-need', file(3, slot, b'"' + slot + b'"'))
    add('file', 'json-slot-not-quoted', file(4, b'"[REDACTED PD-FIN]"', b'[REDACTED PD-FIN]'))
    add('file', 'json-slot-null', file(4, b'"[REDACTED PD-FIN]"', b'null'))
    add('file', 'grid-slot-not-zero', whole(5, grid[:200] + b'\1' + grid[201:]))
    add('file', 'grid-last-slot-too-long', whole(5, grid + b'\0'))
    add('file', 'grid-last-slot-not-filled', whole(5, grid[:1000]))

    bare = seal([notes], H(b'x'), SEALER, {'redactors': PERMITTED}); f = notes.fields
    add('header', 'derived-headers-disclosed', cut(1, 'content', 0, 1, of=bare))
    add('header', 'derived-headers-disclosed-all-content-cut', cut(1, 'content', 0, len(notes.chunks), of=bare))
    add('header', 'derived-header-size-disclosed', redact(bare, COURT, [Cut(1, 'header', 2, 3, *why), Cut(1, 'content', 0, 1, *why)], force=False))
    add('header', 'media-type-withheld', cut(1, 'header', 0, 1, of=bare))
    for name, fields in (('header-keys-not-ascending', [f[0], f[2], f[1]]), ('header-key-twice', [f[0], f[1], f[1]]), ('header-without-media-type', f[1:]), ('header-key-in-capitals', [f[0], field('Name', b'x')]), ('header-key-past-its-leaf', [f[0], b'\4na'])):
        bad = Item(TABLE, 0, fields, notes.chunks); text = seal_text(parse_seal(parse_note(bare.seal)[0])._replace(root=b64(hash_root(item_hashes([bad], H(b'x'))))))
        add('header', name, replace(bare, seal=SEALER.sign(text), leaves={1: leaves_of(bad)}))
    hollow = Item(GRID, 64, [f[0]], [bytes(64), b'']); add('truncated', 'grid-last-leaf-empty', seal([hollow], H(b'x'), SEALER))
    return out
TSV_FILE = '\ufeff"case\tno"\tname\r\n17/A\t"Nov\u00e1k\tJan"\r\n17/B\t\r\n17/C\tEva, K.\r\n'.encode()
SEMICOLON_FILE = b'name;amount;note\r\nNovak, Jan;120,50;"a;b ""c"""\r\nEva K.;;\r\n'
def pages_story():
    """A photograph of two pages: the tiles and words of page 1, the tiles of page 2; and an item that another tool made."""
    tiles = lambda first, count: b'II*\0head' + b''.join(bytes([first + i]) * TILE for i in range(count)); words = b'page,line,x,y,width,height,text\n1,1,4,5,60,9,Jan\n1,1,70,5,60,9,"Novak, ""J"""\n1,2,4,20,60,9,paid\n'
    made = lambda text: {'derived_from': text.encode()}; why, art = ('Art. 9(2) MLA treaty',), ('court order 4 T 17/26',)
    items = [make_item('note.txt', b'kept\n', 'text/plain'), make_item('scan.tiff', bytes(range(200)), 'image/tiff'), make_item('scan.tiff.page-001.tiff', tiles(10, 4), 'image/tiff', header=8, **made('2 page-tiles 1 page=1 dpi=150')),
             make_item('scan.tiff.page-001.words.csv', words, 'text/csv', **made('2 page-words 1 page=1')), make_item('scan.tiff.page-002.tiff', tiles(90, 2), 'image/tiff', header=8, **made('2 page-tiles 1 page=2')), make_item('copy.txt', b'as in the note\n', 'text/plain', **made('1 by-hand 2'))]
    name = items[3].chunks.index(b'"Novak, ""J"""')
    one = [Cut(3, 'content', 2, 4, 'PD-NAME', 1, *why), Cut(4, 'content', name, name + 1, 'PD-NAME', 1, *why, 'PERSON-3')]
    two = [Cut(3, 'content', 4, 5, 'PD-LOC', 2, *art, 'a house'), Cut(4, 'content', name - 2, name - 1, 'PD-NAME', 1, *art), Cut(5, 'all', 0, 0, 'REL', 0, *art)]
    return story(items, H(b'pages vector'), [(REDACTOR, one, False), (COURT, two, True)])
def forged_pages():
    """[(name, check that refuses, package)] of the last package of pages_story()."""
    global LYING
    (start, mid, p), _ = pages_story(); items, seed = load(start)[1], parse_view(start.view)[1][1]; why, out = ('REL', 0, 'x'), []
    def add(check, name, q): got = refusal(q); assert got == check, (name, check, got); out.append((name, check, q))
    def lie(*cuts, of=start): return redact(of, COURT, sorted(complete([c for c in cuts], [None if i + 1 in {c.item for c in cuts if c.part == 'all'} else bare(it) for i, it in enumerate(load(of)[1])]), key=lambda c: (c.item, PARTS.index(c.part), c.a)), force=False)
    def bare(it): return it and replace(it, fields=[f if f is None or key_of(f) != 'derived-from' else field('class', b'') for f in it.fields])      # so that complete() forces no companions
    def whole(k): return Cut(k, 'all', 0, 0, *why)
    def part(k, a, b): return Cut(k, 'content', a, b, *why)
    def file(k, b): return replace(p, files={**p.files, k: b})
    tile, words, size = part(3, 2, 3), part(4, 16, 17), len(p.files[3]); f = p.files[3]; grey = bytes([GREY]) * TILE
    assert refusal(lie(tile, words, whole(2))) is None

    add('companions', 'companion-cut-original-disclosed', lie(tile, words))
    add('companions', 'companion-cut-original-cut-in-part', lie(tile, words, part(2, 0, 1)))
    add('companions', 'companion-cut-original-keeps-its-header', lie(tile, words, part(2, 0, len(items[1].chunks))))
    add('companions', 'companion-without-content-original-disclosed', lie(part(3, 0, len(items[2].chunks)), words))
    add('companions', 'tiles-cut-words-disclosed', lie(tile, whole(2)))
    add('companions', 'words-cut-tiles-disclosed', lie(words, whole(2)))
    add('companions', 'words-header-cut-alone-tiles-cut', lie(tile, whole(2), Cut(4, 'header', 3, 4, *why)))
    add('companions', 'companion-of-another-tool-cut-original-disclosed', lie(part(6, 0, 1)))
    k = [key_of(x) for x in items[2].fields].index('derived-from'); add('companions', 'tiles-cut-and-their-derivation', lie(tile, words, whole(2), Cut(3, 'header', k, k + 1, *why)))
    for name, value in (('empty', b''), ('without-a-version', b'2 page-tiles'), ('two-spaces', b'2 page-tiles  1'), ('number-02', b'02 page-tiles 1'), ('item-0', b'0 page-tiles 1'), ('no-number', b'two page-tiles 1'), ('not-utf-8', b'2 page-tiles \xff'),
                        ('page-0', b'2 page-tiles 1 page=0'), ('page-01', b'2 page-tiles 1 page=01'), ('page-without-number', b'2 page-tiles 1 page'), ('item-7-of-6', b'7 page-tiles 1'), ('itself', b'3 page-tiles 1'), ('circle-of-two', b'6 page-tiles 1')):
        false = [replace(it, fields=[field('derived-from', value) if key_of(x) == 'derived-from' and i == 2 else field('derived-from', b'3 by-hand 2') if key_of(x) == 'derived-from' and name.startswith('circle') and i == 5 else x for x in it.fields]) for i, it in enumerate(items)]
        add('companions', f'derivation-{name}', seal(false, seed, SEALER, {'redactors': PERMITTED}))
    add('file', 'tile-as-sealed', file(3, f[:776] + start.files[3][776:776 + TILE] + f[776 + TILE:]))
    add('file', 'tile-planted', file(3, f[:776] + bytes([10]) * TILE + f[776 + TILE:]))
    add('file', 'tile-of-another-grey', file(3, f.replace(grey, bytes([GREY + 1]) * TILE, 1)))
    add('file', 'tile-with-one-other-sample', file(3, f[:-1] + bytes([GREY - 1])))
    add('file', 'tile-labelled', file(3, f[:776] + b'[REDACTED PD-NAME]' + f[776 + 18:]))
    add('file', 'tile-left-out', file(3, f[:-TILE]))
    add('file', 'tile-added', file(3, f + grey))
    add('file', 'tiles-of-the-step-before', replace(p, files={**p.files, 3: mid.files[3]}))
    add('root', 'tile-swapped-for-another', replace(mid, files={**mid.files, 3: mid.files[3][:8] + mid.files[3][-TILE:] + mid.files[3][776:-TILE] + mid.files[3][-TILE:]}))
    add('file', 'words-slot-without-its-text', file(4, p.files[4].replace(b': PERSON-3', b'')))
    add('leaves', 'page-2-still-there', replace(p, leaves={**p.leaves, 5: mid.leaves[5]}))
    odd = [replace(it, chunks=[*it.chunks[:4], b'\0' * (TILE - 1), *it.chunks[5:]]) if i == 2 else it for i, it in enumerate(items)]
    LYING = True; headless, short = lie(part(3, 0, 1), words, whole(2)), lie(tile, words, whole(2), of=seal(odd, seed, SEALER, {'redactors': PERMITTED})); LYING = False
    add('file', 'picture-without-its-header', headless)
    add('file', 'picture-with-a-tile-of-767', short)
    return out
def rejected(story_name, forged, true):
    return {'trusted_keys': KEYS, 'note': f'each: the last package of {story_name} with these members replaced', 'cases': [{'name': n, 'check': c, 'replace': {k: x for k, x in package_json(q).items() if x != true[k]}} for n, c, q in forged]}
def vectors(d):
    os.makedirs(d, exist_ok=True); law = 'LED art. 4(1)(c)'
    def write(name, o):
        with open(os.path.join(d, name), 'w', encoding='utf-8') as f: json.dump(o, f, indent=1, ensure_ascii=False); f.write('\n')
    trees = []
    for n in (1, 2, 3, 5, 7, 8, 13):
        seed, chunks = bytes([n]) * 32, [bytes([i]) * i for i in range(n)]; cut = set(range(1, n, 3)); v = withhold(('D', seed), n, chunks, cut)
        trees.append({'n': n, 'seed': seed.hex(), 'chunks': [c.hex() for c in chunks], 'salts': [s.hex() for s in salts(seed, n)], 'leaves': [leaf(s, c).hex() for s, c in zip(salts(seed, n), chunks)], 'root': seed_root(seed, n, iter(chunks)).hex(), 'cut': sorted(cut), 'view': encode_node(v).hex()})
    write('tree.json', trees)
    tree, mark, dots = make_item('a.json', b'[{}, "Nov\\u00e1k", {"IBAN": 7}]', 'application/json', acquired_by=b'officer'), make_item('b.txt', b'x  IBAN', 'text/plain'), make_item('c.bin', bytes(range(100)), 'application/octet-stream')
    write('small.json', story([tree, mark, dots], H(b'small vector'), [(REDACTOR, [Cut(1, 'content', 1, 2, 'PD-NAME', 1, law), Cut(3, 'content', 1, 2, 'SEC', 0, law)], False), (COURT, [Cut(1, 'content', 3, 4, 'PD-FIN', 2, law, 'an "account"'), Cut(2, 'content', 0, 2, 'INF', 0, law)], True)])[1])
    text = make_item('statement.txt', TEXT_FILE, 'text/plain'); jan, tel = at(text, b'Jan', b'555')
    write('text_two_steps.json', story([text], H(b'text vector'), [(REDACTOR, [Cut(1, 'content', jan, jan + 3, 'PD-NAME', 1, law, 'PERSON-3')], False), (COURT, [Cut(1, 'content', jan + 3, jan + 4, 'PD-NAME', 0, law), Cut(1, 'content', tel, tel + 3, 'PD-CONTACT', 0, law)], True)])[1])
    table = make_item('payments.csv', CSV_FILE, 'text/csv'); write('csv_cells.json', story([table], H(b'csv vector'), [(REDACTOR, [Cut(1, 'content', i, i + 1, c, 1, law, s) for i, c, s in ((8, 'PD-NAME', 'PERSON-3'), (14, 'PD-NAME', None), (16, 'PD-FIN', None), (20, 'PD-NAME', 'said "no", twice'))], False)])[1])
    tabs, semi = make_item('cases.tsv', TSV_FILE, 'text/tab-separated-values'), make_item('amounts.csv', SEMICOLON_FILE, 'text/csv'); novak, eva = at(tabs, '"Nov\u00e1k\tJan"'.encode(), b'Eva, K.'); who, sum_, note = at(semi, b'Novak, Jan', b'120,50', b'"a;b ""c"""')
    write('tsv_and_semicolons.json', story([tabs, semi], H(b'tsv vector'), [(REDACTOR, [Cut(1, 'content', 0, 1, 'REL', 0, law), Cut(1, 'content', novak, novak + 1, 'PD-NAME', 1, law, 'PERSON-3'), Cut(2, 'content', who, who + 1, 'PD-NAME', 1, law, 'A; B'), Cut(2, 'content', note, note + 1, 'PD-NAME', 1, law)], False), (COURT, [Cut(1, 'content', eva, eva + 1, 'PD-NAME', 1, law), Cut(2, 'content', sum_, sum_ + 1, 'PD-FIN', 0, law)], True)])[1])
    tree = make_item('account.json', JSON_FILE, 'application/json'); picked = at(tree, b'17', b'"Jan \\"J\\" Novak"', b'-3e2', b'null', b'"jan@example.org"')
    write('json_values.json', story([tree], H(b'json vector'), [(REDACTOR, [Cut(1, 'content', i, i + 1, 'PD-ID', 0, law, s) for i, s in zip(picked, (None, 'J. "N"', None, None, 'a\\b'))], False)])[1])
    disk, wide, large = make_item('log.bin', GRID_FILE, 'application/octet-stream'), b''.join(H(struct.pack('>I', i)) for i in range(32768)), []
    chunks, seed, R = grid_leaves(wide, 16), H(b'big'), random.Random(7)
    for count in (1, 10, 100):
        cut = set()
        for _ in range(count): a = R.randrange(len(chunks) - 40); cut |= set(range(a, a + R.randint(1, 40)))
        b = encode_node(withhold(('D', seed), len(chunks), chunks, cut)); large.append({'ranges': merged([(i, i + 1) for i in sorted(cut)]), 'view_bytes': len(b), 'view_sha256': hashlib.sha256(b).hexdigest()})
    write('binary_grid.json', {**story([disk], H(b'grid vector'), [(REDACTOR, [Cut(1, 'content', 3, 5, 'SEC', 0, law)], False), (COURT, [Cut(1, 'content', 5, 6, 'TS', 0, law), Cut(1, 'content', 15, 16, 'SEC', 0, law)], True)])[1],
                               'large': {'data': 'SHA-256(u32 i), i < 32768, one after the other', 'grid': 16, 'n': len(chunks), 'seed': seed.hex(), 'root': seed_root(seed, len(chunks), iter(chunks)).hex(), 'cuts': large}})
    for name, story_, forged in (('bundle', bundle_story, forged_bundles), ('pages', pages_story, forged_pages)):
        (_, _, p), whole = story_(); write(f'{name}.json', whole); write(f'{name}_must_reject.json', rejected(f'{name}.json', forged(), package_json(p)))

# ---- answers to the product's random test ----------------------------------------------------------------------------------------
def answer(line):
    """One bundle and its steps of cuts, in; what this implementation makes of them, out."""
    q = json.loads(line); items, seed = [], bytes.fromhex(q['seed'])
    for i in q['items']: items.append(make_item(i['name'], bytes.fromhex(i['data']), i['media'], grid=i.get('grid'), header=i.get('header'), **({'derived_from': i['from'].encode()} if 'from' in i else {})))
    hashes, now, v, claims, views = item_hashes(items, seed), list(items), ('D', seed), {}, []
    for step in q['steps']:
        gone = {}
        for k, part, a, b, code, shown in step:
            it, (h, x) = items[k - 1], gone.setdefault(k - 1, (set(), set())); claims.setdefault(k, {p: [] for p in PARTS})[part].append(Cut(k, part, a, b, code, 0, 'x', shown))
            if part != 'content': h.update(range(len(it.fields)) if part == 'all' else range(a, b))
            if part != 'header': x.update(range(len(it.chunks)) if part == 'all' else range(a, b))
        v = withhold_items(v, now, gone)
        for i, (h, x) in gone.items():
            it = now[i]; fields, chunks = [None if j in h else f for j, f in enumerate(it.fields)], [None if j in x else c for j, c in enumerate(it.chunks)]
            now[i] = Item(it.mode, it.grid, fields, chunks) if any(c is not None for c in fields + chunks) else None
        views.append(encode_view(len(items), v).hex())
    for mine in claims.values(): mine['content'].sort(key=lambda c: c.a)
    leaves, files = ship(now, claims); hx = lambda d: {f'{k:04}': b.hex() for k, b in sorted(d.items())}
    return {'ids': [h.hex() for h in hashes], 'root': hash_root(hashes).hex(), 'views': views, 'leaves': hx(leaves), 'files': hx(files)}
if __name__ == '__main__':
    verb, *rest = sys.argv[1:] or ['']
    if verb in ('selftest', 'test'): selftest(*map(int, rest[:1]))
    elif verb == 'vectors' and rest: vectors(rest[0])
    elif verb == 'answer':
        for line in sys.stdin: print(json.dumps(answer(line)), flush=True)
    else: sys.exit(__doc__)
