"""JSON: one object a line or one list of them, and what is none is named."""

import json

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal

OTHERS = {"order": "o9", "time": "2024-03-01", "pieces": 1}
"""Cells of one more object."""


def as_json(shop: FilesOfAShop, more: str = "") -> None:
    names = HEADER.strip().split(",")
    objects = [dict(zip(names, row.split(","), strict=True)) for row in ROWS.strip().split("\n")]
    shop.write("lines.jsonl", "".join(json.dumps(item) + "\n" for item in objects) + more)
    shop.mapping["files"]["lines"] = {"path": "lines.jsonl", "format": "jsonl"}


def test_objects_are_read_as_rows(shop: FilesOfAShop) -> None:
    expected = shop.read()
    as_json(shop)
    assert shop.read() == expected


def test_a_line_that_is_no_object_is_named(shop: FilesOfAShop) -> None:
    as_json(shop, '[1]\n\n{"line": "l9"\n')
    assert [(key, rule) for _, key, _, rule, _ in shop.rejected()] == [
        ("lines.jsonl:line 4", "no_json_object"),
        ("lines.jsonl:line 6", "no_json_object"),
    ]


def test_a_number_keeps_its_digits(shop: FilesOfAShop) -> None:
    cells = {"line": 10000000000000000001, "product": 7, "price": 1.25}
    as_json(shop, json.dumps({**OTHERS, **cells}) + "\n")
    shop.lines["region"] = "product"
    last = next(row for row in shop.read()["order_lines"] if row["order_id"] == "o9")
    assert (last["line_id"], last["product_id"], last["price_minor"]) == ("10000000000000000001", "7", 125)


def test_a_cell_within_an_object_is_named_by_its_path(shop: FilesOfAShop) -> None:
    as_json(shop, json.dumps({**OTHERS, "line": "l9", "product": "p", "price": 1, "to": {"state": "Bern"}}) + "\n")
    shop.lines["region"] = "to.state"
    assert [row["region"] for row in shop.read()["order_lines"] if row["line_id"] == "l9"] == ["Bern"]


def test_a_column_that_no_object_has_is_refused(shop: FilesOfAShop) -> None:
    as_json(shop)
    shop.lines["price_minor"] = "prise"
    assert refusal(shop).fix == "did you mean 'price'?"


def test_one_object_over_several_lines_is_named_with_what_to_do(shop: FilesOfAShop) -> None:
    as_json(shop)
    shop.write("lines.jsonl", '{\n  "line": "l1"\n}\n')
    error = refusal(shop)
    assert error.found == "one JSON object over several lines"
    assert "jq -c" in error.fix


@pytest.mark.parametrize("indent", [None, 1])
def test_one_list_of_objects_is_read_and_what_is_no_object_is_named(shop: FilesOfAShop, indent: int | None) -> None:
    expected = shop.read()
    as_json(shop)
    objects = [json.loads(line) for line in (shop.path / "lines.jsonl").read_text().splitlines()]
    objects[0]["price"] = 19.99
    shop.write("lines.jsonl", "\n" + json.dumps([*objects, 7], indent=indent, ensure_ascii=False))
    found = shop.read()
    assert found["order_lines"] == expected["order_lines"]
    line = 30 if indent else 2
    assert [(key, rule) for _, key, _, rule, _ in shop.rejected()] == [(f"lines.jsonl:line {line}", "no_json_object")]


def test_lines_that_json_does_not_have_are_not_skipped_in_silence(shop: FilesOfAShop) -> None:
    as_json(shop)
    shop.mapping["files"]["lines"]["footer_lines"] = 1
    assert refusal(shop).found == "files.lines.footer_lines beside format: jsonl, which has no such lines"


def test_the_items_of_a_list_are_rows_beside_the_cells_of_their_object(shop: FilesOfAShop) -> None:
    expected = shop.read()
    names = HEADER.strip().split(",")
    rows = [dict(zip(names, row.split(","), strict=True)) for row in ROWS.strip().split("\n")]
    orders = [
        {"no": order, "who": {"id": of[0]["customer"]}, "at": of[0]["time"], "body": {"items": of}}
        for order in ("o1", "o2")
        if (of := [row for row in rows if row["order"] == order])
    ]
    shop.write("lines.jsonl", "".join(json.dumps(order) + "\n" for order in orders))
    shop.mapping["files"]["lines"] = {"path": "lines.jsonl", "format": "jsonl", "rows_of": "body.items"}
    item = {"line_id": "line", "product_id": "product", "quantity": "pieces", "price_minor": "price"}
    shop.lines.update({name: f"body.items.{column}" for name, column in item.items()})
    shop.lines.update({"order_id": "no", "customer_id": "who.id", "ordered_at": "at"})
    assert shop.read() == expected


@pytest.mark.parametrize("items", ["[]", "null", '["p1"]', '{"line": "l9"}'])
def test_an_object_without_items_is_named(shop: FilesOfAShop, items: str) -> None:
    whole = json.dumps({"items": [dict(zip(HEADER.strip().split(","), ROWS.split("\n")[0].split(","), strict=True))]})
    shop.write("lines.jsonl", f'{whole}\n{{"items": {items}}}\n')
    shop.mapping["files"]["lines"] = {"path": "lines.jsonl", "format": "jsonl", "rows_of": "items"}
    shop.lines.update({name: f"items.{column}" for name, column in shop.lines.items()})
    assert ("lines.jsonl:line 2", "no_items") in [(key, rule) for _, key, _, rule, _ in shop.rejected()]


def refund(number: int, *lines: str) -> dict[str, object]:
    items = [{"line": line, "pieces": 1} for line in lines]
    return {"id": f"f{number}", "at": "2024-03-09", "note": None, "items": items}


def with_refunds(shop: FilesOfAShop, rows_of: str) -> FilesOfAShop:
    orders = [{"id": "o1", "refunds": [refund(1, "l1"), refund(2, "l2")]}, {"id": "o2", "refunds": []}]
    orders += [{"id": "o3", "refunds": [{"id": "f3", "at": "2024-03-09"}]}]
    shop.write("returns.jsonl", "".join(json.dumps(item) + "\n" for item in orders))
    (shop.path / "returns.csv").unlink()
    shop.mapping["files"]["returns"] = {"path": "returns.jsonl", "format": "jsonl", "rows_of": rows_of}
    columns = {"line_id": "refunds.items.line", "returned_at": "refunds.at", "quantity": "refunds.items.pieces"}
    shop.mapping["returns"] = {"file": "returns", "columns": {**columns, "return_id": "refunds.id"}}
    return shop


def test_a_list_within_a_list_gives_a_row_for_each_inner_item_and_orders_without_one_are_no_rejects(
    shop: FilesOfAShop,
) -> None:
    tables = with_refunds(shop, "refunds.items").read()

    assert [(row["return_id"], row["line_id"]) for row in tables["returns"]] == [("f1", "l1"), ("f2", "l2")]
    assert tables["rejects"] == []


def test_a_path_to_no_list_is_named(shop: FilesOfAShop) -> None:
    error = refusal(with_refunds(shop, "refunds.lines"))

    assert (error.expected, error.found) == ("objects with a filled list 'refunds.lines' in returns.jsonl", "none")


def test_a_column_that_is_read_already_is_not_what_is_meant_by_another(shop: FilesOfAShop) -> None:
    as_json(shop)
    shop.lines["region"] = "orders"
    assert "did you mean" not in refusal(shop).fix
