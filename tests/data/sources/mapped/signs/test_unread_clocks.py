"""AM and PM, zones and offsets in a column that no rule reads are never ignored in silence."""

import pytest

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal, shop_with
from tests.data.sources.mapped.signs.found import notices


@pytest.mark.parametrize(
    ("name", "am", "pm"), [("AM/PM", "AM", "PM"), ("ampm", "a. m.", "p. m."), ("上午", "上午", "下午")]
)
def test_halves_of_the_day_in_a_column_are_refused_and_read_together_with_the_time(
    shop: FilesOfAShop, name: str, am: str, pm: str
) -> None:
    error = refusal(shop_with(shop, name, am, pm))
    assert f"{{columns: [time, {name}], format: '%Y-%m-%d %I:%M %p'}}" in error.fix
    shop.lines["ordered_at"] = {"columns": ["time", name], "format": "%Y-%m-%d %I:%M %p"}
    assert [row["ordered_at"].hour for row in shop.read()["order_lines"]] == [10, 22, 11]


@pytest.mark.parametrize(
    ("name", "a", "b", "fix"),
    [
        ("UTC Offset", "+05:30", "-08:00", "{columns: [time, UTC Offset], format: '%Y-%m-%d %H:%M %z'}"),
        ("Time Zone", "America/New_York", "America/Los_Angeles", "export the times in UTC"),
        ("tz", "Europe/Berlin", "Europe/Berlin", "set timezone: Europe/Berlin"),
    ],
)
def test_zones_in_a_column_are_named_with_what_reads_them(
    shop: FilesOfAShop, name: str, a: str, b: str, fix: str
) -> None:
    (notice,) = notices(shop_with(shop, name, a, b))
    assert f"the column {name!r} has zones" in notice
    assert fix in notice
    shop.mapping["files"]["lines"]["ignore"] = [name]
    assert notices(shop) == []


@pytest.mark.parametrize(("name", "a", "b"), [("Zone", "north", "EU"), ("tz", "UTC", "GMT"), ("remark", "AM", "PM")])
def test_other_columns_and_the_zone_of_the_mapping_say_nothing(shop: FilesOfAShop, name: str, a: str, b: str) -> None:
    assert notices(shop_with(shop, name, a, b)) == []
