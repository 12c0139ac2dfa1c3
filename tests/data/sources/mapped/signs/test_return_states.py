"""Returns that never took place: a column of their rows that says so stops the run, until the mapping reads it."""

import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop

HEADER = "id,line,time,pieces,why,{name}\n"
ROWS = "r1,l1,2024-03-09,1,too small,{a}\nr2,l2,2024-03-09,1,too small,{b}\n"


def shop_with(shop: FilesOfAShop, name: str, a: str, b: str) -> FilesOfAShop:
    shop.write("returns.csv", HEADER.format(name=name) + ROWS.format(a=a, b=b))
    return shop


@pytest.mark.parametrize("name", ["status", "State", "rma_status", "Return Line Status", "resolution", "Disposition"])
@pytest.mark.parametrize("state", ["Rejected", "CANCELLED", "Requested", "pending review", "Abgelehnt"])
def test_a_return_that_never_took_place_stops_the_run(shop: FilesOfAShop, name: str, state: str) -> None:
    with pytest.raises(UserError, match=f"'{state}' on 1 returns") as caught:
        shop_with(shop, name, "Received", state).read()
    assert f"{{column: {name}, is: ['{state}']}}" in caught.value.fix
    shop.mapping["returns"]["leave_out"] = {"not come back": {"column": name, "is": [state]}}
    assert [row["return_id"] for row in shop.read()["returns"]] == ["r1"]


def test_a_column_that_was_looked_at_is_ignored(shop: FilesOfAShop) -> None:
    shop_with(shop, "status", "Received", "Requested")
    shop.mapping["files"]["returns"]["ignore"] = ["status"]
    assert len(shop.read()["returns"]) == 2


@pytest.mark.parametrize(
    ("name", "a", "b"), [("status", "Received", "Refunded"), ("state", "New York", "Ohio"), ("note", "", "rejected")]
)
def test_harmless_columns_are_none_to_stop_for(shop: FilesOfAShop, name: str, a: str, b: str) -> None:
    assert len(shop_with(shop, name, a, b).read()["returns"]) == 2


LINES = (
    "line,order,customer,product,time,pieces,price,back,Return Status\n"
    "1,o1,c1,p1,2024-03-01,1,10.00,N,{kept}\n2,o1,c1,p2,2024-03-01,1,20.00,Y,{back}\n"
)


def test_the_state_of_a_return_beside_its_line_is_read_on_returned_lines_alone(shop: FilesOfAShop) -> None:
    flag = {"column": "back", "returned": "Y", "kept": "N"}
    shop.one_flat_file(LINES.format(kept="Rejected", back="Received"), flag, known_after={
        "delivered_days": 14, "ordered_days": 21,
    })  # fmt: skip
    assert len(shop.read()["returns"]) == 1
    shop.write("lines.csv", LINES.format(kept="", back="Rejected"))
    with pytest.raises(UserError, match="'Rejected' on 1 returns") as caught:
        shop.read()
    assert "unknown_outcome" in caught.value.fix
    shop.mapping["order_lines"]["unknown_outcome"] = {"not settled": {"column": "Return Status", "is": ["Rejected"]}}
    tables = shop.read()
    assert [row["outcome_recorded"] for row in tables["order_lines"]] == [True, False]
