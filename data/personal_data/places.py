"""Places that are as narrow as an address: a postcode with its town, and coordinates."""

import re
import unicodedata
from functools import cache
from pathlib import Path

_CODE = (
    r"(?:[A-Z]{1,3}[- ])?(?:[0-9]{4} ?[A-Z]{2}|[0-9]{4,5}|[0-9]{3} [0-9]{2}|[0-9]{2}-[0-9]{3}|[0-9]{4}-[0-9]{3}"
    r"|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|[A-Z]{2} [0-9]{5}(?:-[0-9]{4})?)"
)
"""Postcodes of Europe and the USA, with the sign of the country or the state."""
_TOWN = r"[^\W\d_][^\d,;:/|]{1,40}"
_CODE_FIRST = re.compile(rf"(?P<code>{_CODE}),?\s+(?P<town>{_TOWN})")
_TOWN_FIRST = re.compile(rf"(?P<town>{_TOWN}?),?\s+(?P<code>{_CODE})")
_ASIAN = re.compile(
    r"〒?\s?(?:[0-9]{3}-[0-9]{4}|[0-9]{6,7})\s*[\u3040-\u30ff\u4e00-\u9fff]+[市区區县縣町村郡州省都道府県]\S*"
)
_COORDINATES = re.compile(r"-?[0-9]{1,2}\.[0-9]{3,},\s*-?[0-9]{1,3}\.[0-9]{3,}")
TOWNS = Path(__file__).with_name("towns.txt")
LONGEST = 100
"""Characters: no longer text is a place."""
LEAST_KNOWN = 0.05
"""Least share of places with a large town and its own postcode: numbers before other words don't fit any."""


def count_places(texts: list[str]) -> int:
    """Count the postcodes with a town, and the coordinates, among the ``texts``, which are in normal form KC.

    A number before a word is a postcode with its town where some words are large towns with their own postcodes.
    """
    short = [text for text in texts if len(text) <= LONGEST]
    found = [match for text in short if (match := _CODE_FIRST.fullmatch(text) or _TOWN_FIRST.fullmatch(text))]
    known = sum(_is_known(match["code"], match["town"]) for match in found)
    towns = len(found) if known and known >= LEAST_KNOWN * len(found) else 0
    return towns + sum(bool(_ASIAN.fullmatch(text) or _COORDINATES.fullmatch(text)) for text in short)


def _is_known(code: str, town: str) -> bool:
    words = re.sub(r"[\W_]+", " ", _without_accents(town)).split()
    number = re.sub(r"^[A-Z]{1,3}[- ](?=[0-9])", "", code)
    letters = re.match("[A-Z]*", number)
    starts = {number[:2], letters[0] if letters else ""} - {""}
    return any((start, " ".join(words[:count])) in _towns() for start in starts for count in (1, 2))


def _without_accents(text: str) -> str:
    letters = text.lower().replace("ł", "l").replace("ø", "o").replace("ß", "ss")
    return "".join(sign for sign in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(sign))


@cache
def _towns() -> frozenset[tuple[str, str]]:
    """Read pairs of the start of a postcode and a town."""
    pairs = set()
    for entry in TOWNS.read_text(encoding="utf-8").splitlines()[1:]:
        words = entry.split()
        starts = [word for word in words if word.isdigit() or word.isupper()]
        pairs |= {(start, " ".join(words[len(starts) :])) for start in starts}
    return frozenset(pairs)
