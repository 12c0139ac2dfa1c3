"""The place of each line's levels: those of a kind are numbered one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from features.offline.local.arrays import MISSING, joined, numbered
from features.posteriors.kinds import Kind
from features.posteriors.state import NO_LEVEL

FRESH = "fresh"
"""The key that marks lines of a product that the request does not know with 1."""

Keys = Mapping[str, Floats]
"""The columns of keys of n lines by name, of texts their codes; NaN where the line lacks the field."""


@dataclass(frozen=True)
class Places:
    """The levels of n lines.

    ``levels``: the place of each, int64, shape (n, kinds), `NO_LEVEL` where a column is missing. ``variance``: the
    prior variance of each place. ``starts``: the first place of each kind, and the number of all places. It belongs to
    no line's outcome: a product that the shop never sold. ``example``: a line of each place; `NO_LEVEL` for none.
    """

    levels: Ints
    variance: Floats
    starts: Ints
    example: Ints


def key_names(kinds: Sequence[Kind]) -> list[str]:
    """The columns that name the levels of ``kinds``."""
    return list(dict.fromkeys(column for kind in kinds for column in kind.columns))


def place_levels(keys: Keys, kinds: Sequence[Kind]) -> Places:
    """Give each line its level of each kind."""
    fresh: Bools | None = keys[FRESH] == 1 if FRESH in keys else None
    codes = {name: np.where(np.isnan(keys[name]), MISSING, keys[name]).astype(np.int64) for name in key_names(kinds)}
    levels = np.full((len(next(iter(codes.values()), ())), len(kinds)), NO_LEVEL, dtype=np.int64)
    starts, variances, examples = [0], list[Floats](), list[Ints]()
    for place, kind in enumerate(kinds):
        code, count = numbered(joined([codes[name] for name in kind.columns]))
        known: Bools = code != MISSING
        begin = starts[-1]
        levels[known, place] = begin + 1 + code[known]
        if kind.of_product and fresh is not None:
            levels[known & fresh, place] = begin
        variances.append(np.full(1 + count, kind.variance))
        example = np.full(1 + count, NO_LEVEL, dtype=np.int64)
        rows = np.flatnonzero(known)[::-1]  # of several lines the first stays
        example[1 + code[rows]] = rows
        examples.append(example)
        starts.append(begin + 1 + count)
    nothing = np.empty(0, dtype=np.int64)
    variance, example = np.concatenate([*variances, np.empty(0)]), np.concatenate([*examples, nothing])
    return Places(levels, variance, np.array(starts, dtype=np.int64), example)
