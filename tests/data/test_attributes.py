"""Declared attributes: what may be declared, and what stands beside the tables."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from data import attributes, tables
from data.attributes import Attribute, Kind
from data.errors import UserError
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS

MATERIAL = Attribute("material", "products", Kind.CATEGORY)
HEIGHT = Attribute("height_cm", "customers", Kind.NUMBER, personal=True)
GIFT = Attribute("gift", "order_lines", Kind.FLAG)


def test_what_is_declared_is_read_back_in_the_order_of_tables_and_names(tmp_path: Path) -> None:
    attributes.write([HEIGHT, MATERIAL, Attribute("fit", "products", Kind.CATEGORY), GIFT], tmp_path)

    found = attributes.read(tmp_path)

    assert [each.name for each in found] == ["gift", "fit", "material", "height_cm"]
    assert found[-1] == HEIGHT


def test_a_shop_without_attributes_has_no_file_and_the_plain_tables(tmp_path: Path) -> None:
    attributes.write([], tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert attributes.read(tmp_path) == ()
    assert attributes.extended(PRODUCTS, ()) == PRODUCTS


def test_a_table_has_the_columns_of_its_own_attributes_alone(tmp_path: Path) -> None:
    whole = attributes.extended(PRODUCTS, [MATERIAL, HEIGHT, GIFT])
    rows = duckdb.sql("select 'p1' as product_id, 'wool' as attribute_material")

    assert tables.write(whole, rows, tmp_path) == 1

    assert whole.names == (*PRODUCTS.names, "attribute_material")
    assert tables.read(whole, tmp_path).to_pylist() == [{"product_id": "p1", "attribute_material": "wool"}]


@pytest.mark.parametrize(
    ("attribute", "dtype"), [(MATERIAL, pa.string()), (HEIGHT, pa.float64()), (GIFT, pa.bool_())], ids=str
)
def test_each_kind_has_its_dtype_and_may_be_missing(attribute: Attribute, dtype: pa.DataType) -> None:
    column = attributes.extended(attributes.OWNERS[attribute.table], [attribute]).column(attribute.column)

    assert (column.dtype, column.nullable, column.required) == (dtype, True, False)


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ([Attribute("Material", "products", Kind.CATEGORY)], "'Material' in products"),
        ([Attribute("2nd", "products", Kind.CATEGORY)], "'2nd' in products"),
        ([Attribute("a" * 42, "products", Kind.CATEGORY)], "'aaa"),
        ([Attribute("fit_return_rate", "products", Kind.NUMBER)], "'fit_return_rate' in products"),
        ([Attribute("brand", "order_lines", Kind.CATEGORY)], "'brand' in order_lines"),
        ([MATERIAL, Attribute("material", "order_lines", Kind.CATEGORY)], "'material' in products, order_lines"),
        ([Attribute("why", "returns", Kind.CATEGORY)], "why of returns"),
        ([Attribute(f"a{n}", "products", Kind.FLAG) for n in range(51)], "51"),
    ],
    ids=str,
)
def test_a_declaration_that_cannot_be_is_refused_by_name(declared: list[Attribute], found: str) -> None:
    with pytest.raises(UserError) as error:
        attributes.checked(declared)

    assert found in error.value.found


@pytest.mark.parametrize(
    "text",
    ['{"a": 1}', "[1]", '[{"name": "a", "table": "products", "kind": "color", "personal": false}]', '[{"name": "a"}]'],
)
def test_a_file_that_is_no_list_of_attributes_is_one_clear_message(tmp_path: Path, text: str) -> None:
    (tmp_path / attributes.FILE).write_text(text)

    with pytest.raises(UserError) as error:
        attributes.read(tmp_path)

    assert "attributes.json" in error.value.expected


def test_a_declared_attribute_without_its_column_is_refused(tmp_path: Path) -> None:
    for table in (ORDER_LINES, PRODUCTS, CUSTOMERS):
        tables.write(table, table.arrow().empty_table(), tmp_path)

    with pytest.raises(UserError, match="attribute_gift"):
        attributes.check_columns([GIFT], tmp_path)
