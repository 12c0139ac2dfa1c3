"""The zone of the times: none is said to be in every cell while some times have none."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

ORDERS = "order,customer,sku,order date,qty,price\n" + "".join(
    f"{n},K{n % 5},A{n % 7},2024-{month:02d}-{n + 1:02d}T10:00:00{offset}\n".replace("\n", ",1,9.90\n")
    for month, offset in ((2, "{winter}"), (7, "{summer}"))
    for n in range(month, month + 5)
)
RETURNS = "rma,order,sku,return date\n" + "".join(f"R{n},{n},A{n % 7},2024-07-{n + 5:02d}{{time}}\n" for n in (3, 4))


def drafted(folder: Path, winter: str, summer: str, time: str) -> Drafted:
    orders = ORDERS.replace("{winter}", winter).replace("{summer}", summer)
    return Drafted(folder, orders_csv=orders, returns_csv=RETURNS.replace("{time}", time))


@pytest.mark.parametrize(
    ("winter", "summer", "zone"),
    [("+01:00", "+02:00", "Europe/Berlin"), ("+03:00", "+03:00", "Etc/GMT-3"), ("-0500", "-0400", "America/New_York"),
     ("Z", "Z", "UTC")],
)  # fmt: skip
def test_times_without_an_offset_are_asked_with_the_zone_that_the_offsets_of_others_have(
    winter: str, summer: str, zone: str, tmp_path: Path
) -> None:
    found = drafted(tmp_path, winter, summer, " 12:00:00")

    assert found.yaml["timezone"] == zone
    assert f"CHECK: returns: return date has no offset: is {zone} their zone" in found.text
    assert "every time has its offset" not in found.text


def test_a_date_without_a_time_of_day_is_one_without_an_offset(tmp_path: Path) -> None:
    assert "CHECK: returns: return date has no offset" in drafted(tmp_path, "+01:00", "+02:00", "").text


def test_only_where_all_times_have_an_offset_it_is_said(tmp_path: Path) -> None:
    found = drafted(tmp_path, "+01:00", "+02:00", "T12:00:00+02:00")

    assert found.yaml["timezone"] == "UTC"
    assert "# every time has its offset" in found.text


def test_a_column_some_of_whose_times_have_no_offset_does_not_count_as_one_with_offsets(tmp_path: Path) -> None:
    text = drafted(tmp_path, "+01:00", "", "T12:00:00+02:00").text

    assert "every time has its offset" not in text
    assert "CHECK: the zone of the shop's times" in text


def test_offsets_that_no_known_zone_has_leave_the_zone_open(tmp_path: Path) -> None:
    text = drafted(tmp_path, "+01:00", "+07:00", " 12:00:00").text

    assert "and order date says its own zone: in which one are these written?" in text
