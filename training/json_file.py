"""Files that appear when they are complete, and JSON that is the same each time: sorted keys, rounded numbers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DIGITS = 6
"""Decimals kept: finer than any difference that matters, coarser than the noise of another processor."""


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write ``content`` with sorted keys and rounded numbers; the file appears when complete.

    Raises
    ------
    ValueError
        A number is NaN or infinite.
    """
    write_text(
        json.dumps(_rounded(content), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", path
    )


def write_text(text: str, path: Path) -> None:
    """Write ``text`` to ``path``, which appears when complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0  # no minus zero
    return value
