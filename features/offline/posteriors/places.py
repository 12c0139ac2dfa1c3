"""The place of each line's levels: those of a kind are numbered one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from data.arrays import Bools, Floats, Ints
from features.language.request_field import UNKNOWN_PRODUCT
from features.offline.lines import CODE
from features.offline.requests import LACKS
from features.posteriors.kinds import Kind
from features.posteriors.state import NO_LEVEL

FRESH = "fresh"
"""The column of `read_keys` that marks lines of a product that the request does not know."""


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


def read_keys(table: ir.Table, kinds: Sequence[Kind], order: Sequence[str]) -> pa.Table:
    """Read the codes of all columns of keys, missing where the line lacks the field, in the order of the matrix."""
    names = dict.fromkeys(column for kind in kinds for column in kind.columns)
    codes = {name: _code(table, name) for name in names}
    if LACKS + UNKNOWN_PRODUCT in table.columns:
        codes[FRESH] = table[LACKS + UNKNOWN_PRODUCT].cast("float64")
    return table.order_by(list(order)).select(**codes).to_pyarrow()


def place_levels(found: pa.Table, kinds: Sequence[Kind]) -> Places:
    """Give each line of ``found``, which `read_keys` read, its level of each kind."""
    fresh = _numbers(found, FRESH) == 1 if FRESH in found.column_names else np.zeros(len(found), dtype=bool)
    levels = np.full((len(found), len(kinds)), NO_LEVEL, dtype=np.int64)
    starts, variances, examples = [0], list[Floats](), list[Ints]()
    for place, kind in enumerate(kinds):
        codes = _numbered([_numbers(found, name) for name in kind.columns])
        known: Bools = codes != NO_LEVEL
        numbers, first = np.unique(codes[known], return_index=True)
        begin = starts[-1]
        levels[known, place] = begin + 1 + codes[known]
        if kind.of_product:
            levels[known & fresh, place] = begin
        variances.append(np.full(1 + len(numbers), kind.variance))
        examples.append(np.concatenate([[NO_LEVEL], np.flatnonzero(known)[first]]))
        starts.append(begin + 1 + len(numbers))
    nothing = np.empty(0, dtype=np.int64)
    variance, example = np.concatenate([*variances, np.empty(0)]), np.concatenate([*examples, nothing])
    return Places(levels, variance, np.array(starts, dtype=np.int64), example)


def _code(table: ir.Table, name: str) -> ir.Value:
    """The code of a text, else the number itself; missing where the request of the line lacks it."""
    value = table[CODE + name] if CODE + name in table.columns else table[name]
    return ibis.ifelse(table[name].notnull(), value.cast("float64"), None)


def _numbers(found: pa.Table, name: str) -> Floats:
    return np.asarray(found[name].to_numpy(), dtype=np.float64)


def _numbered(columns: Sequence[Floats]) -> Ints:
    """Number the distinct rows of ``columns``, 0, 1, … in ascending order; `NO_LEVEL` where a value is missing."""
    known: Bools = np.asarray(~np.isnan(np.column_stack(columns)).any(axis=1))
    codes = np.zeros(int(known.sum()), dtype=np.int64)
    for column in columns:
        part = np.unique(column[known], return_inverse=True)[1]
        codes = np.unique(codes * (part.max(initial=0) + 1) + part, return_inverse=True)[1]
    numbers = np.full(len(known), NO_LEVEL, dtype=np.int64)
    numbers[known] = codes
    return numbers
