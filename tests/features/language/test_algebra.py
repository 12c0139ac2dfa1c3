"""Each operator gives the same over a DuckDB table, over an array of numbers and over single numbers."""

import math
from collections.abc import Callable
from typing import Any

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.language.algebra import band, coalesce, days, missing, ratio, shrink, where
from features.language.tape import Tracing

Row = tuple[float | None, float | None, float | None]
Formula = Callable[[Any, Any, Any], Any]

# Whole numbers among them, so that ties and exact edges come up, and both zeros.
NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.0, 500.0, 1000.0]),
    st.integers(-1000, 100_000).map(float),
    st.floats(-1e9, 1e9, allow_subnormal=False),
)
ROWS = st.lists(st.tuples(*[st.none() | NUMBERS] * 3), min_size=1, max_size=12)
WHOLE_ROWS = st.lists(st.tuples(*[st.none() | st.integers(-5, 2000)] * 3), min_size=1, max_size=12)

FORMULAS: dict[str, Formula] = {
    "where": lambda a, b, c: where(a > b, a, c),
    "where_else_missing": lambda a, b, _: where(a >= b, b, None),
    "where_constant": lambda a, b, _: where(a == b, 1, 0),
    "missing": lambda a, _, __: where(missing(a), 1, 0),
    "ratio": lambda a, b, _: ratio(a, b),
    "ratio_by_constant": lambda a, _, __: ratio(a, 4),
    "ratio_by_nothing": lambda a, _, __: ratio(a, 0),
    "ratio_of_constant": lambda a, _, __: ratio(3, a),
    "shrink": lambda a, b, c: shrink(a * a, a * a + b * b, c, 7.5),
    "shrink_to_constant": lambda a, b, _: shrink(a * a, a * a + b * b, 0.3, 10),
    "coalesce": lambda a, b, _: coalesce(a, b),
    "coalesce_with_constant": lambda a, _, __: coalesce(a, 0.25),
    "days": lambda a, b, _: days(a - b),
    # A band is of present values only: the two sides differ where the value is missing, as `band` says.
    "band": lambda a, _, __: band(coalesce(a, 750), (500, 1000, 1500)),
}


def on_table(rows: list[Any], dtype: str) -> dict[str, list[float | None]]:
    columns = {name: [row[place] for row in rows] for place, name in enumerate("abc")}
    table = ibis.memtable(columns, schema=dict.fromkeys("abc", dtype))
    results = {name: formula(table["a"], table["b"], table["c"]) for name, formula in FORMULAS.items()}
    found = ibis.duckdb.connect().to_pyarrow(table.select(**results))
    return {name: [None if v is None else float(v) for v in found[name].to_pylist()] for name in FORMULAS}


def on_arrays(rows: list[Any]) -> dict[str, list[float | None]]:
    a, b, c = (np.array([math.nan if row[n] is None else row[n] for row in rows], dtype=float) for n in range(3))
    return {name: [_present(v) for v in formula(a, b, c)] for name, formula in FORMULAS.items()}


def on_numbers(rows: list[Any]) -> dict[str, list[float | None]]:
    lines = [[math.nan if value is None else value for value in row] for row in rows]
    return {name: [_present(formula(*line)) for line in lines] for name, formula in FORMULAS.items()}


def on_tape(rows: list[Any]) -> dict[str, list[float | None]]:
    tracing = Tracing(3)
    results = {name: formula(*map(tracing.symbol, range(3))) for name, formula in FORMULAS.items()}
    tape = tracing.done(list(results.values()))
    values = tape.rows(len(rows))
    values[:, :3] = rows
    found = tape.run(values).T
    return {name: [_present(value) for value in column] for name, column in zip(results, found, strict=True)}


def _present(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def differing(one: dict[str, list[float | None]], other: dict[str, list[float | None]]) -> list[Any]:
    return [
        (name, place, a, b)
        for name in FORMULAS
        for place, (a, b) in enumerate(zip(one[name], other[name], strict=True))
        if (a is None) != (b is None)
        or (a is not None and b is not None and not math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-300))
    ]


@settings(max_examples=25)
@given(ROWS)
def test_tables_arrays_and_numbers_agree_on_doubles(rows: list[Row]) -> None:
    table = on_table(rows, "float64")

    assert differing(table, on_arrays(rows)) == []
    assert differing(table, on_numbers(rows)) == []


@given(ROWS | WHOLE_ROWS)
def test_a_tape_gives_what_numbers_give_to_the_last_digit(rows: list[Row]) -> None:
    assert on_tape(rows) == on_numbers(rows)


@settings(max_examples=25)
@given(WHOLE_ROWS)
def test_tables_and_numbers_agree_on_whole_numbers(rows: list[Row]) -> None:
    assert differing(on_table(rows, "int64"), on_numbers(rows)) == []


@pytest.mark.parametrize("side", [on_arrays, on_numbers, on_tape, lambda rows: on_table(rows, "float64")])
def test_each_operator_gives_its_documented_value(side: Callable[[list[Row]], dict[str, list[float | None]]]) -> None:
    found = side([(1500.0, 500.0, 0.5), (0.0, 0.0, 0.5), (None, 4.0, 2.0), (4.0, None, 2.0)])

    assert found["where"] == [1500, 0.5, 2, 2]
    assert found["where_else_missing"] == [500, 0, None, None]
    assert found["missing"] == [0, 0, 1, 0]
    assert found["ratio"] == [3, None, None, None]
    assert found["ratio_by_nothing"] == [None] * 4
    assert found["coalesce"] == [1500, 0, 4, 4]
    assert found["band"] == [3, 0, 1, 0]
    assert found["shrink_to_constant"][1] == pytest.approx(0.3)


def test_days_are_of_86400_seconds() -> None:
    assert days(36 * 3600 * 1_000_000) == 1.5


@given(returned=st.integers(0, 500), kept=st.integers(0, 500), parent=st.floats(0, 1), strength=st.floats(0.01, 1e5))
def test_a_shrunk_rate_lies_between_its_own_and_its_parents(
    returned: int, kept: int, parent: float, strength: float
) -> None:
    own = returned / (returned + kept) if returned + kept else parent

    rate = shrink(returned, returned + kept, parent, strength)

    assert min(own, parent) - 1e-12 <= rate <= max(own, parent) + 1e-12


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=6, unique=True).map(sorted), st.integers(-120, 120))
def test_a_band_counts_the_edges_reached(edges: list[int], value: int) -> None:
    assert band(value, tuple(edges)) == sum(value >= edge for edge in edges)
