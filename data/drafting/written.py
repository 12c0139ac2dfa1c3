"""The values of a shop that a draft may write: none that may be personal, in the mapping or in a comment."""

from collections.abc import Collection, Iterable

from ruamel.yaml.comments import CommentedMap

from data.drafting.draft import inline
from data.personal_data.masking import is_shown, shown

MOST_OTHERS = 20
"""Most values that a test names in place of those that may be personal."""


def listed(values: Iterable[str], most: int = 10) -> str:
    """Name the first of the ``values`` in a comment; of those that may be personal, the shape."""
    return ", ".join(list(dict.fromkeys(map(shown, values)))[:most])


def kept(values: Iterable[str]) -> list[str]:
    """Give the ``values`` that a mapping may name."""
    return [value for value in values if is_shown(value)]


def hidden(values: Collection[str], what: str) -> str:
    """Write behind a comment that some of the ``values`` are not named, and ``what`` they are; empty for none."""
    count = len(values) - len(kept(values))
    return f"; not written: {count:,} that may be personal, {what}" if count else ""


def condition(column: str, found: Collection[str], whole: Collection[str]) -> tuple[CommentedMap, str]:
    """Write a condition that holds for the values ``found`` among the ``whole`` ones of ``column``.

    Where some of them may be personal, it names the other values in their place; where that is not possible, it names
    what it may, and the second value is what to write behind its comment.
    """
    named = kept(found)
    others = [value for value in whole if value not in found]
    if len(named) == len(found):
        return inline(column=column, is_=named), ""
    if len(others) <= MOST_OTHERS and len(kept(others)) == len(others):
        more = "; it names the others, as some values may be personal"
        return inline(column=column, is_not=["", *others]), more
    return inline(column=column, is_=named or [""]), hidden(found, "add a condition that holds for their rows")
