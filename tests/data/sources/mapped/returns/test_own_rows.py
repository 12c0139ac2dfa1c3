"""Returns in rows of their own: refund rows among the lines, and ids that one file writes as decimals."""

import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop
from tests.data.sources.mapped.returns.returns_of_a_shop import placed, refused

ROWS = (
    "order,customer,product,time,pieces,price,back,kind\n"
    "o1,c,p1,2024-03-01,2,10,,sale\no1,c,p2,2024-03-01,1,10,,sale\n"
    "o1,c,p1,2024-03-01,-2,10,2024-03-09,refund\n"
)


def refund_rows(shop: FilesOfAShop, rows: str) -> None:
    shop.one_flat_file(
        rows, None, rows={"column": "pieces", "below": "0"}, match=["order_id", "product_id"],
        columns={
            "return_id": {"generated": "by_position"}, "order_id": "order", "product_id": "product",
            "returned_at": "back", "quantity": "pieces",
        },
    )  # fmt: skip
    shop.lines["line_id"] = {"generated": "by_position"}


def test_rows_of_negative_quantity_are_returns_of_the_line_that_they_undo(shop: FilesOfAShop) -> None:
    refund_rows(shop, ROWS)
    tables = shop.read()
    assert len(tables["order_lines"]) == 2
    assert [(row["line_id"], row["quantity"], row["return_id"]) for row in tables["returns"]] == [("o1-1", 2, "o1-1-1")]
    assert tables["rejects"] == []


def test_refund_rows_that_a_rule_leaves_out_are_no_returns(shop: FilesOfAShop) -> None:
    refund_rows(shop, ROWS + "o1,c,p2,2024-03-01,-1,10,2024-03-09,goods kept\n")
    shop.mapping["returns"]["leave_out"] = {"goods kept": {"column": "kind", "is": "goods kept"}}
    assert [row["line_id"] for row in shop.read()["returns"]] == ["o1-1"]


def test_a_file_of_returns_has_no_negative_pieces(shop: FilesOfAShop) -> None:
    shop.mapping["returns"] = {
        "file": "returns", "match": ["order_id", "product_id"],
        "columns": {
            "return_id": "id", "order_id": "order", "product_id": "product", "returned_at": "time",
            "quantity": "pieces",
        },
    }  # fmt: skip
    shop.write("returns.csv", "id,order,product,time,pieces\nr1,o1,p2,2024-03-09,-1\nr2,o1,p1,2024-03-09,1\n")
    tables = shop.read()
    assert placed(tables) == {"r2": "l1"}
    assert refused(tables) == [("below_minimum", "quantity", "2")]
    assert [row["line_id"] for row in tables["order_lines"] if not row["outcome_recorded"]] == ["l2"]


def float_ids(shop: FilesOfAShop, lines: list[str], returns: list[str]) -> None:
    shop.write(
        "lines.csv",
        "line,order,customer,product,time,pieces,price\n" + "".join(f"{line},o,c,p,2024-03-01,1,1\n" for line in lines),
    )
    shop.write(
        "returns.csv", "id,line,time,pieces,why\n" + "".join(f"r{line},{line},2024-03-09,1,\n" for line in returns)
    )


@pytest.mark.parametrize(("in_lines", "in_returns"), [("12001", "12001.0"), ("12001.0", "12001")])
def test_an_id_written_as_a_decimal_in_one_file_is_the_id_of_the_other(
    shop: FilesOfAShop, in_lines: str, in_returns: str
) -> None:
    float_ids(shop, [in_lines], [in_returns])
    assert [row["line_id"] for row in shop.read()["returns"]] == [in_lines]


def test_keys_of_a_match_are_read_so_too(shop: FilesOfAShop) -> None:
    shop.mapping["returns"] = {
        "file": "returns", "match": ["order_id"],
        "columns": {"return_id": "id", "order_id": "order", "returned_at": "time", "quantity": {"constant": "1"}},
    }  # fmt: skip
    shop.write("lines.csv", "line,order,customer,product,time,pieces,price\nl,77,c,p,2024-03-01,1,1\n")
    shop.write("returns.csv", "id,order,time\nr,77.0,2024-03-09\n")
    assert placed(shop.read()) == {"r": "l"}


def test_two_forms_of_ids_side_by_side_are_refused(shop: FilesOfAShop) -> None:
    float_ids(shop, ["7", "8", "8.0"], ["7.0"])
    with pytest.raises(UserError) as caught:
        shop.read()
    assert "'8.0' and '8' in the order lines' column 'line'" in caught.value.found


def test_the_fix_for_two_forms_side_by_side_is_right(shop: FilesOfAShop) -> None:
    shop.mapping["returns"] = {
        "file": "returns", "match": ["order_id"],
        "columns": {"return_id": "id", "order_id": "order", "returned_at": "time", "quantity": {"constant": "1"}},
    }  # fmt: skip
    rows = "".join(f"l{order},{order},c,p,2024-03-01,1,1\n" for order in ("7", "8", "8.0", "17"))
    shop.write("lines.csv", "line,order,customer,product,time,pieces,price\n" + rows)
    shop.write("returns.csv", "id,order,time\nr,17.0,2024-03-09\n")
    with pytest.raises(UserError) as caught:
        shop.read()
    pattern = caught.value.fix.split("'")[1]
    shop.lines["order_id"] = {"column": "order", "extract": pattern}
    shop.mapping["returns"]["columns"]["order_id"] = {"column": "order", "extract": pattern}
    tables = shop.read()
    assert placed(tables) == {"r": "l17"}
    assert [row["order_id"] for row in tables["order_lines"]] == ["17", "7", "8", "8"]
