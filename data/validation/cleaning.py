"""The rules in the order in which they apply, and their result: the raw tables without the rows that broke a rule.

Each step checks the rows that passed the steps before it:

1. every table against its contract (`data.validation.contracts`), row by row;
2. every table: duplicate keys; of several rows with one key the first stays;
3. order lines: delivered or closed before the order or long after it; then lines that differ from their order;
4. returns: without a line, before the order or long after it, or of more pieces than ordered; then sums of returns.

A product or customer that is named in order lines alone gets a bare row: a row with its key and no other value. A line
whose only returns were refused loses its outcome. `data.validation.rules` gives the reasons.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.logs import log
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS
from data.validation import rules
from data.validation.params import ValidationParams
from data.validation.screening import Screening


@dataclass(frozen=True)
class Cleaned:
    """The cleaned tables by name, the unknown keys, and the lines without an outcome."""

    rows: dict[str, ir.Table]
    unknown: dict[str, ir.Table]
    """For products and customers: the keys that order lines name and the table lacks, each with its ``lines``."""
    withdrawn: ir.Table
    """``line_id`` of the lines whose outcome was withdrawn."""


def screen(backend: Backend, screenings: dict[str, Screening], params: ValidationParams) -> None:
    """Refuse the rows of all tables that break a rule.

    Raises
    ------
    UserError
        A column holds personal data.
    """
    for screening in screenings.values():
        log.info("validate: checking %s against its contract, %s rows", screening.table.name, f"{screening.count:,}")
        screening.hold_to_contract(params.bounds, params.chunk_rows)
    log.info("validate: checking rules across rows and tables")
    for screening in screenings.values():
        screening.refuse(rules.duplicate_keys(screening.table, screening.kept))
    _screen_lines(backend, screenings[ORDER_LINES.name], params.max_delay_days)
    _screen_returns(backend, screenings[RETURNS.name], screenings[ORDER_LINES.name], params.max_delay_days)


def clean(backend: Backend, screenings: dict[str, Screening]) -> Cleaned:
    """Build the cleaned tables from the rows that broke no rule."""
    rows = {name: screening.kept.drop("row") for name, screening in screenings.items()}
    lines, returns = rows[ORDER_LINES.name], screenings[RETURNS.name]
    unknown = {}
    for table in (screenings[name].table for name in (PRODUCTS.name, CUSTOMERS.name)):
        found = rules.unknown_keys(table, rows[table.name], lines)
        unknown[table.name] = backend.create_table(f"unknown_{table.name}", found, temp=True)
        rows[table.name] = rules.with_bare_rows(table, rows[table.name], unknown[table.name])
    refused = returns.rows.semi_join(returns.refused, "row").select("line_id")
    doubtful = rules.without_good_return(lines, returns.kept, refused)
    withdrawn = backend.create_table("withdrawn", doubtful, temp=True)
    if backend.to_pyarrow(withdrawn.count()).as_py():
        rows[ORDER_LINES.name] = rules.without_outcome(lines, withdrawn)
    return Cleaned(rows, unknown, withdrawn)


def _screen_lines(backend: Backend, lines: Screening, max_delay_days: int) -> None:
    for column in ("delivered_at", "closes_at"):
        if column in lines.present:
            lines.refuse(rules.out_of_time(ORDER_LINES, lines.kept, column, max_delay_days))
    mixed = backend.create_table("lines_of_mixed_orders", rules.of_mixed_orders(lines.kept), temp=True)
    lines.refuse(*(rules.differs_in_order(mixed, column) for column in rules.SAME_IN_ORDER))


def _screen_returns(backend: Backend, returns: Screening, lines: Screening, max_delay_days: int) -> None:
    paired = backend.create_table("returns_with_line", rules.with_line(returns.kept, lines.kept), temp=True)
    returns.refuse(
        rules.of_no_line(paired, lines.rows),
        rules.out_of_time(RETURNS, paired, "returned_at", max_delay_days),
        rules.above_ordered(paired),
    )
    still = paired.anti_join(returns.refused, "row").select(*paired.columns)
    returns.refuse(rules.sum_above_ordered(still))
