"""The keys of a mapping, and the error for each wrong one."""

from pathlib import Path

import pytest

from data.errors import UserError
from data.sources.mapped.mapping.load import load
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal


def test_a_missing_mapping_lists_what_is_beside_it(tmp_path: Path) -> None:
    (tmp_path / "shoes.yaml").touch()
    with pytest.raises(UserError, match=r"no such file; .* holds shoes\.yaml"):
        load(tmp_path / "shop.yaml")


def test_what_is_no_yaml_is_one_clear_message(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("files: [a\n  b: c: d\n")
    with pytest.raises(UserError, match="to be YAML"):
        load(file)


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("timezone: UTC\ntimezone: Europe/Berlin\n")
    with pytest.raises(UserError, match="'timezone' stands twice"):
        load(file)


def test_scalars_are_the_text_they_are(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(
        "files: {a: {path: a.csv, missing: [no, 1990-12-31, 007]}}\n"
        "order_lines: {columns: {}}\n"
        "returns: {flag: {column: r, returned: yes, kept: no}}\n"
    )
    mapping = load(file)
    assert mapping.files["a"].missing == ("no", "1990-12-31", "007")
    assert mapping.returns.flag is not None
    assert (mapping.returns.flag.returned, mapping.returns.flag.kept) == (("yes",), ("no",))


def test_a_misspelt_key_gets_a_suggestion(shop: FilesOfAShop) -> None:
    shop.mapping["files"]["lines"]["delimitr"] = ";"
    error = refusal(shop)
    assert "unknown key files.lines.delimitr" in error.found
    assert error.fix == "did you mean 'delimiter'?"


def test_a_misspelt_key_of_a_column_gets_a_suggestion(shop: FilesOfAShop) -> None:
    shop.lines["ordered_at"] = {"column": "time", "fromat": "%Y"}
    error = refusal(shop)
    assert "unknown key order_lines.columns.ordered_at.fromat" in error.found
    assert error.fix == "did you mean 'format'?"


def test_a_misspelt_canonical_column_gets_a_suggestion(shop: FilesOfAShop) -> None:
    shop.lines["prise_minor"] = shop.lines.pop("price_minor")
    error = refusal(shop)
    assert "order_lines has no column 'prise_minor'" in error.found
    assert "did you mean 'price_minor'?" in error.fix
    assert "no order_lines.columns.price_minor" in error.found


def test_a_misspelt_file_gets_a_suggestion(shop: FilesOfAShop) -> None:
    shop.mapping["returns"]["file"] = "return"
    error = refusal(shop)
    assert "returns.file = 'return'" in error.found
    assert "did you mean 'returns'?" in error.fix


def test_a_column_needs_exactly_one_origin(shop: FilesOfAShop) -> None:
    shop.lines["quantity"] = {"column": "pieces", "constant": "1"}
    assert "exactly one of column, columns, constant, generated, one_order_per" in refusal(shop).found


@pytest.mark.parametrize(
    ("column", "statement"),
    [
        ("quantity", "quantity: {constant: 1}"),
        ("line_id", "line_id: {generated: by_position}"),
        ("order_id", "order_id: {one_order_per: customer_and_day}"),
    ],
)
def test_what_a_file_lacks_must_be_stated(shop: FilesOfAShop, column: str, statement: str) -> None:
    del shop.lines[column]
    error = refusal(shop)
    assert f"no order_lines.columns.{column}" in error.found
    assert statement in error.fix


def test_a_key_without_effect_is_refused(shop: FilesOfAShop) -> None:
    shop.lines["price_minor"] = {"column": "price", "valid_from": "2020"}
    assert "order_lines.columns.price_minor.valid_from, which means nothing" in refusal(shop).found


def test_ids_and_times_cannot_be_constants(shop: FilesOfAShop) -> None:
    shop.lines["ordered_at"] = {"constant": "2024-01-01"}
    assert "order_lines.columns.ordered_at is constant" in refusal(shop).found


def test_an_unknown_time_zone_is_refused(shop: FilesOfAShop) -> None:
    shop.mapping["timezone"] = "Europe/Bonn"
    assert "not a time zone" in refusal(shop).found


def test_an_unknown_encoding_is_refused(shop: FilesOfAShop) -> None:
    shop.mapping["files"]["lines"]["encoding"] = "utf-99"
    assert "files.lines.encoding = 'utf-99'" in refusal(shop).found


def test_a_file_that_nothing_is_read_from_is_refused(shop: FilesOfAShop) -> None:
    shop.mapping["files"]["more"] = {"path": "more.csv"}
    assert "files.more, which no table is read from" in refusal(shop).found


def test_several_files_need_the_one_of_the_lines_named(shop: FilesOfAShop) -> None:
    del shop.mapping["order_lines"]["file"]
    assert "2 files and no order_lines.file" in refusal(shop).found


def test_nothing_that_tells_returns_is_refused(shop: FilesOfAShop) -> None:
    shop.mapping["files"].pop("returns")
    shop.mapping["returns"] = {}
    assert "nothing under returns that says which lines came back" in refusal(shop).found


def test_a_flag_needs_to_say_when_it_was_known(shop: FilesOfAShop) -> None:
    shop.mapping["files"].pop("returns")
    shop.mapping["returns"] = {"flag": {"column": "line", "returned": "1", "kept": "0"}}
    assert "known_after: {delivered_days: 14, ordered_days: 21}" in refusal(shop).fix


def test_customer_ids_may_feed_no_other_column(shop: FilesOfAShop) -> None:
    shop.lines["order_id"] = "customer"
    assert "order_lines.order_id would show the customer's own id" in refusal(shop).found
