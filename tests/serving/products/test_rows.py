"""The rows that the pages read are the tables that the stage writes."""

from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_type_hints

import pyarrow as pa
import pytest

from data.schema import Reason
from serving.products import rows
from serving.products.rows import BuyerRow, Item, PriceRow, ReasonRow, SegmentRow, Variant, Week
from tests.training.products.planted_shop import PlantedShop
from training.products import columns
from training.products.tables import all_tables

ROWS = {
    Item: columns.ITEMS,
    Variant: columns.VARIANTS,
    ReasonRow: columns.REASONS,
    Week: columns.WEEKLY,
    BuyerRow: columns.BUYERS,
    PriceRow: columns.PRICES,
    SegmentRow: columns.SEGMENTS,
}
EACH = pytest.mark.parametrize(("row", "table"), ROWS.items(), ids=[row.__name__ for row in ROWS])
PYTHON = {"string": str, "int32": int, "int64": int, "double": float, "bool": bool, "timestamp[us]": datetime}


def types(row: type[Any]) -> dict[str, tuple[type, bool]]:
    """The type of each field, and whether it may be missing."""
    hints = {name: get_type_hints(row)[name] for name in rows.names(row)}
    kinds = {name: get_args(hint) or (hint,) for name, hint in hints.items()}
    return {name: (kind[0], kind[1:] == (NoneType,)) for name, kind in kinds.items()}


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    shop = PlantedShop()
    shop.plant(shop.product == 4, Reason.DEFECTIVE, 0.4)
    return all_tables.make(shop.context)


def test_every_table_has_a_row_but_alerts_which_are_read_beside_reviews() -> None:
    assert [*ROWS.values(), columns.ALERTS] == [*columns.TABLES]


@EACH
def test_a_row_has_the_columns_of_its_table_with_their_types(row: type[Any], table: columns.ReportTable) -> None:
    found = [(name, kind) for name, (kind, _) in types(row).items()]

    assert found == [(column.name, PYTHON[str(column.dtype)]) for column in table.columns]


@EACH
def test_what_a_row_always_has_is_never_missing_in_a_report(
    row: type[Any], table: columns.ReportTable, tables: dict[str, pa.Table]
) -> None:
    always = {name for name, (_, may_lack) in types(row).items() if not may_lack}
    written = tables[table.name]

    assert len(written) > 0
    assert set(table.key) <= always
    assert {name: written[name].null_count for name in always} == dict.fromkeys(always, 0)
