"""Figures and parameters in nested mappings, by their paths such as ``test.log_loss``."""

from collections.abc import Iterator, Mapping
from typing import Any


def number(tree: Mapping[str, Any], path: str) -> float | None:
    """Look up a number by its path, such as ``test.log_loss``; None where it is absent, null or not a number."""
    found: Any = tree
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give all values that are no mappings, each with its path after ``prefix``; an empty mapping is a value."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
