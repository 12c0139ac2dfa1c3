"""No personal text of a cell is kept in rejects, in the report or in a message, wherever it stood in the file."""

import json

import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import HEADER, RETURNS, ROWS, FilesOfAShop, shop_with


def written(shop: FilesOfAShop) -> str:
    """All texts of the rejects, and the description of the source."""
    return f"{shop.rejected()} {json.loads((shop.raw / 'source.json').read_text())}"


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ("l4,o3,c4,p1,2024-03-02,Anna Schmidt,5\n", ["Anna", "Schmidt"]),
        ("l4,o3,c4,p1,2024-03-02,Thorsten Klopp,5\n", ["Thorsten", "Klopp"]),
        ('l4,o3,c4,p1,"Hauptstr. 5, 50667 Köln",1,5\n', ["Hauptstr", "Köln"]),
        ("l4,o3,c4,p1,2024-03-02,1,0151 23456764\n", ["23456764"]),
        ("l4,o3,c4,p1,Koch,2024-03-02,5\n", ["Koch"]),
    ],
)
def test_a_cell_of_another_column_is_kept_as_its_shape(shop: FilesOfAShop, row: str, texts: list[str]) -> None:
    shop.write("lines.csv", HEADER + ROWS + row)

    found = written(shop)

    assert "unparsable" in found
    assert not any(text in found for text in texts)


def test_a_harmless_cell_that_can_t_be_read_is_kept_whole(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + "l4,o3,c4,p1,2024-03-02,2 Stk,5\n")

    assert "2 Stk" in written(shop)


def test_cells_of_columns_that_can_t_be_read_at_all_make_no_shifted_rows(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "l1,o1,c1,p1,1.3.24,1,5 Euro\nl2,o1,c1,p1,2.3.24,1,6 Euro\n")

    assert {value for *_, value in shop.rejected()} >= {"1.3.24", "5 Euro"}


def test_reasons_with_personal_texts_are_read_as_other_and_counted(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + "".join(f"m{n},m{n},c{n},p1,2024-03-01,1,5\n" for n in range(30)))
    rows = "".join(f"m{n},m{n},2024-03-09,1,too small\n" for n in range(30))
    shop.write("returns.csv", f"{RETURNS}{rows}r2,l2,2024-03-09,1,call Maria Koch 0151 23450006\n")

    found = shop.read()

    assert [row["reason"] for row in found["returns"] if row["return_id"] == "r2"] == ["OTHER"]
    decisions = json.loads((shop.raw / "source.json").read_text())["decisions"]
    assert decisions["returns.reason"]["personal_text_as_other"] == 1


def test_a_flag_with_a_personal_text_has_an_unknown_outcome_and_is_counted(shop: FilesOfAShop) -> None:
    flag = {"column": "state", "returned": ["back"], "kept": ["kept"]}
    content = "line,order,customer,product,time,pieces,price,state\n"
    rows = ("back", "kept", "held for Anna Schmidt")
    content += "".join(f"l{n},o{n},c{n},p1,2024-03-01,1,5,{state}\n" for n, state in enumerate(rows))
    shop.one_flat_file(content, flag, known_after={"delivered_days": 14, "ordered_days": 21})

    found = shop.read()

    assert [row["outcome_recorded"] for row in found["order_lines"]] == [True, True, False]
    text = (shop.raw / "source.json").read_text()
    assert "unknown_by_personal_text in the flag" in text
    assert "Schmidt" not in text


def test_a_message_shows_the_shape_and_its_fix_names_the_other_values(shop: FilesOfAShop) -> None:
    with pytest.raises(UserError) as caught:
        shop_with(shop, "status", "open", "cancelled by Anna Schmidt").read()

    assert "Schmidt" not in str(caught.value)
    assert "'<personal: aaaaaaaaa aa aaaa aaaaaa…>' on 1 lines" in caught.value.found
    assert "{column: status, is_not: ['', 'open']}" in caught.value.fix


def test_a_file_without_a_header_does_not_show_its_first_customer(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", "l1,o1,Anna Schmidt,p1,2024-03-01,1,5\n")

    with pytest.raises(UserError, match="the columns 'l1', 'o1', '<personal: aaaa aaaaaaa>'"):
        shop.read()
