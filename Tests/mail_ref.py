#!/usr/bin/env python3
"""Mails of many shapes, and what Python's email package reads in them: the oracle of MailReferenceTests.

mail_ref.py generate SEED COUNT makes mails, mail_ref.py read FILE... takes them from files. Prints a line of JSON
for each: the mail in base64, its header fields, and its parts with path, type, file name and text.
"""
import base64
import email
import json
import quopri
import random
import re
import sys
from email._header_value_parser import get_unstructured

TEXTS = {
    "us-ascii": "Dear friend, pay to the account. = ? _ end",
    "utf-8": "Grüße, прывет, 日本語 — jan@post.example €5 😀",
    "iso-8859-1": "São Tomé, garçon, naïve, Müller @ x.org",
    "iso-8859-15": "Prix: 5 € pour Œuvre, š",
    "windows-1252": "“Quoted” – 5 € … naïve",
    "utf-16": "Wide jan@post.example text ßЖ😀",
    "koi8-r": "Привет, мир",
    "windows-1251": "Дата рождения: 17.3.1951",
    "shift_jis": "日本語テキスト jan",
    "iso-2022-jp": "日本語テキスト jan",
    "euc-jp": "日本語テキスト",
    "gb18030": "包装盒的颜色不对 jan",
    "big5": "包裝盒的顏色不對",
    "euc-kr": "한국어 텍스트",
}
NAMES = ["Subject", "From", "To", "X-Note", "Comments", "Cc"]


def unfold(text):
    return re.sub(r"\s+", " ", text).strip()


def decode(raw, charset):
    try:
        return raw.decode(charset or "utf-8")
    except (UnicodeDecodeError, LookupError):
        return None


def header_text(value):
    """A header's value as people read it."""
    return unfold(str(get_unstructured(unfold(str(value)))))


def holds_parts(part):
    return part.is_multipart() and (
        part.get_content_maintype() == "multipart" or part.get_content_type() == "message/rfc822")


def walk(message, path, found):
    """Parts with the numbers that IMAP gives them."""
    kind = message.get_content_type()
    if holds_parts(message) and kind != "message/rfc822":
        for number, part in enumerate(message.get_payload(), 1):
            here = f"{path}{number}"
            describe(part, here, found)
    else:
        describe(message, path + "1", found)


def describe(part, path, found):
    kind = part.get_content_type()
    row = {"path": path, "type": kind, "file": part.get_filename(), "text": None}
    found.append(row)
    if kind == "message/rfc822" and holds_parts(part):
        inner = part.get_payload(0)
        if holds_parts(inner) and inner.get_content_type() != "message/rfc822":
            walk(inner, path + ".", found)
        else:
            describe(inner, path + ".1", found)
    elif holds_parts(part):
        walk(part, path + ".", found)
    elif part.get_content_maintype() == "text":
        payload = part.get_payload(decode=True)
        row["text"] = decode(payload, part.get_content_charset())


def report(raw):
    message = email.message_from_bytes(raw)
    parts = []
    walk(message, "", parts)
    print(json.dumps({
        "raw": base64.b64encode(raw).decode(),
        "headers": [[name, header_text(value)] for name, value in message.items()],
        "parts": parts,
    }))


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0

    def pick(self, *choices):
        return self.random.choice(choices)

    def text(self):
        charset = self.random.choice(list(TEXTS))
        words = TEXTS[charset].split(" ")
        return charset, " ".join(self.random.choice(words) for _ in range(self.random.randint(1, 30)))

    def word(self, charset, text):
        raw = text.encode(charset)
        if self.random.random() < 0.5 or charset in ("utf-16", "iso-2022-jp"):
            return f"=?{self.pick(charset, charset.upper())}?{self.pick('B', 'b')}?{base64.b64encode(raw).decode()}?="
        safe = "".join(chr(b) if chr(b).isalnum() and b < 128 else "_" if b == 32 else f"={b:02X}" for b in raw)
        return f"=?{charset}?{self.pick('Q', 'q')}?{safe}?="

    def header(self, name):
        pieces = []
        for _ in range(self.random.randint(1, 4)):
            charset, text = self.text()
            if self.random.random() < 0.6:
                pieces.append(self.word(charset, text[:12]))
            else:
                pieces.append(self.pick("plain words", "<jan@post.example>", "Re:", "=?", "a=b"))
        fold = self.pick(" ", "\n ", "\n\t", "  ")
        return f"{name}: " + fold.join(pieces)

    def leaf(self):
        charset, text = self.text()
        raw = text.encode(charset)
        if self.random.random() < 0.4 and charset not in ("utf-16",):
            raw = raw.replace(b" ", b"\n", self.random.randint(0, 5))
        encoding = self.pick("8bit", "quoted-printable", "base64", "base64")
        if charset == "utf-16":
            encoding = "base64"
        if encoding == "base64":
            body = base64.encodebytes(raw)
            if self.random.random() < 0.2:
                # Lines that don't end between two groups.
                flat = base64.b64encode(raw)
                width = self.random.randint(3, 40)
                body = b"\n".join(flat[i:i + width] for i in range(0, len(flat), width)) + b"\n"
        elif encoding == "quoted-printable":
            body = quopri.encodestring(raw)
        else:
            body = raw
        lines = [f"Content-Type: text/{self.pick('plain', 'csv')}; charset={self.pick(charset, chr(34) + charset + chr(34))}"]
        if encoding != "8bit" or self.random.random() < 0.5:
            lines.append(f"Content-Transfer-Encoding: {self.pick(encoding, encoding.upper())}")
        lines.append(self.pick(
            "X-None: 1", 'Content-Disposition: attachment; filename="a b.txt"',
            "Content-Disposition: attachment;\n filename*=utf-8''%E2%82%AC%20rates.txt",
            "Content-Disposition: attachment; filename*0*=utf-8''Gr%C3%BC;\n filename*1=\"sse.txt\"",
            "Content-Disposition: inline; filename=plain.txt"))
        return lines, body

    def entity(self, depth):
        choice = self.random.random()
        if depth > 3 or choice < 0.55:
            return self.leaf()
        if choice < 0.7:
            head, body = self.entity(depth + 1)
            inner = "\n".join([self.header("Subject")] + head).encode() + b"\n\n" + body
            return ["Content-Type: message/rfc822"], inner
        self.count += 1
        boundary = self.pick(f"b{self.count}", f"=_{self.count}'()+", f"----=_Part_{self.count}_x")
        body = self.pick(b"", b"preamble\n")
        for _ in range(self.random.randint(1, 3)):
            head, inner = self.entity(depth + 1)
            body += f"--{boundary}{self.pick('', ' ')}\n".encode() + "\n".join(head).encode() + b"\n\n" + inner
            body += b"" if inner.endswith(b"\n") and self.random.random() < 0.3 else b"\n"
        if self.random.random() < 0.85:
            body += f"--{boundary}--{self.pick('', chr(10), chr(10) + 'epilogue' + chr(10))}".encode()
        return [f'Content-Type: multipart/{self.pick("mixed", "alternative")};\n\tboundary="{boundary}"'], body

    def mail(self):
        head, body = self.entity(0)
        lines = [self.header(self.random.choice(NAMES)) for _ in range(self.random.randint(1, 4))] + head
        raw = "\n".join(lines).encode() + b"\n\n" + body
        style = self.random.random()
        if style < 0.4:
            raw = raw.replace(b"\n", b"\r\n")
        return raw


def main():
    if sys.argv[1] == "read":
        for path in sys.argv[2:]:
            with open(path, "rb") as file:
                report(file.read())
    else:
        maker = Maker(int(sys.argv[2]))
        for _ in range(int(sys.argv[3])):
            report(maker.mail())


if __name__ == "__main__":
    main()
