"""docs/reference/canonical-tables.md, from `data.schema`."""

from collections.abc import Iterator

from data import schema
from tests.checks.docs.reference import markdown

INTRO = """\
Every source writes these tables; everything later reads nothing else. Times are UTC without a zone. Money is whole
minor units (cents) of the shop's one currency. A source must deliver the required columns. It leaves out an
optional column that it lacks, and the features that need the column are left out, too.

Order lines, products and customers may have further columns, [attributes](../how-to/own-shop.md#attributes-of-your-own)
that the shop declares: `attribute_NAME`, optional, single values may be missing; a category is a string, a number a
double, a flag a bool. `attributes.json` beside the tables lists each with its table and kind, and says whether it is
personal.

`products` and `customers` hold what was known from the start. `product_changes` and `customer_changes`, which need not
be there, hold what became known later: from `changed_at` on a value replaces the one before, and an empty one changes
nothing. An order line has the facts that were known strictly before its order."""


def page() -> str:
    """Make the page."""
    tables = (*schema.TABLES.values(), *schema.CHANGES.values(), schema.TRUTH, schema.REJECTS)
    sections = (_table(table) for table in tables)
    return markdown.page("Canonical tables", INTRO, *(part for one in sections for part in one), *_reasons())


def _table(table: schema.Table) -> Iterator[str]:
    yield f"## {table.name}"
    order = ", ".join(map(markdown.code, table.order))
    yield f"Key: `{table.key}`. Sorted by {order}."
    rows = ((markdown.code(one.name), str(one.dtype), one.unit, _needed(one), one.meaning) for one in table.columns)
    yield markdown.table(("column", "dtype", "unit", "needed", "meaning"), rows)


def _needed(column: schema.Column) -> str:
    if not column.required:
        return "optional"
    return "required, single values may be missing" if column.nullable else "required"


def _reasons() -> Iterator[str]:
    yield "## Reasons"
    yield "The codes of `reason`: Shopify's `ReturnReason` codes, and two more that shops ask for."
    rows = ((group, ", ".join(map(markdown.code, codes))) for group, codes in schema.REASON_GROUPS.items())
    yield markdown.table(("group", "codes"), rows)
