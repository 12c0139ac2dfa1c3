"""The pages of the documentation, read once: headings, prose, code, and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path("docs")
AT_THE_TOP = (Path("README.md"), Path("CONTRIBUTING.md"))

_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^#+\s+(.*?)\s*$")
_SPAN = re.compile(r"(`+)(.+?)\1")
_LINK = re.compile(r"!?\[(?:[^\]\\]|\\.)*\]\(([^)\s]+)\)")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Text:
    """A piece of a page and the line that it stands in, counted from 1."""

    line: int
    text: str


@dataclass(frozen=True)
class Page:
    """One Markdown file of the project."""

    path: Path
    content: str

    @cached_property
    def _lines(self) -> tuple[tuple[bool, Text], ...]:
        """All lines but fences; with each, whether it is code."""
        found, code = [], False
        for number, line in enumerate(self.content.splitlines(), start=1):
            if _FENCE.match(line):
                code = not code
            else:
                found.append((code, Text(number, line)))
        return tuple(found)

    @property
    def code(self) -> Iterator[Text]:
        """The lines of its code blocks."""
        return (line for code, line in self._lines if code)

    @property
    def written(self) -> Iterator[Text]:
        """All other lines, as they stand."""
        return (line for code, line in self._lines if not code)

    @property
    def spans(self) -> Iterator[Text]:
        """The texts in backticks within a line."""
        for line in self.written:
            yield from (Text(line.line, _ESCAPED.sub(r"\1", span)) for _, span in _SPAN.findall(line.text))

    @property
    def links(self) -> Iterator[Text]:
        """The targets of its links and pictures."""
        for line in self.written:
            yield from (Text(line.line, target) for target in _LINK.findall(_SPAN.sub("", line.text)))

    @property
    def prose(self) -> Iterator[Text]:
        """The prose: without code and without the targets of links."""
        for line in self.written:
            yield Text(line.line, re.sub(r"\]\([^)]*\)", "]", _SPAN.sub("``", line.text)))

    @cached_property
    def anchors(self) -> frozenset[str]:
        """What a link may name behind ``#``: one for each heading, as GitHub makes it."""
        return frozenset(
            anchor(match.group(1)) for line in self.written if (match := _HEADING.match(line.text)) is not None
        )


def anchor(heading: str) -> str:
    """The anchor of a heading."""
    kept = re.sub(r"[^\w\s-]", "", heading.replace("`", "").lower())
    return kept.strip().replace(" ", "-")


def read() -> list[Page]:
    """Read every page: README, CONTRIBUTING and all under docs/."""
    paths = [*AT_THE_TOP, *sorted(FOLDER.rglob("*.md"))]
    return [Page(path, path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
