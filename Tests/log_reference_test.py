"""Tests of the second implementation of the log's formats, Tests/Reference/log_ref.py:
python3 -m unittest Tests/log_reference_test.py

It must judge other people's vectors as they say (ROGATORY_CONFORMANCE), and make the stored log of the first
format byte for byte. The product's exports, proofs and witness are then checked with it by
Tests/CommandLineTests/Scripts/log-witness.txt."""
import base64, json, os, sys, tempfile, unittest

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'Tests', 'Reference'))
import log_ref

CONFORMANCE = os.environ.get('ROGATORY_CONFORMANCE', os.path.join(ROOT, '..', 'shared', 'conformance'))


class LogReferenceTest(unittest.TestCase):
    def vectors(self, *path):
        path = os.path.join(CONFORMANCE, *path)
        if not os.path.exists(path):
            self.skipTest('no vectors: set ROGATORY_CONFORMANCE')
        return path

    def test_the_stored_log_of_the_first_format_is_what_this_makes(self):
        with open(os.path.join(ROOT, 'Tests', 'Vectors', 'log', 'format-1.sql')) as file:
            self.assertEqual(file.read(), log_ref.old_log())

    def test_proofs_of_others_are_judged_as_they_say(self):
        count = 0
        for kind in ('inclusion', 'consistency'):
            for folder, _, files in os.walk(self.vectors('merkle', 'testdata', kind)):
                for name in files:
                    with open(os.path.join(folder, name)) as file:
                        case = json.load(file)
                    get = lambda key: base64.b64decode(case.get(key) or '')
                    path = [base64.b64decode(hash) for hash in case['proof'] or []]
                    with self.subTest(os.path.join(folder, name)):
                        try:
                            log_ref.need(all(len(hash) == 32 for hash in path), 'hash')
                            if kind == 'inclusion':
                                log_ref.need(len(get('root')) == 32 and len(get('leafHash')) == 32, 'hash')
                                log_ref.check_inclusion(case['leafIdx'], case['treeSize'], get('leafHash'), path, get('root'))
                            else:
                                log_ref.check_consistency(case['size1'], case['size2'], get('root1'), get('root2'), path)
                            refused = False
                        except log_ref.Bad:
                            refused = True
                        self.assertEqual(refused, case['wantErr'])
                        count += 1
        print(f'conformance/merkle (reference): {count} cases')

    def test_notes_cosignatures_and_proofs_of_others_hold(self):
        with open(self.vectors('note', 'log300.json')) as file:
            log = json.load(file)
        leaves = [log_ref.leaf(entry.encode()) for entry in log['entries']]
        for point in log['checkpoints']:
            text = log_ref.check_note(point['checkpoint'], log['log_vkey'])
            origin, size, root = log_ref.checkpoint(text)
            self.assertEqual((origin, size, root), (log['origin'], point['size'], log_ref.root(leaves[:size])))
        for proof in log['proofs']:
            with tempfile.TemporaryDirectory() as folder:
                for name, text in (('proof', proof['tlog_proof']), ('entry', proof['entry'])):
                    with open(os.path.join(folder, name), 'w') as file:
                        file.write(text)
                index, _ = log_ref.check_proof(folder + '/proof', folder + '/entry', log['log_vkey'])
                self.assertEqual(index, proof['index'])
        print(f"conformance/note (reference): {len(log['checkpoints'])} checkpoints, {len(log['proofs'])} proofs")

    def test_the_witness_answers_as_the_page_says(self):
        seed, name = bytes([3]) * 32, 'log.example/1'
        witness = log_ref.Witness('w.example', bytes([4]) * 32, log_ref.vkey(name, seed, 1))
        leaves = [log_ref.leaf(b'%d' % i) for i in range(9)]

        def ask(old, size, tree=leaves, key=seed, origin=name, path=None):
            text = f'{origin}\n{size}\n{log_ref.b64(log_ref.root(tree[:size]))}\n'
            note = text + '\n' + log_ref.sign(origin, key, text)
            return witness.add_checkpoint(log_ref.request(old, path or tree, size, note))[0::2]

        other = leaves[:2] + [log_ref.leaf(b'x')] * 7
        self.assertEqual(ask(0, 3)[0], 200)
        self.assertEqual(ask(0, 3), (409, b'3\n'))
        self.assertEqual(ask(3, 2)[0], 400)
        self.assertEqual(ask(3, 7, other)[0], 422)
        self.assertEqual(ask(3, 7)[0], 200)
        self.assertEqual(ask(7, 7)[0], 200)
        self.assertEqual(ask(7, 7, other)[0], 409)
        self.assertEqual(ask(7, 9, origin='other.example/1')[0], 404)
        self.assertEqual(ask(7, 9, key=bytes([5]) * 32)[0], 403)
        self.assertEqual(witness.add_checkpoint(b'old x\n\n')[0], 400)


if __name__ == '__main__':
    unittest.main()
