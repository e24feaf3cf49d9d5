"""Tests of Examples/Northlight: python3 -m unittest Tests/northlight_test.py

The files are those that generate.py writes; every value is a safe one; and what the two policies
withhold, read here in the plainest way, is what markers.csv says, and stands nowhere else."""
import base64, csv, fnmatch, io, ipaddress, json, os, re, subprocess, sys, unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CASE = os.path.join(os.path.dirname(HERE), 'Examples', 'Northlight')
EMAIL = rb'[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.[A-Za-z]+'
IPV4 = rb'(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w.])'
IPV6 = rb'(?<![\w:])2001:db8:[0-9a-f:]+(?![\w:])'
CARD = rb'(?<![0-9])[0-9]{16}(?![0-9])'
DETECTORS = {'email': EMAIL, 'ipv4': IPV4, 'ipv6': IPV6, 'card': CARD}


def evidence():
    folder = os.path.join(CASE, 'evidence')
    return {name: read(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}


def readable(files):
    """The files with what a mail reader decodes in place of complaint-03.eml's base64."""
    head, _, body = files['complaint-03.eml'].partition(b'\r\n\r\n')
    return {**files, 'complaint-03.eml': head + b'\r\n\r\n' + base64.b64decode(body)}


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def policy(name):
    """The rules of a policy in the narrow YAML that ours are written in."""
    rules = []
    for line in read(os.path.join(CASE, name)).decode().splitlines():
        line = line.strip()
        if not line or line.startswith('#') or line == 'rules:':
            continue
        key, value = re.fullmatch(r'(?:- )?(\w+): (.+)', line).groups()
        if line.startswith('- '):
            rules.append({})
        if value.startswith('[{'):
            pass
        elif value.startswith('['):
            value = [part.strip().strip('"') for part in value[1:-1].split(',')]
        rules[-1][key] = value.strip('"\'') if isinstance(value, str) else value
    return rules


def withhold(files, rules):
    """(what is left of each file, [(file, code, withheld bytes)])"""
    left, gone = dict(files), []

    def cut(name, code, pattern, data):
        def replace(match):
            gone.append((name, code, match[0]))
            return b'[REDACTED]'
        return re.sub(pattern, replace, data)

    for rule in rules:
        names = [name for name in left if fnmatch.fnmatchcase(name, rule['item'])]
        assert names or any(fnmatch.fnmatchcase(name, rule['item']) for name in files), rule
        before = len(gone)
        for name in names:
            data, code = left[name], rule['code']
            if 'all' in rule or 'areas' in rule:      # with a part of a picture its file goes
                gone.append((name, code, data))
                del left[name]
            elif 'parts' in rule:
                assert rule['parts'] == ['2'] and b'boundary="nl-part"' in data
                head, first, second, end = data.split(b'--nl-part')
                gone.append((name, code, second))
                left[name] = b'--nl-part'.join([head, first, b'[REDACTED]', end])
            elif 'columns' in rule:
                rows = list(csv.reader(io.StringIO(data.decode(), newline='')))
                for column in rule['columns']:
                    index = rows[0].index(column)
                    for row in rows[1:]:
                        gone.append((name, code, row[index].encode()))
                        row[index] = '[REDACTED]'
                out = io.StringIO()
                csv.writer(out).writerows(rows)
                left[name] = out.getvalue().encode()
            elif 'pointers' in rule:
                document = json.loads(data)
                for pointer in rule['pointers']:
                    node, *steps = document, *pointer.split('/')[1:]
                    for step in steps[:-1]:
                        node = node[int(step)] if isinstance(node, list) else node[step]
                    gone.append((name, code, node[steps[-1]].encode()))
                    node[steps[-1]] = '[REDACTED]'
                left[name] = json.dumps(document, ensure_ascii=False).encode()
            else:
                patterns = [rule['match'].encode()] if 'match' in rule else [DETECTORS[d] for d in rule['detect']]
                for pattern in patterns:
                    left[name] = cut(name, code, pattern, left[name])
        assert len(gone) > before, f'a rule that finds nothing: {rule}'
    return left, gone


class NorthlightTest(unittest.TestCase):
    def test_the_files_are_those_that_the_generator_writes(self):
        done = subprocess.run([sys.executable, os.path.join(CASE, 'generate.py'), '--check'], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)

    def test_every_value_is_a_safe_one(self):
        networks = [ipaddress.ip_network(n) for n in ('192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32')]
        for name, data in evidence().items():
            text = b'' if name.endswith(('.png', '.pdf')) else data
            for address in re.findall(IPV4, text) + re.findall(IPV6, text):
                self.assertTrue(any(ipaddress.ip_address(address.decode()) in n for n in networks), (name, address))
            for host in re.findall(rb'(?:https?://|@)([a-z0-9.-]+)', text):
                self.assertTrue(host.endswith((b'.example', b'.test')), (name, host))
            for phone in re.findall(rb'\+[0-9][0-9 ]{7,}', text):
                self.assertRegex(phone, rb'^\+44 (7700 900[0-9]{3}|20 7946 0[0-9]{3})\s*$', (name, phone))
            for number in re.findall(CARD, text):
                digits = [int(d) for d in number.decode()][::-1]
                self.assertEqual(sum(digits[0::2] + [sum(divmod(2 * d, 10)) for d in digits[1::2]]) % 10, 0, number)
            for account in re.findall(rb'\b[A-Z]{2}[0-9]{16,23}\b', text):
                turned = account[4:] + account[:4]
                self.assertEqual(int(''.join(str(int(chr(c), 36)) for c in turned)) % 97, 1, account)
                self.assertRegex(account[4:], rb'^9999')
        for row in csv.DictReader(io.StringIO(evidence()['listings.csv'].decode())):
            digits = [int(d) for d in row['ean13']]
            self.assertTrue(20 <= digits[0] * 10 + digits[1] <= 29)
            self.assertEqual((sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10, 0)

    def test_the_amounts_of_the_case(self):
        files = evidence()
        purchases = list(csv.reader(io.StringIO(files['test-purchases.csv'].decode())))
        self.assertEqual((len(purchases), {len(row) for row in purchases}), (41, {14}))
        self.assertEqual(len(list(csv.reader(io.StringIO(files['listings.csv'].decode())))), 241)
        self.assertEqual(len(json.loads(files['chat-export.json'])['messages']), 900)
        self.assertEqual(len(json.loads(files['payment-trace.json'])['hops']), 6)
        self.assertEqual(files['server-access.log'].count(b'\n'), 6000)
        self.assertEqual(files['server-access.log'].count(b'/admin/login'), 1)
        manifest = csv.DictReader(io.StringIO(files['parcel-manifest.csv'].decode()))
        self.assertEqual(sum(int(row['pieces']) for row in manifest), 1200)
        self.assertLess(sum(map(len, files.values())), 3 << 20)

    def test_the_policies_withhold_what_the_markers_say_and_leave_it_nowhere(self):
        files = readable(evidence())
        rows = list(csv.DictReader(io.StringIO(read(os.path.join(CASE, 'markers.csv')).decode(), newline='')))
        for row in rows:
            if row['file'] != 'parcel-label.png':       # its words are pixels
                self.assertIn(row['value'].encode(), files[row['file']])
        for name in ('redact-for-fi', 'redact-for-sg'):
            left, gone = withhold(files, policy(name + '.yaml'))
            rest = {file: data.lower() for file, data in left.items()}
            for row in rows:
                held = row['value'].encode().lower() not in rest.get(row['file'], b'')
                if row['file'] == 'parcel-label.png': held = row['file'] not in rest
                self.assertEqual('withheld' if held else 'disclosed', row[name], (name, row))
            for file, _, value in gone:
                for other, data in rest.items():
                    self.assertFalse(value and value.lower() in data, (name, file, other, value))
            counts = {}
            for file, code, _ in gone:
                counts[code] = counts.get(code, 0) + 1
            print(name, len(gone), 'values withheld', dict(sorted(counts.items())))
        purchases = [g for g in withhold(files, policy('redact-for-fi.yaml'))[1] if g[0] == 'test-purchases.csv']
        self.assertEqual(len([g for g in purchases if g[1] != 'PD-FIN']), 200)

    def test_the_pointers_stand_where_the_policies_say(self):
        messages = json.loads(evidence()['chat-export.json'])['messages']
        marked = [i for i, message in enumerate(messages) if '[nl-' in message['text']]
        self.assertEqual(marked, [17, 18, 233, 301, 412, 518, 655])
        for index, who in ((17, 'lawyer'), (233, 'lawyer'), (412, 'journalist')):
            self.assertEqual(messages[index]['from'], who)


if __name__ == '__main__':
    unittest.main()
