"""Rows of refunds among the order lines: the run stops until the mapping says that they are returns."""

import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal

TYPED = HEADER.replace("\n", ",type\n") + "".join(f"{row},Sale\n" for row in ROWS.splitlines())
COLUMNS = {
    "return_id": {"generated": "by_position"},
    "order_id": "order",
    "product_id": "product",
    "returned_at": "time",
    "quantity": "pieces",
}


def in_rows(shop: FilesOfAShop, content: str) -> None:
    """One file of lines and refunds; the mapping does not say which rows are refunds."""
    shop.one_flat_file(content, None, columns={"returned_at": {"column": "time", "valid_to": "2000"}})


def test_a_negative_quantity_is_a_refund_and_the_fix_reads_it(shop: FilesOfAShop) -> None:
    in_rows(shop, HEADER + ROWS + "l9,o1,anna-1,p1,2024-03-09 10:00,-1,19.99\n")
    error = refusal(shop)
    assert "a negative quantity on 1 rows, first at lines.csv:line 5" in error.found
    assert "returns.rows: {column: pieces, below: 0}, with match: [order_id, product_id]" in error.fix

    shop.mapping["returns"] = {
        "rows": {"column": "pieces", "below": 0},
        "match": ["order_id", "product_id"],
        "columns": COLUMNS,
    }
    assert [row["line_id"] for row in shop.read()["returns"]] == ["l1"]


def test_a_refund_that_repeats_its_sale_with_another_type_is_no_sale(shop: FilesOfAShop) -> None:
    in_rows(shop, TYPED + "l9,o1,anna-1,p1,2024-03-09 10:00,1,19.99,Refund\n")
    error = refusal(shop)
    assert "'Refund' on 1 rows, which repeat order and product" in error.found
    assert "returns.rows: {column: type, is: [Refund]}" in error.fix
    assert "files.lines.ignore: [type]" in error.fix


def test_where_returns_have_a_file_of_their_own_the_fix_leaves_refunds_out(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + "l9,o1,anna-1,p1,2024-03-09 10:00,-1,19.99\n")
    assert "order_lines.leave_out: {refunds: {column: pieces, below: 0}}" in refusal(shop).fix
    shop.mapping["order_lines"]["leave_out"] = {"refunds": {"column": "pieces", "below": 0}}
    assert len(shop.read()["order_lines"]) == 3


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        ("S", "which repeat order and product"),
        ("M", "'Refunded' on 1 lines without a return"),  # another size of the product: the order was bracketed
    ],
)
def test_a_line_that_was_refunded_is_no_row_of_a_refund(shop: FilesOfAShop, kept: str, why: str) -> None:
    rows = "".join(f"{row},Sale,S\n" for row in ROWS.splitlines())
    content = HEADER.replace("\n", ",status,size\n") + rows.replace("Sale", "Refunded", 1)
    content += f"l9,o1,anna-1,p1,2024-03-01 10:00,1,19.99,Sale,{kept}\n"
    in_rows(shop, content)
    shop.lines["size"] = "size"
    with pytest.raises(UserError, match=why):
        shop.read()
