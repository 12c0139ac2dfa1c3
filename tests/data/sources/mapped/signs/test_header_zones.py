"""A zone that the header of a time names is the one that its cells are read in, or the run stops."""

from datetime import datetime

import pytest

from data.sources.mapped.signs.header_zones import zone_of
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal


@pytest.mark.parametrize(
    ("header", "zone"),
    [
        ("Order Date (PST)", "America/Los_Angeles"),
        ("created_at_utc", "UTC"),
        ("Return Date (CET)", "Europe/Berlin"),
        ("Date (UTC+2)", "Etc/GMT-2"),
        ("Date GMT-05:00", "Etc/GMT+5"),
        ("Date (GMT+5:30)", "Asia/Kolkata"),
        ("Order time (Europe/Paris)", "Europe/Paris"),
        ("Order date (ET)", "America/New_York"),
    ],
)
def test_a_header_names_a_zone(header: str, zone: str) -> None:
    assert zone_of(header) == zone


@pytest.mark.parametrize(
    "header", ["Order Date", "Date et heure", "DATE ET HEURE", "Est. date", "latest", "Mutc", "A/B test"]
)
def test_words_that_are_no_zones_name_none(header: str) -> None:
    assert zone_of(header) is None


def shop_of(shop: FilesOfAShop, header: str, time: str) -> FilesOfAShop:
    shop.write("lines.csv", f"line,order,customer,product,{header},pieces,price\nl1,o1,a,p1,{time},1,19.90\n")
    shop.lines["ordered_at"] = header
    return shop


def test_a_zone_of_the_header_stops_the_run_until_the_mapping_has_it(shop: FilesOfAShop) -> None:
    shop_of(shop, "time (PST)", "2024-03-01 10:00")
    error = refusal(shop)

    assert "the column 'time (PST)', read in UTC" in error.found
    assert "set timezone: America/Los_Angeles beside column in order_lines.columns.ordered_at" in error.fix
    shop.lines["ordered_at"] = {"column": "time (PST)", "timezone": "America/Los_Angeles"}
    assert [row["ordered_at"] for row in shop.read()["order_lines"]] == [datetime(2024, 3, 1, 18, 0)]


@pytest.mark.parametrize("time", ["2024-03-01T10:00:00Z", "2024-03-01"])
def test_times_with_an_offset_and_dates_need_no_zone_of_the_header(time: str, shop: FilesOfAShop) -> None:
    assert len(shop_of(shop, "time (PST)", time).read()["order_lines"]) == 1
