"""Records of CSV files: each becomes a row, or a reject that names its line."""

import pytest

from data.files import read_json
from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal


def test_a_file_cut_in_its_last_row_loses_that_row_only(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS[: ROWS.rindex(",1,18.5")])
    tables = shop.read()
    assert [row["line_id"] for row in tables["order_lines"]] == ["l1", "l2"]
    (reject,) = tables["rejects"]
    assert (reject["table"], reject["key"], reject["rule"]) == ("order_lines", "lines.csv:line 4", "malformed_row")


def test_malformed_rows_are_named_without_their_content(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "l8,o8\n" + ROWS + "l9,o9,carla-9,p1,2024-03-01,1,1,1\n")
    rejects = shop.read()["rejects"]
    assert [(row["key"], row["rule"]) for row in rejects] == [
        ("lines.csv:line 2", "malformed_row"),
        ("lines.csv:line 6", "malformed_row"),
    ]
    assert "carla" not in str(rejects)


def test_quotes_commas_and_line_breaks_in_cells_are_kept(shop: FilesOfAShop) -> None:
    shop.lines["region"] = "order"
    shop.write("lines.csv", HEADER + ROWS.replace("o2", '"o ""2"",\nx"'))
    assert shop.read()["order_lines"][2]["region"] == 'o "2",\nx'


def test_a_quote_left_open_costs_its_line_alone(shop: FilesOfAShop) -> None:
    enclosed = 'l4,"o4, x",c,p1,2024-03-01,1,1\n'
    shop.write("lines.csv", HEADER + ROWS + enclosed + 'l5,"o5,c,p1,2024-03-01,1,1\nl6,o6,c,p1,2024-03-01,1,1\n')
    tables = shop.read()
    assert [(row["key"], row["rule"]) for row in tables["rejects"]] == [("lines.csv:line 6", "open_quote")]
    assert {row["line_id"] for row in tables["order_lines"]} == {"l1", "l2", "l3", "l4", "l6"}


def test_quotes_that_no_record_needs_are_refused_with_the_key_to_set(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + 'l4,"o4,c,p1,2024-03-01,1,1\nl5,o5,c,p1,2024-03-01,1,1\n')
    error = refusal(shop)
    assert "first line 5" in error.found
    assert error.fix.startswith("set quote: none under files.lines")
    shop.mapping["files"]["lines"]["quote"] = "none"
    assert [row["order_id"] for row in shop.read()["order_lines"] if row["line_id"] == "l4"] == ['"o4']


LOOSE = 'l4,o4,c,P99",2024-03-01,1,1\n'
MOST_ENCLOSED = "".join(f'l{n},"o{n}",c,p1,2024-03-01,1,1\n' for n in range(10, 20))
ESCAPED = 'l5,o5,c,"p 5"" x",2024-03-01,1,1\n'


@pytest.mark.parametrize("rows", [LOOSE + ESCAPED, ESCAPED + LOOSE, LOOSE + MOST_ENCLOSED])
def test_a_lone_quote_is_no_part_of_an_id_where_the_file_encloses_texts(shop: FilesOfAShop, rows: str) -> None:
    shop.mapping["returns"] = {"columns": {"returned_at": "back"}}
    shop.mapping["files"].pop("returns")
    shop.write("lines.csv", HEADER.replace("\n", ",back\n") + (ROWS + rows).replace("\n", ",\n"))
    tables = shop.read()
    assert [row["rule"] for row in tables["rejects"]] == ["quote_within_text"]
    assert all('"' not in row["product_id"] or " x" in row["product_id"] for row in tables["order_lines"])


def test_a_lone_quote_in_a_file_that_escapes_none_is_kept_and_named(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + LOOSE)
    assert {row["product_id"] for row in shop.read()["order_lines"]} == {"p1", "p2", 'P99"'}
    found = read_json(shop.raw / "source.json")
    assert found["decisions"]["files.lines"] == {"quotes_within_texts": 1}
    assert found["examples"]["files.lines"] == {"quotes_within_texts": ["lines.csv:line 5"]}
    assert "lines.csv:line 5" in found["notices"][0]
