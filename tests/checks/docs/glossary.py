"""One word for each thing: the glossary's table has it, with the words that the documentation does not use for it.

The table of docs/glossary.md is the one place: ``term``, ``meaning``, and ``not``: words that mean the same, so that
no thing gets two words. A word that is needed in another sense must not be listed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.checks.docs.pages import FOLDER, Page

FILE = FOLDER / "glossary.md"
HEAD = ("term", "meaning", "not")


@dataclass(frozen=True)
class Entry:
    """One row of the glossary; ``line`` is where it stands."""

    line: int
    term: str
    meaning: str
    instead: tuple[str, ...]
    """Words that are not used for it."""


def problems(pages: Iterable[Page]) -> Iterator[str]:
    """One line for each fault of the glossary, and for each word that stands for a term of it."""
    pages = list(pages)
    glossary = next((page for page in pages if page.path == FILE), None)
    if glossary is None:
        yield f"{FILE}: no such file, and the words of the documentation are held against it; fix: restore it"
        return
    entries = list(read(glossary))
    yield from faults(entries)
    for page in pages:
        yield from words(page, entries)


def read(glossary: Page) -> Iterator[Entry]:
    """Read the rows of the table."""
    for line in glossary.written:
        cells = tuple(cell.strip() for cell in line.text.strip().strip("|").split("|"))
        if len(cells) == len(HEAD) and cells != HEAD and not set(cells[0]) <= {"-", " "}:
            term, meaning, instead = cells
            others = tuple(word.strip() for word in instead.split(",") if word.strip())
            yield Entry(line.line, term.replace("**", ""), meaning, others)


def faults(entries: list[Entry]) -> Iterator[str]:
    """What is wrong with the table itself."""
    if not entries:
        yield f"{FILE}: no row below | {' | '.join(HEAD)} |; fix: restore the table"
    seen: set[str] = set()
    for entry in entries:
        where = f"{FILE}:{entry.line}: the term {entry.term}"
        if entry.term.lower() in seen:
            yield f"{where} stands twice; fix: keep one row"
        later = [other.term for other in entries if other.line < entry.line and _place(other) > _place(entry)]
        if later:
            yield f"{where} stands below {later[0]}; fix: sort the rows by term"
        if not entry.meaning:
            yield f"{where} has no meaning; fix: write it"
        for word in entry.instead:
            if any(word.lower() == other.term.lower() for other in entries):
                yield f"{where} is not to be called {word}, which is a term; fix: remove one of them"
        seen.add(entry.term.lower())


def words(page: Page, entries: Iterable[Entry]) -> Iterator[str]:
    """Where ``page`` uses a word that stands for a term, in its prose; the column that lists them is left out."""
    patterns = [(entry.term, _pattern(word)) for entry in entries for word in entry.instead]
    for line in page.prose:
        text = line.text.strip().rstrip("|").rpartition("|")[0] if _is_row(page.path, line.text) else line.text
        for term, pattern in patterns:
            if (found := pattern.search(text)) is not None:
                yield f"{page.path}:{line.line}: {found.group()!r} stands for a term of {FILE}; fix: write {term!r}"


def _is_row(path: Path, text: str) -> bool:
    return path == FILE and text.lstrip().startswith("|")


def _place(entry: Entry) -> str:
    return entry.term.casefold()


def _pattern(word: str) -> re.Pattern[str]:
    """The word as a whole, in either case and in the plural; a space in it also matches a hyphen."""
    parts = [re.escape(part) for part in re.split(r"[ -]", word)]
    return re.compile(rf"(?<![\w-]){'[ -]'.join(parts)}(?:e?s)?(?![\w-])", re.IGNORECASE)
