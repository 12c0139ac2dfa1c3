"""A key that stands for many people is asked, whatever the address says."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted, orders


def drafted(folder: Path, shared: str, names: int) -> Drafted:
    """A draft of 12 orders, every second one by the address ``shared`` under so many different names."""

    def cells(line: int) -> str:
        order = line // 2
        number = order // 2 % names if order % 2 else 100 + order
        address = shared if order % 2 else f"anna{order}@example.org"
        return f"{address},Person {chr(65 + number % 26)},{'yes' if line % 5 else 'no'}"

    return Drafted(folder, a_csv=orders("email,customer name,returned", cells).replace("customer,", "x,", 1))


@pytest.mark.parametrize(("names", "asked"), [(6, True), (2, False)])
def test_an_address_with_many_names_is_asked_and_not_shown(
    names: int,
    asked: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    found = drafted(tmp_path, "info@shop.example", names)

    assert ("one value stands for 6 different names on 12 rows: is it the shop's own" in found.text) is asked
    assert "info@shop" not in found.text


@pytest.mark.parametrize("address", ["guest@shop.example", "no-reply@shop.example"])
def test_an_address_that_no_customer_has_stands_for_guests(address: str, tmp_path: Path) -> None:
    found = drafted(tmp_path, address, 6)

    assert found.lines["customer_id"] == {"column": "email", "key": "email", "missing": [address]}
    assert "different names" not in found.text
    assert "12 lines of guests" in found.printed
