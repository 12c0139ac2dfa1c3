"""Every relative link of the documentation leads to a file that is there, and to a heading of it."""

import difflib
import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.checks.docs.pages import Page


def problems(pages: Iterable[Page]) -> Iterator[str]:
    """One line for each link that leads nowhere, with its fix."""
    known = {page.path: page for page in pages}
    for page in known.values():
        for link in page.links:
            where = f"{page.path}:{link.line}: the link {link.text}"
            if not link.text.startswith(("http://", "https://", "mailto:")):
                yield from (f"{where} {problem}" for problem in _of_link(page, link.text, known))


def _of_link(page: Page, target: str, known: dict[Path, Page]) -> Iterator[str]:
    name, _, anchor = target.partition("#")
    path = Path(posixpath.normpath((page.path.parent / name).as_posix())) if name else page.path
    if not path.is_file():
        yield f"expects the file {path}, and there is none; fix: {_close(path.as_posix(), _files(path))}"
    elif anchor and path in known and anchor not in known[path].anchors:
        yield f"expects a heading of {path} for #{anchor}; fix: {_close(anchor, known[path].anchors)}"


def _files(path: Path) -> list[str]:
    return [other.as_posix() for other in path.parent.iterdir()] if path.parent.is_dir() else []


def _close(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f"did you mean {close[0]}?" if close else "correct or remove it"
