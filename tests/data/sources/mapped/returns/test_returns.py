"""Returns from a separate file or beside the lines: matched, translated, and never counted as kept when unreadable."""

import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal

FLAT = "line,order,customer,product,time,pieces,price,back_on,back_pieces,why\n"


def recorded(tables: dict[str, list[dict[str, object]]]) -> dict[object, object]:
    return {row["line_id"]: row["outcome_recorded"] for row in tables["order_lines"]}


def test_a_date_beside_the_line_marks_the_line_as_returned(shop: FilesOfAShop) -> None:
    shop.one_flat_file(
        FLAT + "l1,o,c,p,2024-03-01,3,1,2024-03-09,2,\nl2,o,c,p,2024-03-01,1,1,,,\n",
        None,
        columns={"returned_at": "back_on", "quantity": "back_pieces"},
    )
    (returned,) = shop.read()["returns"]
    assert (returned["line_id"], returned["quantity"], f"{returned['returned_at']:%d}") == ("l1", 2, "09")


def test_without_a_quantity_all_pieces_came_back(shop: FilesOfAShop) -> None:
    shop.one_flat_file(FLAT + "l1,o,c,p,2024-03-01,3,1,2024-03-09,,\n", None, columns={"returned_at": "back_on"})
    assert shop.read()["returns"][0]["quantity"] == 3


def test_a_line_whose_return_cannot_be_read_does_not_pass_for_kept(shop: FilesOfAShop) -> None:
    shop.one_flat_file(
        FLAT + "l1,o,c,p,2024-03-01,1,1,soon,,\nl2,o,c,p,2024-03-01,1,1,,,\n", None, columns={"returned_at": "back_on"}
    )
    tables = shop.read()
    assert recorded(tables) == {"l1": False, "l2": True}
    assert tables["returns"] == []
    assert [(row["table"], row["rule"], row["value"]) for row in tables["rejects"]] == [
        ("returns", "unparsable_time", "soon")
    ]


def test_nor_does_one_from_a_file_of_returns(shop: FilesOfAShop) -> None:
    shop.write("returns.csv", "id,line,time,pieces,why\nr1,l1,soon,1,too small\nr2,l2,2024-03-09,1,too small\n")
    tables = shop.read()
    assert recorded(tables) == {"l1": False, "l2": True, "l3": True}
    assert [row["return_id"] for row in tables["returns"]] == ["r2"]


def test_reasons_that_the_mapping_lacks_are_listed_with_their_counts(shop: FilesOfAShop) -> None:
    rows = "r1,l1,2024-03-09,1,9\nr2,l2,2024-03-09,1,8\nr3,l3,2024-03-09,1,9\n"
    shop.write("returns.csv", "id,line,time,pieces,why\n" + rows)
    with pytest.raises(UserError) as caught:
        shop.read()
    assert caught.value.found == "not in it: '9' (2 returns), '8' (1 returns)"
    assert "SIZE_TOO_SMALL" in caught.value.expected


def test_missing_reasons_stay_missing_and_codes_need_no_translation(shop: FilesOfAShop) -> None:
    shop.write("returns.csv", "id,line,time,pieces,why\nr1,l1,2024-03-09,1,\nr2,l2,2024-03-09,1,COLOR\n")
    del shop.mapping["returns"]["reasons"]
    assert [row["reason"] for row in shop.read()["returns"]] == [None, "COLOR"]


def test_a_reason_that_is_no_code_is_refused_in_the_mapping(shop: FilesOfAShop) -> None:
    shop.mapping["returns"]["reasons"] = {"too small": "TOO_SMALL"}
    with pytest.raises(UserError, match=r"returns\.reasons\.too small = 'TOO_SMALL'"):
        shop.read()


def test_return_ids_count_the_returns_of_a_line_by_time(shop: FilesOfAShop) -> None:
    shop.mapping["returns"]["columns"]["return_id"] = {"generated": "by_position"}
    shop.write("returns.csv", "line,time,pieces,why\nl1,2024-03-12,1,\nl1,2024-03-09,1,\n")
    found = {row["return_id"]: f"{row['returned_at']:%d}" for row in shop.read()["returns"]}
    assert found == {"l1-1": "09", "l1-2": "12"}


def test_a_placeholder_beside_the_line_is_no_date_of_return(shop: FilesOfAShop) -> None:
    rows = "".join(
        f"l{n},o{n},c{n},p1,2024-03-01 10:00,1,5.00,{back}\n" for n, back in enumerate(("1970-01-01", "2024-03-09", ""))
    )
    shop.one_flat_file(
        "line,order,customer,product,time,pieces,price,back\n" + rows,
        None,
        columns={"returned_at": {"column": "back", "valid_from": "1990"}},
    )
    tables = shop.read()
    assert [row["line_id"] for row in tables["returns"]] == ["l1"]
    assert all(row["outcome_recorded"] for row in tables["order_lines"])


def test_pieces_that_came_back_need_a_time_at_which_they_were_known(shop: FilesOfAShop) -> None:
    shop.one_flat_file(
        "line,order,customer,product,time,pieces,price,back\nl1,o1,c1,p1,2024-03-01,2,5.00,1\n",
        None,
        columns={"quantity": "back"},
    )
    assert "add returns.known_after" in refusal(shop).fix
