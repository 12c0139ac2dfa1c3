"""Orders on a few days of the month over months or years: days that are none."""

from datetime import datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from data.schema import TIME
from data.validation.improbable.orders import on_few_days_of_the_month

NUMBERS = range(120)


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ([datetime(2001 + n % 27, 3 + n % 2, 24, 10) for n in NUMBERS], True),
        ([datetime(2024, 1 + n % 12, 1 + n % 5, n % 24) for n in NUMBERS], True),
        ([datetime(2024, 1 + n % 12, 1 + n % 5, 10) - timedelta(hours=11) for n in NUMBERS], True),
        ([datetime(2024, 3, 1 + n % 12, 10) for n in NUMBERS], False),
        ([datetime(2024, 1, 1) + timedelta(days=3 * n) for n in NUMBERS], False),
        ([datetime(2024, 1 + n % 6, 1) for n in NUMBERS], False),
        ([datetime(2024, 3, 1 + n % 10) for n in NUMBERS] + [datetime(2024, 12, 26)], False),
    ],
)
def test_months_or_years_that_are_read_as_days_are_found(times: list[datetime], found: bool) -> None:  # noqa: FBT001
    backend = ibis.duckdb.connect()
    backend.con.register("lines", pa.table({"ordered_at": pa.array(times, TIME)}))
    lines = backend.table("lines")
    findings = list(on_few_days_of_the_month(backend, lines))
    assert [finding.name for finding in findings] == ["few_days_of_the_month"] * found
    assert all(finding.grave for finding in findings)
