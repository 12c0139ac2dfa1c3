"""Columns that say a part of the times beside them are put together with these, or asked."""

from pathlib import Path

from tests.data.drafting.files import Drafted

HEADER = "Order,Customer,SKU,Order Date,{},Qty,Price,Return Date\n"


def shop(folder: Path, further: str, *values: str) -> Drafted:
    """A draft of orders with the columns ``further``, whose values alternate."""
    rows = (
        f"{n},C{n % 5},A{n % 3},2024-03-{n + 1:02d} 0{n % 9 + 1}:15,{values[n % len(values)]},1,9.90,"
        f"{f'2024-04-{n + 1:02d} 17:00' if n % 4 == 0 else ''}\n"
        for n in range(20)
    )
    return Drafted(folder, a_csv=HEADER.format(further) + "".join(rows))


def test_a_column_of_am_and_pm_is_read_with_the_time_and_one_of_several_zones_is_asked(tmp_path: Path) -> None:
    found = shop(tmp_path, "AM/PM,Time Zone", "AM,America/New_York", "PM,America/Chicago")

    assert found.lines["ordered_at"] == {"columns": ["Order Date", "AM/PM"], "format": "%Y-%m-%d %I:%M %p"}
    assert found.yaml["returns"]["columns"]["returned_at"] == "Return Date"
    assert "AM/PM is not read" in found.text
    assert "CHECK: Time Zone has America/Chicago, America/New_York, and no rule reads a zone by its row" in found.text


def test_a_column_of_offsets_is_read_with_the_times_that_all_rows_have(tmp_path: Path) -> None:
    found = shop(tmp_path, "UTC Offset", "+05:30", "-08:00")

    assert found.lines["ordered_at"] == {"columns": ["Order Date", "UTC Offset"]}
    assert found.yaml["returns"]["columns"]["returned_at"] == "Return Date"  # a row without one would have an offset
    assert "CHECK: UTC Offset is not read" in found.text
    assert "5 lines came back" in found.printed
