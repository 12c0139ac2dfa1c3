"""Times that a change of clocks or two formats make doubtful are counted with their places, or refused."""

from typing import Any

import pytest

from data.files import read_json
from data.sources.mapped.clock_changes import hours
from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop, refusal

ROW = "l{number},o{number},c,p1,{time},1,10\n"


def read(shop: FilesOfAShop, *times: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read lines of these times, and give what was decided on them, with examples."""
    rows = "".join(ROW.format(number=number, time=time) for number, time in enumerate(times, start=1))
    shop.write("lines.csv", HEADER + rows)
    shop.read()
    found, place = read_json(shop.raw / "source.json"), "order_lines.ordered_at"
    return found["decisions"].get(place, {}), found.get("examples", {}).get(place, {})


@pytest.mark.parametrize("layout", [None, "%Y-%m-%d %H:%M"])
def test_times_in_doubled_and_missing_hours_are_counted_with_their_lines(
    shop: FilesOfAShop, layout: str | None
) -> None:
    shop.mapping["timezone"] = "Europe/Berlin"
    if layout:
        shop.lines["ordered_at"] = {"column": "time", "format": layout}
    counts, places = read(
        shop, "2024-03-01 10:00", "2024-10-27 02:00", "2024-10-27 02:59", "2024-10-27 03:00", "2024-03-31 02:30",
        "2024-03-31 03:00", "2024-10-27 01:59", "2024-03-31 01:59",
    )  # fmt: skip
    assert counts == {"doubled_hour": 2, "missing_hour": 1}
    assert places == {"doubled_hour": ["lines.csv:line 3", "lines.csv:line 4"], "missing_hour": ["lines.csv:line 6"]}


def test_a_time_with_its_own_offset_or_without_a_time_of_day_is_certain(shop: FilesOfAShop) -> None:
    shop.mapping["timezone"] = "Europe/Berlin"
    assert read(shop, "2024-03-01 10:00", "2024-10-27 02:30+01:00", "2024-10-27T00:30Z", "2024-10-27") == ({}, {})
    shop.mapping["timezone"] = "America/Sao_Paulo"  # until 2018, clocks changed at midnight
    assert read(shop, "2024-03-01 10:00", "2018-11-04") == ({}, {})


def test_a_zone_that_changes_by_half_an_hour_has_half_an_hour_of_doubt(shop: FilesOfAShop) -> None:
    shop.mapping["timezone"] = "Australia/Lord_Howe"
    counts, _ = read(shop, "2024-04-07 01:29", "2024-04-07 01:31", "2024-04-07 01:59", "2024-04-07 02:00")
    assert counts == {"doubled_hour": 2}


def test_a_zone_without_changes_costs_nothing() -> None:
    assert hours("UTC") == hours("Asia/Tokyo") == (0,)
    assert len(hours("Europe/Berlin")) < 400


BOTH = ["%d/%m/%Y", "%m/%d/%Y"]


def test_a_date_that_two_formats_read_as_two_days_is_refused(shop: FilesOfAShop) -> None:
    shop.lines["ordered_at"] = {"column": "time", "format": BOTH}
    rows = "".join(
        ROW.format(number=n, time=t) for n, t in enumerate(["25/03/2024", "03/04/2024", "05/05/2024", "x"], 1)
    )
    shop.write("lines.csv", HEADER + rows)
    tables = shop.read()
    assert [row["line_id"] for row in tables["order_lines"]] == ["l1", "l3"]
    assert [(row["key"], row["rule"], row["value"]) for row in tables["rejects"]] == [
        ("l2", "ambiguous_time", "03/04/2024"),
        ("l4", "unparsable_time", "x"),
    ]


def test_formats_with_two_and_four_digits_of_a_year_are_no_doubt(shop: FilesOfAShop) -> None:
    shop.lines["ordered_at"] = {"column": "time", "format": ["%d.%m.%Y", "%d.%m.%y"]}
    shop.write("lines.csv", HEADER + ROW.format(number=1, time="03.04.24") + ROW.format(number=2, time="03.04.2024"))
    assert {row["ordered_at"].year for row in shop.read()["order_lines"]} == {2024}


def test_a_condition_that_could_mean_two_days_is_refused(shop: FilesOfAShop) -> None:
    shop.lines["ordered_at"] = {"column": "time", "format": "%d/%m/%Y"}
    shop.write("lines.csv", HEADER + ROW.format(number=1, time="03/04/2024"))
    shop.mapping["order_lines"]["leave_out"] = {"old": {"column": "time", "before": "2024-03-20", "format": BOTH}}
    assert refusal(shop).found == "'03/04/2024' on 1 rows"
