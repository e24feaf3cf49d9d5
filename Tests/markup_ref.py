#!/usr/bin/env python3
"""Pages of many shapes, and their text as Python's html.parser gives it: the oracle of MarkupTests.

markup_ref.py SEED COUNT prints lines of JSON, [page, text].
"""
import html.entities
import json
import random
import re
import sys
from html.parser import HTMLParser

INLINE = set("a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q rb rp rt ruby s samp "
             "small span strike strong sub sup time tt u var wbr".split())
HIDDEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
SPACES = re.compile("[\u00a0\u2007\u202f]")


def visible(text):
    return SPACES.sub(" ", HIDDEN.sub("", text))


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.main, self.asides, self.verbatim, self.raw = [], [], False, False

    def flat(self):
        return "".join(self.main)

    def line(self):
        if self.flat() and not self.flat().endswith("\n"):
            self.main.append("\n")

    def aside(self, text):
        if text:
            self.asides.append(text if text.endswith("\n") else text + "\n")

    def handle_starttag(self, tag, attrs):
        if tag not in INLINE:
            self.line()
        for _, value in attrs:
            self.aside(visible(value or ""))
        self.verbatim = self.verbatim or tag == "pre"
        self.raw = tag in ("script", "style")

    def handle_endtag(self, tag):
        if tag not in INLINE:
            self.line()
        self.verbatim = self.verbatim and tag != "pre"
        self.raw = False

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_data(self, data):
        if self.raw:
            self.aside(data)
            return
        if self.verbatim:
            self.main.append(visible(data))
            return
        # Only a space that was written as one is joined with the next.
        for piece in re.findall("[ \n\r\t\f]+|[^ \n\r\t\f]+", data):
            if piece[0] in " \n\r\t\f":
                if self.flat() and self.flat()[-1] not in " \n":
                    self.main.append(" ")
            else:
                self.main.append(visible(piece))

    def handle_comment(self, data):
        self.aside(data)

    def handle_decl(self, decl):
        self.aside(decl)

    def handle_pi(self, data):
        self.aside(data)


def text_of(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    reader.line()
    return reader.flat() + "".join(reader.asides)


def make(rng):
    names = list(html.entities.name2codepoint)
    pieces = []
    for _ in range(rng.randint(1, 25)):
        tag = rng.choice("a b i span em strong p div td tr li h1 br hr img wbr font pre script style title".split())
        word = rng.choice(["jan", "post.example", "Müller", "日本", "x < y", "a & b", "5", " ", "\n", "  two  ", "@"])
        kind = rng.randrange(12)
        if kind < 3:
            pieces.append(word)
        elif kind == 3:
            pieces.append(f"&{rng.choice(names)};")
        elif kind == 4:
            code = rng.choice([64, 0xe9, 0x20ac, 0x1f600, 0x99, 0xad, 0xa0])
            pieces.append(rng.choice([f"&#{code};", f"&#x{code:x};", f"&#X{code:X};"]))
        elif kind == 5:
            pieces.append(rng.choice(["&nbsp;", "&shy;", "<wbr>", "&amp;amp;", "&zwnj;", "&lt;b&gt;", "&unknown;", "&"]) + " ")
        elif kind == 6:
            pieces.append(f"<!--{rng.choice(['', ' note ', 'a > b', '--x'])}-->")
        elif kind == 7 and tag in ("script", "style"):
            pieces.append(f"<{tag}>var a = '<b>&amp;';</{tag}>")
        elif tag in ("br", "hr", "img", "wbr"):
            pieces.append(f'<{tag}{rng.choice(["", " alt=" + chr(34) + "x &amp; y" + chr(34), " src=a.png", "/"])}>')
        elif tag not in ("script", "style", "title"):
            quote = rng.choice("'\"")
            attribute = rng.choice(["", f" href={quote}mailto:jan&#64;x.org{quote}", " data-x=1", f" title={quote}a{quote}"])
            pieces.append(rng.choice([f"<{tag}{attribute}>", f"</{tag}>", f"<{tag.upper()}{attribute}>{word}</{tag}>"]))
    return "".join(pieces)


def main():
    rng = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        page = make(rng)
        print(json.dumps([page, text_of(page)]))


if __name__ == "__main__":
    main()
