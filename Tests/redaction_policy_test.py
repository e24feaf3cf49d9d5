"""The schema of redaction policies: what it says of the policies that the product's tests read.

`PolicySchemaTests` reads the same files with the product, so that schema and parser agree.
"""

import json
import pathlib
import unittest

try:
    import jsonschema
    import yaml
except ImportError:
    jsonschema = None

ROOT = pathlib.Path(__file__).resolve().parent.parent


@unittest.skipIf(jsonschema is None, "the Python packages jsonschema and yaml aren't installed")
class RedactionPolicyTest(unittest.TestCase):
    def setUp(self):
        schema = json.loads((ROOT / "Config/redaction-policy.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        self.validator = jsonschema.Draft202012Validator(schema)

    def test_the_example_and_northlight_are_policies(self):
        paths = [ROOT / "Config/redaction-policy.yaml", *(ROOT / "Examples/Northlight").glob("redact-*.yaml")]
        self.assertGreaterEqual(len(paths), 3)
        for path in paths:
            errors = list(self.validator.iter_errors(yaml.safe_load(path.read_text())))
            self.assertEqual(errors, [], path.name)

    def test_the_example_has_every_key(self):
        example = yaml.safe_load((ROOT / "Config/redaction-policy.yaml").read_text())
        schema = self.validator.schema
        self.assertEqual(set(example), set(schema["properties"]))
        used = set().union(*example["rules"])
        self.assertEqual(used, set(schema["$defs"]["rule"]["properties"]))

    def test_good_and_bad_policies(self):
        count = 0
        for text in (ROOT / "Tests/Vectors/policies.yaml").read_text().split("\n---\n"):
            head, _, body = text.partition("\n")
            verdict = head.removeprefix("# ").split(":")[0]
            with self.subTest(head):
                is_good = self.validator.is_valid(yaml.safe_load(body))
                # `text` is what a schema can't see, such as quotes and regular expressions.
                self.assertIn(verdict, ("good", "bad", "text"))
                self.assertEqual(is_good, verdict != "bad")
                count += 1
        self.assertGreater(count, 40)


if __name__ == "__main__":
    unittest.main()
