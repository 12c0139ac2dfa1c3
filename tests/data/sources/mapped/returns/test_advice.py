"""Where no return finds its line, the message says what to change, and the change works."""

from typing import Any

from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal

HEAD = "id,order,product,time,pieces\n"


def by_order_and_product(shop: FilesOfAShop, rows: str, **quantity: Any) -> dict[str, Any]:
    """Let the returns name order and product; give the columns mapped to them."""
    shop.write("returns.csv", HEAD + rows)
    returns = shop.mapping["returns"] = {
        "file": "returns",
        "match": ["order_id", "product_id"],
        "columns": {
            "return_id": "id",
            "order_id": {"column": "order"},
            "product_id": {"column": "product"},
            "returned_at": "time",
            "quantity": {"column": "pieces", **quantity},
        },
    }
    columns: dict[str, Any] = returns["columns"]
    return columns


def test_negative_pieces_are_read_by_dropping_their_sign(shop: FilesOfAShop) -> None:
    columns = by_order_and_product(shop, "r1,o1,p2,2024-03-09,-1\n")

    assert refusal(shop).fix == (
        "1 of 1 returns have a negative quantity: add sign: drop to returns.columns.quantity, as in "
        "{column: pieces, sign: drop}"
    )

    columns["quantity"]["sign"] = "drop"
    assert [(row["line_id"], row["quantity"]) for row in shop.read()["returns"]] == [("l2", 1)]


def test_an_id_of_which_the_lines_have_a_part_is_cut(shop: FilesOfAShop) -> None:
    columns = by_order_and_product(shop, "r1,#o1,p2,2024-03-09,1\n")

    fix = refusal(shop).fix
    assert fix.startswith("no order_id of the returns is one of the order lines', but a part of it is: add extract: '")

    columns["order_id"]["extract"] = fix.split("'")[-2]
    assert [row["line_id"] for row in shop.read()["returns"]] == ["l2"]


def test_an_id_that_is_a_part_of_those_of_the_lines_is_cut_there(shop: FilesOfAShop) -> None:
    by_order_and_product(shop, "r1,1,p2,2024-03-09,1\n")

    fix = refusal(shop).fix
    assert "it is a part of theirs: add extract: '([0-9]+)$' to order_lines.columns.order_id" in fix

    shop.lines["order_id"] = {"column": "order", "extract": "([0-9]+)$"}
    assert [row["line_id"] for row in shop.read()["returns"]] == ["l2"]


def test_a_column_with_ids_of_another_kind_is_named_by_that_kind(shop: FilesOfAShop) -> None:
    by_order_and_product(shop, "r1,l2,p2,2024-03-09,1\n")

    assert "but it is a line_id: map this column to line_id under returns.columns" in refusal(shop).fix


def test_ids_that_the_lines_lack_altogether_need_another_column(shop: FilesOfAShop) -> None:
    by_order_and_product(shop, "r1,o1,unheard,2024-03-09,1\n")

    assert refusal(shop).fix == (
        "no product_id of the returns is one of the order lines': map another column to returns.columns.product_id"
    )


def test_returns_before_their_orders_point_to_the_format_of_dates(shop: FilesOfAShop) -> None:
    by_order_and_product(shop, "r1,o1,p2,2023-03-09,1\n")

    assert "look at the formats of order_lines.ordered_at and returns.returned_at" in refusal(shop).fix


def test_only_columns_that_tell_the_lines_apart_are_proposed(shop: FilesOfAShop) -> None:
    head = HEADER.replace("price\n", "price,size\n")
    rows = "l1,o1,anna-1,p1,2024-03-01 10:00,1,5,S\nl2,o1,anna-1,p1,2024-03-01 10:00,1,5,M\n"
    shop.write("lines.csv", head + rows + ROWS.split("\n")[2].replace("18.5", "18.5,S") + "\n")
    shop.lines["size"] = "size"
    by_order_and_product(shop, "r1,o1,p1,2024-03-09,1\n")

    fix = refusal(shop).fix
    assert "prefer: [size]" in fix
    assert "price_minor" not in fix
    assert "whole_order" not in fix


def test_an_id_in_another_case_is_read_in_the_case_of_the_lines(shop: FilesOfAShop) -> None:
    columns = by_order_and_product(shop, "r1,o1,P2,2024-03-09,1\n")

    assert "but it is in lower case: add case: lower to returns.columns.product_id" in refusal(shop).fix

    columns["product_id"]["case"] = "lower"
    assert [row["line_id"] for row in shop.read()["returns"]] == ["l2"]


def test_where_no_return_can_be_read_the_cells_are_named_and_not_the_keys(shop: FilesOfAShop) -> None:
    columns = by_order_and_product(shop, "r1,o1,p2,09.03.2024,1\n")

    error = refusal(shop)
    assert error.fix == (
        "returns.columns.returned_at: add format: \"%d.%m.%Y\", which reads all of these times, such as '09.03.2024'"
    )

    columns["returned_at"] = {"column": "time", "format": ["%d.%m.%Y", "%m.%d.%Y"]}
    assert "keep one of the two formats" in refusal(shop).fix

    columns["returned_at"]["format"] = "%d.%m.%Y"
    assert [row["line_id"] for row in shop.read()["returns"]] == ["l2"]


def test_where_the_lines_could_not_be_read_the_message_is_about_them(shop: FilesOfAShop) -> None:
    by_order_and_product(shop, "r1,o1,p2,2024-03-09,1\n")
    shop.write(
        "lines.csv", HEADER + ROWS.replace("2024-03-01 10:00", "03/01/2024").replace("2024-03-02 11:30", "03/13/2024")
    )

    assert refusal(shop).fix == (
        "order_lines.columns.ordered_at: add format: \"%m/%d/%Y\", which reads all of these times, such as '03/01/2024'"
    )


def test_states_of_one_sale_are_left_out_where_each_has_a_row(shop: FilesOfAShop) -> None:
    head = "line,order,customer,product,time,pieces,price,state\n"
    rows = [f"{n},o1,c1,p1,2024-03-0{n} 10:00,1,{n},{state}\n" for n, state in enumerate(("made", "sent", "back"), 1)]
    match = {"by": ["order_id", "product_id"]}
    columns = {"return_id": {"generated": "by_position"}, "order_id": "order", "product_id": "product"}
    own = {"rows": {"column": "state", "is": "back"}, "match": match}
    shop.one_flat_file(
        head + "".join(rows), None, columns={**columns, "returned_at": "time", "quantity": "pieces"}, **own
    )
    shop.lines["ordered_at"] = {"column": "time"}
    error = refusal(shop)
    assert "the column 'state' has 'made' on 1 rows, 'sent' on 1 rows" in error.fix
    assert "in both files" not in error.fix
    shop.mapping["order_lines"]["leave_out"] = {"other states": {"column": "state", "is_not": ["made"]}}
    assert [row["line_id"] for row in shop.read()["returns"]] == ["1"]


def test_returns_by_the_product_alone_are_matched_by_the_customer_as_well(shop: FilesOfAShop) -> None:
    shop.write("returns.csv", "id,who,product,time,pieces\nr1,ben-2,p1,2024-03-09,1\n")
    columns = {"return_id": "id", "product_id": "product", "returned_at": "time", "quantity": "pieces"}
    returns = shop.mapping["returns"] = {"file": "returns", "match": ["product_id"], "columns": columns}
    assert "match by it as well: by: [order_id, product_id] or [customer_id, product_id]" in refusal(shop).fix
    returns["match"], columns["customer_id"] = ["customer_id", "product_id"], "who"
    assert [row["line_id"] for row in shop.read()["returns"]] == ["l3"]
