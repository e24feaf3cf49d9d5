#!/usr/bin/env python3
"""Writes the fictional case Northlight: evidence/ and markers.csv. Always the same bytes.

  python3 generate.py            writes the files
  python3 generate.py --check    compares them with those that are here; exit 1 where one differs

Everything is invented (see README.md). Each personal value holds a marker such as [nl-0042], or is a
value that stands nowhere else; markers.csv lists them all, with the file and whether the two
policies beside this program withhold it. Standard library only."""
import base64, csv, hashlib, io, json, os, quopri, sys

sys.dont_write_bytecode = True
from datetime import datetime, timedelta
from pictures import Picture, pdf

HERE = os.path.dirname(os.path.abspath(__file__))
DAY_0 = datetime(2026, 3, 2, 9, 0, 0)
BUYERS, MESSAGES, LISTINGS, LOG_LINES = 40, 900, 240, 6000
# Where in chat-export.json the messages stand that the policies name.
LAWYER, JOURNALIST, INFORMANT, BUYER_NAMED, FORMULA = (17, 18, 233), 412, 655, 301, 518

FIRST = ('Anniken Brisa Corvin Dalmira Eskil Fenna Galo Hesper Ilvo Jorinde Kestrin Lumia Maelis Nevio '
         'Orsolo Pelle Quilla Runa Sorina Tavish').split()
LAST = ('Saarvala Montelvas Brackwater Oestrund Vilhanova Tamberly Kirjaholm Quintelas Dravenport Ysterlund '
        'Halvorane Ferrolho Maddergate Lintukallo Pereskia Norrvide Zambujeira Wetherlow Ulvaskog Castroval').split()
STREETS = 'Skarvgatan,Rua da Bruma,Fjordvinkel,Lanternekroken,Travessa do Farol,Kuutamotie,Ashmoor Lane'.split(',')
CITIES = 'Lisboa,Porto,Helsinki,Turku,Tampere,Braga,Oulu,Faro'.split(',')
# Numbers that payment networks publish for tests; they belong to nobody.
TEST_CARDS = ('4111111111111111 4242424242424242 4012888888881881 5555555555554444 5105105105105100 '
              '2223003122003222 6011111111111117 3530111333300000').split()
SHOP = 'northlight-outlet.example'


class Draw:
    """Random numbers from SHA-256, since those of `random` may differ between versions."""

    def __init__(self, seed): self.seed, self.count = seed.encode(), 0

    def below(self, limit):
        self.count += 1
        return int.from_bytes(hashlib.sha256(self.seed + b'%d' % self.count).digest()[:8], 'big') % limit

    def pick(self, choices): return choices[self.below(len(choices))]
    def hex(self, digits): return ''.join('%x' % self.below(16) for _ in range(digits))


class Markers:
    """The personal values: each with a marker, or unlike every other."""

    def __init__(self): self.rows, self.count = [], 0

    def next(self):
        self.count += 1
        return f'nl-{self.count:04}'

    def add(self, value, file, kind, fi, sg):
        self.rows.append([value, file, kind, 'withheld' if fi else 'disclosed', 'withheld' if sg else 'disclosed'])
        return value

    def name(self, draw, file, fi=True, sg=True, kind='name'):
        return self.add(f'{draw.pick(FIRST)} {draw.pick(LAST)} [{self.next()}]', file, kind, fi, sg)

    def mail(self, name, file, fi=True, sg=True):
        return self.add('.'.join(name.lower().split()[:2]) + f'.{self.next()}@post.example', file, 'e-mail', fi, sg)

    def street(self, draw, file, fi=True, sg=True):
        return self.add(f'{draw.pick(STREETS)} {1 + draw.below(140)}, flat {self.next()}', file, 'street', fi, sg)

    def phone(self, file, fi=True, sg=True):
        """From the range that Ofcom keeps for fiction: 07700 900000 to 900999."""
        self.count += 1
        return self.add(f'+44 7700 900{self.count:03}', file, 'phone', fi, sg)


def stamp(time): return time.strftime('%Y-%m-%dT%H:%M:%SZ')
def mail_date(time):
    days, months = 'Mon Tue Wed Thu Fri Sat Sun'.split(), 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()
    return f'{days[time.weekday()]}, {time.day:02} {months[time.month - 1]} {time.year} {time:%H:%M:%S} +0000'
def table(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator='\r\n').writerows(rows)
    return out.getvalue().encode()
def pretty(value): return (json.dumps(value, indent=1, ensure_ascii=False) + '\n').encode()
def euros(cents): return f'{cents // 100}.{cents % 100:02}'


def ean13(number):
    """With a 20 in front: numbers that shops give out within their own walls."""
    digits = f'20{number:010}'
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return digits + str(-total % 10)


def iban(country, account):
    """With right check digits; the bank codes 9999 and 99999 are given to no bank."""
    text = account + ''.join(str(int(c, 36)) for c in country) + '00'
    return f'{country}{98 - int(text) % 97:02}{account}'


IBANS = {'merchant': iban('PT', '9999000100000881' + '04217'), 'exchange': iban('LT', '99999' + '00044120017'),
         'final': iban('FI', '9999' + '2200881734'), 'second': iban('PT', '9999000200000902' + '05512')}


def test_purchases(markers, draw):
    file = 'test-purchases.csv'
    rows = ['order_id order_date listing buyer_name street city email phone birth_date card_last4 card_number '
            'amount_eur parcel_no finding'.split()]
    for i in range(BUYERS):
        name, card = markers.name(draw, file), TEST_CARDS[i % len(TEST_CARDS)]
        born = datetime(1951, 1, 5) + timedelta(days=i * 431 + draw.below(300))
        rows.append([
            f'TP-{i + 1:03}', stamp(DAY_0 + timedelta(days=1 + i % 9, minutes=7 * i)), f'L-{880 + i % 12:04}', name,
            markers.street(draw, file), CITIES[i % len(CITIES)], markers.mail(name, file), markers.phone(file),
            markers.add(born.strftime('%Y-%m-%d'), file, 'birth date', True, True), card[-4:], card,
            euros(1290 + draw.below(1500)), f'FI-PH-{7000 + i % 30}',
            ('charger fails insulation test', 'serial label printed, not laser-etched', 'no security thread in the label',
             'cream without batch number', 'box colour off by two shades')[i % 5] + f' (sample {i + 1:03})'])
    for card in sorted(set(TEST_CARDS)): markers.add(card, file, 'card', True, True)
    return table(rows)


def listings(draw):
    rows = ['listing url seller title price_eur ean13 first_seen last_seen image_sha256 relist_of wholesale_quote'.split()]
    for i in range(LISTINGS):
        seen = DAY_0 - timedelta(days=draw.below(200))
        relist = f'L-{840 + draw.below(200):04}' if i >= LISTINGS - 30 else ''
        rows.append([
            f'L-{840 + i:04}', f'https://bazaar.example/i/{840 + i}', f'seller_{draw.pick(("kappa", "kappa2", "norden", "lux88"))}',
            draw.pick(('NORTHLIGHT 65W charger', 'NORTHLIGHT travel adapter', 'NORTHLIGHT night cream 50 ml', 'NORTHLIGHT lip set')),
            euros(790 + draw.below(2500)), ean13(881000 + i % 17), stamp(seen), stamp(seen + timedelta(days=3 + draw.below(60))),
            hashlib.sha256(b'picture %d' % (i % 70)).hexdigest(), relist, f'quote-{i + 1:03}: {euros(90 + draw.below(400))} a piece'])
    return table(rows)


def complaints(markers, draw):
    """Six mails. What the policies cut in parts has its names marked; the rest goes whole."""
    files = {}

    def mail(number, subject, kind, body, fi=True, head=''):
        file = f'complaint-{number:02}.eml'
        name = markers.name(draw, file)
        address, phone, street = markers.mail(name, file), markers.phone(file), markers.street(draw, file)
        body = body(name, address, phone, street)
        day = DAY_0 - timedelta(days=20 - 2 * number, minutes=11 * number)
        ip = ('192.0.2.%d' % (40 + number), '2001:db8:77::%x' % (16 + number))[number % 2]
        text = (f'Received: from mx{number}.post.example ([{ip}]) by in.consumer-desk.example; {mail_date(day)}\n'
                f'From: {name} <{address}>\nTo: complaints@consumer-desk.example\nSubject: {subject}\nDate: {mail_date(day)}\n'
                f'Message-ID: <{draw.hex(12)}.{number}@post.example>\nMIME-Version: 1.0\n{kind}\n{body}')
        files[file] = text.replace('\n', '\r\n').encode()

    mail(1, 'Burn from a NORTHLIGHT charger', 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n',
         lambda n, a, p, s: 'The charger of order L-0881 melted in the night. I have second-degree burns on my left hand and\n'
         'asthma since the smoke; the hospital letter says six weeks without work.\n'
         f'Please call me back: {p}. I live at {s}.\n{n}\n')
    mail(2, 'Cream gives a rash', 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n',
         lambda n, a, p, s: quopri.encodestring(
             'Olá, o creme comprado não é verdadeiro: a caixa é diferente e o cheiro também.\n'
             f'Devolução pedida há três semanas, sem resposta.\nTelefone {p}\n{s}\n{n}\n'.encode()).decode())
    mail(3, 'Order not as shown', 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n',
         lambda n, a, p, s: base64.encodebytes(
             f'I ordered two adapters and got one without any safety mark.\nMy address is {s}.\n{n}, {p}\n'.encode()).decode())
    mail(4, 'Fwd: your return request', 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n',
         lambda n, a, p, s: f'See what they answer me. {n}\n\n---------- Forwarded message ----------\n'
         f'From: Returns <returns-desk@{SHOP}>\nTo: {n} <{a}>\nSubject: Re: return request\n\n'
         'Dear customer, genuine goods cannot be returned.\n\n'
         f'> On Monday {n} wrote:\n> The plug is loose and gets hot. I sent it back from {s}.\n'
         f'>> Please confirm your number.\n>> It is {p}\n')
    photo = Picture(96, 64, [(60, 60, 66), (214, 120, 40), (20, 20, 20)])
    photo.box(30, 10, 36, 40, 1); photo.box(44, 22, 8, 14, 2); photo.text(4, 54, 'MELTED', 1, 1)
    image = photo.png({'Comment': 'taken by the buyer, 60.0000 N 0.0000 W'})
    mail(5, 'Photo of the melted plug', 'Content-Type: multipart/mixed; boundary="nl-part"\n',
         lambda n, a, p, s: '--nl-part\nContent-Type: text/plain; charset=utf-8\n\n'
         f'The photo is attached.\n{n}, {p}\n{s}\n--nl-part\nContent-Type: image/png; name="plug.png"\n'
         'Content-Disposition: attachment; filename="plug.png"\nContent-Transfer-Encoding: base64\n\n'
         + base64.encodebytes(image).decode() + '--nl-part--\n')
    mail(6, 'Valitus: laturi kuumenee', 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n',
         lambda n, a, p, s: 'Hei, ostamani laturi kuumenee ja haisee palaneelta jo kymmenessä minuutissa.\n'
         f'Rahoja ei ole palautettu. Numeroni on {p} ja osoitteeni {s}.\nTerveisin {n}\n')
    return files


def server_log(markers, draw):
    """One administrator logs in; every address is from the ranges for documentation."""
    file, lines, time = 'server-access.log', [], DAY_0 - timedelta(days=6)
    agents = ('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
              'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1',
              'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.6478.127 Safari/537.36', 'curl/8.6.0')
    months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()
    for i in range(LOG_LINES):
        time += timedelta(seconds=17 + draw.below(130))
        address = (f'192.0.2.{1 + draw.below(254)}', f'198.51.100.{1 + draw.below(254)}', f'203.0.113.{70 + draw.below(180)}',
                   f'2001:db8:{draw.below(64):x}::{1 + draw.below(4000):x}')[draw.below(4)]
        request, status, user = f'GET /i/{840 + draw.below(LISTINGS)} HTTP/1.1', draw.pick((200, 200, 200, 304, 404)), '-'
        if i % 300 == 150:
            name = f'{draw.pick(FIRST)} {draw.pick(LAST)}'
            request, status = f'GET /newsletter?email={markers.mail(name, file)} HTTP/1.1', 200
        if i == 4127:
            address, request, status, user = '203.0.113.66', 'POST /admin/login HTTP/1.1', 302, 'kappa-admin'
        if i == 4128:
            address, request, status, user = '203.0.113.66', 'GET /admin/orders.csv HTTP/1.1', 200, 'kappa-admin'
        when = f'{time.day:02}/{months[time.month - 1]}/{time.year}:{time:%H:%M:%S} +0000'
        lines.append(f'{address} - {user} [{when}] "{request}" {status} {300 + draw.below(40000)} "-" "{draw.pick(agents)}"\n')
    markers.add('203.0.113.66', file, 'ip', False, True)
    return ''.join(lines).encode()


def chat(markers, draw):
    file = 'chat-export.json'
    ordinary = {
        'en': ('The next {n} pieces ship on Friday.', 'Use the plain cartons for lot {n}.', 'Customs took a day for lot {n}.',
               'Payment for lot {n} came in.', 'Relist the ones they took down, number {n} first.', 'Two pallets short in lot {n}.'),
        'pt': ('As caixas do lote {n} chegaram abertas.', 'Amanhã envio as fotografias do lote {n}.', 'Falta pagar o lote {n}, são três dias.',
               'Não ponhas o nome na encomenda {n}.', 'O carregador {n} aquece demais, manda outro.'),
        'zh': ('第{n}批明天发货。', '包装盒的颜色不对，第{n}批重做。', '请先付第{n}批的定金。', '标签已经印好，数量{n}。', '海关在查第{n}批。')}
    special = {
        LAWYER[0]: ('lawyer', 'en', 'As your lawyer I advise you to answer nothing before we have seen the file. [{m}]', 'privilege'),
        LAWYER[1]: ('seller', 'en', 'To my lawyer: I kept the second ledger in the workshop, is that a problem? [{m}]', 'privilege'),
        LAWYER[2]: ('lawyer', 'pt', 'Confidencial, advogado e cliente: a defesa será a falta de dolo. [{m}]', 'privilege'),
        JOURNALIST: ('journalist', 'en', 'I write for a newspaper; my source in your warehouse speaks of 40 000 units. Comment? [{m}]', 'press'),
        INFORMANT: ('supplier', 'en', 'Only the man with the grey van could have told them about the night shift. [{m}]', 'informant'),
        FORMULA: ('supplier', 'en', 'The real ones carry a thread that glows at 365 nm, drawn by the right holder in secret. [{m}]', 'trade secret')}
    lines, time = [], DAY_0 - timedelta(days=90)
    for i in range(MESSAGES):
        time += timedelta(minutes=20 + draw.below(240))
        who, language = draw.pick(('seller', 'supplier')), draw.pick(('en', 'en', 'pt', 'zh'))
        text = draw.pick(ordinary[language]).format(n=100 + draw.below(900))
        if i in special:
            who, language, text, kind = special[i]
            text = markers.add(text.format(m=markers.next()), file, kind, kind != 'trade secret', True)
        if i == BUYER_NAMED:
            who, language = 'seller', 'en'
            text = f'{markers.name(draw, file)} wants her money back, block {markers.phone(file)}.'
        lines.append({'n': i + 1, 'at': stamp(time), 'from': who, 'lang': language, 'text': text})
    people = [{'id': 'seller', 'display': 'Kappa', 'phone': markers.add('+44 20 7946 0881', file, 'phone of a suspect', False, False)},
              {'id': 'supplier', 'display': 'Golden Reed', 'phone': markers.phone(file, fi=False)},
              {'id': 'lawyer', 'display': 'Counsel', 'phone': markers.phone(file)},
              {'id': 'journalist', 'display': 'Desk', 'phone': markers.phone(file)}]
    return pretty({'export': 'chat', 'platform': 'murmur.example', 'exportedAt': stamp(DAY_0), 'participants': people, 'messages': lines})


def money(markers, draw):
    names = [('card', 'TEST-CARDS (40 orders)'), ('processor', 'PayHarbour'), ('merchant account', 'Kappa Trading'),
             ('exchange', 'CoinPier'), ('wallet', 'wallet nlq1' + draw.hex(30)), ('bank account', 'Norden Accessories')]
    accounts = [None, None, IBANS['merchant'], IBANS['exchange'], None, IBANS['final']]
    hops, amount = [], 91840
    for i, ((kind, holder), account) in enumerate(zip(names, accounts)):
        hop = {'hop': i + 1, 'kind': kind, 'holder': holder, 'at': stamp(DAY_0 + timedelta(days=i, hours=3 * i)), 'amount': euros(amount), 'currency': 'EUR'}
        if account: hop['iban'] = markers.add(account, 'payment-trace.json', 'iban', False, True)
        hops.append({**hop, 'reference': f'NL-{draw.hex(8)}'})
        amount -= amount * (1 + i) // 100
    rows = ['payout_id date merchant_id holder iban amount_eur reference'.split()]
    for i in range(36):
        which = 'merchant' if i % 3 else 'second'
        rows.append([f'PO-{i + 1:03}', stamp(DAY_0 - timedelta(days=2 * i)), 'M-44120', ('Norden Accessories', 'Kappa Trading')[which == 'merchant'],
                     IBANS[which], euros(20000 + draw.below(80000)), f'NLP-{draw.hex(8)}'])
    markers.add(IBANS['second'], 'payouts.csv', 'iban', False, True)
    return {'payment-trace.json': pretty({'trace': 'PT-2026-0142/3', 'source': 'answer to a production order', 'hops': hops}), 'payouts.csv': table(rows)}


def parcels(markers, draw):
    file, left = 'parcel-manifest.csv', 1200
    rows = ['parcel_no arrived sender sender_address consignee consignee_phone pieces weight_kg decision note'.split()]
    for i in range(30):
        pieces = left if i == 29 else 20 + draw.below(30)
        left -= pieces
        rows.append([f'FI-PH-{7000 + i}', stamp(DAY_0 + timedelta(days=i // 6, minutes=13 * i)), 'Golden Reed Trading', 'Unit 9, Harbour Road, Port Meridian',
                     markers.name(draw, file), markers.phone(file), pieces, f'{pieces * 0.21:.1f}', 'detained',
                     ('labels loose in the carton', 'safety test failed: 2 mm creepage', 'no declaration of conformity')[i % 3]])
    return table(rows)


def title():
    return pretty({
        'mark': 'NORTHLIGHT', 'register': 'fictional register', 'number': 'XM-0881-0042', 'classes': [3, 9], 'filed': '2009-05-11', 'registered': '2010-02-01',
        'assignments': [{'from': 'Northlight Apparatus Oy', 'to': 'Northlight Holding Lda', 'signed': '2013-04-02', 'recorded': '2013-05-20'},
                        {'from': 'Nordlys Holding Lda', 'to': 'Aurora Brands Lda', 'signed': '2018-09-14', 'recorded': '2018-10-01'},
                        {'from': 'Aurora Brands Lda', 'to': 'Northlight International Oy', 'signed': '2022-01-17', 'recorded': '2022-02-03'}],
        'versions': [{'version': 1, 'gap': {'after': '2013-05-20', 'before': '2018-09-14', 'missing': 'how Northlight Holding Lda became Nordlys Holding Lda'}}, {'version': 2, 'gap': 'none'}],
        'securityFeatures': [{'id': 'F1', 'secret': 'security thread that glows at 365 nm, left edge of the label'},
                             {'id': 'F2', 'secret': 'microtext NLX every 7.5 mm in the border of the box'}]})


def screenshot(address, lines, draw):
    picture = Picture(640, 400, [(250, 250, 248), (20, 60, 120), (255, 255, 255), (30, 30, 30), (190, 40, 40), (222, 214, 190), (140, 150, 165)])
    picture.box(0, 0, 640, 34, 1); picture.text(12, 12, address, 2)
    picture.box(24, 56, 220, 220, 5)
    for i in range(40): picture.box(30 + draw.below(190), 62 + draw.below(190), 6 + draw.below(14), 6 + draw.below(14), (3, 4, 6)[draw.below(3)])
    for i, line in enumerate(lines): picture.text(268, 60 + 26 * i, line, 4 if i == 0 else 3, 3 if i == 0 else 2)
    picture.text(24, 380, f'CAPTURED {stamp(DAY_0)} BY PT-IPCU, BROWSER CAPTURE', 6)
    return picture.png({'Source': address, 'Creation Time': stamp(DAY_0)})


def parcel_label(markers, draw):
    """A photo of a parcel: its label names a buyer, and the camera wrote down where it was taken."""
    file = 'parcel-label.png'
    picture = Picture(480, 320, [(120, 92, 60), (245, 243, 235), (25, 25, 25), (170, 40, 40), (96, 72, 46)])
    for i in range(60): picture.box(draw.below(480), draw.below(320), 8 + draw.below(40), 2, 4)
    picture.box(48, 48, 384, 208, 1)
    picture.text(64, 64, 'FROM GOLDEN REED TRADING', 2)
    picture.text(64, 96, 'TO', 2)
    picture.text(64, 128, markers.name(draw, file), 2, 2)
    picture.text(64, 160, markers.street(draw, file), 2, 2)
    picture.text(64, 208, 'FI-PH-7003  2 PIECES', 3, 3)
    return picture.png({'Creation Time': stamp(DAY_0 + timedelta(days=2))}, position=(60, 0))


def inspection_report(markers, draw):
    """Two pages of the customs office at the parcel hub; the second names people."""
    file = 'inspection-report.pdf'
    return pdf(
        'INSPECTION REPORT (fictional)',
        ['Parcel hub FI-PH, 30 parcels with 1,200 pieces, detained', 'Goods: chargers and cosmetics under the mark NORTHLIGHT', '',
         'Sample 1: creepage 2 mm where 6 mm are required', 'Sample 2: no declaration of conformity',
         'Sample 3: labels loose in the carton', '', 'The goods stay detained until the right holder has answered.'],
        ['Opened in the presence of the consignees named below.', '', f'Consignee: {markers.name(draw, file)}',
         f'Telephone: {markers.phone(file)}', f'Address: {markers.street(draw, file)}', f'E-mail: {markers.mail("Tilda Norrvide", file)}', '',
         f'Consignee: {markers.name(draw, file)}', f'Telephone: {markers.phone(file)}', '', 'Nothing was found in the parcels but the goods.'])


def listing_page(markers, draw):
    file = 'listing-881.html'
    reviews = ''.join(f'  <li>{stars} stars, by {markers.name(draw, file)}: {text}</li>\n' for stars, text in
                      ((5, 'came quickly'), (1, 'gets hot, smells'), (2, 'the box looks odd')))
    return ('<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>NORTHLIGHT 65W charger - bazaar.example</title></head>\n<body>\n'
            '<h1>NORTHLIGHT 65W charger, original</h1>\n<p class="price">EUR 14.90 <s>EUR 59.00</s></p>\n'
            f'<p>Item 881, EAN {ean13(881000)}. Ships from the EU in two days.</p>\n'
            f'<p class="seller">Sold by <b>seller_kappa</b>, Kappa Trading, <a href="mailto:sales@{SHOP}">sales@{SHOP}</a>, +44 20 7946 0881</p>\n'
            f'<ul class="reviews">\n{reviews}</ul>\n</body>\n</html>\n').encode()


def seller_mail(draw):
    head = ('Received: from outbound.{0} ([203.0.113.66]) by mx.buyer-desk.example; {1}\nFrom: Kappa Trading <sales@{0}>\nTo: test.buyer@buyer-desk.example\n'
            'Subject: Re: Are these genuine?\nDate: {1}\nMessage-ID: <{2}@{0}>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n'
            'Content-Transfer-Encoding: 8bit\n\n').format(SHOP, mail_date(DAY_0 - timedelta(days=4)), draw.hex(16))
    body = ('Dear friend,\n\nall our NORTHLIGHT is first quality, same factory, only without the paper. For 200 pieces we make 3.10 each,\n'
            'labels come separately and you put them on yourself. Pay to the account in the invoice, not through the platform.\n\nKappa\n')
    return (head + body).replace('\n', '\r\n').encode()


def informant(markers, draw):
    file = 'informant-statement.txt'
    name = markers.name(draw, file)
    return ('STATEMENT OF A SOURCE - handle apart from the file\n\n'
            f'Source: {name}, {markers.street(draw, file)}, {markers.phone(file)}\n'
            'Taken by: handler 9, in person, two pages.\n\n'
            'I have worked nights in the unit behind the laundry since autumn. The chargers come without marks; the labels are printed in the\n'
            'back room by the one they call Kappa. The grey van takes thirty cartons each Thursday before dawn. Nobody else knows the code of\n'
            'the side door, so if this is read out they will know who spoke.\n').encode()


AUTHORISATION = """AUTHORISATION PT-17 (fictional)

Instrument: European Investigation Order, Directive 2014/41/EU
Case: PT-2026-0142 "Northlight"; requesting authority pt-ipcu, validating authority pt-pros
Measures: 1. transfer of evidence already held; 2. seizure at the parcel hub; 3. information on accounts
          4. statements of sources are not part of any transfer
Offence: counterfeiting of trade marks, in an organised manner; maximum of more than three years
Recipients: fi-cust (executing authority); sg-ipu on a separate request, without personal data
          of third persons
Handling: TLP:AMBER+STRICT, H1; onward transfer with written consent only
Issued 2026-03-06, valid until 2031-03-06
"""


def everything():
    markers, draw = Markers(), lambda name: Draw('northlight ' + name)
    files = {'test-purchases.csv': test_purchases(markers, draw('purchases'))}
    files.update(complaints(markers, draw('complaints')))
    files['server-access.log'] = server_log(markers, draw('log'))
    files['chat-export.json'] = chat(markers, draw('chat'))
    files.update(money(markers, draw('money')))
    files['listings.csv'] = listings(draw('listings'))
    files['listing-881.html'] = listing_page(markers, draw('page'))
    lines = ['NORTHLIGHT 65W', 'EUR 14.90  (RRP EUR 59.00)', 'SELLER_KAPPA, KAPPA TRADING', 'PHONE +44 20 7946 0881', 'SHIPS IN TWO DAYS']
    files['listing-881.png'] = screenshot('HTTPS://BAZAAR.EXAMPLE/I/881', lines, draw('881'))
    files['listing-902.png'] = screenshot('HTTPS://BAZAAR.EXAMPLE/I/902', ['NORTHLIGHT CREAM', 'EUR 9.90', 'SELLER_KAPPA2'], draw('902'))
    files['storefront-kappa.png'] = screenshot('HTTPS://BAZAAR.EXAMPLE/S/KAPPA', ['SELLER_KAPPA', '1204 SOLD', 'SINCE 2025'], draw('shop'))
    files['parcel-manifest.csv'] = parcels(markers, draw('parcels'))
    files['title.json'] = title()
    files['chain-of-title.pdf'] = pdf('CERTIFICATE OF TITLE (fictional)', [
        'Mark: NORTHLIGHT, number XM-0881-0042, classes 3 and 9', 'Filed 2009-05-11, registered 2010-02-01 for Northlight Apparatus Oy', '',
        '2013-04-02  assigned to Northlight Holding Lda, recorded 2013-05-20', '2016-07-01  change of name to Nordlys Holding Lda, recorded 2016-08-09',
        '2018-09-14  assigned to Aurora Brands Lda, recorded 2018-10-01', '2022-01-17  assigned to Northlight International Oy, recorded 2022-02-03', '',
        'The chain is without a gap from 2010-02-01 to this day, 2026-03-02.', 'This register does not exist.'])
    files['informant-statement.txt'] = informant(markers, draw('informant'))
    files['authorisation-PT-17.txt'] = AUTHORISATION.encode()
    files['seller-correspondence.eml'] = seller_mail(draw('seller'))
    files['parcel-label.png'] = parcel_label(markers, draw('label'))
    files['inspection-report.pdf'] = inspection_report(markers, draw('inspection'))
    files = {'evidence/' + name: data for name, data in files.items()}
    files['markers.csv'] = table([['value', 'file', 'kind', 'redact-for-fi', 'redact-for-sg'], *markers.rows])
    return files


def main(arguments):
    files, wrong = everything(), 0
    for name, data in sorted(files.items()):
        path = os.path.join(HERE, name)
        if arguments == ['--check']:
            try:
                with open(path, 'rb') as file: same = file.read() == data
            except OSError: same = False
            if not same: print(f'{name} differs'); wrong += 1
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as file: file.write(data)
    for name in sorted(set(os.listdir(os.path.join(HERE, 'evidence'))) - {name[9:] for name in files if name.startswith('evidence/')}):
        print(f'evidence/{name} is not one of ours'); wrong += 1
    if not wrong: print(f'{len(files)} files, {sum(map(len, files.values()))} bytes')
    return 1 if wrong else 0


if __name__ == '__main__':
    if sys.argv[1:] not in ([], ['--check']): sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
