"""Advice on a file's encoding: every candidate is tried on the file, and its texts are judged as words of a language.

A wrong encoding gives letters of two scripts in a word, capitals behind small letters, signs within words, a letter in
place of the sign of a currency, or letters that no language has together. What is left is compared by the chance of its
letters (`languages`) and ideographs.
"""

import codecs
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from data.errors import UserError
from data.sources.mapped.records import ideographs, languages, streams
from data.sources.mapped.records.ideographs import Kind

BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
WIDE = ("utf-16-le", "utf-16-be")
NARROW = (
    "gb18030", "cp932", "big5", "euc_kr", "euc_jp", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255",
    "cp1256", "cp1257", "iso8859_2", "koi8_r", "cp866", "cp852", "cp850", "latin-1",
)  # fmt: skip
"""Encodings that are tried where a file is no Unicode; gb18030 holds GBK and GB 2312."""
OLD = {"iso8859_2", "koi8_r", "cp866", "cp852", "cp850", "euc_jp", "cp1257"}
"""Encodings of which fewer files are found."""

SAMPLE = 100_000
"""Bytes of lines beyond ASCII that are judged."""
MARGIN = 3.0
"""Least difference of log chances, about 20 to 1, at which the better of two encodings is proposed alone."""
MOST_ODD = 0.02
"""Most faults of a sign beyond ASCII in a text that looks like words."""
MOST_RARE = 0.1
"""Most rare ones of the ideographs of such a text."""
FAULT, ASCII, USUAL_SIGN, ODD_SIGN = math.log(1e-3), math.log(0.055), math.log(0.02), math.log(1e-4)
"""Log chances of a fault, of a sign of ASCII, and of a sign beyond ASCII that is no letter, usual in texts or odd."""


@dataclass(frozen=True)
class Advice:
    """The encoding whose texts look most like words, and others that are about as likely; empty where none does."""

    encodings: tuple[str, ...]
    difference: str = ""
    """How the first two read the same bytes, as letters that differ."""

    @property
    def clear(self) -> bool:
        """Whether one encoding is far likelier than all others."""
        return len(self.encodings) == 1


@dataclass(frozen=True)
class _Reading:
    encoding: str
    text: str
    score: float


def of(path: Path, wrong: str = "") -> Advice:
    """Look for the encoding of ``path``, which is not ``wrong``; each of the advice reads the whole file."""
    wrong = codecs.lookup(wrong).name if wrong else ""
    sample, start = _sample(path)
    marked = next((encoding for bom, encoding in BOMS.items() if start.startswith(bom)), None)
    if marked is not None and marked != wrong:
        return Advice((marked,) if _reads_all(path, marked) else ())
    if wrong != "utf-8" and _reads_all(path, "utf-8") and b"\0" not in sample:
        return Advice(("utf-8",))
    candidates = WIDE if b"\0" in start else NARROW
    readings = [
        found for name in candidates if codecs.lookup(name).name != wrong and (found := _read(sample, name)) is not None
    ]
    return _choose(path, sorted(readings, key=lambda reading: -reading.score))


def _choose(path: Path, readings: list[_Reading]) -> Advice:
    """Take the best of the ``readings``, and the next one if it is close and differs; both read the whole file."""
    kept: list[_Reading] = []
    for reading in readings:
        if len(kept) == 2 or (kept and kept[0].score - reading.score > MARGIN):
            break
        if all(reading.text != other.text for other in kept) and _reads_all(path, reading.encoding):
            kept.append(reading)
    return Advice(tuple(reading.encoding for reading in kept), _difference(*kept) if len(kept) == 2 else "")


def _difference(one: _Reading, other: _Reading) -> str:
    here, there = next(pair for pair in zip(one.text, other.text, strict=False) if pair[0] != pair[1])
    return f"{one.encoding} reads {here!r} where {other.encoding} reads {there!r}"


def _sample(path: Path) -> tuple[bytes, bytes]:
    """Take whole lines with a byte beyond ASCII, and the start of the file; all of the start where it has a NUL."""
    lines, start, carry = b"", b"", b""
    for block in streams.blocks(path):
        start = start or block[:SAMPLE]
        if b"\0" in start:
            return start[: len(start) // 2 * 2], start
        *whole, carry = (carry + block).split(b"\n")
        lines += b"".join(line + b"\n" for line in whole if not line.isascii())
        if len(lines) > SAMPLE:
            break
    lines += b"" if carry.isascii() else carry
    return lines[: lines.rfind(b"\n", 0, SAMPLE) + 1] if len(lines) > SAMPLE else lines, start


def _reads_all(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in streams.blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except (UnicodeError, UserError):
        return False
    return True


def _read(sample: bytes, encoding: str) -> _Reading | None:
    """Read the sample; None where it can't be, or its texts don't look like words."""
    try:
        text = sample.decode(encoding)
    except UnicodeError:
        return None
    beyond = [sign for sign in text if sign > "\x7f"]
    if any(unicodedata.category(sign) in ("Cc", "Co", "Cn") for sign in {*text} - {*"\t\n\r"}):
        return None
    faults = sum(map(_faults, _WORD.findall(text))) + len(_INSIDE.findall(text))
    asian = Counter(ideographs.kind(sign, encoding) for sign in beyond if ideographs.is_one(sign))
    if faults > MOST_ODD * len(beyond) or asian[Kind.RARE] > MOST_RARE * asian.total():
        return None
    score = ASCII * (len(text) - len(beyond)) + FAULT * faults - (encoding in OLD)
    return _Reading(
        encoding, text, score + _chance(beyond, _UNIT.findall(text)) + sum(asian[kind] * kind.value for kind in asian)
    )


def _chance(beyond: list[str], units: list[str]) -> float:
    """Give the log chance of those of the signs ``beyond`` ASCII that are no ideographs; ``units`` are odd letters."""
    others = [sign for sign in beyond if not ideographs.is_one(sign)]
    odd = Counter(sign for sign in units if not ideographs.is_one(sign))
    letters = Counter(map(languages.small, (Counter(sign for sign in others if sign.isalpha()) - odd).elements()))
    signs = sum(USUAL_SIGN if _is_usual(sign) else ODD_SIGN for sign in others if not sign.isalpha())
    return signs + ODD_SIGN * odd.total() + (languages.best(letters) if letters else 0.0)


def _is_usual(sign: str) -> bool:
    """Whether ``sign`` is a currency, one of trade or measure, a blank, a dash or a quotation mark."""
    return sign in "€£¥°№«»\xa0¿¡®™©²³½\xd7" or "\u2010" <= sign <= "\u201e" or "\u2020" <= sign <= "\u202f"


def _faults(word: str) -> int:
    """Count what no word with a letter beyond ASCII has: two scripts, and capitals out of place."""
    if word.isascii():
        return 0
    scripts = {_script(sign) for sign in word}
    bare = [sign for sign in word if sign.isascii()]
    inner = any(one.islower() and other.isupper() for one, other in pairwise(word) if not (one + other).isascii())
    small = len(bare) > 1 and all(map(str.isupper, bare)) and any(sign.islower() and sign != "ß" for sign in word)
    return (len(scripts & _ALONE) > 1) + inner + small


def _script(sign: str) -> str:
    return unicodedata.name(sign, "").split(" ")[0]


_ALONE = {"LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC"}
"""Scripts that do not stand in a word together."""
_WORD = re.compile(r"[^\W\d_]+")
_INSIDE = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f\w\xa0\xb7\u2019\u3000-\u303f\uff00-\uffef]+(?=[^\W\d_])")
"""Signs between two letters that are none of an apostrophe, a Catalan dot, a blank and Asian punctuation."""
_LONE = r"(?<![^\W\d_])[^\x00-\x7f\W\d_àáâåèéíóö](?![^\W\d_])"
_UNIT = re.compile(rf"(?:(?<=\d)|(?<=\d[ \xa0])){_LONE}|{_LONE}(?=[ \xa0]?\d)")
"""A letter beyond ASCII alone beside a number, as `10,90 Ç` is: it stands where the sign of a currency does.

Some are words: `2 à 10`.
"""
