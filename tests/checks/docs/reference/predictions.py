"""docs/reference/predictions.md, from `data.predicted.columns`."""

from data.predicted import columns
from tests.checks.docs.reference import markdown

INTRO = f"""\
What `make outcomes` writes to `{columns.FILE}` in {columns.FOLDER}: every score of the prediction log, with what became
of the line by now. `{columns.DICTIONARY}` beside it says the same as this page. A row is known by
{", ".join(map(markdown.code, columns.KEY))}; all other columns may be missing. Times are UTC.

A score belongs to the order line whose id the request gave as `line_id`, if the product is the same. Without such an id
it belongs to the first order of the same customer in the next 24 hours (`--within-hours`) that has a line of the
product in this size and color. A guest's score without an id is joined with nothing. Where a basket was scored several
times, only the row with `is_last` should count in figures of quality.

The customer is a keyed hash for every shop, also for a simulated one."""


def page() -> str:
    """Make the page."""
    rows = ((markdown.code(one.name), str(one.dtype), one.unit, one.meaning) for one in columns.COLUMNS)
    outcomes = ((markdown.code(name), meaning) for name, meaning in columns.OUTCOMES.items())
    return markdown.page(
        "Predictions with outcomes",
        INTRO,
        markdown.table(("column", "dtype", "unit", "meaning"), rows),
        "## Outcomes",
        markdown.table(("outcome", "meaning"), outcomes),
    )
