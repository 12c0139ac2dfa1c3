"""The first return of a line."""

from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from features.offline.first_return import first_returns

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
    first = dict(zip(expected["line_id"], expected["return_id"], strict=True))
    assert dict(zip(*over_tables.select(["line_id", "return_id"]).to_pydict().values(), strict=True)) == first
