"""The rules in the order in which they apply, and their result: the raw tables without the rows that broke a rule.

Each step checks the rows that passed the steps before it:

1. every table against its contract (`data.validation.contracts`), row by row;
2. every table: duplicate keys; of several rows with one key the first stays;
3. order lines: shipped, delivered, closed or cancelled before the order or long after it; then lines that differ from
   their order;
4. returns: without a line, known or asked for before the order or long after it, or of more pieces than ordered; then
   sums of returns;
5. changes of facts: of a product or customer that nobody names.

A product or customer that is named in order lines alone gets a bare row: a row with its key and no other value. A line
whose only returns were refused loses its outcome. `data.validation.rules` gives the reasons.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.logs import log
from data.schema import CHANGES, CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS
from data.validation import rules
from data.validation.accounts import Accounts
from data.validation.accounts import find as find_accounts
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
    accounts: Accounts | None
    """The merged and erased customers; None where the source knows of neither."""


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
    for owner, changes in CHANGES.items():
        if changes.name in screenings:
            _screen_changes(screenings[changes.name], screenings[owner], screenings[ORDER_LINES.name])


def clean(backend: Backend, screenings: dict[str, Screening]) -> Cleaned:
    """Build the cleaned tables from the rows that broke no rule.

    Raises
    ------
    UserError
        Merged accounts lead in a circle.
    """
    rows = {name: screening.kept.drop("row") for name, screening in screenings.items()}
    accounts = find_accounts(backend, rows[CUSTOMERS.name])
    if accounts is not None:
        rows |= _resolved(backend, accounts, rows)
    lines, returns = rows[ORDER_LINES.name], screenings[RETURNS.name]
    unknown = {}
    for table in (screenings[name].table for name in (PRODUCTS.name, CUSTOMERS.name)):
        found = rules.unknown_keys(table, rows[table.name], lines)
        lacking = backend.create_table(f"unknown_{table.name}", found, temp=True)
        rows[table.name] = rules.with_bare_rows(table, rows[table.name], lacking)
        unknown[table.name] = lacking
        if accounts is not None and table.name == CUSTOMERS.name:
            # Who ordered again after the erasure is known, by the id alone.
            unknown[table.name] = lacking.anti_join(accounts.erased, table.key)
    refused = returns.rows.semi_join(returns.refused, "row").select("line_id")
    doubtful = rules.without_good_return(lines, returns.kept, refused)
    withdrawn = backend.create_table("withdrawn", doubtful, temp=True)
    if backend.to_pyarrow(withdrawn.count()).as_py():
        rows[ORDER_LINES.name] = rules.without_outcome(lines, withdrawn)
    return Cleaned(rows, unknown, withdrawn, accounts)


def _resolved(backend: Backend, accounts: Accounts, rows: dict[str, ir.Table]) -> dict[str, ir.Table]:
    """The tables that name customers, without merged and erased ones in order lines."""
    changes = CHANGES[CUSTOMERS.name].name
    found = {
        ORDER_LINES.name: backend.create_table("resolved_lines", accounts.lines(rows[ORDER_LINES.name]), temp=True),
        CUSTOMERS.name: accounts.customers(rows[CUSTOMERS.name]),
    }
    return found | ({changes: accounts.changes(rows[changes])} if changes in rows else {})


def _screen_lines(backend: Backend, lines: Screening, max_delay_days: int) -> None:
    for column in ("shipped_at", "delivered_at", "closes_at", "cancelled_at"):
        if column in lines.present:
            lines.refuse(rules.out_of_time(ORDER_LINES, lines.kept, column, max_delay_days))
    mixed = backend.create_table("lines_of_mixed_orders", rules.of_mixed_orders(lines.kept), temp=True)
    lines.refuse(*(rules.differs_in_order(mixed, column) for column in rules.SAME_IN_ORDER))


def _screen_changes(changes: Screening, owners: Screening, lines: Screening) -> None:
    key = owners.table.key
    changes.refuse(rules.of_unknown(changes.table, key, changes.kept, owners.kept, lines.kept))


def _screen_returns(backend: Backend, returns: Screening, lines: Screening, max_delay_days: int) -> None:
    asked = [name for name in ("returned_at", "requested_at") if name in returns.present]
    paired = backend.create_table("returns_with_line", rules.with_line(returns.kept, lines.kept), temp=True)
    returns.refuse(
        rules.of_no_line(paired, lines.rows),
        *(rules.out_of_time(RETURNS, paired, column, max_delay_days) for column in asked),
        rules.above_ordered(paired),
    )
    still = paired.anti_join(returns.refused, "row").select(*paired.columns)
    returns.refuse(rules.sum_above_ordered(still))
