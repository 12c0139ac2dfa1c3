"""Times as shops write them: a zone or PM is read, and what is not read makes the cell unreadable."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.times import day_end, is_date, naive, names_of, parsed
from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop
from tests.data.sources.mapped.sql_of_cells import value


def time(cell: str, zone: str = "UTC", **rule: Any) -> datetime | None:
    found = value(parsed("x", ColumnRule(column="x", **rule), zone), cell)
    assert found is None or isinstance(found, datetime)
    return found


NOON = datetime(2024, 7, 1, 12)


@pytest.mark.parametrize(
    "cell",
    [
        "2024-07-01 12:00Z",
        "2024-07-01T14:00:00+02:00",
        "2024-07-01 05:00 -0700",
        "2024/7/1 17:30+0530",
        "2024-07-01T14+02",
    ],
)
def test_an_offset_is_read(cell: str) -> None:
    assert time(cell, "Asia/Tokyo") == (None if "T14+" in cell else NOON)


@pytest.mark.parametrize("cell", ["2024-07-01 02:00 PM", "2024-07-01 12:00 CEST", "2024-07-01 12:00x", "2024-07-01 12"])
def test_what_iso_8601_does_not_have_is_not_read(cell: str) -> None:
    assert time(cell) is None


def test_am_and_pm_are_read_by_their_code() -> None:
    assert time("07/01/2024 12:00 PM", format="%m/%d/%Y %I:%M %p") == NOON
    assert time("07/01/2024 12:00 AM", format="%m/%d/%Y %I:%M %p") == NOON.replace(hour=0)
    assert time("07/01/2024 02:00 PM", format="%m/%d/%Y %H:%M") is None


def test_am_and_pm_are_read_in_other_languages_and_digits_of_other_scripts_as_digits(shop: FilesOfAShop) -> None:
    assert time("01/07/2024 12:00 p. m.", format="%d/%m/%Y %I:%M %p") == NOON
    assert time("2024-07-01 下午 12:00", format="%Y-%m-%d %p %I:%M") == NOON
    arabic = str.maketrans("0123456789", "".join(chr(0x660 + digit) for digit in range(10)))
    cells = "01/07/2024 12:00 \u0645,2,19\u066b50".translate(arabic)
    shop.write("lines.csv", f"{HEADER}l1,o1,c1,p1,{cells}\n")
    shop.write("returns.csv", "id,line,time,pieces,why\nr1,l1,2024-07-09,1,too small\n")
    shop.lines["ordered_at"] = {"column": "time", "format": "%d/%m/%Y %I:%M %p"}
    (line,) = shop.read()["order_lines"]
    assert (line["ordered_at"].replace(tzinfo=None), line["quantity"], line["price_minor"]) == (NOON, 2, 1950)


def test_names_of_the_mapping_zone_are_read_and_no_others() -> None:
    zone, layout = "America/Los_Angeles", "%Y-%m-%d %H:%M %Z"
    assert time("2024-07-01 05:00 PDT", zone, format=layout) == NOON
    assert time("2024-07-01 04:00 (PST)", zone, format=layout) == NOON
    assert time("2024-07-01 12:00 UTC", zone, format=layout) == NOON
    assert time("2024-07-01 12:00 CEST", zone, format=layout) is None
    assert time("2024-07-01 12:00", zone, format=layout) is None


def test_names_that_had_two_offsets_are_not_known() -> None:
    assert names_of("Europe/Berlin")["CEST"] == 120
    assert "MSK" not in names_of("Europe/Moscow")


def test_a_date_is_known_from_a_time() -> None:
    iso, two = ColumnRule(column="x"), ColumnRule(column="x", format=("%d.%m.%Y", "%d.%m.%Y %H:%M"))
    assert [value(is_date("x", iso), cell) for cell in ("2024-07-01", "2024-07-01 00:00")] == [True, False]
    assert [value(is_date("x", two), cell) for cell in ("01.07.2024", "01.07.2024 00:00")] == [True, False]


def test_a_day_ends_at_the_midnight_of_its_zone() -> None:
    summer = day_end("TIMESTAMP '2024-03-30 23:00'", "Europe/Berlin")  # the day of 23 hours, 2024-03-31
    assert value(summer, "") == datetime(2024, 3, 31, 21, 59, 59, 999999)


@pytest.mark.parametrize(
    ("cell", "layout", "found"),
    [
        ("45474.5", "excel_serial", NOON),
        ("45474,5", "excel_serial", NOON),
        ("45474.4166666667", "excel_serial", datetime(2024, 7, 1, 10)),
        ("45474", "excel_serial", datetime(2024, 7, 1)),
        ("1719835200", "epoch_seconds", NOON),
        ("1719835200.5", "epoch_seconds", datetime(2024, 7, 1, 12, 0, 0, 500_000)),
        ("1719835200000", "epoch_milliseconds", NOON),
        ("1719835200000", "epoch_seconds", None),
        ("1719835200", "epoch_milliseconds", None),
        ("1.7198352E+12", "epoch_milliseconds", None),
        ("20240701", "excel_serial", None),
        ("2024-07-01", "excel_serial", None),
        ("-1", "epoch_seconds", None),
    ],
)
def test_numbers_are_times_in_the_unit_that_the_mapping_names(cell: str, layout: str, found: datetime | None) -> None:
    assert time(cell, format=layout) == found


def test_a_spreadsheets_day_is_local_and_without_a_fraction_a_date_and_what_counts_from_1970_is_neither() -> None:
    serial = ColumnRule(column="x", format=("excel_serial",))
    assert time("45474.5", "Europe/Berlin", format="excel_serial") == NOON - timedelta(hours=2)
    assert time("1719835200", "Europe/Berlin", format="epoch_seconds") == NOON
    assert [value(is_date("x", serial), cell) for cell in ("45474", "45474.5")] == [True, False]
    assert value(is_date("x", ColumnRule(column="x", format=("epoch_seconds",))), "1719835200") is False
    assert value(naive("x", serial), "45474.5") == NOON


def test_numbers_stand_beside_written_times() -> None:
    both = ColumnRule(column="x", format=("%d.%m.%Y %H:%M", "excel_serial"))
    assert time("01.07.2024 12:00", format=both.format) == time("45474.5", format=both.format) == NOON
    assert [value(is_date("x", both), cell) for cell in ("45474", "01.07.2024 12:00")] == [True, False]
