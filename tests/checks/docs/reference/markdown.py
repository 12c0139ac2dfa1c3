"""Markdown of made pages: tables and paragraphs."""

import re
from collections.abc import Iterable

_ROLE = re.compile(r"``([^`]+)``")
_SPACE = re.compile(r"\s+")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Lay out a table; line breaks in a cell become spaces."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def paragraph(text: str) -> str:
    """One paragraph of a docstring or comment on one line, its double backticks as Markdown's single ones."""
    return _SPACE.sub(" ", _ROLE.sub(r"`\1`", text)).strip()


def page(title: str, *parts: str) -> str:
    """Put a page together; the first of ``parts`` says what it is about."""
    intro, *rest = parts
    note = "*This page is made from the code by `make format`, and `make check` holds it to the code.*"
    return "\n\n".join([f"# {title}", intro, note, *rest]) + "\n"


def code(value: object) -> str:
    """Show a value as code."""
    return f"`{value}`"


def _cell(text: str) -> str:
    return paragraph(text).replace("|", r"\|")
