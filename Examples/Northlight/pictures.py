"""PNG and PDF files, written byte for byte the same by every Python: no library packs them.

zlib gives other bytes in other builds, so pixels are packed here: DEFLATE with the fixed code
(RFC 1951, section 3.2.6), matches only with the pixel to the left and the row above."""
import struct, zlib

# Three columns by five rows, a row an octal digit, from the top.
GLYPHS = {' ': '00000', '!': '22202', '"': '55000', '#': '57575', '%': '51245', '&': '25256', "'": '22000',
          '(': '12221', ')': '42224', '*': '05250', '+': '02720', ',': '00024', '-': '00700', '.': '00002',
          '/': '11244', '0': '75557', '1': '26227', '2': '71747', '3': '71317', '4': '55711', '5': '74717',
          '6': '74757', '7': '71122', '8': '75757', '9': '75717', ':': '02020', ';': '02024', '<': '12421',
          '=': '07070', '>': '42124', '?': '71202', '@': '75743', 'A': '25755', 'B': '65656', 'C': '34443',
          'D': '65556', 'E': '74647', 'F': '74644', 'G': '34553', 'H': '55755', 'I': '72227', 'J': '11152',
          'K': '55655', 'L': '44447', 'M': '57755', 'N': '65555', 'O': '25552', 'P': '65644', 'Q': '25563',
          'R': '65655', 'S': '34216', 'T': '72222', 'U': '55557', 'V': '55552', 'W': '55775', 'X': '55255',
          'Y': '55222', 'Z': '71247', '[': '64446', ']': '31113', '_': '00007', '|': '22222'}


class Picture:
    """Pixels that are numbers of colours in a palette."""

    def __init__(self, width, height, palette):
        self.width, self.height, self.palette = width, height, palette
        self.rows = [bytearray(width) for _ in range(height)]

    def box(self, x, y, width, height, colour):
        for row in self.rows[y:y + height]:
            row[x:x + width] = bytes([colour]) * len(row[x:x + width])

    def text(self, x, y, text, colour, size=2):
        for character in text.upper():
            for line, digit in enumerate(GLYPHS.get(character, GLYPHS['?'])):
                for column in range(3):
                    if int(digit) & 4 >> column:
                        self.box(x + column * size, y + line * size, size, size, colour)
            x += 4 * size

    def png(self, notes, position=None):
        """The file, with `notes` {keyword: text} as text chunks, and a position as a camera writes it."""
        head = struct.pack('>IIBBBBB', self.width, self.height, 8, 3, 0, 0, 0)
        pixels = b''.join(b'\0' + bytes(row) for row in self.rows)
        stream = b'\x78\x01' + deflate(pixels, self.width + 1) + struct.pack('>I', zlib.adler32(pixels))
        chunks = [(b'IHDR', head), (b'PLTE', bytes(c for colour in self.palette for c in colour))]
        chunks += [(b'tEXt', key.encode('latin-1') + b'\0' + text.encode('latin-1')) for key, text in notes.items()]
        if position: chunks.append((b'eXIf', exif(*position)))
        chunks += [(b'IDAT', stream), (b'IEND', b'')]
        return b'\x89PNG\r\n\x1a\n' + b''.join(
            struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
            for kind, data in chunks)


def exif(latitude, longitude):
    """Exif with a GPS directory of degrees: TIFF, big endian, each value of more than four bytes behind it."""
    def directory(entries, place):
        head, tail, behind = struct.pack('>H', len(entries)), b'', place + 2 + 12 * len(entries) + 4
        for tag, kind, count, value in entries:
            if len(value) > 4: value, tail = struct.pack('>I', behind + len(tail)), tail + value
            head += struct.pack('>HHI', tag, kind, count) + value.ljust(4, b'\0')
        return head + bytes(4) + tail

    degrees = lambda value: struct.pack('>6I', abs(value), 1, 0, 1, 0, 1)
    main = directory([(0x8825, 4, 1, struct.pack('>I', 26))], 8)
    return b'MM\0\x2a' + struct.pack('>I', 8) + main + directory(
        [(1, 2, 2, b'N\0' if latitude >= 0 else b'S\0'), (2, 5, 3, degrees(latitude)),
         (3, 2, 2, b'E\0' if longitude >= 0 else b'W\0'), (4, 5, 3, degrees(longitude))], 26)


# Where each length code begins, and how many bits follow it (RFC 1951, section 3.2.5).
LENGTHS = [(3 + i, 0) for i in range(8)]
for bits in range(1, 6):
    start = LENGTHS[-1][0] + (1 << LENGTHS[-1][1])
    LENGTHS += [(start + (i << bits), bits) for i in range(4)]
LENGTHS.append((258, 0))
DISTANCES = [(1, 0), (2, 0), (3, 0), (4, 0)]
for bits in range(1, 14):
    start = DISTANCES[-1][0] + (1 << DISTANCES[-1][1])
    DISTANCES += [(start, bits), (start + (1 << bits), bits)]


def deflate(data, row):
    """`data` as one block of the fixed code; `row` is the distance to the row above."""
    bits, count, out = 0, 0, bytearray()

    def put(value, width):
        nonlocal bits, count
        bits |= value << count
        count += width
        while count >= 8:
            out.append(bits & 255)
            bits >>= 8
            count -= 8

    def code(value, width):      # Huffman codes stand with their highest bit first
        put(int(f'{value:0{width}b}'[::-1], 2), width)

    def symbol(number):
        if number < 144: code(48 + number, 8)
        elif number < 256: code(400 + number - 144, 9)
        elif number < 280: code(number - 256, 7)
        else: code(192 + number - 280, 8)

    put(3, 3)
    place = 0
    while place < len(data):
        length, distance = 0, 0
        for back in (1, row):
            run = 0
            while run < 258 and place >= back and place + run < len(data) and data[place + run] == data[place + run - back]:
                run += 1
            if run > length:
                length, distance = run, back
        if length < 3:
            symbol(data[place])
            place += 1
            continue
        index = max(i for i, (start, _) in enumerate(LENGTHS) if start <= length)
        symbol(257 + index)
        put(length - LENGTHS[index][0], LENGTHS[index][1])
        index = max(i for i, (start, _) in enumerate(DISTANCES) if start <= distance)
        code(index, 5)
        put(distance - DISTANCES[index][0], DISTANCES[index][1])
        place += length
    symbol(256)
    put(0, -count % 8)
    return bytes(out)


def pdf(title, *pages):
    """Pages of text in Helvetica, each a list of lines; the title stands on the first."""
    escape = lambda text: text.replace('\\', '\\\\').replace('(', '\\(').replace(')', '\\)')
    kids = ' '.join(f'{6 + 2 * i} 0 R' for i in range(len(pages)))
    objects = ['<< /Type /Catalog /Pages 2 0 R >>', f'<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>',
               '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
               f'<< /Title ({escape(title)}) /CreationDate (D:20260302090000Z) >>', '<< /Font << /F1 3 0 R >> >>']
    for number, lines in enumerate(pages):
        text = 'BT\n/F1 18 Tf\n60 780 Td\n' + f'({escape(title if number == 0 else f"Page {number + 1}")}) Tj\n/F1 11 Tf\n0 -34 Td\n16 TL\n'
        text += ''.join(f'({escape(line)}) Tj T*\n' for line in lines) + 'ET\n50 765 m 545 765 l S\n'
        objects += [f'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) + 2} 0 R /Resources 5 0 R >>',
                    f'<< /Length {len(text)} >>\nstream\n{text}endstream']
    out, offsets = '%PDF-1.4\n', []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f'{number} 0 obj\n{body}\nendobj\n'
    table = ''.join(f'{offset:010} 00000 n \n' for offset in offsets)
    out += (f'xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n'
            f'<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{len(out)}\n%%EOF\n')
    return out.encode('ascii')
