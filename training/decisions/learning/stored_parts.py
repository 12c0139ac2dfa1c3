"""Reads the parts of stored effects and holds each to the others: what is whole and well formed may still not fit.

What does not fit is refused when it is read. At checkout it would fail with every basket, or give a wrong effect.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from data.arrays import Floats


class UnfitError(ValueError):
    """A part is not what the other parts need: what was ``expected``, and what was ``found``."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected, self.found = expected, found


def numbers(texts: Any, what: str, shape: tuple[int, ...]) -> Floats:
    """Give ``texts`` as an array of ``shape``; `UnfitError` where it has another one, or a number is not finite."""
    expected = f"{what} of shape {shape}, finite numbers" if shape else f"{what}, a finite number"
    try:
        found = np.array(texts, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise UnfitError(
            expected, "rows of several lengths, or what is no number" if shape else f"{texts!r:.40}"
        ) from None
    if found.size == 0 and 0 in shape:  # an array without rows has lost how many columns these would have
        return np.zeros(shape)
    if found.shape != shape:
        raise UnfitError(expected, f"shape {found.shape}")
    if not np.isfinite(found).all():
        raise UnfitError(expected, f"{np.count_nonzero(~np.isfinite(found))} that are not finite")
    return found


def number(text: Any, what: str, least: float = -np.inf) -> float:
    """Give ``text`` as a finite number of at least ``least``; `UnfitError` where it is none."""
    found = float(numbers(text, what, ()))
    if found < least:
        raise UnfitError(f"{what} of at least {least:g}", f"{found:g}")
    return found


def covariance(texts: Any, what: str, size: int) -> Floats:
    """Give ``texts`` as a symmetric array (size, size) with variances of at least 0; `UnfitError` otherwise."""
    found = numbers(texts, what, (size, size))
    rounding = 1e-6 * float(np.abs(found).max(initial=0.0))
    if (np.abs(found - found.T) > rounding).any() or (found.diagonal() < 0).any():
        raise UnfitError(f"{what}, symmetric, with variances of at least 0", "another matrix")
    return found


def words(values: Any, what: str) -> tuple[str, ...]:
    """Give ``values`` as texts, each of them once; `UnfitError` otherwise."""
    if not isinstance(values, list) or not all(isinstance(each, str) and each for each in values):
        raise UnfitError(f"{what}, a list of texts", f"{values!r:.100}")
    if twice := sorted({each for each in values if values.count(each) > 1}):
        raise UnfitError(f"{what}, each once", f"{', '.join(twice)} twice")
    return tuple(values)


def sizes(values: Any, trees: int) -> tuple[int, ...]:
    """Give ``values`` as numbers of trees of groups, which are ``trees`` in all; `UnfitError` otherwise."""
    if not _counts(values):
        raise UnfitError("the number of trees of each group, at least 1 each", f"{values!r:.100}")
    if sum(values) != trees:
        raise UnfitError(f"groups of {trees} trees in all, as many as there are", f"{sum(values)}")
    return tuple(values)


def _counts(values: Any) -> bool:
    if not isinstance(values, list) or not values:
        return False
    return all(isinstance(each, int) and not isinstance(each, bool) and each > 0 for each in values)


def same_length(one: Sequence[Any], what: str, expected: int) -> None:
    """Refuse another length than ``expected``; `UnfitError`."""
    if len(one) != expected:
        raise UnfitError(f"{expected} {what}", f"{len(one)}")
