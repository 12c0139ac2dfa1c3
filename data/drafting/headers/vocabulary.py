"""What a header says: which role it names, in some twenty languages."""

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

import yaml

from data.drafting.headers import parts
from data.sources.mapped.signs.minor_units import MINOR

FILE = Path(__file__).with_name("header_words.yaml")

LETTERS = str.maketrans(
    {"°": "o", "º": "o", "ª": "a", "#": " no ", "№": "no", "ß": "ss", "ł": "l", "ø": "o", "œ": "oe"}
)
"""Signs and letters that Unicode does not take apart: ``N°``, ``Nº`` and ``#`` are a number."""

CAMEL = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-ZÀ-Þ])")
"""Where a word ends in ``orderDate``."""

SIGNS = re.compile(r"(?:(?![\u0e31-\u0e4e])[\W_])+")
"""What parts words: no letter and no digit; the vowels of Thai above and below a letter are part of its word."""

IN_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
"""A remark, such as ``(EUR)``, in a header."""

DATED = re.compile(r"วันที่|日期|日時|時刻|时间|[일日]$|일자|일시|날짜")
"""Parts of plain names of dates in languages that put no blanks between words."""

PRODUCTS = (frozenset({"product"}), frozenset({"line"}))
"""Meanings of a first word that say of what the rest is."""

OF_PRODUCTS = {"brand", "category", "supplier", "size", "color"}
"""Roles of columns that are about products, whose names may begin with a word for one."""

BY_PARTS, BY_END = 1000, 2000
"""Ranks from which a header names a role by the meanings of its words, or by its last words."""


@cache
def words_of() -> dict[str, list[str]]:
    """Read the names of columns by role, from `FILE`: the canonical columns, and what else a mapping reads."""
    words: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {role: [unicodedata.normalize("NFKC", name) for name in names] for role, names in words.items()}


@lru_cache(maxsize=4096)
def plain(header: str) -> str:
    """Write a header in lower case, without accents and signs: ``orderDate`` becomes ``order date``, ``N°`` ``no``."""
    parts_of = CAMEL.sub(" ", unicodedata.normalize("NFC", header)).lower().translate(LETTERS)
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", parts_of))
    bare = "".join(sign for sign in bare if not "\u0300" <= sign <= "\u036f")
    return SIGNS.sub(" ", unicodedata.normalize("NFKC", bare)).strip()


@lru_cache(maxsize=16_384)
def rank(role: str, header: str) -> int | None:
    """How well ``header`` names ``role``: 0 is its usual name, larger is worse, None is not at all."""
    texts = (*_readings(header), *([_of_a_product(header)] if role in OF_PRODUCTS else []))
    places = [place for text in texts if (place := _rank(role, text)) is not None]
    return min(places, default=None)


def is_unclear(header: str) -> bool:
    """Whether ``header`` names an id and not whose, as ``N°``, ``id`` and ``Ref`` do."""
    return any(parts.meanings(text) == parts.UNCLEAR for text in _readings(header))


def is_about(meaning: str, header: str) -> bool:
    """Whether a word of ``header`` has this ``meaning`` of `parts`; ``returned at`` is about a date, too."""
    words = plain(header).split()
    return any(meaning in parts.meanings(text) for text in (*_readings(header), *words)) or (
        meaning == "date" and (words[-1:] == ["at"] or DATED.search(plain(header)) is not None)
    )


def _of_a_product(header: str) -> str:
    """The header without a first word for a product or a line: ``article.brand`` and ``Item size``."""
    first, _, rest = plain(header).partition(" ")
    return rest if first == "variant" or parts.meanings(first) in PRODUCTS else ""


def _readings(header: str) -> tuple[str, ...]:
    """The header as it stands, without a remark in brackets, and without words such as ``cents``."""
    texts = (plain(header), plain(IN_BRACKETS.sub(" ", header)), MINOR.sub(" ", plain(header)).strip())
    return tuple(dict.fromkeys(filter(None, texts)))


@cache
def _places(role: str) -> tuple[dict[str, int], dict[str, int]]:
    """The place of each name of a role, as it stands, and of the first one of those that are alike without blanks."""
    exact: dict[str, int] = {}
    joined: dict[str, int] = {}
    for place, word in enumerate(words_of()[role]):
        exact.setdefault(word, place)
        joined.setdefault(parts.folded(word.replace(" ", "")), place)
    return exact, joined


def _rank(role: str, name: str) -> int | None:
    words, (exact, joined) = words_of()[role], _places(role)
    if name in exact:
        return exact[name]
    if (found := joined.get(parts.folded(name.replace(" ", "")))) is not None:
        return found
    if (found := parts.place(role, name)) is not None:
        return BY_PARTS + found
    tails = [place for place, word in enumerate(words) if " " in word and name.endswith(f" {word}")]
    return BY_END + tails[0] if tails else None
