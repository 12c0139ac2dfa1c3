"""The kinds of levels that a line belongs to, and the place of each line's levels."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from data.arrays import Bools, Floats, Ints
from features.definitions import keys, line
from features.definitions.selection import lacking
from features.language.nodes import Key
from features.language.request_field import UNKNOWN_PRODUCT
from features.offline.lines import CODE
from features.offline.requests import LACKS
from features.params import LevelVariances
from features.posteriors.state import NO_LEVEL

FRESH = "fresh"
"""The column of `read_keys` that marks lines of a product that the request does not know."""


@dataclass(frozen=True)
class Kind:
    """A kind of levels: one for each value of ``key``, with the prior ``variance`` (squared log-odds) around 0."""

    key: Key
    variance: float

    @property
    def columns(self) -> list[str]:
        """The line columns that name a level."""
        return [column.name for column in self.key.columns]


def kinds_of(variances: LevelVariances, columns: frozenset[str]) -> list[Kind]:
    """List the kinds whose columns the source has."""
    every = [
        (variances.customer, (keys.CUSTOMER,)),
        (variances.customer_kind, (keys.CUSTOMER_CATEGORY, keys.CUSTOMER_SIZE_SYSTEM)),
        (variances.product, (keys.PRODUCT,)),
        (variances.variant, (keys.PRODUCT_SIZE, keys.PRODUCT_COLOR)),
        (
            variances.kind,
            (keys.CATEGORY, keys.BRAND, keys.SUPPLIER, keys.SIZE_LABEL, keys.PAYMENT, keys.CHANNEL),
        ),
    ]
    found = [Kind(key, variance) for variance, group in every for key in group]
    return [kind for kind in found if not any(lacking(column, columns) for column in kind.key.columns)]


def read_keys(table: ir.Table, kinds: Sequence[Kind], order: Sequence[str]) -> pa.Table:
    """Read the codes of all columns of keys, missing where the line lacks the field, in the order of the matrix."""
    names = dict.fromkeys(column for kind in kinds for column in kind.columns)
    codes = {name: _code(table, name) for name in names}
    if LACKS + UNKNOWN_PRODUCT in table.columns:
        codes[FRESH] = table[LACKS + UNKNOWN_PRODUCT].cast("float64")
    return table.order_by(list(order)).select(**codes).to_pyarrow()


def place_levels(found: pa.Table, kinds: Sequence[Kind]) -> tuple[Ints, Floats]:
    """Give each line its level of each kind.

    Returns
    -------
    tuple
        The places of the levels, int64, shape (n, kinds), `NO_LEVEL` where a column is missing; and the prior variance
        of each place. The first place of each kind belongs to no line's outcome: a product that the shop never sold.
    """
    fresh = _numbers(found, FRESH) == 1 if FRESH in found.column_names else np.zeros(len(found), dtype=bool)
    levels = np.full((len(found), len(kinds)), NO_LEVEL, dtype=np.int64)
    variances: list[Floats] = []
    begin = 0
    for place, kind in enumerate(kinds):
        codes = _numbered([_numbers(found, name) for name in kind.columns])
        known: Bools = codes != NO_LEVEL
        count = int(codes.max(initial=NO_LEVEL)) + 2
        levels[known, place] = begin + 1 + codes[known]
        if line.PRODUCT_ID.name in kind.columns:
            levels[known & fresh, place] = begin
        variances.append(np.full(count, kind.variance))
        begin += count
    return levels, np.concatenate([*variances, np.empty(0)])


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
