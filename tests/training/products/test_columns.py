import pytest

from data.attributes import Attribute, Kind
from training.products.columns import ITEMS, TABLES, ReportTable, dictionary, items_with, tables


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_tables_key_is_made_of_its_columns_and_never_missing(table: ReportTable):
    nullable = {field.name: field.nullable for field in table.schema}

    assert [name for name, may in nullable.items() if not may] == [
        column.name for column in table.columns if column.name in table.key
    ]
    assert set(table.key) <= set(nullable)
    assert table.file == f"{table.name}.parquet"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_column_comes_twice(table: ReportTable):
    assert len(set(table.schema.names)) == len(table.columns)


def test_the_dictionary_has_every_column_of_every_table():
    rows = list(dictionary())

    assert len(rows) == sum(len(table.columns) for table in TABLES)
    assert len({(table, column) for table, column, *_ in rows}) == len(rows)
    assert all(meaning for *_, meaning in rows)
    assert ("items", "excess_cost_minor", "double", "minor units") in {row[:4] for row in rows}


def test_attributes_are_further_columns_of_items_and_of_no_other_table():
    declared = [Attribute("fit", "products", Kind.CATEGORY), Attribute("washable", "products", Kind.FLAG)]
    rows, plain = list(dictionary(declared)), list(dictionary())

    assert tables() == TABLES
    assert tables(declared)[1:] == TABLES[1:]
    assert items_with(declared).schema.names == [*ITEMS.schema.names, "attribute_fit", "attribute_washable"]
    assert [row for row in rows if row not in plain] == [
        ("items", "attribute_fit", "string", "", "fit: a category that the shop declares; products only"),
        ("items", "attribute_washable", "bool", "", "washable: a flag that the shop declares; products only"),
    ]


def test_whatever_is_money_is_in_minor_units_and_no_rate_is():
    for column in ITEMS.columns:
        assert (column.unit == "minor units") == column.name.endswith("_minor")
        if column.name.endswith(("rate", "share", "low80", "high80")) and "upcoming" not in column.name:
            assert column.unit == "share"
