"""docs/reference/product-tables.md, from `training.products.columns`."""

from collections.abc import Iterator

from tests.checks.docs.reference import markdown
from training.products import columns

INTRO = f"""\
What the stage `products` writes to `{columns.FOLDER}`, for the pages under `/products` and for your own questions. Each
table is a Parquet file. Those marked so are CSV files, too. `{columns.DICTIONARY}` beside them says the same as this
page. A rate is the share of order lines that come back once all are settled. Shares are from 0 to 1, money is in minor
units of the shop's currency, times are UTC. All columns but those of the key may be missing.

The table of items has a further column `attribute_NAME` for each attribute that the shop declares of its products, but
not for personal ones. It is missing for all other items. `attributes.json` beside the tables lists these attributes;
[Attributes of your own](../how-to/own-shop.md#attributes-of-your-own) explains them.

The CSV files, those of the pages too, are for spreadsheets. Money is in units of the currency, and its columns end with
the code: `excess_cost_minor` is `excess_cost_eur` there, see `csv_column` in `{columns.DICTIONARY}`. A text that a
spreadsheet would run as a formula has an apostrophe before it. The file of alerts has no `numbers`: its sentences hold
them."""


def page() -> str:
    """Make the page."""
    sections = (_table(table) for table in columns.TABLES)
    return markdown.page("Product tables", INTRO, *(part for section in sections for part in section))


def _table(table: columns.ReportTable) -> Iterator[str]:
    yield f"## {table.name}"
    key = ", ".join(map(markdown.code, table.key))
    csv = " Also as CSV." if table.csv else ""
    yield f"{table.meaning[0].upper()}{table.meaning[1:]}. A row is known by {key}.{csv}"
    rows = ((markdown.code(one.name), str(one.dtype), one.unit, one.meaning) for one in table.columns)
    yield markdown.table(("column", "dtype", "unit", "meaning"), rows)
