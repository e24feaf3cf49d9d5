#!/usr/bin/env python3
"""Checks a sealed evidence bundle (evidence-seal/v1) without any of Rogatory's own code.

  python3 check_bundle.py [--json] bundle.asice          or the folder that it was unpacked into

Python 3.9 or newer, standard library only. It recomputes from the files that travel the root that
the sealer signed, and checks that every withheld part is told in a record. It does NOT check the
signatures: at the end it prints the openssl commands that do. Exit 0: every check passed;
2: something is proven bad; 1: the input cannot be read.

All hashes are SHA-256 (H), all integers big endian, leaf positions 0-based, item numbers 1-based:
  leaf H(00 salt chunk)   node H(01 left right)   salts: left H(02 seed), right H(03 seed)
  item: header seed H(04 seed), content seed H(05 seed)
  item id H(10 mode:1 grid:4 n:8 nh:4 header-root content-root), a leaf of the bundle's tree
A tree of n leaves splits at the largest power of two below n. The specification is in
Docs/Redaction.md and Docs/Bundle.md; the parts below follow its headings."""
import base64, bisect, contextlib, hashlib, io, itertools, json, os, re, stat, struct, sys, unicodedata
import urllib.parse, zipfile, zlib
from datetime import datetime
from xml.etree import ElementTree

GRID, TABLE = 0, 1
CHUNK = 1 << 16          # item files are read in pieces of this size, never whole
SMALL = 1 << 26          # statements, terms and manifests are refused above this size
TILE = bytes([118]) * 768  # a withheld tile of a picture: 16 x 16 pixels of three bytes, 18 % grey in sRGB
LARGE = 1 << 31          # disclosure/*.leaves and view.bin are held in memory, up to this size

class Bad(Exception):
    """Something proven bad; the message says what."""
def need(condition, message):
    if not condition: raise Bad(message)
def H(*parts): return hashlib.sha256(b''.join(parts)).digest()
def b64(data): return base64.b64encode(data).decode()

# ---- What was checked ----------------------------------------------------------------------------
class Report:
    MALFORMED = (ValueError, LookupError, TypeError, AttributeError, EOFError, RuntimeError, OverflowError,
                 struct.error, zlib.error, zipfile.BadZipFile, ElementTree.ParseError)
    def __init__(self): self.lines, self.commands = [], []
    def add(self, result, check, detail):
        self.lines.append({'check': check, 'result': result, 'detail': detail})
    def fail(self, check, detail): self.add('fail', check, detail)
    @property
    def failures(self): return sum(line['result'] == 'fail' for line in self.lines)
    @contextlib.contextmanager
    def checking(self, check, what):
        """Runs one check: adds a line that says what passed, or what did not."""
        before = self.failures
        try: yield
        except Bad as error: self.fail(check, f'{what}: {error}')
        except self.MALFORMED as error: self.fail(check, f'{what}: malformed ({error!r})')
        else:
            if self.failures == before: self.add('pass', check, what)

# ---- Container -----------------------------------------------------------------------------------
class Files:
    """The files of a container, or of the folder that it was unpacked into."""
    def __init__(self, path):
        self.path, self.zip = path, None
        if os.path.isdir(path):
            self.order = [os.path.relpath(os.path.join(folder, name), path).replace(os.sep, '/')
                          for folder, _, names in os.walk(path) for name in sorted(names)]
        else:
            with open(path, 'rb'): pass
            self.zip = zipfile.ZipFile(path); self.order = self.zip.namelist()
        self.names = set(self.order)
    def open(self, name):
        need(name in self.names, f'{name} is missing')
        return self.zip.open(name) if self.zip else open(os.path.join(self.path, name), 'rb')
    def read(self, name, limit=SMALL):
        with self.open(name) as file: data = file.read(limit + 1)
        need(len(data) <= limit, f'{name} is larger than {limit} bytes'); return data
    def check(self):
        need(self.read('mimetype') == b'application/vnd.etsi.asic-e+zip', 'mimetype: wrong value')
        folded = [unicodedata.normalize('NFC', name).casefold() for name in self.order]
        seen = set(); twice = [name for name in folded if name in seen or seen.add(name)]
        need(not twice, f'names that stand twice: {twice}')
        for name in self.order:
            need(not re.search(r'[\x00-\x1f\x7f\\]|^[A-Za-z]:', name) and
                 not {'', '.', '..'} & set(name.split('/')), f'unsafe name {name!r}')
            need(self.zip or not os.path.islink(os.path.join(self.path, name)), f'{name} is a link')
        entries = self.zip.infolist() if self.zip else []
        for entry in entries:
            need(entry.compress_type in (0, 8) and not entry.flag_bits & 1, f'{entry.filename}: method or encryption')
            need(not stat.S_ISLNK(entry.external_attr >> 16), f'{entry.filename} is a link')
        for entry in entries[:1]:
            need((entry.filename, entry.compress_type, entry.header_offset, entry.extra) == ('mimetype', 0, 0, b''),
                 'mimetype is not first, stored and bare')

# ---- Statements: the seal and the records of redaction -------------------------------------------
NUM, B64 = r'(0|[1-9][0-9]{0,19})', r'([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)'
ID, TEXT = r'([a-z0-9][a-z0-9._-]{0,63})', r'((?! )[^\x00-\x1f\x7f-\x9f]+(?<! ))'
TIME = r'([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)'
SEAL = re.compile(fr'evidence-seal/v1\n([0-9a-f]{{32}})\n{NUM}\n{B64}\n{B64}\nsealer {ID} {B64}\n{TIME}\n')
RECORD = re.compile(fr'evidence-redaction/v1\n{B64}\n{B64}\n{NUM}\n{B64}\n(open|closed)\n'
                    fr'redactor {ID} {B64}\nproposer {ID}\napprover (-|{ID})\n(-|{B64})\n{TIME}\n')
CUT = re.compile(fr'cut {NUM} (?:(all)|(header|content) {NUM}-{NUM}) ([A-Z][A-Z0-9-]*) {NUM} {TEXT}\n'
                 fr'(?:shown {TEXT}\n)?')
GRANT = re.compile(fr'grant {ID} {B64}\n')
PARTS = ('all', 'header', 'content')

class Cut:
    def __init__(self, match):
        item, whole, part, first, end, self.code, rule, _, self.shown = match.groups()
        self.item, self.part, _ = number(item), whole or part, number(rule)
        self.first, self.end = number(first or '0'), number(end or '0')
        need(self.item and (whole or self.first < self.end), 'a cut of no item or of no leaf')
    def __str__(self):
        return f'item {self.item} {self.part}' + (f' {self.first}-{self.end}' if self.end else '')
def number(digits):
    need(int(digits) < 1 << 64, 'a number past 64 bits'); return int(digits)
def parse_time(text): datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ')
class Seal:
    def __init__(self, data):
        self.data, match = data, SEAL.fullmatch(data.decode('utf-8')); need(match, 'not a seal statement')
        self.bundle, count, self.root, self.terms, self.node, self.key, time = match.groups()
        self.count = number(count); parse_time(time)
class Record:
    def __init__(self, data):
        self.data, text = data, data.decode('utf-8')
        match = RECORD.match(text); need(match, 'not a record of redaction')
        (self.seal, self.previous, sequence, self.view, state, self.node, self.key, self.proposer, self.approver, _,
         self.release, _, time) = match.groups()
        self.sequence, self.closed, self.cuts, place = number(sequence), state == 'closed', [], match.end()
        parse_time(time)
        self.grants = []
        while match := GRANT.match(text, place): self.grants.append(match.groups()); place = match.end()
        need(self.grants == sorted(set(self.grants)) and len(self.grants) <= 64, 'grants out of order')
        while match := CUT.match(text, place): self.cuts.append(Cut(match)); place = match.end()
        need(place == len(text) and bool(self.cuts) != bool(self.grants), f'not a cut, at character {place}')
        for a, b in zip(self.cuts, self.cuts[1:]):
            x, y = (a.item, PARTS.index(a.part)), (b.item, PARTS.index(b.part))
            need((x < y or x == y and a.end <= b.first) and (a.part != 'all' or a.item < b.item),
                 f'cuts out of order or overlapping: {a}, {b}')

def canonical(value):
    """RFC 8785 for what signed JSON may hold: no floating point."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode('utf-16-be', 'surrogatepass'))
        return '{' + ','.join(canonical(key) + ':' + canonical(value[key]) for key in keys) + '}'
    if isinstance(value, list): return '[' + ','.join(map(canonical, value)) + ']'
    need(not isinstance(value, float), 'a number that is no integer')
    return json.dumps(value, ensure_ascii=False)
def parse_json(data):
    value = json.loads(data.decode('utf-8'))
    need(isinstance(value, dict) and canonical(value).encode() == data, 'not a canonical JSON object (RFC 8785)')
    return value

# ---- View ----------------------------------------------------------------------------------------
# ('D', seed) disclosed, ('X', hash) withheld, ('S', left, right) split, ('P', shape, header view, content view) item
def split(n): return 1 << (n - 1).bit_length() - 1
def children(view):
    return view[1:] if view[0] == 'S' else (('D', H(b'\2', view[1])), ('D', H(b'\3', view[1])))
def take(file, count):
    data = file.read(count); need(len(data) == count, 'ends too early'); return data
def parse_shape(data):
    mode, grid, n, nh = struct.unpack('>BIQI', data)
    need(mode in (GRID, TABLE) and (grid > 0) == (mode == GRID) and n and nh, 'impossible mode, grid or count')
    return mode, grid, n, nh
def parse_node(file, n, bundle):
    kind = take(file, 1)[0]
    if kind in (1, 2): return ('DX'[kind - 1], take(file, 32))
    if kind == 0:
        need(n > 1, 'a split of one leaf')
        left = parse_node(file, split(n), bundle); right = parse_node(file, n - split(n), bundle)
        need(left[0] != right[0] or left[0] not in 'DX', 'a split of two like halves'); return ('S', left, right)
    need(kind == 3 and bundle and n == 1, 'an impossible node')
    shape = parse_shape(take(file, 17))
    header = parse_node(file, shape[3], False); content = parse_node(file, shape[2], False)
    need(header[0] != content[0] or header[0] not in 'DX', 'a partial item that is whole')
    return ('P', shape, header, content)
def parse_view(data):
    file = io.BytesIO(data); need(take(file, 17) == b'evidence-view/v1\n', 'wrong first line')
    count, = struct.unpack('>I', take(file, 4)); need(count, 'no item')
    view = parse_node(file, count, True); need(not file.read(1), 'trailing bytes'); return count, view
def parts(view, n, first):
    """(first, count, view) of each subtree below which the view says nothing more."""
    if view[0] != 'S': yield first, n, view; return
    yield from parts(view[1], split(n), first); yield from parts(view[2], n - split(n), first + split(n))
def merged(ranges):
    out = []
    for a, b in ranges:
        if out and out[-1][1] == a: out[-1] = (out[-1][0], b)
        else: out.append((a, b))
    return out
def gaps(view, n): return merged((a, a + count) for a, count, v in parts(view, n, 0) if v[0] == 'X')
def root_of(view, n, leaf):
    """The root of a header or content tree; leaf(salt) gives the hash of the next disclosed leaf."""
    if view[0] == 'X': return view[1]
    if view[0] == 'D' and n == 1: return leaf(view[1])
    left, right = children(view); a = root_of(left, split(n), leaf)
    return H(b'\1', a, root_of(right, n - split(n), leaf))
def seeds(view, n):
    if n == 1: yield view; return
    left, right = children(view); yield from seeds(left, split(n)); yield from seeds(right, n - split(n))

# ---- disclosure/NNNN.leaves and the item files ---------------------------------------------------
class Leaves:
    def __init__(self, data):
        self.data, file = data, io.BytesIO(data); need(take(file, 19) == b'evidence-leaves/v1\n', 'wrong first line')
        self.shape = self.mode, self.grid, self.n, self.nh = parse_shape(take(file, 17))
        self.headers, self.keys, before = {}, {}, -1
        for _ in range(struct.unpack('>I', take(file, 4))[0]):
            index, = struct.unpack('>I', take(file, 4)); size = varint(file)
            need(before < index < self.nh and size <= len(data), 'header leaves out of order, or too long')
            before = index
            leaf = self.headers[index] = take(file, size); key = leaf[1:1 + leaf[0]] if leaf else b''
            need(leaf and len(key) == leaf[0] and re.fullmatch(rb'[a-z0-9-]+', key), 'a header leaf without a key')
            need(not self.keys or key.decode() > max(self.keys), 'header keys do not ascend')
            self.keys[key.decode()] = leaf[1 + leaf[0]:]
        self.runs, left = [], self.n                      # (disclosed?, count, where its lengths stand)
        while left:
            kind, count = take(file, 1)[0], varint(file)
            need(kind < 2 and 0 < count <= left, 'an impossible run')
            need(not self.runs or self.runs[-1][0] == (kind == 1), 'runs do not alternate'); left -= count
            self.runs.append((kind == 0, count, file.tell()))
            if kind == 0 and self.mode == TABLE:
                for _ in range(count): varint(file)
        need(not file.read(1), 'trailing bytes')
        need('media-type' in self.keys, 'the header leaf media-type is withheld or absent')
    def gaps(self):
        ends = list(itertools.accumulate((count for _, count, _ in self.runs), initial=0))
        return [(a, b) for (disclosed, _, _), a, b in zip(self.runs, ends, ends[1:]) if not disclosed]
    def header_gaps(self):
        edges = [-1, *self.headers, self.nh]
        return [(a + 1, b) for a, b in zip(edges, edges[1:]) if a + 1 < b]
    def form(self):
        media = self.keys['media-type'].decode('latin-1').split(';')[0].strip(' \t').lower()
        if media == 'text/csv': return 'csv'
        if media in ('application/json', 'application/x-ndjson') or media.endswith('+json'): return 'json'
        return 'image' if media.startswith('image/') else 'text'
def varint(file):
    value = shift = 0
    while True:
        byte = take(file, 1)[0]; value |= (byte & 127) << shift; shift += 7
        if byte < 128:
            need((byte or shift == 7) and value < 1 << 64, 'a varint that is not the shortest'); return value
        need(shift < 70, 'a varint that is too long')
KEPT = ('name', 'media-type', 'class', 'data-category', 'exhibit', 'derived-from')
def derived(key): return key not in KEPT and not key.startswith('acquired-')

class Derivation:
    """The header leaf derived-from: `<item> <tool> <version>[ <word>]...`; `page` is (item, page) for tiles and words, which are ours."""
    def __init__(self, value):
        words = value.decode('utf-8').split(' '); need(len(words) > 2 and all(words), 'not an item, a tool and a version')
        need(re.fullmatch(NUM, words[0]) and 0 < number(words[0]) < 1 << 32, 'not the number of an item')
        page = next((word.partition('=')[2] for word in words[3:] if word.partition('=')[0] == 'page'), '1')
        need(re.fullmatch(NUM, page) and 0 < number(page) < 1 << 63, 'not the number of a page')
        self.item, self.page = int(words[0]), (int(words[0]), int(page)) if words[1] in ('page-tiles', 'page-words') else None

def placeholders(leaves, cuts, ends, a, b):
    """The bytes, in pieces, that must stand for the withheld leaves [a, b); `ends` are those of the cuts."""
    if leaves.mode == GRID:
        for size in pieces((b - a) * leaves.grid): yield bytes(size)
        return
    form, last = leaves.form(), None; need(form != 'image' or a > 0, 'a picture without what stands before its tiles')
    for cut in (cuts[i] for i in range(bisect.bisect_right(ends, a), len(cuts))):
        count = min(b, cut.end) - max(a, cut.first)
        if count <= 0: return
        if form == 'image': yield from itertools.repeat(TILE, count); continue
        text = f'[REDACTED {cut.code}: {cut.shown}]' if cut.shown else f'[REDACTED {cut.code}]'
        if form == 'csv' and re.search('[,;"]', text): text = '"' + text.replace('"', '""') + '"'
        if form == 'json': text = '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'
        if form != 'text': yield from itertools.repeat(text.encode(), count)      # one for each cell or value
        elif text != last: yield text.encode()                                    # one for a row of like ones
        last = text
def pieces(size):
    while size: yield min(size, CHUNK); size -= min(size, CHUNK)
class ItemFile:
    """Reads an item file once: hashes its disclosed leaves, compares every placeholder on the way."""
    def __init__(self, file, leaves, cuts): self.file, self.place, self.lengths = file, 0, self.walk(leaves, cuts)
    def walk(self, leaves, cuts):
        position, lengths, ends = 0, io.BytesIO(leaves.data), [cut.end for cut in cuts]
        tiles = leaves.mode == TABLE and leaves.form() == 'image' and leaves.gaps()
        for disclosed, count, where in leaves.runs:
            lengths.seek(where)
            for k in range(position, position + count) if disclosed else ():
                if leaves.mode == TABLE:
                    length = varint(lengths); need(not tiles or k == 0 or length == len(TILE), f'leaf {k} is not a tile')
                    yield length
                else: yield -leaves.grid if k == leaves.n - 1 else leaves.grid
            for piece in () if disclosed else placeholders(leaves, cuts, ends, position, position + count):
                need(self.file.read(len(piece)) == piece,
                     f'byte {self.place}: not the placeholder of the withheld leaves from {position} on')
                self.place += len(piece)
            position += count
    def leaf(self, salt):
        """The hash of the next disclosed leaf (a length below zero: the last of a grid, which may be shorter)."""
        length, hash, got = next(self.lengths), hashlib.sha256(b'\0' + salt), 0
        for size in pieces(abs(length)):
            data = self.file.read(size); hash.update(data); got += len(data)
            if len(data) < size: break
        self.place += got
        need(got == length or length < 0 and (got or not self.place), f'ends too early, at byte {self.place}')
        return hash.digest()
    def finish(self):
        need(next(self.lengths, None) is None, 'more leaves than the view has')
        need(not self.file.read(1), f'goes on after the last leaf, at byte {self.place}')

# ---- The checks ----------------------------------------------------------------------------------
class Checker:
    def __init__(self, files):
        self.files, self.report, self.seal, self.terms, self.view = files, Report(), None, {}, None
        self.records, self.claims, self.heads = [], {}, {}
        self.items = self.numbered(r'items/([0-9]{4,9})(?:[-.][^/]*)?', 4)
        self.leaves = self.numbered(r'disclosure/([0-9]{4,9})\.leaves', 4)
        self.steps = self.numbered(r'redactions/([0-9]{3})\.txt', 3)
    def numbered(self, pattern, digits):
        """{number: file name}"""
        table = {}
        for name in sorted(self.files.names):
            match = re.fullmatch(pattern, name)
            if not match: continue
            if int(match[1]) in table or match[1] != f'{int(match[1]):0{digits}}':
                self.report.fail('container', f'{name}: a number that stands twice, or is badly written')
            table[int(match[1])] = name
        return table
    def run(self):
        check, files = self.report.checking, self.files
        with check('container', f'{len(files.names)} files, names safe and single, mimetype first'):
            files.check(); self.check_places()
        with check('seal', 'seal.txt is a well-formed statement'): self.seal = Seal(files.read('seal.txt'))
        if not self.seal: return
        with check('terms', 'terms.json is the one that was sealed'):
            data = files.read('terms.json')
            need(b64(H(data)) == self.seal.terms, 'its digest is not the one in seal.txt')
            self.terms = parse_json(data)
            need(self.terms.get('bundle', self.seal.bundle) == self.seal.bundle, 'it speaks of another bundle')
        for step in sorted(self.steps):
            with check('record', f'{self.steps[step]} is well-formed'):
                self.records.append((self.steps[step], Record(files.read(self.steps[step]))))
        with check('chain', f'{len(self.steps)} records, each names the seal and the one before it'): self.check_chain()
        with check('permission', 'every redactor is permitted by terms.json or a grant, every step approved'):
            for name, record in self.records: self.check_permission(name, record)
        with check('view', f'disclosure/view.bin is canonical and counts {self.seal.count} items'):
            count, view = parse_view(files.read('disclosure/view.bin', LARGE))
            need(count == self.seal.count, f'{count} items, {self.seal.count} were sealed'); self.view = view
        with check('account', 'what is withheld is exactly what the records tell'):
            self.collect_claims(); self.check_account()
        with check('locked', 'locked items and ranges are disclosed'): self.check_locked()
        if self.view:
            self.check_items()
            with check('companions', 'nothing that is cut in one item is shown by what it was made from, or beside it'):
                self.check_companions()
        self.check_manifests()

    def check_places(self):
        table = [*self.items.values(), *self.leaves.values(), *self.steps.values(), 'disclosure/view.bin']
        ours = r'META-INF/(ASiC(Manifest\d{3}|ArchiveManifest\d*)\.xml|signature\d{3}\.p7s|timestamp\d*\.tst)'
        for name in sorted(self.files.names - set(table)):
            if re.match('(items|disclosure|redactions|META-INF)/', name) and not re.fullmatch(ours, name):
                self.report.fail('container', f'{name} has no place in the format')

    def check_chain(self):
        previous, closed = self.seal.data, False
        for place, (name, record) in enumerate(self.records, 1):
            fail = lambda text: self.report.fail('chain', f'{name}: {text}')
            if (record.sequence, self.steps.get(place)) != (place, name): fail(f'has number {record.sequence}')
            if record.seal != b64(H(self.seal.data)): fail('names another seal')
            if record.previous != b64(H(previous)): fail('does not name the record before it')
            if closed: fail('comes after the chain was closed')
            if record.grants and place > 1 and record.view != self.records[place - 2][1].view: fail('withholds something beside a grant')
            previous, closed = record.data, closed or record.closed
        if self.records:
            if record.view != b64(H(self.files.read('disclosure/view.bin', LARGE))): fail('is of another view')
            release = record.release == '-' or b64(H(self.files.read('release.json')))
            if release is not True and release != record.release: fail('is for another release.json')

    def check_permission(self, name, record):
        named = self.terms.get('redactors') or [{'node': self.seal.node, 'anchor': self.seal.key}]
        granted = {node for _, earlier in self.records if earlier.sequence < record.sequence for node, _ in earlier.grants}
        if record.node not in {entry['node'] for entry in named} | granted:
            self.report.fail('permission', f'{name}: {record.node} may not redact')
        if record.approver == record.proposer:
            self.report.fail('permission', f'{name}: {record.proposer} approves an own proposal')
        if record.approver == '-' and self.terms.get('onePerson') is not True:
            self.report.fail('permission', f'{name}: nobody approved')

    def collect_claims(self):
        """{item: {part: cuts}}; a later `all` may take over an item, nothing else is claimed twice."""
        for name, cut in [(name, cut) for name, record in self.records for cut in record.cuts]:
            mine = self.claims.setdefault(cut.item, {part: [] for part in PARTS})
            if mine['all']: self.report.fail('account', f'{name}: {cut}: withheld whole before')
            if cut.item > self.seal.count: self.report.fail('account', f'{name}: {cut}: no such item')
            mine[cut.part].append(cut)
        for mine in self.claims.values():
            for cuts in (mine['header'], mine['content']):
                cuts.sort(key=lambda cut: cut.first)
                for a, b in zip(cuts, cuts[1:]):
                    if a.end > b.first: self.report.fail('account', f'{a} and {b}: told twice')
    def claimed(self, item): return self.claims.get(item) or {part: [] for part in PARTS}
    def check_account(self):
        need(self.view, 'the view cannot be read'); fail = lambda text: self.report.fail('account', text)
        claimed = sorted(self.claims)
        for first, count, view in parts(self.view, self.seal.count, 1):
            told = claimed[bisect.bisect_left(claimed, first):bisect.bisect_left(claimed, first + count)]
            whole = [k for k in told if self.claims[k]['all']]
            if view[0] == 'X' and len(whole) < count:
                fail(f'items {first} to {first + count - 1} are withheld, told only for {whole}')
            if view[0] == 'D' and told: fail(f'items {told} are told as withheld and are disclosed')
            if view[0] == 'P':
                if whole: fail(f'item {first} is told as withheld whole and is not')
                for part, tree, n in (('header', view[2], view[1][3]), ('content', view[3], view[1][2])):
                    if merged((cut.first, cut.end) for cut in self.claimed(first)[part]) != gaps(tree, n):
                        fail(f'item {first}: the cuts of its {part} are not what is withheld')
    def check_locked(self):
        for lock in self.terms.get('locked', []):
            mine, (a, b) = self.claimed(lock['item']), lock.get('content', (0, 1 << 64))
            if (mine['all'] or 'content' not in lock and mine['header']
                    or any(cut.first < b and a < cut.end for cut in mine['content'])):
                self.report.fail('locked', f'item {lock["item"]} is locked, and withheld')

    def check_items(self):
        ids, tried, shown = {}, set(), 0
        for first, count, view in parts(self.view, self.seal.count, 1):
            if view[0] == 'X': continue
            shown += count
            if shown > len(self.leaves): break                           # told below, without a long loop
            for k, item in enumerate(seeds(view, count) if view[0] == 'D' else [view], first):
                name = self.items.get(k, 'no file'); tried.add(k)
                with self.report.checking('item', f'item {k} ({name}): every leaf and placeholder in its place'):
                    ids[k] = self.item_id(k, item)
        with self.report.checking('files', 'one .leaves for each item that is not withheld whole, no file of others'):
            need(shown <= len(self.leaves), 'the view discloses more items than have .leaves')
            for k, name in [*self.leaves.items(), *self.items.items()]:
                if k not in tried: self.report.fail('files', f'{name}: item {k} is withheld or does not exist')
        with self.report.checking('root', "the items and the view give the sealer's root"):
            need(len(ids) == shown, 'not computed, because of the items above')
            need(b64(self.bundle_root(self.view, self.seal.count, 1, ids)) == self.seal.root,
                 'another root: an item, its leaves or the view was changed (a digest below tells which, if one fails)')
    def check_companions(self):
        """heads are {item: (derived-from or None, withheld ranges, a picture of tiles?)}"""
        made, fail = {}, lambda k, text: self.report.fail('companions', f'item {k}: {text}')
        withheld = [(first, first + count) for first, count, view in parts(self.view, self.seal.count, 1) if view[0] == 'X']
        def gone(k):
            place = bisect.bisect_right(withheld, (k, LARGE)) - 1; return place >= 0 and withheld[place][0] <= k < withheld[place][1]
        for k, (value, cut, picture) in sorted(self.heads.items()):
            if value is None:
                if picture and cut: fail(k, 'a part of the picture is withheld, and what it was made from is not told')
                continue
            try: made[k] = Derivation(value)
            except (Bad, UnicodeDecodeError) as error: fail(k, f'made from what? {error}'); continue
            if made[k].item > self.seal.count: fail(k, f'made from item {made[k].item}, which is not here')
        passed = {}                                                    # {item: where the walk began that came by}
        for start in made:
            k = start
            while k in made and k not in passed: passed[k] = start; k = made[k].item
            if passed.get(k) == start: fail(k, 'made from itself')
        shown = {}                                                     # {page: an item without a cut}
        for k in made:
            if made[k].page and not self.heads[k][1]: shown.setdefault(made[k].page, k)
        for k in made:
            if not self.heads[k][1]: continue
            if not gone(made[k].item): fail(k, f'a part is withheld, and item {made[k].item}, which it was made from, is disclosed')
            if made[k].page in shown: fail(k, f'a part is withheld, and nothing of item {shown[made[k].page]}, made from the same page')
    def bundle_root(self, view, n, first, ids):
        if view[0] == 'X': return view[1]
        if n == 1: return ids[first]
        left, right = (view, view) if view[0] == 'D' else view[1:]
        return H(b'\1', self.bundle_root(left, split(n), first, ids),
                 self.bundle_root(right, n - split(n), first + split(n), ids))
    def item_id(self, k, view):
        need(k in self.leaves, f'disclosure/{k:04}.leaves is missing')
        leaves = Leaves(self.files.read(self.leaves[k], LARGE))
        if view[0] == 'D': header, content = ('D', H(b'\4', view[1])), ('D', H(b'\5', view[1]))
        else: need(view[1] == leaves.shape, 'not the shape in the view'); header, content = view[2:]
        need(leaves.gaps() == gaps(content, leaves.n), 'the withheld runs are not those of the view')
        need(leaves.header_gaps() == gaps(header, leaves.nh), 'the withheld header leaves are not those of the view')
        if leaves.gaps():
            need(not any(map(derived, leaves.keys)),
                 f'header leaves derived from withheld content: {sorted(filter(derived, leaves.keys))}')
        self.heads[k] = leaves.keys.get('derived-from'), leaves.gaps(), leaves.mode == TABLE and leaves.form() == 'image'
        values = iter(leaves.headers.values())
        header_root = root_of(header, leaves.nh, lambda salt: H(b'\0', salt, next(values)))
        if content[0] == 'X':
            need(k not in self.items, 'a file, and all content is withheld'); content_root = content[1]
        else:
            need(k in self.items, 'its file is missing')
            need('name' in leaves.keys or '-' not in self.items[k], 'its name is withheld, and its file is named')
            with self.files.open(self.items[k]) as file:
                reader = ItemFile(file, leaves, self.claimed(k)['content'])
                content_root = root_of(content, leaves.n, reader.leaf); reader.finish()
        return H(b'\x10', struct.pack('>BIQI', *leaves.shape), header_root, content_root)

    # ---- META-INF: which files each signature covers, and their digests --------------------------
    def check_manifests(self):
        names = self.files.names
        outside = {name for name in names if not name.startswith('META-INF/') and name != 'mimetype'}
        roles = {'seal': {'seal.txt', 'terms.json'}, 'carrier': outside,
                 **{name: {name} for name in self.steps.values()}}
        wanted = {'001': 'seal', '900': 'carrier', **{f'{k + 1:03}': name for k, name in self.steps.items()}}
        keys = {'seal': self.seal.key, **{name: record.key for name, record in self.records}}
        for number in sorted(wanted):
            if f'META-INF/ASiCManifest{number}.xml' not in names:
                self.report.fail('manifest', f'META-INF/ASiCManifest{number}.xml ({wanted[number]}) is missing')
        for path in sorted(name for name in names if re.fullmatch(r'META-INF/ASiC(Archive)?Manifest\d*\.xml', name)):
            number = path[-7:-4]
            with self.report.checking('manifest', f'{path} covers what it should, and every digest is right'):
                signature, covered = self.manifest(path)
                need(signature in names, f'its signature {signature} is missing')
                if 'Archive' in path:
                    lasting = re.compile(r'META-INF/((ASiCManifest|signature)(?!900)\d{3}|(ASiCArchiveManifest|timestamp)\d{3})\.(xml|p7s|tst)')
                    stray = {name for name in covered - roles['seal'] - set(self.steps.values()) if not lasting.fullmatch(name)}
                    need(not stray, f'it covers {sorted(stray)}, which does not last')
                    need(roles['seal'] <= covered, 'it does not cover the seal')
                    self.command(f'openssl ts -verify -token_in -in {signature} -data {path} -CAfile anchors.pem')
                    continue
                role = next((role for role in roles if roles[role] == covered), None)
                need(signature == f'META-INF/signature{number}.p7s', f'signed by {signature}')
                need(role, f'covers neither one statement nor every file: {sorted(outside ^ covered)}')
                need(wanted.get(number, role) == role, f'covers what a signature of {role} covers')
                command = (f'openssl cms -verify -cades -binary -inform DER -in {signature} -content {path} '
                           '-CAfile anchors.pem -purpose any -out /dev/null')
                self.command(command)
                if role in keys:
                    self.command(f'{command} -signer signer.pem && openssl x509 -in signer.pem -noout -pubkey | '
                                 'openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64   '
                                 f'# {keys[role]}')
    def command(self, line): self.report.commands.append(line)
    def manifest(self, path):
        """Checks the digests of a manifest; the signature that it names, and the files that it covers."""
        data, covered = self.files.read(path), set()
        asic, ds = '{http://uri.etsi.org/02918/v1.2.1#}', '{http://www.w3.org/2000/09/xmldsig#}'
        need(not any(word in data for word in (b'<!DOCTYPE', b'<!ENTITY', b'\0')), 'a document type')
        tree = ElementTree.fromstring(data); signatures = tree.findall(asic + 'SigReference')
        need(tree.tag == asic + 'ASiCManifest' and len(signatures) == 1, 'not an ASiCManifest')
        for node in tree.findall(asic + 'DataObjectReference'):
            name = urllib.parse.unquote(node.get('URI'), errors='strict')
            need(name not in covered, f'{name} stands twice'); covered.add(name)
            algorithm = node.find(ds + 'DigestMethod').get('Algorithm').rpartition('#')[2]
            need(algorithm in ('sha256', 'sha384', 'sha512'), f'{name}: digest algorithm {algorithm}')
            if name not in self.files.names: self.report.fail('digest', f'{path}: {name} is missing'); continue
            hash = hashlib.new(algorithm)
            with self.files.open(name) as file:
                while block := file.read(CHUNK): hash.update(block)
            if b64(hash.digest()) != node.find(ds + 'DigestValue').text.strip():
                self.report.fail('digest', f'{path}: {name} has another digest')
        return urllib.parse.unquote(signatures[0].get('URI')), covered

NOT_CHECKED = [
    'the signatures, their certificates and times: run the commands below, with trust anchors that you got elsewhere;',
    '  a command that ends in # and a value must print that value: the key that the statement names',
    "that the anchors named in terms.json are those of the redactors' certificates",
    "that a companion shows the same as the item that it was made from: that is the sealer's statement",
    'the strict structure of the ZIP container: `rogatory verify` does']
def main(arguments):
    as_json, paths = '--json' in arguments, [word for word in arguments if word != '--json']
    if len(paths) != 1: print(__doc__, file=sys.stderr); return 1
    report = Report()
    try:
        checker = Checker(Files(paths[0])); report = checker.report; checker.run()
    except Report.MALFORMED as error: report.fail('container', f'not a ZIP container: {error}')
    except OSError as error:
        print(f'{paths[0]}: {error}', file=sys.stderr)
        if not report.failures: return 1
    bad, count = report.failures, len(report.lines)
    if as_json:
        print(json.dumps({'result': 'bad' if bad else 'good', 'checks': report.lines,
                          'notChecked': NOT_CHECKED, 'commands': report.commands}, indent=2))
        return 2 if bad else 0
    for line in report.lines: print(f'{line["result"]:5}{line["check"]:11}{line["detail"]}')
    print(f'\n{"NOT GOOD" if bad else "GOOD, as far as it was checked here"}: {count - bad} passed, {bad} failed')
    print('\n  '.join(['\nNot checked here:', *NOT_CHECKED, '', 'In the unpacked container:', *report.commands]))
    return 2 if bad else 0
if __name__ == '__main__': sys.exit(main(sys.argv[1:]))
