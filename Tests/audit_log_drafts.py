"""Writes the entries of a node's log over three years, as drafts, with facts planted in known numbers.

    python3 Tests/audit_log_drafts.py [--transfers N] [--seed S] [--planted FILE] > drafts.jsonl

Each line is a commit: {"time": ms, "entries": [{"event", "fields", "personal"}]}, with "offset" in microseconds
where the clock was off, or
{"time": ms, "erase": {"rule", "fields": [[index, field], ...]}}, or {"software": version}. The program
`log-writer` (Tests/LogWriter) appends them to a real, signed log. Everything comes from the seed. What is planted is
counted when it is planted, never read back: `--planted` writes the numbers that reports must give."""
import argparse, base64, collections, datetime, hashlib, heapq, json, random, sys

NODE, START = 'pt-ipcu', datetime.datetime(2023, 11, 1, tzinfo=datetime.timezone.utc)
DAYS = 3 * 365
END = START + datetime.timedelta(days=DAYS)
HOUR, DAY = 3_600_000, 86_400_000
PEERS = [('fi-cust', 'FI'), ('es-uco', 'ES'), ('ie-bazaar', 'IE'), ('de-zka', 'DE'), ('sg-ipu', 'SG'), ('us-ipr', 'US')]
THIRD = {'sg-ipu', 'us-ipr'}
OFFICERS = ['u%02d' % number for number in range(1, 13)]
REASONS = ['CASE-WORK on the seized parcels', 'COURT-PACK for the hearing', 'TRANSLATION asked by the prosecutor']
# A reason that a spreadsheet must not run, nor a page show as markup.
FORMULA = '=HYPERLINK("https://x.example","<script>alert(1)</script>")\r\nsecond line'
CODES = ['PD-NAME', 'PD-CONTACT', 'PD-FIN', 'TS', 'LPP', 'INF']
INSTRUMENTS = [('EIO', 'Directive 2014/41/EU'), ('EPOC', 'Regulation (EU) 2023/1543'), ('POLICE', 'Directive (EU) 2023/977')]
DENIED = ['UNKNOWN_CERTIFICATE', 'TLS_HANDSHAKE', 'OFFER_SIGNATURE', 'WITHDRAWN_PEER', 'NO_CERTIFICATE']


def milliseconds(moment):
    return int(moment.timestamp() * 1000)


def stamp(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.') + '%03dZ' % (ms % 1000)


class Log:
    """Commits by time; `planted` counts what was planted on purpose."""

    def __init__(self, seed, transfers):
        self.random = random.Random(seed)
        self.commits, self.order = [], 0
        self.planted = collections.Counter()
        self.transfers = transfers

    def digest(self):
        return base64.b64encode(self.random.randbytes(32)).decode()

    def commit(self, time, *entries):
        heapq.heappush(self.commits, (time, self.order, entries))
        self.order += 1

    def office_hours(self, first=1, last=DAYS - 60):
        """A moment between 07:00 and 16:00 on a working day; `first` and `last` are days from the start."""
        while True:
            moment = START + datetime.timedelta(days=self.random.randrange(first, last), milliseconds=7 * HOUR + self.random.randrange(9 * HOUR))
            if moment.weekday() < 5:
                return milliseconds(moment)

    def opening(self, time, *, hour=None, weekend=False):
        """The next time somebody works after `time`: 09:00 to 15:00 of a later working day."""
        moment = datetime.datetime.fromtimestamp(time / 1000, datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
        moment += datetime.timedelta(days=self.random.randrange(1, 6))
        while (moment.weekday() >= 5) != weekend:
            moment += datetime.timedelta(days=1)
        return milliseconds(moment) + (hour if hour is not None else 9 + self.random.randrange(6)) * HOUR + self.random.randrange(HOUR)

    def people(self, alike=False):
        actor, approver = self.random.sample(OFFICERS, 2)
        return {'actor': actor, 'approver': actor if alike else approver}

    def uuid(self, time):
        raw = bytearray(time.to_bytes(6, 'big') + self.random.randbytes(10))
        raw[6] = raw[6] & 15 | 0x70
        raw[8] = raw[8] & 63 | 0x80
        text = raw.hex()
        return '-'.join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


def entry(event, fields=None, personal=None, key=None):
    return {'event': event, 'fields': fields or {}, 'personal': personal or {}, 'key': key}


def case(log):
    return 'PT-%d-%04d' % (log.random.randrange(2023, 2027), log.random.randrange(1, 900))


def terms(log, time, peer):
    """What the handling terms say, with everything in order."""
    instrument, article = log.random.choice(INSTRUMENTS)
    facts = {
        'instrument': instrument, 'basis': article, 'authorisation': 'PT-%d' % log.random.randrange(1, 500),
        'valid-until': stamp(time + 400 * DAY), 'purpose': 'investigation', 'case': case(log), 'tlp': 'TLP:AMBER'}
    if peer in THIRD:
        facts['third-country-basis'] = log.random.choice(['LED 36', 'LED 37'])
        facts['third-country-document'] = 'T-%d' % log.random.randrange(1, 90)
    return facts


def outgoing(log, plant=None, bundle=None, more=None, peer=None, time=None):
    """A transfer to a peer; `plant` names what is wrong with it."""
    time = time or log.office_hours()
    peer = peer or log.random.choice([name for name, _ in PEERS])
    transfer, fresh = log.uuid(time), bundle is None
    bundle = bundle or log.random.randbytes(16).hex()
    statement = {
        'transfer': transfer, 'bundle': bundle, 'seal': log.digest(), 'view': log.digest(), 'ciphertext': log.digest(),
        'bytes': log.random.randrange(20_000, 90_000_000)}
    facts = {**terms(log, time, peer), **(more or {})}
    if plant == 'no-basis':
        del facts['instrument'], facts['basis']
    elif plant == 'no-authorisation':
        del facts['authorisation']
    elif plant == 'expired':
        facts['valid-until'] = stamp(time - DAY)[:10]
    elif plant == 'third no-basis':
        del facts['third-country-basis']
    elif plant == 'third no-document':
        del facts['third-country-document']
    elif plant == 'third no-originator-authorisation':
        facts['originator'] = 'de-zka'
    if fresh:
        log.commit(time - HOUR, entry('seal', {'bundle': bundle, 'seal': statement['seal'], 'view': log.digest(), 'items': log.random.randrange(1, 40), 'bytes': statement['bytes'], 'case': facts['case'], 'outcome': 'sealed'}))
        if plant == 'redact self-approved' or log.random.random() < 0.6:
            cuts = {code: log.random.randrange(1, 30) for code in log.random.sample(CODES, log.random.randrange(1, 4))}
            statement['record'] = log.digest()
            log.commit(time - HOUR // 2, entry('redact', {'bundle': bundle, 'seal': statement['seal'], 'view': statement['view'], 'record': statement['record'], 'redactions': cuts, 'outcome': 'redacted'}, log.people(plant == 'redact self-approved')))
    known = {**statement, 'peer': peer}
    deadline = {'deadline': 'EIO-RESPONSE P90D', 'due': stamp(time + 90 * DAY)} if plant and plant.startswith('due') else {}
    log.commit(
        time, entry('release', {**statement, 'recipient': peer, 'release': log.digest(), **facts, **deadline}, log.people(plant == 'release self-approved'), key=transfer if deadline else None),
        entry('queue', {**statement, 'recipient': peer}))
    if plant in ('due met', 'due late'):
        met = time + (60 if plant == 'due met' else 97) * DAY
        log.commit(met, entry('receipt-in', {**known, 'kind': 'RESPONSE', 'receipt': log.digest(), 'meets': '@' + transfer}))
    if plant == 'cancelled':
        log.commit(time + 60_000, entry('reject', {**known, 'outcome': 'cancelled'}, {'actor': log.random.choice(OFFICERS)}))
        return time, transfer, bundle, peer
    if plant == 'undeliverable':
        log.commit(time + 7 * DAY, entry('reject', {**known, 'outcome': 'undeliverable', 'code': 'DEADLINE'}))
        return time, transfer, bundle, peer
    log.commit(time + 2_000, entry('send', {**known, 'attempt': 1}))
    if plant == 'lost':
        return time, transfer, bundle, peer
    log.commit(time + 9_000, entry('receipt-in', {**known, 'kind': 'RELAY_ACCEPTANCE', 'receipt': log.digest()}))
    if plant == 'refused':
        log.commit(time + 30_000, entry('receipt-in', {**known, 'kind': 'NON_DELIVERY', 'receipt': log.digest(), 'code': 'CANNOT_BE_DECIDED'}))
        return time, transfer, bundle, peer
    log.commit(time + 31_000, entry('receipt-in', {**known, 'kind': 'DELIVERY', 'receipt': log.digest()}))
    if plant in ('recall unopened', 'recall unconfirmed'):
        log.commit(time + 2 * HOUR, entry('recall', {**known, 'code': 'WRONG-RECIPIENT'}, {'actor': log.random.choice(OFFICERS)}))
        if plant == 'recall unopened':
            log.commit(time + 5 * HOUR, entry('receipt-in', {**known, 'kind': 'ERASURE', 'receipt': log.digest()}))
        return time, transfer, bundle, peer
    if plant == 'recall opened' or log.random.random() < 0.85:
        opened = log.opening(time)
        log.commit(opened, entry('receipt-in', {**known, 'kind': 'RETRIEVAL', 'receipt': log.digest()}))
        if plant == 'recall opened':
            log.commit(opened + HOUR, entry('recall', {**known, 'code': 'REDACTION-MISTAKE'}, {'actor': log.random.choice(OFFICERS)}))
            log.commit(opened + 30 * HOUR, entry('receipt-in', {**known, 'kind': 'ERASURE', 'receipt': log.digest()}))
    return time, transfer, bundle, peer


def incoming(log, plant=None, more=None, time=None):
    """A transfer from a peer; most are opened in office hours with a good reason."""
    time, peer = time or log.office_hours(), log.random.choice([name for name, _ in PEERS])
    transfer, bundle = log.uuid(time), log.random.randbytes(16).hex()
    statement = {
        'transfer': transfer, 'bundle': bundle, 'seal': log.digest(), 'view': log.digest(), 'ciphertext': log.digest(),
        'bytes': log.random.randrange(20_000, 90_000_000)}
    known = {**statement, 'peer': peer}
    keep = {
        'delete overdue': -20 * DAY, 'delete soon': 12 * DAY, 'held': -40 * DAY, 'held with end': -40 * DAY, 'hold lifted': 300 * DAY,
        'erased': -100 * DAY, 'erased without certificate': -100 * DAY}.get(plant, 900 * DAY)
    facts = {**terms(log, time, None), 'originator': peer, 'delete-by': stamp(milliseconds(END) + keep)[:10], **(more or {})}
    log.commit(time, entry('offer', {**statement, 'sender': peer, **facts}))
    log.commit(time + 5_000, entry('receive', known), entry('receipt-out', {**known, 'kind': 'RELAY_ACCEPTANCE', 'receipt': log.digest()}))
    if plant == 'rejected':
        log.commit(time + 8_000, entry('verify', {**known, 'outcome': 'not-verified'}), entry('reject', {**known, 'code': 'NOT_VERIFIED', 'outcome': 'refused'}, {'detail': 'item 3'}),
                   entry('receipt-out', {**known, 'kind': 'NON_DELIVERY', 'receipt': log.digest(), 'code': 'NOT_VERIFIED'}))
        return time, transfer, bundle, peer
    log.commit(time + 8_000, entry('verify', {**known, 'outcome': 'verified'}), entry('deliver', {**known, 'outcome': 'delivered'}),
               entry('receipt-out', {**known, 'kind': 'DELIVERY', 'receipt': log.digest()}))
    planted_opening = plant in ('night', 'weekend', 'boiler-plate', 'empty reason', 'formula')
    if planted_opening or log.random.random() < 0.85:
        opened = log.opening(time, hour=2 if plant == 'night' else None, weekend=plant == 'weekend')
        reason = {'boiler-plate': log.random.choice(['test', 'N/A', 'x', 'Case work ']), 'empty reason': ' ', 'formula': FORMULA}.get(plant, log.random.choice(REASONS))
        log.commit(opened, entry('retrieve', {**known, 'role': 'investigator'}, {'actor': log.random.choice(OFFICERS), 'reason': reason}),
                   entry('receipt-out', {**known, 'kind': 'RETRIEVAL', 'receipt': log.digest()}))
    last = milliseconds(END)
    if plant in ('held', 'held with end', 'hold lifted'):
        placed = log.opening(time + 10 * DAY)
        hold = {'bundle': bundle, 'transfer': transfer, 'peer': peer, 'order': 'ORDER-%d' % log.random.randrange(1000)}
        end = {'hold-until': '2028-01-01'} if plant == 'held with end' else {}
        log.commit(placed, entry('hold', {**hold, **end, 'outcome': 'placed'}))
        if plant == 'hold lifted':
            log.commit(placed + 20 * DAY, entry('hold', {**hold, 'outcome': 'lifted'}))
    if plant in ('erased', 'erased without certificate'):
        certificate = {'certificate': log.digest()} if plant == 'erased' else {}
        log.commit(last - 99 * DAY, entry('erase', {'bundle': bundle, 'transfer': transfer, 'peer': peer, **certificate}))
    return time, transfer, bundle, peer


def affairs(log):
    """What isn't a transfer: keys, peers, officers, readings, refusals at the door, clocks."""
    begin = milliseconds(START)
    log.commit(begin, entry('key-change', {'outcome': 'created', 'code': 'requests'}))
    for number, (peer, country) in enumerate(PEERS):
        log.commit(begin + (number + 1) * 60_000, entry('peer-change', {'peer': peer, 'peer-country': country, 'outcome': 'added', 'code': 'FP-%d' % number}, log.people()))
    for number, officer in enumerate(OFFICERS):
        log.commit(begin + HOUR + number * 1000, entry('config', {'code': 'officer-added', 'outcome': 'done'}, {'actor': officer}))
    log.commit(log.office_hours(75), entry('peer-change', {'peer': 'fi-cust', 'peer-country': 'FI', 'outcome': 'key', 'code': 'FP-9'}, log.people(alike=True)))
    log.commit(log.office_hours(75), entry('peer-change', {'peer': 'es-uco', 'peer-country': 'ES', 'outcome': 'key', 'code': 'FP-8'}, {'actor': 'u01'}))
    log.planted['Q15 self-approved'] += 1
    log.planted['Q15 no-second-person'] += 1
    for number in range(30):
        log.commit(log.office_hours(), entry('audit-query', {'code': 'AUDIT', 'report': 'Q%d' % (number % 5 + 1), 'outcome': 'plain'}, {'actor': 'auditor-1', 'reason': 'yearly review'}))
        log.planted['Q21'] += 1
    for number in range(40):
        peer = {'peer': PEERS[number % 6][0]} if DENIED[number % 5] == 'OFFER_SIGNATURE' else {}
        log.commit(log.office_hours(), entry('denied', {'code': DENIED[number % 5], 'outcome': 'refused', **peer}, {'address': '192.0.2.%d' % number}))
        log.planted['Q13 denied'] += 1
    log.commit(log.office_hours(), entry('denied', {'code': 'SUMMARY', 'count': 250, 'outcome': 'refused'}))
    log.planted['Q13 denied'] += 250
    for offset in (-90_000, 150, 61_000, 75_000):
        log.commit(log.office_hours(), entry('clock', {'outcome': 'measured', '@offset': offset * 1000}))
    log.planted['Q20 offsets'] = 3


PLANTED_OUT = {
    'no-basis': 7, 'no-authorisation': 5, 'expired': 11, 'third no-basis': 3, 'third no-document': 4, 'third no-originator-authorisation': 2,
    'lost': 9, 'refused': 13, 'cancelled': 4, 'undeliverable': 3, 'release self-approved': 6, 'redact self-approved': 5,
    'recall unopened': 4, 'recall unconfirmed': 2, 'recall opened': 3, 'due met': 40, 'due late': 8, 'due overdue': 5, 'due running': 7}
PLANTED_IN = {
    'night': 12, 'weekend': 5, 'boiler-plate': 10, 'empty reason': 4, 'formula': 1, 'rejected': 17, 'delete overdue': 6, 'delete soon': 5,
    'held': 3, 'held with end': 4, 'hold lifted': 2, 'erased': 15, 'erased without certificate': 4}
# Days from the start between which such a transfer begins: after the texts that are erased, and so that
# what has to be over at the end is.
DATED = {
    'due late': (75, DAYS - 110), 'due overdue': (75, DAYS - 100), 'due running': (DAYS - 85, DAYS - 60),
    'erased': (75, DAYS - 150), 'erased without certificate': (75, DAYS - 150)}
ONWARD = {'consent': 20, 'no-consent': 3, 'consent-too-late': 2, 'forbidden': 1}


def build(log):
    affairs(log)
    number = 0
    for plants, make in ((PLANTED_OUT, outgoing), (PLANTED_IN, incoming)):
        for plant, count in plants.items():
            for _ in range(count):
                third = {'peer': log.random.choice(sorted(THIRD))} if plant.startswith('third') else {}
                safe = {'peer': 'fi-cust'} if plant in ('lost', 'no-basis') else {}
                make(log, plant, **third, **safe, time=log.office_hours(*DATED.get(plant, (75, DAYS - 60))))
                log.planted[plant] += 1
                number += 1
    for plant, count in ONWARD.items():
        for _ in range(count):
            onward = {'onward': 'forbidden' if plant == 'forbidden' else 'consent'}
            time, _, bundle, source = incoming(log, None, onward, log.office_hours(75))
            other = next(name for name, _ in PEERS if name != source and name not in THIRD)
            sent = log.opening(time + 20 * DAY)
            if plant in ('consent', 'consent-too-late'):
                log.commit(sent + (-3 if plant == 'consent' else 3) * HOUR, entry('forward-consent', {'bundle': bundle, 'recipient': other, 'peer': source}))
            outgoing(log, None, bundle, {'originator': source, 'originator-authorisation': 'A-1', **onward}, other, sent)
            log.planted['onward ' + plant] += 1
            number += 2
    while number < log.transfers:
        (outgoing if number % 2 else incoming)(log)
        number += 1
    log.planted['transfers'] = number


def write(log, out):
    """The commits in order, with indices where something refers to an entry; then the erasures."""
    index, keys, old = 0, {}, []
    erase_before = milliseconds(START) + 60 * DAY
    steps, count, previous = {1000, 20_000, 40_000}, 0, 0
    switch = milliseconds(START) + 500 * DAY
    while log.commits:
        time, _, entries = heapq.heappop(log.commits)
        if switch and time > switch:
            out.write(json.dumps({'software': 'writer 2'}) + '\n')
            switch = None
        lines = []
        for one in entries:
            if one['key']:
                keys[one['key']] = index
            if isinstance(one['fields'].get('meets'), str):
                one['fields']['meets'] = keys[one['fields']['meets'][1:]]
            if time < erase_before:
                old += [[index, field] for field in one['personal']]
            offset = one['fields'].pop('@offset', None)
            lines.append({name: one[name] for name in ('event', 'fields', 'personal') if one[name]})
            index += 1
        clock = {} if offset is None else {'offset': offset}
        out.write(json.dumps({'time': time, **clock, 'entries': lines}) + '\n')
        count += 1
        if count in steps:
            out.write(json.dumps({'time': time - 90_000, 'entries': [{'event': 'clock', 'fields': {'outcome': 'stepped'}}]}) + '\n')
            log.planted['Q20 steps'] += 1
            index += 1
    for start in range(0, len(old), 500):
        out.write(json.dumps({'time': milliseconds(END) - DAY + start, 'erase': {'rule': 'BDSG 76(4)', 'fields': old[start:start + 500]}}) + '\n')
        log.planted['erase entries'] += 1
    log.planted['erased texts'] = len(old)
    log.planted['entries'] = index + log.planted['erase entries']


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--transfers', type=int, default=10_000)
    parser.add_argument('--seed', type=int, default=20261127)
    parser.add_argument('--planted')
    options = parser.parse_args()
    log = Log(options.seed, options.transfers)
    build(log)
    write(log, sys.stdout)
    if options.planted:
        with open(options.planted, 'w') as file:
            json.dump(dict(sorted(log.planted.items())), file, indent=1)


if __name__ == '__main__':
    main()
