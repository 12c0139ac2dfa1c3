"""A format that reads every cell is refused where another one does so, too, and the days say that it is right."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop, refusal
from tests.data.sources.mapped.signs.found import notices

YEAR = [date(2024, 1, 1) + timedelta(days=3 * number) for number in range(120)]
MARCH = [date(2024, 3, 1) + timedelta(days=number) for number in range(12)]
FIRSTS = [date(2023, month, 1) for month in range(1, 13)]
SEVERAL_YEARS = [date(2021, 1, 1) + timedelta(days=9 * number) for number in range(150)]


def shop_of(shop: FilesOfAShop, cells: list[str], layout: Any) -> FilesOfAShop:
    rows = (f"l{place},o{place},c{place},p1,{cell},1,10\n" for place, cell in enumerate(cells, start=1))
    shop.write("lines.csv", HEADER + "".join(rows))
    shop.write("returns.csv", "id,line,time,pieces,why\nr1,l1,2031-01-09,1,too small\n")
    shop.lines["ordered_at"] = {"column": "time", "format": layout}
    return shop


@pytest.mark.parametrize(
    ("days", "written", "layout", "right"),
    [
        (YEAR, "%y/%m/%d", "%d/%m/%y", "%y/%m/%d"),
        (SEVERAL_YEARS, "%y.%m.%d", "%d.%m.%y", "%y.%m.%d"),
    ],
)
def test_a_format_with_orders_on_few_days_of_the_month_is_refused_for_the_one_of_usual_days(
    shop: FilesOfAShop, days: list[date], written: str, layout: str, right: str
) -> None:
    cells = [day.strftime(written) for day in days]
    assert refusal(shop_of(shop, cells, layout)).fix.startswith(f"set format: {right!r}; or")
    shop.lines["ordered_at"]["format"] = right
    assert shop.read()["order_lines"][0]["ordered_at"].date() == days[0]


@pytest.mark.parametrize(
    ("days", "written", "layout", "other"),
    [(FIRSTS, "%d/%m/%Y", "%d/%m/%Y", "%m/%d/%Y"), (MARCH, "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y")],
)
def test_days_and_months_that_may_change_places_are_asked_about(
    shop: FilesOfAShop, days: list[date], written: str, layout: str, other: str
) -> None:
    error = refusal(shop_of(shop, [day.strftime(written) for day in days], layout))
    assert error.fix.startswith("look in the shop which one is right: files.lines.ignore: [time], where its orders are")
    assert f"set format: {other!r}, where they are of all days" in error.fix


@pytest.mark.parametrize(
    ("written", "layout", "ignored"),
    [("%Y-%m-%d", [], []), ("%Y%m%d", "%Y%m%d", []), ("%d/%m/%Y", "%d/%m/%Y", ["time"])],
)
def test_orders_on_the_first_of_every_month_stand_where_no_format_swaps_them_or_the_mapping_says_so(
    shop: FilesOfAShop, written: str, layout: Any, ignored: list[str]
) -> None:
    shop_of(shop, [day.strftime(written) for day in FIRSTS], layout).mapping["files"]["lines"]["ignore"] = ignored
    assert notices(shop) == []
    decided = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))["decisions"]
    assert decided["order_lines.ordered_at"]["few_sure_days"] == len(FIRSTS)


@pytest.mark.parametrize("days", [YEAR, SEVERAL_YEARS])
@pytest.mark.parametrize("layout", ["%d.%m.%y", "%m/%d/%y", "%y-%m-%d", "%d.%m.%Y"])
def test_the_right_format_has_no_rival(shop: FilesOfAShop, days: list[date], layout: str) -> None:
    assert notices(shop_of(shop, [day.strftime(layout) for day in days], layout)) == []


def test_two_formats_that_the_days_do_not_tell_apart_are_counted_and_named(shop: FilesOfAShop) -> None:
    cells = [f"0{day}/0{month}/2024" for day in (3, 4, 5) for month in (3, 4, 5)]
    (notice,) = notices(shop_of(shop, cells, "%d/%m/%Y"))
    assert "two formats read all times" in notice
    assert "'%m/%d/%Y'" in notice
    shop.mapping["files"]["lines"]["ignore"] = ["time"]
    assert notices(shop) == []


def test_days_and_months_that_a_spreadsheet_swapped_are_found_by_the_forms_of_the_cells(shop: FilesOfAShop) -> None:
    days = [date(2024, 3, 1) + timedelta(days=number) for number in range(28)]
    cells = [day.strftime("%Y-%d-%m" if day.day <= 12 else "%d/%m/%Y") for day in days]
    error = refusal(shop_of(shop, cells, ["%Y-%m-%d", "%d/%m/%Y"]))
    assert error.fix.startswith("write '%Y-%d-%m' in place of '%Y-%m-%d'")
    shop.lines["ordered_at"]["format"] = ["%Y-%d-%m", "%d/%m/%Y"]
    assert {row["ordered_at"].date() for row in shop.read()["order_lines"]} == set(days)
