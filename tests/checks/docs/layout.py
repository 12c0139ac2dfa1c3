"""README stays short, and every page stands in the menu of the site."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.checks.docs.pages import AT_THE_TOP, Page

SITE = Path("zensical.toml")
README = AT_THE_TOP[0]
README_LINES = 130


def problems(pages: Iterable[Page]) -> Iterator[str]:
    """One line for a README that is too long, and for each page without its place, with its fix."""
    pages = list(pages)
    yield from length(pages)
    yield from menu(pages, tomllib.loads(SITE.read_text(encoding="utf-8")))


def length(pages: Iterable[Page]) -> Iterator[str]:
    """README is for the first five minutes."""
    for page in pages:
        lines = len(page.content.splitlines())
        if page.path == README and lines > README_LINES:
            yield f"{README}:{README_LINES + 1}: expected at most {README_LINES} lines, found {lines}; fix: use docs"


def menu(pages: Iterable[Page], site: dict[str, Any]) -> Iterator[str]:
    """The menu of the site has each page once, and no other."""
    listed = list(_paths(site["project"]["nav"]))
    present = {page.path.as_posix() for page in pages}
    for name in sorted(present - set(listed)):
        yield f"{SITE}: the menu lacks {name}; fix: add it under nav"
    for name in sorted(set(listed)):
        if listed.count(name) > 1:
            yield f"{SITE}: the menu has {name} {listed.count(name)} times; fix: keep one"
        if not Path(name).is_file():
            yield f"{SITE}: the menu has {name}, which is no file; fix: remove it there"


def _paths(entries: Iterable[Any]) -> Iterator[str]:
    for entry in entries:
        match entry:
            case str():
                yield entry
            case dict():
                for value in entry.values():
                    yield from _paths([value] if isinstance(value, str) else value)
