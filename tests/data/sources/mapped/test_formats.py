"""Formats of times: a code that the engine lacks is refused with its fix, and a zone in letters is a zone."""

from datetime import datetime
from typing import Any

import pytest

from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.times import parsed
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal
from tests.data.sources.mapped.sql_of_cells import value


@pytest.mark.parametrize(
    ("layout", "fix"),
    [
        ("%F %T", "write %Y-%m-%d in place of %F"),
        ("%e.%m.%Y", "write %-d in place of %e"),
        ("%s", "seconds since 1970"),
        ("%q", "codes are those of DuckDB"),
        ("%", "%% is a percent sign"),
        ("%Y-%m-%d %", "%% is a percent sign"),
    ],
)
@pytest.mark.parametrize("place", ["column", "condition", "copies"])
def test_a_code_that_is_not_read_is_refused_where_it_stands(
    shop: FilesOfAShop, layout: str, fix: str, place: str
) -> None:
    parts: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
        "column": (shop.lines, "ordered_at", {"column": "time", "format": layout}),
        "condition": (
            shop.mapping["order_lines"],
            "leave_out",
            {"old": {"column": "time", "before": "2024", "format": layout}},
        ),
        "copies": (shop.mapping["files"]["lines"], "copies", {"newest_by": "time", "format": layout}),
    }
    part, key, content = parts[place]
    part[key] = content
    error = refusal(shop)
    assert repr(layout) in error.found
    assert fix in error.found
    assert "format" in error.fix or "copies" in error.fix


@pytest.mark.parametrize(
    ("layout", "cell"),
    [
        ("%Y-%m-%dT%H:%M:%SZ", "2024-07-01T12:00:00Z"),
        ("%Y-%m-%dT%H:%M:%S.%fZ", "2024-07-01T12:00:00.000Z"),
        ("%Y-%m-%d %H:%M:%S UTC", "2024-07-01 12:00:00 UTC"),
        ("%d.%m.%Y %H:%M (GMT)", "01.07.2024 12:00 (GMT)"),
        ("%Y-%m-%d %H:%M:%S EST", "2024-07-01 07:00:00 EST"),
        ("%Y-%m-%dT%H:%M:%S+00:00", "2024-07-01T12:00:00+00:00"),
        ("%Y-%m-%d %H:%M -0500", "2024-07-01 07:00 -0500"),
        ("%m/%d/%Y %I:%M %p UTC", "07/01/2024 12:00 PM UTC"),
    ],
)
def test_a_zone_that_stands_as_letters_in_a_format_is_read_as_one(layout: str, cell: str) -> None:
    rule = ColumnRule(column="x", format=(layout,))
    assert value(parsed("x", rule, "America/New_York"), cell) == datetime(2024, 7, 1, 12)


@pytest.mark.parametrize("layout", ["%HH%M", "%d.%m.%Y um %H:%M Uhr", "%Y-%m-%dT%H:%M:%S", "%H:%M %p"])
def test_other_letters_stay_letters(layout: str) -> None:
    assert ColumnRule(column="x", format=(layout,)).format == (layout,)


def test_numbers_that_tell_the_newest_copy_need_no_format(shop: FilesOfAShop) -> None:
    shop.mapping["files"]["lines"]["copies"] = {"newest_by": "time", "format": "epoch_seconds"}
    assert "numbers, which are compared without a format" in refusal(shop).found
