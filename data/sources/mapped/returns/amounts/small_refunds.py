"""Refunds of far less than their pieces cost, or with a reason such as compensation: the customer kept the goods.

A return is of goods. A row of a refund that is read as one makes a kept line a returned one.
"""

from data import sql
from data.reading.money_alone import is_money_alone
from data.schema import RETURNS
from data.sources.mapped import order_lines
from data.sources.mapped.returns import unplaced
from data.sources.mapped.returns.placed_returns import TABLE
from data.sources.mapped.rows import Work

COLUMN = "refunded_minor"
RULE = "least_refund"
USUAL = 0.5
"""Share of the price below which a refund is named where the mapping has no rule: no fee for a return takes half."""


def judge(work: Work) -> None:
    """Withdraw the returns that were paid back less than ``returns.least_refund``, or name them where no rule is set.

    A withdrawn row is no return, and the outcome of its line is unknown, unless another row returned it. A refund of 0
    says nothing: goods that are exchanged come back without one.
    """
    rule = work.mapping.returns
    if COLUMN not in rule.columns:
        return
    least = USUAL if rule.least_refund is None else rule.least_refund
    sql.run(work.connection, f"CREATE TEMP TABLE small_refunds AS {_smaller_than(least)}")
    count = sql.number(work.connection, "SELECT count(*) FROM small_refunds")
    if count:
        work.decide_rows(f"{RETURNS.name}.{COLUMN}", _WHAT, work.mapping.file_of_returns, "FROM small_refunds")
        if rule.least_refund is None:
            _notice(work, count)
        else:
            _withdraw(work)
    sql.run(work.connection, "DROP TABLE small_refunds")


def note_reasons(work: Work) -> None:
    """Count the returns whose reason, before it is translated, says that money alone went back; give a notice."""
    reasons = [str(reason) for (reason,) in sql.rows(work.connection, f"SELECT DISTINCT reason FROM {TABLE}") if reason]
    found = sorted(filter(is_money_alone, reasons))
    if not found:
        return
    file, column = work.mapping.file_of_returns, work.mapping.returns.columns["reason"].sources
    rows = f"SELECT _row FROM {TABLE} WHERE reason IN ({sql.texts(found)})"
    count = sql.number(work.connection, f"SELECT count(*) FROM ({rows})")
    work.decide_rows(f"{RETURNS.name}.reason", "money_alone", file, rows)
    work.notice(
        f"{RETURNS.name}.columns.reason: {count:,} returns have a reason by which money alone went back, first at "
        f"{work.places(file, rows)[0]}, and count as returned. Where the goods stayed, leave these rows out: "
        f"returns.leave_out: {{money alone: {{column: {column[0]}, is: [THESE REASONS]}}}}"
    )


_WHAT = "paid_back_less_than_its_pieces_cost"


def _smaller_than(least: float) -> str:
    """SQL: ``_row`` of the rows of returns that were paid back less than the share ``least`` of what they are worth."""
    prices = f"SELECT line_id, min(price_minor) AS _price FROM {order_lines.TABLE} GROUP BY line_id"
    return (
        f"SELECT _row FROM {TABLE} JOIN ({prices}) USING (line_id) GROUP BY _row "
        f"HAVING max({COLUMN}) > 0 AND max({COLUMN}) < {least} * sum(quantity * _price)"
    )


def _notice(work: Work, count: int) -> None:
    whole = sql.number(work.connection, f"SELECT count(DISTINCT _row) FROM {TABLE}")
    (first, *_) = work.places(work.mapping.file_of_returns, "FROM small_refunds")
    work.notice(
        f"{RETURNS.name}.columns.{COLUMN}: {count:,} of {whole:,} returns were paid back less than half of what their "
        f"pieces cost, first at {first}, and count as returned. Where the goods stayed, as with compensation, leave "
        f"these rows out by their reason under returns.leave_out; or set returns.{RULE}: {USUAL}, by which their lines "
        f"have an unknown outcome"
    )


def _withdraw(work: Work) -> None:
    small = f"SELECT * FROM {TABLE} SEMI JOIN small_refunds USING (_row)"
    unplaced.doubt(work, f"SELECT line_id FROM ({small})")
    if not work.mapping.has_returns_beside_lines:
        counts = f"SELECT '{RULE}', _file, count(DISTINCT _row) FROM ({small}) GROUP BY ALL"
        work.let_go(RETURNS.name, "left out", counts)
    sql.run(work.connection, f"DELETE FROM {TABLE} WHERE _row IN (FROM small_refunds)")
