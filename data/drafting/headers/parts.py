"""What the words of a header mean one by one, so that an abbreviation or a compound is read as what it stands for."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("header_parts.yaml")

SHORTEST_HEAD, SHORTEST_TAIL = 2, 2
"""Letters of the two words of a compound, such as ``artikel`` and ``nr``."""

BINDING = ("", "s", "n", "en")
"""Letters between the words of a compound: ``Kunde-n-nummer``."""

UNCLEAR = frozenset({"number"})
"""The meanings of a header that names an id and not whose: ``N°``, ``Nr.``, ``id``, ``Ref``."""


@dataclass(frozen=True)
class Pattern:
    """Meanings that name a role together: those that must be there, and those that may."""

    needed: frozenset[str]
    possible: frozenset[str]

    def fits(self, meanings: frozenset[str]) -> bool:
        """Whether a header with these ``meanings`` names the role."""
        return self.needed <= meanings <= self.needed | self.possible


def place(role: str, name: str) -> int | None:
    """Give the place of the first pattern of ``role`` that the plain ``name`` fits; None for none."""
    found = meanings(name)
    return next((number for number, each in enumerate(_patterns().get(role, ())) if each.fits(found)), None)


@cache
def meanings(name: str) -> frozenset[str]:
    """Give what the words of a plain name mean; empty where a word is not known."""
    words = re.sub(r"\b(\w) (?=\w\b)", r"\1", folded(name)).split()
    known, found = _meanings(), set[str]()
    if len(words) > 1 and words[-1] in _content()["on_a_day"]:
        found, words = {"date"}, words[:-1]
    for word in words:
        if word in known:
            found.add(known[word])
        elif word not in _fillers():
            parts = _compound(word)
            if not parts:
                return frozenset()
            found |= {known[part] for part in parts}
    return frozenset(found)


@cache
def folded(name: str) -> str:
    """Write the German ``ae``, ``oe`` and ``ue`` as the letters without dots, which a plain name has."""
    return re.sub("([aou])e", r"\1", name)


def _compound(word: str) -> tuple[str, ...]:
    """Cut a compound into words that are known, the first one as long as possible; empty for none."""
    known = _meanings()
    for cut in range(len(word) - SHORTEST_TAIL, SHORTEST_HEAD - 1, -1):
        tail = word[cut:]
        if tail not in known:
            continue
        for binding in BINDING:
            head = word[:cut].removesuffix(binding)
            if len(head) < SHORTEST_HEAD or not word[:cut].endswith(binding):
                continue
            if parts := (head,) if head in known else _compound(head):
                return (*parts, tail)
    return ()


@cache
def _content() -> dict[str, dict[str, list[str]]]:
    content: dict[str, dict[str, list[str]]] = yaml.load(
        FILE.read_text(encoding="utf-8"),
        Loader=yaml.BaseLoader,  # noqa: S506 - a safe loader of strings: `no` is a word
    )
    return content


@cache
def _meanings() -> dict[str, str]:
    """Give the meaning of each word; of a word with several, the first one in the file."""
    found: dict[str, str] = {}
    for meaning, words in _content()["meanings"].items():
        for word in words:
            found.setdefault(folded(word), meaning)
    return found


@cache
def _fillers() -> frozenset[str]:
    return frozenset(map(folded, _content()["fillers"]))


@cache
def _patterns() -> dict[str, tuple[Pattern, ...]]:
    return {role: tuple(map(_pattern, texts)) for role, texts in _content()["roles"].items()}


def _pattern(text: str) -> Pattern:
    words = text.split()
    return Pattern(
        frozenset(word for word in words if not word.startswith("(")),
        frozenset(word.strip("()") for word in words if word.startswith("(")),
    )
