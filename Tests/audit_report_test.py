"""Tests of `rogatory audit`: python3 -m unittest Tests/audit_report_test.py

A log of three years with six peers is written through the program's own append (Tests/LogWriter), with facts planted in
known numbers (Tests/audit_log_drafts.py). Each report is compared with those numbers, and with what a naive reading of the
JSON entries gives (Tests/audit_ref.py). With a release build it has 10,000 transfers, with a debug build 600; or as many as
ROGATORY_AUDIT_TRANSFERS says."""
import collections, csv, hashlib, html.parser, io, json, os, shutil, sqlite3, subprocess, sys, tempfile, unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import audit_log_drafts, audit_ref

AT = '2026-11-01T00:00:00.000Z'


def built(name):
    """The newest build of a program, and whether it is a release build."""
    paths = [os.path.join(os.path.dirname(HERE), '.build', kind, name) for kind in ('release', 'debug')]
    paths = [path for path in paths if os.path.exists(path)]
    return max(paths, key=os.path.getmtime) if paths else None


PROGRAM, WRITER = built('rogatory'), built('log-writer')


@unittest.skipUnless(PROGRAM and WRITER, 'the programs rogatory and log-writer are not built')
class AuditReports(unittest.TestCase):
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        # Each of its 50,000 commits is flushed: in memory that costs nothing.
        memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
        cls.folder = tempfile.mkdtemp(dir=memory)
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.log = os.path.join(cls.folder, 'log.sqlite')
        transfers = os.environ.get('ROGATORY_AUDIT_TRANSFERS') or ('10000' if '/release/' in WRITER else '600')
        planted, drafts = os.path.join(cls.folder, 'planted.json'), os.path.join(cls.folder, 'drafts.jsonl')
        with open(drafts, 'w') as file:
            subprocess.run([sys.executable, os.path.join(HERE, 'audit_log_drafts.py'), '--transfers', transfers, '--planted', planted], stdout=file, check=True)
        with open(drafts) as file:
            cls.key = subprocess.run([WRITER, cls.log, 'pt-ipcu'], stdin=file, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
        with open(planted) as file:
            cls.planted = json.load(file)
        cls.naive = audit_ref.answers(cls.log, AT)

    def run_program(self, *arguments, status=0):
        result = subprocess.run([PROGRAM, *arguments], capture_output=True)
        self.assertEqual(result.returncode, status, result.stderr.decode()[:500])
        return result.stdout.decode()  # Line ends as they are: those of CSV are part of it.

    def report(self, question, *more):
        index = os.path.join(self.folder, 'index.sqlite')
        return self.run_program('audit', 'report', question, '--log', self.log, '--skip-verification', '--index', index, '--at', AT, *more)

    def tables(self, question, *more):
        return json.loads(self.report(question, '--json', *more))['tables']

    def test_the_log_is_a_real_one(self):
        verified = json.loads(self.run_program('log', 'verify', self.log, '--key', self.key, '--json'))
        self.assertEqual(verified['result'], 'consistent')
        self.assertEqual(verified['entries'], self.planted['entries'])
        self.assertEqual(verified['personal']['erased'], {'BDSG 76(4)': self.planted['erased texts']})

    def test_every_report_says_what_a_naive_reading_says(self):
        for question, tables in self.naive.items():
            found = self.tables(question)
            for name, rows in tables.items():
                with self.subTest(question=question, table=name):
                    keys = sorted({key for row in rows for key in row})
                    count = lambda rows: collections.Counter(tuple(row.get(key) for key in keys) for row in rows)
                    expected, told = count(rows), count(found[name])
                    self.assertTrue(rows, 'nothing was planted for it')
                    self.assertEqual(sorted(map(str, expected - told)), [])
                    self.assertEqual(sorted(map(str, told - expected)), [])

    def test_the_numbers_are_those_that_were_planted(self):
        planted = self.planted

        def findings(question, table, key='finding'):
            return dict(collections.Counter(row[key] for row in self.tables(question)[table] if key in row))

        self.assertEqual(len(self.tables('Q1')['transfers']), planted['transfers'])
        self.assertEqual(len(self.tables('Q4')['unanswered']), planted['lost'])
        self.assertEqual(findings('Q5', 'reasons'), {'boiler-plate': planted['boiler-plate'], 'empty': planted['empty reason']})
        self.assertEqual(len(self.tables('Q5')['outside_hours']), planted['night'] + planted['weekend'])
        self.assertEqual(findings('Q6', 'findings'), {name: planted[name] for name in ('no-basis', 'no-authorisation', 'expired')})
        self.assertEqual(findings('Q7', 'transfers'), {name: planted['third ' + name] for name in ('no-basis', 'no-document', 'no-originator-authorisation')})
        due = self.tables('Q8')
        self.assertEqual((len(due['open']), len(due['late'])), (planted['due overdue'], planted['due late']))
        self.assertEqual({row['state']: row['count'] for row in due['totals']}, {'met': planted['due met'], 'met late': planted['due late'], 'overdue': planted['due overdue'], 'running': planted['due running']})
        kept = self.tables('Q10')
        self.assertEqual((len(kept['overdue']), len(kept['due_soon'])), (planted['delete overdue'], planted['delete soon']))
        self.assertEqual(sum('until' not in row and 'lifted' not in row for row in kept['holds']), planted['held'])
        self.assertEqual(len(kept['holds']), planted['held'] + planted['held with end'] + planted['hold lifted'])
        self.assertEqual(collections.Counter(row['certified'] for row in kept['erased']), {1: planted['erased'], 0: planted['erased without certificate']})
        self.assertEqual(kept['texts'][0]['entries'], planted['erase entries'])
        self.assertEqual(findings('Q11', 'onward'), {name: planted['onward ' + name] for name in ('no-consent', 'consent-too-late', 'forbidden')})
        self.assertEqual(findings('Q12', 'approvals', 'event'), {'release': planted['release self-approved'], 'redact': planted['redact self-approved']})
        refused = {row['class']: 0 for row in self.tables('Q13')['by_code']}
        for row in self.tables('Q13')['by_code']:
            refused[row['class']] += row['count']
        self.assertEqual(sum(refused.values()), planted['Q13 denied'] + planted['rejected'] + planted['refused'] + planted['undeliverable'])
        recalls = self.tables('Q14')['recalls']
        self.assertEqual(len(recalls), planted['recall unopened'] + planted['recall unconfirmed'] + planted['recall opened'])
        self.assertEqual(sum(row.get('opened_before', 0) for row in recalls), planted['recall opened'])
        self.assertEqual(sum('confirmed' not in row for row in recalls), planted['recall unconfirmed'])
        self.assertEqual(findings('Q15', 'changes'), {'self-approved': planted['Q15 self-approved'], 'no-second-person': planted['Q15 no-second-person']})
        self.assertEqual(len(self.tables('Q19')['versions']), 2)
        clocks = self.tables('Q20')
        self.assertEqual((len(clocks['steps']), len(clocks['offsets'])), (planted['Q20 steps'], planted['Q20 offsets']))
        self.assertEqual(len(self.tables('Q21')['readings']), planted['Q21'])

    def test_filters_narrow_and_add_up(self):
        whole = self.tables('Q1')['transfers']
        years = [self.tables('Q1', '--from', '%d-11-01' % year, '--to', '%d-10-31' % (year + 1))['transfers'] for year in (2023, 2024, 2025)]
        self.assertEqual(sum(years, []), whole)
        peers = [self.tables('Q1', '--peer', peer)['transfers'] for peer, _ in audit_log_drafts.PEERS]
        self.assertEqual(sorted(row['transfer'] for row in sum(peers, [])), sorted(row['transfer'] for row in whole))
        case = whole[0]['case']
        self.assertEqual(self.tables('Q1', '--case', case)['transfers'], [row for row in whole if row.get('case') == case])
        self.assertIn('"filters":{"case":"%s"}' % case, self.report('Q1', '--case', case, '--json'))

    def test_holds_end(self):
        index = os.path.join(self.folder, 'index.sqlite')
        for at, table in (('2027-12-15', 'ending'), ('2028-01-03', 'past_end')):
            report = self.run_program('audit', 'report', 'Q9', '--log', self.log, '--skip-verification', '--index', index, '--at', at, '--json')
            counts = {name: len(rows) for name, rows in json.loads(report)['tables'].items() if name in ('ending', 'past_end')}
            self.assertEqual(counts, {'ending': 0, 'past_end': 0, table: self.planted['held with end']})

    def test_the_disclosures_of_one_case(self):
        case = self.tables('Q1')['transfers'][0]['case']
        told = self.tables('Q18', '--case', case)
        every = audit_ref.transfers_of(audit_ref.read(self.log))
        self.assertEqual({row['transfer'] for row in told['disclosures']}, {name for name, row in every.items() if row['sent'] and row['case'] == case})
        self.assertEqual({row['transfer'] for row in told['received']}, {
            name for name, row in every.items() if row['delivered'] and row['direction'] == 'in' and row['case'] == case})
        self.assertEqual({row['idx'] for row in told['consultations']}, {row['idx'] for row in self.tables('Q5', '--case', case)['consultations']})
        self.run_program('audit', 'report', 'Q18', '--log', self.log, status=64)

    def test_the_life_of_one_bundle(self):
        row = self.tables('Q11')['onward'][0]
        entries = self.tables('Q2', '--bundle', row['bundle'])['entries']
        expected = [one.index for one in audit_ref.read(self.log) if one.get('bundle') == row['bundle']]
        self.assertEqual([entry['idx'] for entry in entries], expected)
        self.run_program('audit', 'report', 'Q2', '--log', self.log, status=64)

    def test_what_waits_says_for_what(self):
        for question in ('Q9', 'Q16', 'Q17', 'Q18'):
            shown = json.loads(self.report(question, '--case', 'none', '--json'))['notShown']
            self.assertTrue(any(line.startswith('What waits for ') for line in shown), question)
        self.run_program('audit', 'report', 'Q22', '--log', self.log, status=64)

    def test_the_views_in_the_file_say_the_same(self):
        base = sqlite3.connect('file:%s?mode=ro' % self.log, uri=True)
        base.row_factory = sqlite3.Row
        for view, question, table in (
                ('transfer_view', 'Q1', 'transfers'), ('third_country_view', 'Q7', 'transfers'), ('onward_view', 'Q11', 'onward'), ('denial_view', 'Q13', 'denials'),
                ('redact_view', 'Q12', 'redactions'), ('trust_view', 'Q15', 'changes'), ('administration_view', 'Q19', 'acts'), ('reading_view', 'Q21', 'readings')):
            with self.subTest(view=view):
                rows = [{key: row[key] for key in row.keys() if row[key] is not None} for row in base.execute('select * from ' + view)]
                told = self.tables(question)[table]
                self.assertEqual(sorted(map(str, (sorted(row.items()) for row in rows))), sorted(map(str, (sorted(row.items()) for row in told))))

    def test_every_column_of_every_view_is_documented(self):
        with open(os.path.join(os.path.dirname(HERE), 'Docs', 'AuditReports.md')) as file:
            text = file.read()
        documented = {}
        for section in text.split('\n### `')[1:]:
            cells = [line.split('|')[1] for line in section.splitlines() if line.startswith('| `')]
            documented[section.split('`')[0]] = sorted(name for cell in cells for name in cell.split('`')[1::2])
        base = sqlite3.connect('file:%s?mode=ro' % self.log, uri=True)
        views = [name for name, in base.execute("select name from sqlite_schema where type = 'view'")]
        found = {view: sorted(row[1] for row in base.execute('pragma table_info("%s")' % view)) for view in views}
        self.assertEqual(sorted(found), sorted(documented))
        for view in views:
            self.assertEqual(documented[view], found[view], view)

    def test_a_spreadsheet_gets_what_it_can_open_and_nothing_it_would_run(self):
        text = self.report('Q5', '--csv')
        rows = list(csv.DictReader(io.StringIO(text, newline='')))
        self.assertEqual(len(rows), len(self.naive['Q5']['consultations']))
        self.assertEqual([int(row['idx']) for row in rows], [row['idx'] for row in self.naive['Q5']['consultations']])
        hostile = [row['reason'] for row in rows if 'HYPERLINK' in row['reason']]
        self.assertEqual(len(hostile), self.planted['formula'])
        self.assertTrue(hostile[0].startswith("'="), hostile)
        self.assertTrue(text.endswith('\r\n'))
        for row in rows:
            for cell in row.values():
                self.assertFalse(cell.lstrip()[:1] in ('=', '+', '@') and not cell.lstrip('-').isdigit(), cell)
        self.assertTrue(self.report('Q8', '--csv', '--table', 'late').startswith('"due","met"'))
        self.run_program('audit', 'report', 'Q8', '--log', self.log, '--skip-verification', '--csv', '--table', 'nothing', status=64)

    def test_the_page_needs_nothing_and_runs_nothing(self):
        page = self.report('Q5', '--html')
        parser = Page()
        parser.feed(page)
        self.assertEqual(parser.open, [])
        self.assertNotIn('script', parser.tags)
        self.assertFalse({'src', 'href', 'onload', 'onclick'} & parser.attributes)
        self.assertIn("default-src 'none'", page)
        self.assertIn('&lt;script&gt;', page)
        self.assertEqual(parser.rows(page), len(self.naive['Q5']['consultations']))
        for words in ('the whole log', 'not in this run', 'What this does not show'):
            self.assertIn(words, page)

    def test_text_is_for_a_terminal_of_100_columns(self):
        for question in self.naive:
            for line in self.report(question).splitlines():
                self.assertLessEqual(len(line), 160 if 'root ' in line else 100, line)

    def test_a_sample_can_be_drawn_again_by_anybody(self):
        sample = json.loads(self.run_program('audit', 'sample', '--log', self.log, '--skip-verification', '--seed', 'lot 7', '--count', '25', '--json'))
        names = [row['transfer'] for row in self.naive['Q1']['transfers']]
        drawn = sorted(names, key=lambda name: hashlib.sha256(('lot 7\n' + name).encode()).hexdigest())[:25]
        self.assertEqual([row['transfer'] for row in sample['transfers']], drawn)
        self.assertEqual(sample['population'], len(names))

    def test_a_changed_log_is_told_from_a_whole_one(self):
        changed = os.path.join(self.folder, 'changed.sqlite')
        shutil.copy(self.log, changed)
        base = sqlite3.connect(changed)
        for name, in base.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            base.execute('drop trigger "%s"' % name)
        base.execute("""update entries set body = replace(body, '"attempt":1', '"attempt":2') where idx = (select idx from entries where body like '%"attempt":1%' limit 1)""")
        base.commit()
        base.close()
        told = json.loads(self.run_program('audit', 'report', 'Q6', '--log', changed, '--at', AT, '--json'))
        self.assertFalse(told['log']['verified'])
        self.assertIn('INCONSISTENT', self.run_program('audit', 'report', 'Q6', '--log', changed, '--at', AT))
        os.remove(changed)


class Page(html.parser.HTMLParser):
    """What stands in a page: tags, attributes, and whether every element is closed."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open = set(), set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        if tag != 'meta':
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def rows(self, page):
        """The rows of the last table of a page: for people, the list of everything comes last."""
        return page.split('<tbody>')[-1].split('</tbody>')[0].count('<tr>')


if __name__ == '__main__':
    unittest.main()
