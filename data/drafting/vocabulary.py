"""What a header says: which role it names, in seven languages."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("header_words.yaml")


@cache
def words_of() -> dict[str, list[str]]:
    """Read the names of columns by role, from `FILE`: the canonical columns, and what else a mapping reads."""
    words: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {role: [unicodedata.normalize("NFKC", name) for name in names] for role, names in words.items()}


def plain(header: str) -> str:
    """Write a header in lower case, without accents and signs: ``orderDate`` becomes ``order date``."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", unicodedata.normalize("NFKC", header))
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", parts.lower()) if not "\u0300" <= sign <= "\u036f")
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", bare).replace("ß", "ss")).strip()


def rank(role: str, header: str) -> int | None:
    """How well ``header`` names ``role``: 0 is its usual name, larger is worse, None is not at all."""
    name, words = plain(header), words_of()[role]
    if name in words:
        return words.index(name)
    tails = [place for place, word in enumerate(words) if " " in word and name.endswith(f" {word}")]
    return len(words) + tails[0] if tails else None
