"""Tests of Scripts/check_bundle.py: python3 -m unittest Tests/check_bundle_test.py

The vectors are packages made by an independent implementation: ROGATORY_CONFORMANCE (default
../shared/conformance), and Tests/Vectors/redact where it has files of the same form. A package has
no container and a note's signature in place of CAdES; so each is put into a folder here, with the
manifests that a container would have. What only a signature can show is left out."""
import base64, contextlib, hashlib, io, itertools, json, os, random, shutil, sys, tempfile, unittest, zipfile

sys.dont_write_bytecode = True

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'Scripts'))
import check_bundle

CONFORMANCE = os.path.join(
    os.environ.get('ROGATORY_CONFORMANCE', os.path.join(ROOT, '..', 'shared', 'conformance')), 'redact')
OWN = os.path.join(ROOT, 'Tests', 'Vectors', 'redact')
STORIES = ('bundle', 'csv_cells', 'json_values', 'text_two_steps', 'binary_grid', 'small', 'tsv_and_semicolons',
           'pages')


def statement(note):
    """A signed note without its signature."""
    text = note.encode()
    end = text.rfind(b'\n\n\xe2\x80\x94 ')
    return text if end < 0 else text[:end + 1]


def files_of(package):
    """{name: bytes} of a container that holds a package, manifests included."""
    files = {'seal.txt': statement(package['seal']), 'terms.json': package['terms'].encode(),
             'disclosure/view.bin': bytes.fromhex(package['view'])}
    for step, note in enumerate(package['records'], 1):
        files[f'redactions/{step:03}.txt'] = statement(note)
    for number, leaves in package['leaves'].items():
        files[f'disclosure/{number}.leaves'] = bytes.fromhex(leaves)
    for number, content in package['files'].items():
        files[f'items/{number}.dat'] = bytes.fromhex(content)
    return with_manifests(files)


def with_manifests(files):
    files = {'mimetype': b'application/vnd.etsi.asic-e+zip',
             **{name: data for name, data in files.items()
                if name != 'mimetype' and not name.startswith('META-INF/')}}
    outside = [name for name in files if name != 'mimetype']
    covers = {1: ['seal.txt', 'terms.json'], 900: outside}
    for name in outside:
        if name.startswith('redactions/'):
            covers[int(name[11:14]) + 1] = [name]
    for number, names in covers.items():
        references = ''.join(
            f'<asic:DataObjectReference URI="{name}"><ds:DigestMethod '
            f'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>'
            f'{base64.b64encode(hashlib.sha256(files[name]).digest()).decode()}'
            '</ds:DigestValue></asic:DataObjectReference>' for name in names if name in files)
        files[f'META-INF/ASiCManifest{number:03}.xml'] = (
            '<?xml version="1.0" encoding="UTF-8"?><asic:ASiCManifest '
            'xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" '
            'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><asic:SigReference '
            f'URI="META-INF/signature{number:03}.p7s"/>{references}</asic:ASiCManifest>').encode()
        files[f'META-INF/signature{number:03}.p7s'] = b'not made here'
    return files


def run(path, *options):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = check_bundle.main([*options, path])
    return status, out.getvalue()


class CheckBundleTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def check(self, files, as_zip=False):
        path = os.path.join(self.folder, 'b')
        shutil.rmtree(path, ignore_errors=True)
        if as_zip:
            path += '.asice'
            with zipfile.ZipFile(path, 'w') as archive:
                for name, data in files.items():
                    archive.writestr(zipfile.ZipInfo(name), data)
        else:
            for name, data in files.items():
                full = os.path.join(path, name)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, 'wb') as file:
                    file.write(data)
        status, text = run(path, '--json')
        return status, json.loads(text)

    def failed(self, answer):
        return {line['check'] for line in answer['checks'] if line['result'] == 'fail'}

    def stories(self):
        for folder in (CONFORMANCE, OWN):
            for name in STORIES:
                path = os.path.join(folder, name + '.json')
                if os.path.exists(path):
                    with open(path, encoding='utf-8') as file:
                        yield name, json.load(file)

    def test_every_honest_package_passes_as_folder_and_as_container(self):
        count = 0
        for name, story in self.stories():
            for step, package in enumerate(story['packages']):
                for as_zip in (False, True):
                    with self.subTest(name=name, step=step, as_zip=as_zip):
                        status, answer = self.check(files_of(package), as_zip)
                        self.assertEqual((status, self.failed(answer)), (0, set()))
                        count += 1
        print(f'{count} honest packages passed')
        if not count:
            self.skipTest('no vectors: set ROGATORY_CONFORMANCE')

    def test_every_forgery_is_refused_but_those_of_signatures(self):
        count, other = 0, 0
        for folder, story in itertools.product((CONFORMANCE, OWN), ('bundle', 'pages')):
            path = os.path.join(folder, story + '_must_reject.json')
            if not os.path.exists(path):
                continue
            with open(path, encoding='utf-8') as file:
                cases = json.load(file)['cases']
            with open(os.path.join(folder, story + '.json'), encoding='utf-8') as file:
                true = json.load(file)['packages'][-1]
            for case in cases:
                if case['check'] == 'signature':
                    other += 1
                    continue
                with self.subTest(case['name'], check=case['check']):
                    status, answer = self.check(files_of({**true, **case['replace']}))
                    self.assertEqual(status, 2)
                    self.assertEqual(answer['result'], 'bad')
                    if not case['name'].startswith('leaves-lengths-swapped'):
                        self.assertNotIn('manifest', self.failed(answer))
                    if case['check'] == 'companions':
                        self.assertEqual(self.failed(answer), {'companions'})
                    count += 1
        print(f'{count} forgeries refused, {other} of signatures left out')
        if not count:
            self.skipTest('no vectors: set ROGATORY_CONFORMANCE')

    # ---- bundles made here, so that this file alone tests something ----

    def small(self):
        """A bundle of one item of two leaves, sealed here in the plainest way."""
        H = lambda *parts: hashlib.sha256(b''.join(parts)).digest()
        b64 = lambda data: base64.b64encode(data).decode()
        seed, key = bytes(range(32)), b64(bytes(32))
        fields = [b'\x0amedia-typetext/plain', b'\x04namea.txt']
        content = [b'Jan', b' ']
        def root(seed, chunks):
            salts = [H(b'\2', seed), H(b'\3', seed)]
            return H(b'\1', *[H(b'\0', salt, chunk) for salt, chunk in zip(salts, chunks)])
        shape = b'\1' + bytes(4) + (2).to_bytes(8, 'big') + (2).to_bytes(4, 'big')
        item = H(b'\x10', shape, root(H(b'\4', seed), fields), root(H(b'\5', seed), content))
        terms = b'{"purpose":"test"}'
        seal = (f'evidence-seal/v1\n{"0" * 32}\n1\n{b64(item)}\n{b64(H(terms))}\n'
                f'sealer pt-ipcu {key}\n2026-11-21T09:00:00Z\n')
        leaves = b'evidence-leaves/v1\n' + shape + (2).to_bytes(4, 'big')
        for index, field in enumerate(fields):
            leaves += index.to_bytes(4, 'big') + bytes([len(field)]) + field
        return {'seal.txt': seal.encode(), 'terms.json': terms, 'items/0001-a.txt': b'Jan ',
                'disclosure/view.bin': b'evidence-view/v1\n\0\0\0\1\1' + seed,
                'disclosure/0001.leaves': leaves + b'\0\2\3\1'}

    def test_a_bundle_made_here_passes(self):
        status, answer = self.check(with_manifests(self.small()), as_zip=True)
        self.assertEqual((status, self.failed(answer)), (0, set()))
        self.assertTrue(any('openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s'
                            ' -content META-INF/ASiCManifest001.xml -CAfile anchors.pem -purpose any'
                            ' -out /dev/null' == command for command in answer['commands']))

    def test_each_changed_byte_of_each_file_fails(self):
        true = with_manifests(self.small())
        for name, data in true.items():
            if name.endswith('.p7s') or name.endswith('.xml'):
                continue
            for offset in range(len(data)):
                with self.subTest(name=name, offset=offset):
                    changed = data[:offset] + bytes([data[offset] ^ 1]) + data[offset + 1:]
                    self.assertEqual(self.check({**true, name: changed})[0], 2)
                    # Also where a false carrier signs the change: then the tree alone must show it.
                    if name not in ('mimetype', 'seal.txt'):
                        self.assertEqual(self.check(with_manifests({**true, name: changed}))[0], 2)

    def test_every_failure_is_told_and_names_its_file(self):
        files = with_manifests(self.small())
        files['items/0001-a.txt'] = b'Jan!'
        files['terms.json'] = b'{}'
        status, answer = self.check(files)
        self.assertEqual(status, 2)
        self.assertEqual(self.failed(answer), {'terms', 'root', 'digest'})
        told = [line['detail'] for line in answer['checks'] if line['check'] == 'digest']
        self.assertEqual(len([text for text in told if 'terms.json' in text]), 2)
        self.assertEqual(len([text for text in told if 'items/0001-a.txt' in text]), 1)

    def test_manifests_and_names(self):
        true = with_manifests(self.small())
        manifest, carrier = 'META-INF/ASiCManifest001.xml', 'META-INF/ASiCManifest900.xml'
        doctype = true[manifest].replace(b'?><asic', b'?><!DOCTYPE x><asic')
        weak = true[manifest].replace(b'xmlenc#sha256', b'xmldsig#sha1')
        without = {name: data for name, data in true.items() if 'seal.txt' != name}
        cases = {'doctype': {**true, manifest: doctype}, 'SHA-1': {**true, manifest: weak},
                 'UTF-16': {**true, manifest: true[manifest].decode().encode('utf-16')},
                 'the seal covers items too': {**true, manifest: true[carrier].replace(b'900', b'001')},
                 'the carrier covers the seal alone': {**true, carrier: true[manifest].replace(b'001', b'900')},
                 'an uncovered file': {**true, 'metadata/case.jsonld': b'{}'},
                 'no carrier': {name: data for name, data in true.items() if '900' not in name},
                 'no signature': {name: data for name, data in true.items() if not name.endswith('001.p7s')},
                 'no seal': without, 'invented in META-INF': {**true, 'META-INF/manifest.xml': b'<x/>'},
                 'two files of an item': with_manifests({**true, 'items/0001-b.txt': b'Jan '}),
                 'an item that does not exist': with_manifests({**true, 'items/0002-b.txt': b'Jan '})}
        for name, files in cases.items():
            with self.subTest(name):
                self.assertEqual(self.check(files)[0], 2)
        for name in ('../x', '/x', 'a\\b', 'items/../x', 'SEAL.TXT'):
            with self.subTest(name):
                self.assertEqual(self.check(with_manifests({**true, name: b'x'}), as_zip=True)[0], 2)

    def test_what_cannot_be_read_is_1_and_what_is_no_container_is_2(self):
        self.assertEqual(run(os.path.join(self.folder, 'nothing'))[0], 1)
        path = os.path.join(self.folder, 'b.asice')
        with open(path, 'wb') as file:
            file.write(b'not a container')
        self.assertEqual(run(path)[0], 2)

    def test_no_mutation_of_a_container_ends_in_anything_but_an_answer(self):
        self.check(with_manifests(self.small()), as_zip=True)
        path, seen, draw = os.path.join(self.folder, 'b.asice'), set(), random.Random(1)
        with open(path, 'rb') as file:
            true = file.read()
        for _ in range(600):
            data = bytearray(true)
            for _ in range(draw.randint(1, 4)):
                data[draw.randrange(len(data))] = draw.choice((0, 1, 14, 255, draw.randrange(256)))
            if draw.random() < 0.2:
                del data[draw.randrange(len(data)):]
            with open(path, 'wb') as file:
                file.write(data)
            seen.add(run(path)[0])
        self.assertLessEqual(seen, {0, 1, 2})
        self.assertIn(2, seen)

    def test_terms_of_a_wrong_shape_are_refused(self):
        for terms in (b'[]', b'{"locked":{"item":1}}', b'{"locked":[{}]}', b'{"locked":[1]}', b'{"redactors":[1]}',
                      b'{"a":1.5}', b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a":NaN}', b'[' * 100000, b'{"bundle":"x"}'):
            files = self.small()
            digest = base64.b64encode(hashlib.sha256(terms).digest())
            lines = files['seal.txt'].split(b'\n')
            files.update({'terms.json': terms, 'seal.txt': b'\n'.join([*lines[:4], digest, *lines[5:]])})
            with self.subTest(terms[:40]):
                self.assertEqual(self.check(with_manifests(files))[0], 0 if b'redactors' in terms else 2)


if __name__ == '__main__':
    unittest.main()
