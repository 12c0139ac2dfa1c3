"""Look-up of a figure in the files of the reports by its path."""

from collections.abc import Mapping
from typing import Any


def number(tree: Mapping[str, Any], path: str) -> float | None:
    """Look up a number by its path, such as ``test.log_loss``; None where it is absent, null or not a number."""
    found: Any = tree
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
