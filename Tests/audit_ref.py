"""What the audit reports have to say, read from a log's JSON entries in the plainest way: no SQL beyond reading
the entries, no code of ours. `answers(path, at)` gives for each report a dictionary of tables of rows.

    python3 Tests/audit_ref.py LOG.sqlite 2026-11-01T00:00:00.000Z"""
import collections, datetime, json, sqlite3, sys

MEMBERS = set('AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS NO CH LI'.split())
BOILER = {'test', 'n/a', 'none', 'work', 'case', 'case work', 'reason', 'other', 'misc', 'asdf', 'xxx', '---'}
CLASSES = {
    'UNKNOWN_CERTIFICATE': 'certificate', 'CERTIFICATE_FORM': 'certificate', 'CERTIFICATE_PATH': 'certificate', 'WITHDRAWN_PEER': 'certificate',
    'CERTIFICATE_EXPIRED': 'certificate', 'CERTIFICATE_NOT_YET_VALID': 'certificate', 'CERTIFICATE_REVOKED': 'certificate', 'CERTIFICATE_KEY': 'certificate',
    'REVOCATION_UNKNOWN': 'certificate', 'PEER_EXPIRED': 'certificate', 'PEER_NOT_YET_VALID': 'certificate', 'DIRECTORY_EXPIRED': 'certificate',
    'NO_CERTIFICATE': 'certificate', 'REVOKED': 'certificate', 'TLS_HANDSHAKE': 'tls', 'OFFER_SIGNATURE': 'signature', 'CARRIER': 'signature',
    'NOT_VERIFIED': 'signature', 'CANNOT_BE_DECIDED': 'signature', 'EXPIRED': 'terms', 'RELEASE': 'terms', 'ONWARD_FORBIDDEN': 'terms', 'ROLE': 'terms',
    'CIPHERTEXT_DIGEST': 'content', 'DECRYPTION': 'content', 'CONTAINER': 'content', 'BUNDLE_DIFFERS': 'content', 'OFFER': 'form', 'FORMAT': 'form',
    'REPLAY': 'replay', 'DIFFERENT': 'replay', 'DEADLINE': 'not reached', 'SUMMARY': 'not logged singly'}
NOT_HERE = '(not here)'


class Entry(dict):
    """An entry: its fields, its number, and the personal texts beside it."""

    def person(self, field):
        if field in self.texts:
            return self.texts[field]
        return NOT_HERE if 'personal.' + field in self else None


def read(path):
    base = sqlite3.connect('file:%s?mode=ro' % path, uri=True)
    texts = collections.defaultdict(dict)
    for index, field, text in base.execute('select idx, field, text from personal'):
        texts[index][field] = text
    entries = []
    for index, body in base.execute('select idx, body from entries order by idx'):
        one = Entry(json.loads(body))
        one.index, one.texts = index, texts.get(index, {})
        entries.append(one)
    return entries


def instant(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00'))


def end(text):
    return instant(text + 'T23:59:59.999Z' if len(text) == 10 else text)


def refusal(kind):
    return kind is not None and (kind.endswith('REJECTION') or kind.endswith('FAILURE') or kind == 'NON_DELIVERY')


def first(entries, name):
    return max((one[name] for one in entries if name in one), default=None)


def transfers_of(entries):
    """One dictionary for each transfer, from its entries in order."""
    groups = collections.defaultdict(list)
    for one in entries:
        if 'transfer' in one and one['event'] not in ('audit-query', 'denied'):
            groups[one['transfer']].append(one)
    result = {}
    for transfer, life in groups.items():
        events = [one['event'] for one in life]
        kinds = [one.get('kind') for one in life]
        times = lambda wanted, key: [one['time'] for one in life if one.get(key) == wanted]
        row = {name: first(life, name) for name in (
            'bundle', 'bytes', 'case', 'instrument', 'basis', 'authorisation', 'valid-until', 'handling', 'delete-by', 'onward', 'originator',
            'originator-authorisation', 'third-country-basis', 'third-country-document')}
        row['peer'] = max(one.get('peer') or one.get('recipient') or one.get('sender') for one in life if one.get('peer') or one.get('recipient') or one.get('sender'))
        row['direction'] = 'out' if {'send', 'release', 'queue'} & set(events) else 'in' if {'receive', 'offer'} & set(events) else None
        row['first'] = min(one['time'] for one in life)
        row['sent'] = min(times('send', 'event'), default=None)
        row['received'] = min(times('receive', 'event'), default=None)
        row['relayed'] = max(times('RELAY_ACCEPTANCE', 'kind'), default=None)
        row['delivered'] = max(times('DELIVERY', 'kind'), default=None)
        row['retrieved'] = max(times('RETRIEVAL', 'kind'), default=None)
        if 'recall' in events:
            row['outcome'] = 'recalled'
        elif 'reject' in events:
            row['outcome'] = max((one.get('outcome') for one in life if one['event'] == 'reject' and 'outcome' in one), default='refused')
        elif any(map(refusal, kinds)):
            row['outcome'] = 'refused'
        else:
            row['outcome'] = next(
                name for name, holds in (
                    ('retrieved', 'RETRIEVAL' in kinds), ('delivered', 'DELIVERY' in kinds), ('relayed', 'RELAY_ACCEPTANCE' in kinds),
                    ('sent', 'send' in events), ('received', 'receive' in events), ('offered', 'offer' in events), ('queued', True)) if holds)
        result[transfer] = row
    return result


def counted(rows, names):
    counts = collections.Counter(tuple(row.get(name) for name in names) for row in rows)
    return [dict(zip(names, key), count=count) for key, count in counts.items()]


def answers(path, at):
    entries, now = read(path), instant(at)
    transfers = transfers_of(entries)
    countries = {one['peer']: one['peer-country'] for one in entries if one['event'] == 'peer-change' and 'peer-country' in one}
    country = lambda row: countries.get(row['peer'])
    days = datetime.timedelta(days=1)
    q = collections.defaultdict(dict)

    q['Q1']['transfers'] = [
        {'transfer': name, 'country': country(row), **{key: row[key] for key in ('direction', 'peer', 'outcome', 'instrument', 'case', 'bytes', 'bundle', 'sent', 'received', 'delivered', 'retrieved')}}
        for name, row in transfers.items()]
    q['Q1']['by_peer'] = [
        {'transfers': row.pop('count'), **row} for row in counted([{**row, 'country': country(row)} for row in transfers.values()], ['direction', 'peer', 'country', 'outcome'])]

    waiting = [(name, row) for name, row in transfers.items() if row['direction'] == 'out' and row['sent'] and row['outcome'] in ('sent', 'relayed')]
    q['Q4']['unanswered'] = [{'transfer': name, 'sent': row['sent']} for name, row in waiting]

    opened = []
    for one in entries:
        if one['event'] != 'retrieve':
            continue
        reason, moment = one.person('reason'), instant(one['time'])
        short = (reason or '').strip()
        finding = None if reason == NOT_HERE else 'empty' if not short else 'boiler-plate' if len(short) < 3 or short.lower() in BOILER else None
        outside = moment.weekday() >= 5 or not 6 <= moment.hour < 18
        opened.append({'idx': one.index, 'time': one['time'], 'transfer': one['transfer'], 'actor': one.person('actor'), 'reason': reason, 'finding': finding, 'outside_hours': int(outside), 'role': one['role']})
    q['Q5']['consultations'] = opened
    q['Q5']['reasons'] = [{'idx': row['idx'], 'finding': row['finding']} for row in opened if row['finding']]
    q['Q5']['outside_hours'] = [{'idx': row['idx']} for row in opened if row['outside_hours']]
    q['Q5']['by_person'] = [
        {'actor': actor, 'opened': len(rows), 'findings': sum(row['finding'] is not None for row in rows), 'outside_hours': sum(row['outside_hours'] for row in rows)}
        for actor, rows in grouped(opened, 'actor').items()]

    disclosed = []
    for name, row in transfers.items():
        if not row['sent']:
            continue
        finding = None
        if row['instrument'] is None and row['basis'] is None:
            finding = 'no-basis'
        elif row['authorisation'] is None:
            finding = 'no-authorisation'
        elif row['valid-until'] and end(row['valid-until']) < instant(row['sent']):
            finding = 'expired'
        disclosed.append({'transfer': name, 'finding': finding})
    q['Q6']['findings'] = [row for row in disclosed if row['finding']]
    q['Q6']['totals'] = counted(disclosed, ['finding'])

    third = []
    for name, row in transfers.items():
        if not row['sent'] or country(row) in MEMBERS:
            continue
        finding = (
            'country-unknown' if country(row) is None else 'no-basis' if row['third-country-basis'] is None else
            'no-document' if row['third-country-document'] is None else
            'no-originator-authorisation' if row['originator'] and not row['originator-authorisation'] else None)
        third.append({'transfer': name, 'country': country(row), 'third_country_basis': row['third-country-basis'], 'finding': finding})
    q['Q7']['transfers'] = third

    met = {}
    for one in entries:
        if 'meets' in one:
            met[one['meets']] = min(met.get(one['meets'], one['time']), one['time'])
    due = [one for one in entries if 'due' in one]
    state = lambda one: (
        'met late' if one.index in met and instant(met[one.index]) > end(one['due']) else 'met' if one.index in met else
        'overdue' if end(one['due']) < now else 'running')
    q['Q8']['open'] = [{'idx': one.index, 'due': one['due']} for one in due if state(one) == 'overdue']
    q['Q8']['late'] = [{'idx': one.index, 'met': met[one.index]} for one in due if state(one) == 'met late']
    q['Q8']['unanswered'] = [{'transfer': name} for name, row in waiting if instant(row['sent']) < now - days]
    q['Q8']['totals'] = [{'state': name, 'count': count} for name, count in collections.Counter(map(state, due)).items()]

    holds, lifted = [one for one in entries if one['event'] == 'hold' and one['outcome'] == 'placed'], []
    for one in holds:
        ends = [other['time'] for other in entries[one.index:] if other['event'] == 'hold' and other['outcome'] == 'lifted' and other['bundle'] == one['bundle'] and other.get('order') == one.get('order')]
        lifted.append(min(ends, default=None))
    standing = [one for one, time in zip(holds, lifted) if time is None]
    q['Q9']['without_end'] = [{'idx': one.index} for one in standing if 'hold-until' not in one]
    held = {one['bundle'] for one, time in zip(holds, lifted) if time is None}
    erased = {}
    for one in entries:
        if one['event'] == 'erase' and 'transfer' in one:
            erased.setdefault(one['transfer'], one)
    kept = {name: row for name, row in transfers.items() if row['direction'] == 'in' and row['delivered'] and row['delete-by']}
    q['Q10']['overdue'] = [{'transfer': name} for name, row in kept.items() if name not in erased and row['bundle'] not in held and end(row['delete-by']) < now]
    q['Q10']['due_soon'] = [{'transfer': name, 'held': int(row['bundle'] in held)} for name, row in kept.items() if name not in erased and now <= end(row['delete-by']) < now + 30 * days]
    q['Q10']['holds'] = [{'bundle': one['bundle'], 'until': one.get('hold-until'), 'lifted': time} for one, time in zip(holds, lifted)]
    q['Q10']['erased'] = [{'transfer': name, 'erased': one['time'], 'certified': int('certificate' in one)} for name, one in erased.items()]

    came = {}
    for row in transfers.values():
        if row['received']:
            came.setdefault(row['bundle'], row['peer'])
    consents = {}
    for one in entries:
        if one['event'] == 'forward-consent':
            consents.setdefault((one['bundle'], one['recipient']), one['time'])
    q['Q11']['onward'] = []
    for name, row in transfers.items():
        if row['sent'] and row['bundle'] in came:
            consent = consents.get((row['bundle'], row['peer']))
            finding = None
            if row['onward'] == 'forbidden' and row['peer'] != row['originator']:
                finding = 'forbidden'
            elif consent is None and row['peer'] != came[row['bundle']] and (row['onward'] == 'consent' or row['handling'] == 'H2'):
                finding = 'no-consent'
            elif consent is not None and consent > row['sent']:
                finding = 'consent-too-late'
            q['Q11']['onward'].append({'transfer': name, 'received_from': came[row['bundle']], 'consent': consent, 'finding': finding})

    redacted = [one for one in entries if one['event'] == 'redact']
    codes, uses = collections.Counter(), collections.Counter()
    for one in redacted:
        for code, count in one.get('redactions', {}).items():
            codes[code] += count
            uses[code] += 1
    alike = lambda one: 'actor' in one.texts and one.texts['actor'] == one.texts.get('approver')
    q['Q12']['by_code'] = [{'code': code, 'redactions': uses[code], 'places': codes[code]} for code in codes]
    q['Q12']['by_person'] = [
        {'actor': actor, 'redactions': len(rows), 'places': sum(sum(one.get('redactions', {}).values()) for one in rows), 'self_approved': sum(map(alike, rows))}
        for actor, rows in grouped(redacted, lambda one: one.person('actor')).items()]
    q['Q12']['approvals'] = [
        {'idx': one.index, 'finding': 'self-approved' if alike(one) else 'no-second-person'} for one in entries
        if one['event'] in ('release', 'redact', 'approve') and (alike(one) or one.person('approver') is None)]
    q['Q12']['released_whole'] = [
        {'peer': row['recipient'], 'releases': row['count']} for row in counted([one for one in entries if one['event'] == 'release' and 'record' not in one], ['recipient'])]

    denied = collections.Counter()
    for one in entries:
        if one['event'] == 'denied' or one['event'] == 'reject' and one.get('outcome') != 'cancelled' or one['event'] == 'receipt-in' and refusal(one.get('kind')):
            denied[CLASSES.get(one.get('code'), 'other'), one.get('code'), one.get('peer')] += one.get('count', 1)
    q['Q13']['by_code'] = [{'class': key[0], 'code': key[1], 'peer': key[2], 'count': count} for key, count in denied.items()]

    q['Q14']['recalls'] = []
    for one in entries:
        if one['event'] in ('recall', 'correct'):
            later = [other['time'] for other in entries[one.index + 1:] if other.get('transfer') == one['transfer'] and (other['event'] == 'erase' or other.get('kind') == 'ERASURE')]
            row = transfers[one['transfer']]
            minutes = round((instant(one['time']) - instant(row['sent'])).total_seconds() / 60)
            q['Q14']['recalls'].append({
                'idx': one.index, 'code': one['code'], 'opened_before': None if row['retrieved'] is None else int(row['retrieved'] < one['time']),
                'confirmed': min(later, default=None), 'minutes_to_recall': minutes})

    q['Q15']['changes'] = [
        {'idx': one.index, 'event': one['event'], 'actor': one.person('actor'),
         'finding': 'self-approved' if alike(one) else 'no-second-person' if one['event'] == 'peer-change' and one.person('approver') is None else None}
        for one in entries if one['event'] in ('key-change', 'peer-change')]
    q['Q19']['acts'] = [
        {'idx': one.index, 'event': one['event']} for one in entries
        if one['event'] in ('config', 'key-change', 'peer-change', 'login', 'clock', 'fork') or one['event'] == 'erase' and 'rule' in one]
    q['Q19']['versions'] = [{'software': row['software'], 'entries': row['count']} for row in counted(entries, ['software'])]
    q['Q20']['steps'] = [{'idx': two.index, 'time': two['time']} for one, two in zip(entries, entries[1:]) if two['time'] < one['time']]
    q['Q20']['offsets'] = [{'idx': one.index, 'clock_offset': one['clock-offset']} for one in entries if abs(one.get('clock-offset', 0)) > 60_000_000]
    q['Q21']['readings'] = [{'idx': one.index, 'report': one.get('report'), 'actor': one.person('actor'), 'reason': one.person('reason')} for one in entries if one['event'] == 'audit-query']
    regulated = [row for row in transfers.values() if row['instrument'] == 'EPOC']
    q['Q16']['totals'] = [
        {'direction': direction, 'transfers': len(rows), 'delivered': sum(row['delivered'] is not None for row in rows),
         'refused': sum(row['outcome'] == 'refused' for row in rows), 'recalled': sum(row['outcome'] == 'recalled' for row in rows)}
        for direction, rows in grouped(regulated, 'direction').items()]

    q['Q17']['recalls'] = []
    for one in entries:
        if one['event'] in ('recall', 'correct'):
            decided = next((other for other in entries[one.index + 1:] if other.get('transfer') == one['transfer'] and other.get('kind') in ('ERASURE', 'RECALL_REFUSAL')), {})
            q['Q17']['recalls'].append({
                'idx': one.index, 'transfer': one['transfer'], 'decided': decided.get('time'),
                'decision': {'ERASURE': 'erased', 'RECALL_REFUSAL': 'refused'}.get(decided.get('kind'), 'open')})
    q['Q17']['by_peer'] = [
        {'transfers': row.pop('count'), **row} for row in counted(transfers.values(), ['peer', 'direction'])]
    return q


def grouped(rows, key):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[key(row) if callable(key) else row[key]].append(row)
    return groups


if __name__ == '__main__':
    json.dump(answers(sys.argv[1], sys.argv[2]), sys.stdout, indent=1, sort_keys=True)
