#!/usr/bin/env python3
"""What detectors count as a hit, written a second time: slow, and with regular expressions.

Reads lines of JSON, [detector, text], and prints for each the ranges found, in bytes of UTF-8. The
Swift tests compare these with their own. Docs/Decisions/0022-detectors.md says what is meant.
"""
import datetime
import ipaddress
import json
import re
import sys
import unicodedata

SPACE = "[ \u00a0\u2007\u2009\u202f]"
HYPHEN = "[\\-\u2010-\u2015\u2212]"
NO_WORD = "(?<![0-9A-Za-z])"
NO_FRACTION = r"(?<![0-9]\.)"
NOT_ON = r"(?![0-9A-Za-z])(?!\.[0-9])"


def at(pattern, flags=0):
    compiled = re.compile(pattern, flags)
    return lambda text, start: compiled.match(text, start)


def sweep(text, find):
    """Leftmost first: what one hit takes, no other does. find(text, start, floor) gives a range."""
    hits, place, floor = [], 0, 0
    while place < len(text):
        hit = find(text, place, floor)
        if hit and hit[1] > place:
            hits.append(hit)
            place = floor = hit[1]
        else:
            place += 1
    return hits


def digit_starts(find):
    """Only where a row of digits begins."""
    def inner(text, start, floor):
        if text[start] not in "0123456789" or (start > floor and text[start - 1] in "0123456789"):
            return None
        return find(text, start, floor)
    return inner


# Addresses

def email(text):
    hits, floor = [], 0
    for sign in re.finditer("@", text):
        start = sign.start()
        while start > floor and (re.match(r"[0-9A-Za-z!#$%*+\-^_~.]", text[start - 1]) or
                                 unicodedata.category(text[start - 1])[0] in "LMN"):
            start -= 1
        # A bounce address carries another one before a "=".
        if start > floor and text[start - 1] == "=":
            outer = start
            while outer > floor and re.match(r"[0-9A-Za-z!#$%*+\-^_~.=]", text[outer - 1]):
                outer -= 1
            head = text[outer:start]
            if "+" in head or head.lower().startswith(("srs0", "srs1", "prvs", "btv1", "bounce")):
                start = outer
        while start < sign.start() and text[start] == ".":
            start += 1
        tail = text[sign.end():]
        best = None
        for end in range(1, len(tail) + 1):
            labels = tail[:end].split(".")
            if not all(labels) or not all(
                    re.match(r"[0-9A-Za-z\-]", c) or unicodedata.category(c)[0] in "LMN"
                    for c in "".join(labels)) or any(l[0] == "-" for l in labels):
                if labels[-1] == "" and all(labels[:-1]):
                    continue
                break
            if len(labels) > 1 and len(labels[-1].encode()) >= 2 and labels[-1][0] not in "0123456789":
                best = end
        if start < sign.start() and best and sign.start() >= floor:
            hits.append((start, sign.end() + best))
            floor = sign.end() + best
    return hits


IPV4 = at(NO_WORD + NO_FRACTION + r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})" + NOT_ON)


def ipv4(text):
    def find(text, start, floor):
        match = IPV4(text, start)
        return match.span() if match and all(int(n) < 256 for n in match.groups()) else None
    return sweep(text, digit_starts(find))


def is_ipv6(text):
    try:
        ipaddress.IPv6Address(text)
        return any(c in "0123456789abcdefABCDEF" for c in text)
    except ValueError:
        return False


def ipv6(text):
    hits = []
    for run in re.finditer(r"[0-9A-Fa-f:][0-9A-Fa-f:.]*", text):
        if run.group().count(":") < 2 or re.match("[0-9A-Za-z]", text[run.end():]):
            continue
        inside = re.search("[0-9A-Za-z]\Z", text[:run.start()])
        starts = ([] if inside else [run.start()]) + ([run.start() + 1] if run.group()[0] == ":" else [])
        end, found = run.end(), None
        for _ in range(4):
            found = next(((s, end) for s in starts if is_ipv6(text[s:end])), None)
            if found or end <= run.start() or text[end - 1] not in ":.":
                break
            end -= 1
        if found:
            hits.append(found)
    return hits


# Numbers

def luhn(digits):
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def groups(text, start, others, limit):
    """Rows of digits with up to three separators between, until there are more digits than limit."""
    gap = re.compile(f"(?:{SPACE}|{HYPHEN}|[{others}]){{0,3}}" if others else f"(?:{SPACE}|{HYPHEN}){{0,3}}")
    found, place = [], start
    while sum(e - s for s, e in found) <= limit:
        row = re.compile("[0-9]+").match(text, place)
        if not row:
            break
        found.append(row.span())
        place = gap.match(text, row.end()).end()
    return found


def number_of(text, rows):
    return "".join(text[s:e] for s, e in rows)


CARDS = [
    ("1800|2131", 15, 15), ("220[0-4]", 16, 19), ("222[1-9]|22[3-9].|2[3-6]..|27[01].|2720", 16, 16),
    ("30[0-5]|309|36|38|39", 14, 19), ("34|37", 15, 15), ("352[89]|35[3-8]", 16, 19), ("4", 13, 13),
    ("4", 16, 16), ("4", 19, 19), ("50|56|57|58|6", 13, 19), ("5[1-5]", 16, 16), ("81|82", 16, 19),
    ("9792", 16, 16),
]


def card(text):
    def find(text, start, floor):
        if not re.compile(NO_WORD + NO_FRACTION).match(text, start):
            return None
        rows = groups(text, start, ".", 19)
        for count in range(len(rows), 0, -1):
            shape = [e - s for s, e in rows[:count]]
            digits, end = number_of(text, rows[:count]), rows[count - 1][1]
            printed = count == 1 or shape in ([4, 6, 5], [4, 6, 4], [8, 8]) or (
                all(n == 4 for n in shape[:-1]) and shape[-1] <= 4)
            issued = any(re.match(head, digits) and low <= len(digits) <= high for head, low, high in CARDS)
            if 13 <= len(digits) <= 19 and printed and issued and luhn(digits) and \
                    re.compile(NOT_ON).match(text, end):
                return start, end
        return None
    return sweep(text, digit_starts(find))


IMEI = [at((NO_WORD + NO_FRACTION + shape + NOT_ON).replace("X", f"(?:{SPACE}|{HYPHEN}|/){{1,3}}")) for shape in (
    "[0-9]{15}",
    "[0-9]{2}X[0-9]{6}X[0-9]{6}X[0-9]", "[0-9]{6}X[0-9]{2}X[0-9]{6}X[0-9]", "[0-9]{8}X[0-9]{6}X[0-9]",
)]
BODIES = set("00 01 10 30 33 35 44 45 49 50 51 52 53 54 86 91 97 98 99".split())


def imei(text):
    def find(text, start, floor):
        for shape in IMEI:
            match = shape(text, start)
            if match:
                digits = re.sub("[^0-9]", "", match.group())
                if digits[:2] in BODIES and luhn(digits):
                    return match.span()
        return None
    return sweep(text, digit_starts(find))


MAC = [at(r"(?<![0-9A-Za-z])(?<![0-9A-Fa-f][\-:.])" + shape + tail) for shape, tail in (
    (r"[0-9A-Fa-f]{2}([:\-])(?:[0-9A-Fa-f]{2}\1){4}(?:[0-9A-Fa-f]{2}\1[0-9A-Fa-f]{2}\1)?[0-9A-Fa-f]{2}",
     r"(?![0-9A-Za-z])(?!\1[0-9A-Za-z])"),
    (r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4})?", r"(?![0-9A-Za-z])(?!\.[0-9A-Za-z])"),
)]


def mac(text):
    return sweep(text, lambda text, start, floor: next(
        (m.span() for m in (shape(text, start) for shape in MAC) if m), None))


IBAN_LENGTHS = dict(item.split("=") for item in """
AD=24 AE=23 AL=28 AT=20 AZ=28 BA=20 BE=16 BG=22 BH=22 BI=27 BR=29 BY=28 CH=21 CR=22 CY=28 CZ=24 DE=22 DJ=27
DK=18 DO=28 EE=20 EG=29 ES=24 FI=18 FK=18 FO=18 FR=27 GB=22 GE=22 GI=23 GL=18 GR=27 GT=28 HN=28 HR=21 HU=28
IE=22 IL=23 IQ=23 IS=26 IT=27 JO=30 KW=30 KZ=20 LB=28 LC=32 LI=21 LT=20 LU=20 LV=21 LY=25 MC=27 MD=24 ME=22
MK=19 MN=20 MR=27 MT=31 MU=30 NI=28 NL=18 NO=15 OM=23 PK=24 PL=28 PS=29 PT=25 QA=29 RO=24 RS=22 RU=33 SA=24
SC=31 SD=18 SE=24 SI=19 SK=24 SM=27 SO=23 ST=25 SV=28 TL=23 TN=24 TR=26 UA=29 VA=22 VG=24 XK=20 YE=30
""".split())


def is_iban(code):
    moved = code[4:] + code[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def iban(text):
    head = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=(?<![0-9A-Za-z])[Ii][Bb][Aa][Nn]))[A-Za-z]{2}[0-9]{2}")

    def find(text, start, floor):
        if not head.match(text, start):
            return None
        length = IBAN_LENGTHS.get(text[start:start + 2].upper())
        if length:
            body = re.compile(f"(?:[0-9A-Za-z](?:{SPACE}|{HYPHEN})?){{{int(length) - 1}}}[0-9A-Za-z](?![0-9A-Za-z])")
            match = body.match(text, start)
            return match.span() if match and is_iban(re.sub("[^0-9A-Za-z]", "", match.group())) else None
        for count in range(34, 14, -1):
            match = re.compile(f"[0-9A-Z]{{{count}}}(?![0-9A-Za-z])").match(text, start)
            if match and is_iban(match.group()):
                return match.span()
        return None
    return sweep(text, find)


# Telephone numbers

PHONE_WORDS = set("""phone telephone tel mobile mob cell cellphone fax whatsapp gsm msisdn telefone telemovel
celular movel telefono movil puh puhelin puhelinnumero matkapuhelin telefon telefonnummer handy mobil rufnummer
portable telefonica тел телефон 电话 手机""".split())
NUMBER_WORDS = set("no nr num number numero numeros nummer n".split())
INTERNATIONAL = at(r"(?<![0-9A-Za-z])(?:\+|%2[Bb]|(?<![0-9][\-.:])00)\(?(?=[1-9])")


def most(text, rows, low, high):
    for count in range(len(rows), 0, -1):
        end = rows[count - 1][1]
        if low <= len(number_of(text, rows[:count])) <= high and not re.match("[0-9A-Za-z]", text[end:]):
            return end
    return None


def labelled(text, start):
    gap = re.search(r"[ \t.:=\"'#(\-\\>]{0,6}\Z", text[max(0, start - 6):start])
    before = text[:start - len(gap.group())]
    found = words(before[-60:])
    if not found or found[-1][2] != len(before[-60:]):
        return False
    if found[-1][0] in PHONE_WORDS:
        return True
    return found[-1][0] in NUMBER_WORDS and len(found) > 1 and found[-2][0] in PHONE_WORDS and \
        len(before[-60:][found[-2][2]:found[-1][1]].encode()) <= 6


SIGN = f"(?:{SPACE}?(?:{HYPHEN}|[./]){SPACE}?|{SPACE})"
FIRST = re.compile(r"(?<![0-9A-Za-z#$+_])(?<![0-9][\-./:])(?:\(([0-9]{1,12})\)" + f"(?:{SIGN})?" + "|([0-9]{1,12})(?![0-9]))")
NEXT = re.compile(f"({SIGN})([0-9]{{1,12}})(?![0-9])")
AFTER_OPEN = re.compile("()([0-9]{1,12})(?![0-9])")
MONEY_BEFORE = re.compile("(?:€|\\$|£|EUR|USD|GBP|CHF|BRL) ?\Z")
MONEY_AFTER = re.compile(r",[0-9]{1,2}(?![0-9])| ?(?:[€$£%]|(?:EUR|USD|GBP|CHF|BRL|bytes|B|kB|MB|GB|kg|km|pcs)(?![0-9A-Za-z]))")


def kind(sign):
    sign = sign.strip(" \u00a0\u2007\u2009\u202f")
    return " " if not sign else sign if sign in "./" else "-"


def is_national(shape, signs, first):
    joined, total = " ".join(map(str, shape)), sum(shape)
    date = len(shape) > 2 and shape[1] == 2 and shape[2] == 4 and signs[0] == signs[1] != " "
    if first == 0 and 2 <= shape[0] <= 5 and all(2 <= n <= 8 for n in shape[1:]) and not date:
        if joined == "2 3 3" or (signs[0] == ")" and total == 8):
            return True
        if not (len(shape) == 2 and signs[0] == ".") and 9 <= total <= 11 and len(shape) <= 5:
            return True
    spaces, hyphens = set(signs) == {" "}, set(signs) == {"-"}
    if joined == "3 3 4":
        return first >= 2 and "/" not in signs
    if joined == "1 3 3 4":
        return first == 1
    if joined == "1 3 3 2 2":
        return first in (7, 8)
    if joined in ("2 5 4", "2 4 4"):
        if first >= 1 and signs[0] != "." and signs[1] == "-":
            return True
    elif signs[0] == ")" and 2 <= shape[0] <= 5 and all(n >= 2 for n in shape[1:]) and len(shape) <= 4 \
            and 9 <= total <= 11:
        return True
    return (joined == "2 3 2 2" and spaces and first in (8, 9)) or \
        (joined == "3 2 2 2" and spaces and first >= 6) or \
        (joined == "2 3 4" and spaces and first in (2, 9)) or \
        (joined == "3 7" and (spaces or hyphens) and first == 3) or \
        (joined == "3 4 4" and (spaces or hyphens) and first == 1) or \
        (joined == "5 5" and (spaces or hyphens) and first >= 6)


def national(text, start):
    match = FIRST.match(text, start)
    if not match:
        return None
    rows, signs, place = [match.group(1) or match.group(2)], [], match.end()
    ends = [place]
    while len(rows) < 6:
        after_open = match.group(1) and len(rows) == 1
        more = (AFTER_OPEN if after_open else NEXT).match(text, place)
        if not more:
            break
        signs.append(")" if after_open else kind(more.group(1)))
        rows.append(more.group(2))
        place = more.end()
        ends.append(place)
    for count in range(len(rows), 1, -1):
        shape, end = [len(r) for r in rows[:count]], ends[count - 1]
        if re.match(r"[0-9A-Za-z%_]|[\-./:][0-9]", text[end:]):
            continue
        first = int(rows[0][0])
        thrice = shape == [3, 3, 3] and first >= 2 and signs[0] == signs[1] and signs[0] in " -"
        amount = MONEY_BEFORE.search(text[:start]) or MONEY_AFTER.match(text, end)
        if is_national(shape, signs[:count - 1], first) or (thrice and not amount):
            return end
    return None


def phone(text):
    def find(text, start, floor):
        if text[start] in "0123456789" and start > floor and text[start - 1] in "0123456789":
            return None
        match = INTERNATIONAL(text, start)
        end = most(text, groups(text, match.end(), "./()", 15), 8, 15) if match else None
        row = start + (text[start] == "(")
        if not end and re.compile("[0-9]").match(text, row) and not re.search("[0-9]\Z", text[:start]) and \
                labelled(text, start):
            end = most(text, groups(text, row, "./()", 15), 6, 15)
        end = end or national(text, start)
        return (start, end) if end else None
    return sweep(text, find)


# Dates

MONTHS = """january jan janeiro janvier janv januar janner enero ene
february feb fevereiro fev fevrier fevr februar feber febrero
march mar marco mars marz maerz mrz marzo
april apr abril abr avril avr
may maio mai mayo
june jun junho juin juni junio
july jul julho juillet juil juli julio
august aug agosto ago aout
september sep sept setembro set septembre septiembre setiembre
october oct outubro out octobre oktober okt octubre
november nov novembro novembre noviembre
december dec dezembro dez decembre dezember diciembre dic""".split("\n")
MONTHS = {word: number for number, line in enumerate(MONTHS, 1) for word in line.split()}
FINNISH = "tammi helmi maalis huhti touko kesa heina elo syys loka marras joulu".split()
LINKS = set("de of den del do d des".split())
ORDINALS = set("st nd rd th er ere e o ter".split())


def fold(word):
    word = word.replace("Æ", "a").replace("æ", "a").replace("Ø", "o").replace("ø", "o")
    word = word.replace("ß", "s").replace("ð", "d").replace("þ", "t")
    return "".join(c for c in unicodedata.normalize("NFD", word).lower() if not unicodedata.combining(c))


def words(text):
    """(folded, start, end, raw) of each row of letters and combining marks."""
    found = []
    for match in re.finditer(r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2fff\u3040-\ufaff]+", text):
        found.append((fold(match.group()), match.start(), match.end(), match.group()))
    return found


def month(word):
    if word in MONTHS:
        return MONTHS[word]
    stem = word.split("kuu")[0]
    return FINNISH.index(stem) + 1 if "kuu" in word and stem in FINNISH else None


def real(year, month, day):
    if len(str(year)) < 3:
        year = 2000
    try:
        # Every year may be a leap year here.
        datetime.date(2000, month, day)
        return 1800 <= year <= 2199
    except ValueError:
        return False


GAP = f"(?:{SPACE}|[\\t\\n\\r',\\-./])"
WORD = r"([A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2fff\u3040-\ufaff]+)"
ENDS = r"(?![0-9A-SU-Za-su-z])(?![Tt](?![0-9]))(?!\.[0-9])"


def dates(text, lax):
    year = "([0-9]{4}|[0-9]{2})" if lax else "([0-9]{4})"
    year += "(?![0-9])" + ENDS
    sign = f"{SPACE}?[\\-./]{SPACE}?"
    sign = f"(?:{sign}|{SPACE})" if lax else f"(?:{sign})"
    iso = at(r"([0-9]{4})([\-./])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])" + ENDS)
    asian = at(f"([0-9]{{4}}){SPACE}?[年년]{SPACE}?([0-9]{{1,2}}){SPACE}?[月월]{SPACE}?([0-9]{{1,2}}){SPACE}?[日일]")
    figures = at(f"([0-9]{{1,2}})({sign})([0-9]{{1,2}})({sign}){year}")
    link = "(?:" + "|".join(LINKS) + ")"
    # Words are compared without their marks, here as in the names of months.
    ordinal = "(?:[ªº°]|(?:st|nd|rd|th|[eèéêë]r|[eèéêë]re|ère|ère|ere|[eèéêë]|o|t[eèéêë]r)(?![A-Za-z\u00c0-\u1fff]))"
    named = at(f"([0-9]{{1,2}})(?![0-9])(?:{ordinal}{GAP}{{1,3}}|{GAP}{{0,3}})(?:{link}{GAP}{{1,3}})?{WORD}{GAP}{{0,3}}(?:{link}{GAP}{{0,3}})?{year}",
               re.IGNORECASE)
    before = at(f"(?<![0-9A-Za-z\u00c0-\u1fff\u2c00-\u2fff\u3040-\ufaff]){WORD}{GAP}{{1,3}}([0-9]{{1,2}})(?![0-9]){ordinal}?{GAP}{{1,3}}{year}", re.IGNORECASE)
    compact = at("([0-9]{8}|[0-9]{6})(?![0-9])" + ENDS)

    def find(text, start, floor):
        if re.search("[0-9A-Za-z]\Z", text[:start]):
            return None
        if not (start - 1 == floor and floor > 0) and re.search(r"[0-9][./:]\Z", text[:start]):
            return None
        match = iso(text, start)
        if match and real(int(match[1]), int(match[3]), int(match[4])):
            return match.span()
        match = asian(text, start)
        if match and real(int(match[1]), int(match[2]), int(match[3])):
            return match.span()
        match = figures(text, start)
        if match and kind(match[2]) == kind(match[4]):
            a, b, y = int(match[1]), int(match[3]), int(match[5])
            y = y if len(match[5]) == 4 else 2000
            if real(y, b, a) or real(y, a, b):
                return match.span()
        match = named(text, start)
        if match and month(fold(match[2])):
            y = int(match[3]) if len(match[3]) == 4 else 2000
            if real(y, month(fold(match[2])), int(match[1])):
                return match.span()
        for back in range(max(floor, start - 28), start):
            match = before(text, back)
            if match and match.start(2) == start and month(fold(match[1])) and back >= floor:
                y = int(match[3]) if len(match[3]) == 4 else 2000
                if real(y, month(fold(match[1])), int(match[2])):
                    return match.span()
        match = compact(text, start) if lax else None
        if match:
            digits = match[1]
            if len(digits) == 8:
                tries = [(digits[:4], digits[4:6], digits[6:]), (digits[4:], digits[2:4], digits[:2])]
            else:
                tries = [("2000", digits[2:4], digits[4:]), ("2000", digits[2:4], digits[:2])]
            if any(real(int(y), int(m), int(d)) for y, m, d in tries):
                return match.span()
        return None

    hits, place, floor = [], 0, 0
    while place < len(text):
        if text[place] in "0123456789" and (place == floor or text[place - 1] not in "0123456789"):
            hit = find(text, place, floor)
            if hit:
                hits.append(hit)
                place = floor = hit[1]
                continue
        place += 1
    return hits


def date(text):
    return dates(text, False)


STEMS = """birth geburt geboren geboort nascim nascid nascit naissanc nacimi nacid syntym syntyn fodels fodsels
рожд родил родив народж 出生 生日 生年月日 誕生 생년월일 생일 ميلاد""".split()
STEMS = [unicodedata.normalize("NFD", s) for s in STEMS]
EXACT = set("born dob bday nasc nasceu nac nacio geb synt fodd fodt".split())


def birth_words(text):
    found, list_ = [], words(text)
    for index, (word, start, end, raw) in enumerate(list_):
        accented = any(ord(c) > 0x7f for c in raw)
        previous = list_[index - 1] if index else None
        dob = index > 1 and [w[0] for w in list_[index - 2:index + 1]] == ["d", "o", "b"]
        if word in EXACT or dob or any(stem in word for stem in STEMS) or (word in ("ne", "nee") and accented):
            found.append((start, end))
        elif word == "le" and previous and previous[0] in ("ne", "nee"):
            found.append(previous[1:3])
    return found


def byte_window(text, start, count, backwards):
    """So many bytes before or behind a place, as text; a character cut in two is left out."""
    if backwards:
        return text[:start].encode()[-count:].decode(errors="ignore")
    return text[start:].encode()[:count].decode(errors="ignore")


def date_of_birth(text):
    found, hits = dates(text, True), []
    for index, (start, end) in enumerate(found):
        floor = found[index - 1][1] if index else 0
        before = byte_window(text, start, 64, True)
        cut = len(before) < start
        before = before[-(start - floor):] if start > floor else ""
        if cut and len(before) == len(byte_window(text, start, 64, True)):
            outer = text[start - len(before) - 1]
            if re.match("[A-Za-z]", outer):
                before = re.sub("^[A-Za-z]+", "", before)
        limit = found[index + 1][0] if index + 1 < len(found) else len(text)
        behind = byte_window(text, end, 32, False)[:limit - end].split("\n")[0]
        near = bool(birth_words(before)) or bool(re.search(r"\*\Z|(?<![0-9A-Za-z\u0080-\uffff])[sSbB]\. ?\Z", before))
        for word_start, word_end in birth_words(behind):
            rest = re.compile(r"[A-Za-z \"'_]{0,16}").match(text, end + word_end)
            if text[rest.end():rest.end() + 1] not in (":", "="):
                near = True
        if near:
            hits.append((start, end))
    return hits


DETECTORS = {
    "email": email, "ipv4": ipv4, "ipv6": ipv6, "phone": phone, "iban": iban, "card": card, "imei": imei,
    "mac": mac, "date": date, "date-of-birth": date_of_birth,
}


# Places

HEMISPHERE = "(?:[NSEWO](?![0-9A-Za-z]))"
DEGREE = f"{SPACE}?(?:[°º]|deg(?![A-Za-z]))"
DECIMAL = r"[0-9]{1,3}[.,][0-9]+"
SIGNS = "[+\\-\u2010-\u2015\u2212]"
PAIR = at(f"([0-9]{{1,3}})([.,])([0-9]{{4,}})(?:{DEGREE})?(?:{SPACE}?{HEMISPHERE})?"
          f"([ ,;/|\\t]{{1,4}}(?:%2[Cc])?|%2[Cc]){SIGNS}?([0-9]{{1,3}})\\2([0-9]{{4,}})(?:{DEGREE})?(?:{SPACE}?{HEMISPHERE})?")
DEGREES = at(f"({DECIMAL}){DEGREE}({SPACE}?{HEMISPHERE})?")
ANGLE = r"[0-5]?[0-9](?:[.,][0-9]+)?" + f"{SPACE}?"
SEXAGESIMAL = at(f"([0-9]{{1,3}}){DEGREE}{SPACE}?{ANGLE}(?:'|′|’|min)"
                 f"({SPACE}?{ANGLE}(?:\\\\?\"|″|”|''|’’|sec))?({SPACE}?{HEMISPHERE})?")
LEADING = re.compile("(?<![0-9A-Za-z])[NSEWO] ?\Z")
NAMES = set("lat lon lng long leveysaste pituusaste breitengrad langengrad".split())
ENDINGS = ("latitude", "longitude", "latitud", "longitud", "latitudine", "longitudine")
GEO = at(r"(?<![0-9A-Za-z])[Gg][Ee][Oo]:-?[0-9]+(?:\.[0-9]+)?,-?[0-9]+(?:\.[0-9]+)?(?:,-?[0-9]+(?:\.[0-9]+)?)?")
NMEA = at(r"\$[GB][A-Za-z](?:GGA|RMC|GLL|GNS),[\x20-\x7e]{0,121}")


def limits(one, two):
    def beyond(whole, fraction, limit):
        return int(whole) + (0.5 if fraction.strip("0") else 0) > limit
    return not beyond(*one, 180) and not beyond(*two, 180) and not (beyond(*one, 90) and beyond(*two, 90))


def gps(text):
    def find(text, start, floor):
        for whole in (NMEA, GEO):
            match = whole(text, start)
            if match:
                return match.span()
        if text[start] not in "0123456789":
            return None
        leading = LEADING.search(text[:start])
        leading = leading if leading and leading.start() >= floor else None
        if re.search(r"[0-9A-Za-z]\Z|[0-9]\.\Z", text[:start]) and not (leading and leading.group()[-1] != " "):
            return None
        signed = re.search(f"{SIGNS}\Z", text[:start])
        low = start - (1 if signed else 0)
        sexagesimal = SEXAGESIMAL(text, start)
        if sexagesimal and int(sexagesimal[1]) <= 180 and (sexagesimal[2] or sexagesimal[3] or leading):
            return (leading.start() if leading else low), sexagesimal.end()
        match = DEGREES(text, start)
        if match and int(re.split("[.,]", match[1])[0]) <= 180 and len(re.split("[.,]", match[1])[1]) >= 2 and \
                (match[2] or leading):
            return (leading.start() if leading else low), match.end()
        match = PAIR(text, start)
        if match and limits((match[1], match[3]), (match[5], match[6])) and \
                (match[2] == "." or match[4].strip(",") not in ("", "%2C", "%2c")):
            return low, match.end()
        match = re.compile(r"([0-9]{1,3})[.,]([0-9]+)").match(text, start)
        if match and limits((match[1], match[2]), ("0", "0")):
            gap = re.search(r"[ \t:=\"'>\[(\\]{0,6}\Z", text[max(0, low - 6):low])
            head = text[:low - len(gap.group())][-60:]
            found = words(head)
            if found and found[-1][2] == len(head) and (
                    found[-1][0] in NAMES or found[-1][0].endswith(ENDINGS)):
                return low, match.end()
        return None

    hits, place, floor = [], 0, 0
    while place < len(text):
        hit = None
        if not (text[place] in "0123456789" and place > floor and text[place - 1] in "0123456789"):
            hit = find(text, place, floor)
        if hit:
            hits.append(hit)
            place = floor = hit[1]
        else:
            place += 1
    return hits


DETECTORS["gps"] = gps


def main():
    for line in sys.stdin:
        detector, text = json.loads(line)
        hits = [[len(text[:start].encode()), len(text[:end].encode())]
                for start, end in DETECTORS[detector](text)]
        print(json.dumps(hits, separators=(",", ":")))


if __name__ == "__main__":
    main()
