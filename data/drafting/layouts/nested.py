"""JSON lines whose objects hold their rows in a list, such as the items of an order."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

ITEMS = re.compile(r"item|line|position|product|article|artikel|entr", re.IGNORECASE)
HALF = 0.5


def rows_of(lines: list[str]) -> str | None:
    """Name the list of objects that most of the ``lines`` have, one with a name of items first; None without one."""
    whole = [found for line in lines[:-1] or lines if isinstance(found := _object(line), dict)]
    counts = Counter(path for found in whole for path in _lists(found))
    usual = [path for path, count in counts.items() if count > HALF * len(whole)]
    return min(usual, key=lambda path: (ITEMS.search(path) is None, -counts[path]), default=None)


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
