"""The first return of a line: tables and single returns agree, for any order of arrival."""

from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from features.online_state.first_return import first_of, first_returns
from features.online_state.records import Return

START = datetime(2024, 1, 1)


def test_the_earliest_return_is_the_first_and_of_one_moment_that_of_the_least_id() -> None:
    rng = np.random.default_rng(1)
    days = rng.integers(3, size=200)
    returns = pd.DataFrame(
        {
            "line_id": [f"l{number}" for number in rng.integers(30, size=200)],
            "return_id": [f"r{number}" for number in rng.permutation(200)],
            "returned_at": [START + timedelta(days=int(day)) for day in days],
        }
    )
    expected = returns.sort_values(["returned_at", "return_id"]).drop_duplicates("line_id")

    over_tables = first_returns(ibis.memtable(pa.Table.from_pandas(returns))).to_pyarrow()
    one_by_one: dict[str, Return] = {}
    for line_id, return_id, day in zip(returns["line_id"], returns["return_id"], days, strict=True):
        one_by_one[line_id] = first_of(one_by_one.get(line_id), Return(int(day), return_id, None))

    first = dict(zip(expected["line_id"], expected["return_id"], strict=True))
    assert dict(zip(*over_tables.select(["line_id", "return_id"]).to_pydict().values(), strict=True)) == first
    assert {line_id: back.event_id for line_id, back in one_by_one.items()} == first


def test_a_return_stays_the_first_until_an_earlier_one_is_known() -> None:
    known = Return(5, "b", "STYLE")

    assert first_of(None, known) == known
    assert first_of(known, Return(6, "a", None)) == known
    assert first_of(known, Return(5, "c", None)) == known
    assert first_of(known, Return(5, "a", None)) == Return(5, "a", None)
