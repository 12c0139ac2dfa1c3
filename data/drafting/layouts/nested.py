"""JSON whose objects hold their rows in a list, such as the items of an order; a file may be one list of objects."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

ITEMS = re.compile(r"item|line|position|product|article|artikel|entr", re.IGNORECASE)
RETURNS = re.compile(
    r"(refund|return|retour|devol|credit_?(memo|note)|zwrot|(?<![a-z])(rma|res[oi])(?![a-z])|退|返)"
    r"(?!\w*(polic|reason|address|label|window|allowed|eligib|option|rule))",
    re.IGNORECASE,
)
"""Names of lists that hold the returns of an order or of an item, and not what is said of returns."""
HALF = 0.5
BETWEEN = " \t\r\n,"
"""Signs between the objects of a list."""
MOST_OBJECTS = 200
"""Objects of one list that are looked at, at most."""


def of_list(text: str) -> list[str] | None:
    """Give the first whole objects of the one list that ``text`` begins with, each as a line; None for other texts.

    The last one is given twice, as the last line of a text may be cut.
    """
    if re.match(r"\s*\[\s*\{", text) is None:
        return None
    found: list[str] = []
    place, decoder = text.index("[") + 1, json.JSONDecoder()
    while len(found) < MOST_OBJECTS:
        place = next((at for at in range(place, len(text)) if text[at] not in BETWEEN), len(text))
        try:
            value, place = decoder.raw_decode(text, place)
        except ValueError:
            break
        found.append(json.dumps(value))
    return [*found, *found[-1:]]


def rows_of(lines: list[str]) -> str | None:
    """Name the list of objects that most of the ``lines`` have, one with a name of items first; None without one."""
    whole = [found for line in lines[:-1] or lines if isinstance(found := _object(line), dict)]
    counts = Counter(path for found in whole for path in _lists(found))
    usual = [path for path, count in counts.items() if count > HALF * len(whole)]
    return min(usual, key=lambda path: (ITEMS.search(path) is None, -counts[path]), default=None)


def returns_of(lines: list[str]) -> str | None:
    """Name the innermost list of objects about returns that some of the ``lines`` have; None without one.

    It may stand within another list, as that of the items of each refund, or of the returns of each item.
    """
    found = [found for line in lines[:-1] or lines if isinstance(found := _object(line), dict)]
    paths = {path for each in found for path in _deep_lists(each) if RETURNS.search(path)}
    return max(paths, key=lambda path: (path.count("."), path), default=None)


def step_of_returns(path: str) -> str:
    """Give the part of ``path`` up to the first list about returns; empty where none is."""
    steps = path.split(".")
    place = next((place for place, step in enumerate(steps, start=1) if RETURNS.search(step)), 0)
    return ".".join(steps[:place])


def _deep_lists(found: dict[str, Any], before: str = "") -> Iterator[str]:
    for path in _lists(found):
        yield before + path
        items: Any = found
        for step in path.split("."):
            items = items[step]
        for item in items:
            yield from _deep_lists(item, f"{before}{path}.")


def _object(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _lists(found: dict[str, Any], before: str = "") -> Iterator[str]:
    for key, value in found.items():
        if isinstance(value, dict):
            yield from _lists(value, f"{before}{key}.")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            yield before + key
