"""Tests of the second implementation of the seal, Tests/Reference/redact_ref.py:
python3 -m unittest Tests/reference_test.py

It checks itself over random bundles, and must make the vectors of Tests/Vectors/redact byte for
byte; the product and Scripts/check_bundle.py are then tested with those. Where the specification's
own vectors are installed (ROGATORY_CONFORMANCE), it must make those too."""
import contextlib, io, os, sys, tempfile, unittest

sys.dont_write_bytecode = True

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'Tests', 'Reference'))
import redact_ref

OWN = os.path.join(ROOT, 'Tests', 'Vectors', 'redact')
CONFORMANCE = os.path.join(
    os.environ.get('ROGATORY_CONFORMANCE', os.path.join(ROOT, '..', 'shared', 'conformance')), 'redact')


def read(path):
    with open(path, 'rb') as file:
        return file.read()


class ReferenceTest(unittest.TestCase):
    def test_the_vectors_are_what_this_implementation_makes(self):
        with tempfile.TemporaryDirectory() as made:
            redact_ref.vectors(made)
            self.assertEqual(sorted(os.listdir(made)), sorted(os.listdir(OWN)))
            for name in sorted(os.listdir(made)):
                with self.subTest(name):
                    self.assertEqual(read(os.path.join(made, name)), read(os.path.join(OWN, name)))

    def test_the_vectors_of_others_are_the_same(self):
        if not os.path.isdir(CONFORMANCE):
            self.skipTest('no vectors: set ROGATORY_CONFORMANCE')
        count = 0
        for name in sorted(set(os.listdir(CONFORMANCE)) & set(os.listdir(OWN))):
            with self.subTest(name):
                self.assertEqual(read(os.path.join(CONFORMANCE, name)), read(os.path.join(OWN, name)))
                count += 1
        print(f'conformance/redact: {count} files equal')

    def test_it_verifies_what_it_makes_and_refuses_what_is_tampered_with(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            redact_ref.selftest(6)
        print(out.getvalue().splitlines()[-2])

    def test_signatures_are_those_of_rfc_8032(self):
        for secret, public, text, signature in (
            ('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
             'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '',
             'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b'
             'd25bf5f0595bbe24655141438e7a100b'),
            ('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
             '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72',
             '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c'
             '387b2eaeb4302aeeb00d291612bb0c00')):
            secret, public, text, signature = map(bytes.fromhex, (secret, public, text, signature))
            self.assertEqual(redact_ref.public_key(secret), public)
            self.assertEqual(redact_ref.sign_bytes(secret, text), signature)
            redact_ref.check_bytes(public, text, signature)
            with self.assertRaises(redact_ref.Bad):
                redact_ref.check_bytes(public, text + b'!', signature)


if __name__ == '__main__':
    unittest.main()
