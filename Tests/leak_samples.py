"""Plants a value in every encoding and every kind of place, with other people's encoders.

leak_samples.py FOLDER       writes FOLDER/case and FOLDER/expected.tsv: one line for each planted file,
                             its name and a word that the reported encoding holds
"""
import base64, csv, email.header, gzip, html, io, json, os, quopri, random, struct, sys, unicodedata, urllib.parse, zipfile, zlib

NAME = 'Ren\u00e9 M\u00fcller-\u00c5str\u00f6m'
PLAIN = 'Corvin Zanderbilt Quist'
POLISH = 'Zofia Brz\u0119czyszczykiewicz'
PHONE = '+44 7700 900123'
IBAN = 'GB29 NWBK 6016 1331 9268 19'
CARD = '4929 1234 5678 1231'
BORN = '1951-03-17'
STATEMENT = ('The grey van takes thirty cartons each Thursday before dawn, and nobody else knows '
             'the code of the side door behind the laundry.')
SHORT = 'Ruk'
random.seed(20261127)


def wrap(text, width):
    return '\r\n'.join(text[i:i + width] for i in range(0, len(text), width))


def soft_breaks(data, every=7):
    """Quoted-printable of every byte past ASCII, with soft line breaks wherever they may stand."""
    out, column = '', 0
    for byte in data:
        piece = chr(byte) if 33 <= byte <= 126 and byte != 61 or byte == 32 else '=%02X' % byte
        if column + len(piece) > every:
            out, column = out + '=\r\n', 0
        out, column = out + piece, column + len(piece)
    return out


def named(text):
    return ''.join('&%s;' % html.entities.codepoint2name[ord(c)] if ord(c) in html.entities.codepoint2name else c for c in text)


import html.entities

# Encodings of text as bytes of a text file, with a word of what the report calls them.
ENCODINGS = {
    'plain': lambda t: (t.encode(), 'plain'),
    'upper': lambda t: (t.upper().encode(), ''),
    'lower': lambda t: (t.lower().encode(), ''),
    'nfd': lambda t: (unicodedata.normalize('NFD', t).encode(), ''),
    'wrapped': lambda t: (t.replace(' ', '\r\n    ').encode(), ''),
    'utf16le': lambda t: (t.encode('utf-16-le'), 'UTF-16'),
    'utf16be': lambda t: (t.encode('utf-16-be'), 'UTF-16'),
    'base64-0': lambda t: (base64.b64encode(t.encode()), 'base64'),
    'base64-1': lambda t: (base64.b64encode(b'x' + t.encode() + b'yy'), 'base64'),
    'base64-2': lambda t: (base64.b64encode(b'xx' + t.encode() + b'z'), 'base64'),
    'base64-wrapped': lambda t: (wrap(base64.b64encode(b'padding before it, ' * 3 + t.encode() + b' and after').decode(), 20).encode(), 'base64'),
    'base64-url': lambda t: (base64.urlsafe_b64encode(b'\xfb\xff' + t.encode()), 'base64'),
    'base64-utf16': lambda t: (base64.b64encode(t.encode('utf-16-le')), 'base64'),
    'hex': lambda t: (t.encode().hex().encode(), 'hex'),
    'hex-upper': lambda t: (t.encode().hex().upper().encode(), 'hex'),
    'hex-odd': lambda t: (('a' + t.encode().hex()).encode(), 'hex'),
    'hex-colons': lambda t: (t.encode().hex(':').encode(), 'hex'),
    'hex-spaces': lambda t: (t.encode().hex(' ').encode(), 'hex'),
    'hex-c': lambda t: (', '.join('0x%02x' % b for b in t.encode()).encode(), 'hex'),
    'hex-escapes': lambda t: (''.join('\\x%02x' % b for b in t.encode()).encode(), ''),
    'url': lambda t: (urllib.parse.quote(t).encode(), 'URL'),
    'url-all': lambda t: (''.join('%%%02x' % b for b in t.encode()).encode(), ''),
    'url-form': lambda t: (urllib.parse.quote_plus(t).encode(), 'URL'),
    'quoted-printable': lambda t: (quopri.encodestring(t.encode()), ''),
    'quoted-printable-soft': lambda t: (soft_breaks(t.encode()).encode(), 'quoted-printable'),
    'quoted-printable-all': lambda t: (''.join('=%02X' % b for b in t.encode()).encode(), ''),
    'html-decimal': lambda t: (''.join('&#%d;' % ord(c) for c in t).encode(), 'HTML'),
    'html-hex': lambda t: (''.join('&#x%X;' % ord(c) for c in t).encode(), 'HTML'),
    'html-some': lambda t: (t.encode('ascii', 'xmlcharrefreplace'), ''),
    'json': lambda t: (json.dumps(t).encode(), ''),
    'json-all': lambda t: (''.join('\\u%04x' % ord(c) for c in t).encode(), 'JSON'),
    'mime-q': lambda t: (b'Subject: ' + email.header.Header(t, email.charset_q).encode().encode(), ''),
    'mime-b': lambda t: (b'Subject: ' + email.header.Header(t, email.charset_b).encode().encode(), ''),
    'json-in-base64': lambda t: (base64.b64encode(json.dumps({'name': t}).encode()), 'base64'),
    'html-in-quoted-printable': lambda t: (quopri.encodestring(('<a href="x=y">' + ''.join('&#%d;' % ord(c) for c in t) + '</a>').encode()), ''),
}
import email.charset
email.charset_q = email.charset.Charset('utf-8'); email.charset_q.header_encoding = email.charset.QP
email.charset_b = email.charset.Charset('utf-8'); email.charset_b.header_encoding = email.charset.BASE64


def noise(count):
    words = ['crate', 'label', 'harbour', 'ledger', 'invoice', 'tuesday', 'cheese', 'window']
    return (' '.join(random.choice(words) for _ in range(count))).encode()


def text(data):
    return noise(random.randint(3, 30)) + b'\n"' + data + b'"\n' + noise(5)


def archive(entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        for name, data in entries: z.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def streamed(entries):
    """A ZIP file written without seeking: sizes stand behind the data."""
    class Pipe(io.RawIOBase):
        def __init__(self): self.data = bytearray()
        def writable(self): return True
        def write(self, b): self.data += bytes(b); return len(b)
    out = Pipe()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, data in entries: z.writestr(name, data)
    return bytes(out.data)


def document(data):
    body = b'<?xml version="1.0"?><w:document xmlns:w="urn:w"><w:body><w:p><w:r><w:t>' + text(data) + b'</w:t></w:r></w:p></w:body></w:document>'
    return archive([('[Content_Types].xml', b'<Types/>'), ('word/document.xml', body)])


def pdf(data):
    stream = zlib.compress(b'BT /F1 12 Tf (' + data + b') Tj ET ' + noise(20))
    return (b'%PDF-1.5\n1 0 obj\n<< /Length ' + str(len(stream)).encode() + b' /Filter /FlateDecode >>\nstream\r\n'
            + stream + b'\nendstream\nendobj\n%%EOF\n')


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png(extra):
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 0, 0, 0, 0)) + extra
            + chunk(b'IDAT', zlib.compress(b'\0\0')) + chunk(b'IEND', b''))


def jpeg(marker, data):
    return b'\xff\xd8\xff' + bytes([marker]) + struct.pack('>H', len(data) + 2) + data + b'\xff\xd9'


def mail(attachment):
    return (b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\nContent-Type: application/zip\r\n'
            b'Content-Transfer-Encoding: base64\r\n\r\n' + base64.encodebytes(attachment).replace(b'\n', b'\r\n') + b'\r\n--zz--\r\n')


PLACES = {
    'text.txt': text,
    'border.txt': lambda d: b'.' * (68 * 1024 + 404 - len(d) // 2) + b' ' + text(d),
    'zip.zip': lambda d: archive([('a.txt', noise(9)), ('b.txt', text(d))]),
    'stored.zip': lambda d: archive([('b.txt', text(d))], zipfile.ZIP_STORED),
    'streamed.zip': lambda d: streamed([('a.txt', noise(9)), ('b.txt', text(d))]),
    'nested.zip': lambda d: archive([('inner.zip', archive([('c.zip', archive([('b.txt', text(d))]))]))]),
    'letter.docx': document,
    'log.gz': lambda d: gzip.compress(text(d)),
    'page.pdf': pdf,
    'text.png': lambda d: png(chunk(b'tEXt', b'Comment\0' + d)),
    'ztxt.png': lambda d: png(chunk(b'zTXt', b'Comment\0\0' + zlib.compress(text(d)))),
    'itxt.png': lambda d: png(chunk(b'iTXt', b'Comment\0\1\0pt\0Nota\0' + zlib.compress(text(d)))),
    'comment.jpg': lambda d: jpeg(0xfe, text(d)),
    'exif.jpg': lambda d: jpeg(0xe1, b'Exif\0\0MM\0*\0\0\0\x08' + d + b'\0\0'),
    'attached.eml': lambda d: mail(document(d)),
    'disk.img': lambda d: bytes(70_000) + document(d) + bytes(5000),
}


def plant(folder):
    case = os.path.join(folder, 'case')
    os.makedirs(case)
    with open(os.path.join(case, 'people.csv'), 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(['no', 'secret'])
        for number, value in enumerate([NAME, PLAIN, POLISH, PHONE, IBAN, CARD, BORN, SHORT]): writer.writerow([number, value])
    with open(os.path.join(case, 'statement.txt'), 'w') as file:
        file.write('STATEMENT\n\n' + STATEMENT + '\n\nTaken in person on a rainy evening by the handler who keeps the file.\n')
    expected = []

    def put(name, data, word=''):
        with open(os.path.join(case, name), 'wb') as file: file.write(data)
        expected.append((name, word))

    for encoding, encode in ENCODINGS.items():
        for place, make in PLACES.items():
            data, word = encode(NAME)
            put(encoding + '--' + place, make(data), word)
        for number, value in enumerate([PLAIN, POLISH]):
            put('%s--%d.txt' % (encoding, number), text(encode(value)[0]))
    put('latin1.txt', text(NAME.encode('latin-1')))
    put('latin1-upper.txt', text(NAME.upper().encode('latin-1')))
    put('html-named.txt', text(named(NAME).encode()))
    for number, value in enumerate(['447700900123', '(0044) 7700-900-123', '07700 900123', '+44 (0)7700.900.123', 'tel:+447700900123']):
        put('phone-%d.txt' % number, text(value.encode()))
    for number, value in enumerate(['GB29NWBK60161331926819', 'GB29-NWBK-6016-1331-9268-19', 'gb29 nwbk 6016 1331 9268 19', '60-16-13 31926819']):
        put('iban-%d.txt' % number, text(value.encode()))
    for number, value in enumerate(['4929123456781231', '4929-1234-5678-1231', '4929 1234\u00a05678 1231']):
        put('card-%d.txt' % number, text(value.encode()))
    for number, value in enumerate(['17.03.1951', '03/17/1951', '19510317', '1951/03/17']):
        put('born-%d.txt' % number, text(value.encode()))
    for number, value in enumerate(['Quist, Corvin Zanderbilt', 'Corvin Quist', 'QUIST Corvin', 'corvin.zanderbilt.quist@mail.example', 'CorvinZanderbiltQuist.jpg']):
        put('name-%d.txt' % number, text(value.encode()))
    copied = STATEMENT.split(' and ')[0].replace(' each', '\n  each')
    put('sentence.txt', text(copied.encode()))
    put('sentence.docx', document(copied.upper().encode()))
    put('sentence-utf16.txt', b'\xff\xfe' + ('He wrote: ' + STATEMENT).encode('utf-16-le'))
    put('sentence-base64.txt', text(base64.b64encode(copied.encode())))
    import hashlib
    for name, file in (('people', 'people.csv'), ('source', 'statement.txt')):
        data = open(os.path.join(case, file), 'rb').read()
        for algorithm in ('sha256', 'sha1', 'md5'):
            digest = hashlib.new(algorithm, data)
            put('digest-%s-%s.txt' % (name, algorithm), (digest.hexdigest() + '  one.bin\n').encode(), 'digest')
            put('digest-%s-%s-upper.txt' % (name, algorithm), (digest.hexdigest().upper() + '  one.bin\n').encode(), 'digest')
            put('digest-%s-%s-base64.txt' % (name, algorithm), base64.b64encode(digest.digest()) + b'\n', 'digest')
            put('digest-%s-%s-colons.txt' % (name, algorithm), digest.digest().hex(':').encode() + b'\n', 'digest')
    put('names.txt', b'see the file statement.txt for more\n')
    with open(os.path.join(folder, 'expected.tsv'), 'w', encoding='utf-8') as file:
        for name, word in expected: file.write(name + '\t' + word + '\n')
    for name, data in {
            'clean.txt': noise(3000), 'clean.zip': archive([('a.txt', noise(500))]), 'clean.bin': random.randbytes(200_000),
            'clean.html': b'<p>' + noise(40) + b'&amp; the &#233;t&eacute; of 1951 =3D %20</p>', 'clean.pdf': pdf(noise(80)),
            'clean.csv': b'id,phone\n1,+44 7700 900999\n2,1951-03-18\n3,19510317123456\n', 'clean.gz': gzip.compress(noise(3000))}.items():
        with open(os.path.join(case, name), 'wb') as file: file.write(data)


if __name__ == '__main__':
    plant(sys.argv[1])
