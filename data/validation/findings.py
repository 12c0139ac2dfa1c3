"""The findings of validation, counted in DuckDB: broken rules with examples, outcomes, and warnings."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.outcome import OutcomeParams, as_of, closes_at, outcomes
from data.personal_data import emails, masking
from data.schema import LONGEST_LABEL, Table
from data.validation.accounts import Accounts
from data.validation.report import (
    SOURCE,
    VALIDATION,
    AccountReport,
    BrokenRule,
    Example,
    OutcomeReport,
    TableReport,
    UnknownKeys,
)
from data.validation.screening import Screening

ENOUGH_LINES, LAST_SHARE, LONGEST_END = 10_000, 0.999, timedelta(days=60)
"""A table of at least so many lines has an isolated end when its last 0.1% of lines spans more than this time."""


def all_rejects(screenings: list[Screening], of_source: ir.Table) -> ir.Table:
    """Unite the rejects of the source and of validation: the columns of `REJECTS` and ``found_by``.

    Rejects are kept and shown. Email addresses in a broken cell are masked, and of a long text or one of several lines
    only the size is given: it may hold the rows of other customers.
    """
    parts = [of_source.mutate(found_by=ibis.literal(SOURCE))]
    for screening in screenings:
        place = ibis.literal(f"{screening.file.name}:row ") + (screening.refused["row"] + 1).cast("string")
        part = screening.refused.select(
            table=ibis.literal(screening.table.name),
            key=ibis.coalesce(screening.refused["key"], place),
            column=screening.refused["column"],
            rule=screening.refused["rule"],
            value=screening.refused["value"],
            found_by=ibis.literal(VALIDATION),
        )
        parts.append(part)
    together = ibis.union(*parts, distinct=False)
    return together.mutate(**{name: _presentable(together[name]) for name in ("key", "value")})


def _presentable(text: ir.StringValue) -> ir.StringValue:
    unfit = (text.length() > LONGEST_LABEL) | text.re_search("[\n\r]")
    size = text.length().cast("string") + ibis.literal(" characters")
    return ibis.ifelse(unfit, size, text.re_replace(emails.LOOSE, "<email>"))


def table_report(
    backend: Backend,
    screening: Screening,
    rejects: ir.Table,
    unknown: UnknownKeys | None,
    broken: tuple[BrokenRule, ...],
    limited: Collection[str],
) -> TableReport:
    """Count the kept, refused and lost rows of one table.

    Parameters
    ----------
    broken
        The table's broken rules, already counted.
    limited
        The rules with a limit of their own.
    """
    table = screening.table
    in_source, lost = 0, 0
    if any(rule.found_by == SOURCE for rule in broken):
        of_source = rejects.filter((rejects["table"] == table.name) & (rejects["found_by"] == SOURCE))
        keys = of_source.select("key").distinct()
        in_source = _number(backend, keys.count())
        lost = _number(backend, keys.anti_join(screening.rows.select(key=screening.rows[table.key]), "key").count())
    optional = [name for name in table.names if name not in table.required]
    refused = screening.refused_count if broken else 0
    apart = 0
    if any(rule.rule in limited for rule in broken):
        names = list(limited)
        others = screening.refused.filter(~screening.refused["rule"].isin(names)).select("row").distinct()
        of_source = rejects.filter((rejects["table"] == table.name) & (rejects["found_by"] == SOURCE))
        general = of_source.filter(~of_source["rule"].isin(names)).select("key").distinct()
        apart = refused - _number(backend, others.count()) + in_source - _number(backend, general.count())
    return TableReport(
        rows=screening.count,
        kept=screening.count - refused,
        refused=refused,
        broken_in_source=in_source,
        lost_in_source=lost,
        under_own_limit=apart,
        unknown=unknown,
        present=tuple(name for name in optional if name in screening.present),
        absent=tuple(name for name in optional if name not in screening.present),
        rules=broken,
    )


def broken_rules(backend: Backend, rejects: ir.Table, examples: int) -> dict[str, tuple[BrokenRule, ...]]:
    """Count the broken rules of each table, and give the first ``examples`` of each rule by key and value.

    Shorter keys come first, so that line 2 stands before line 10.
    """
    group = ["table", "found_by", "rule", "column"]
    size, key = rejects["key"].length(), rejects["key"]
    order = [size.asc(nulls_first=True), key.asc(nulls_first=True), rejects["value"].asc(nulls_first=True)]
    window = ibis.window(group_by=group, order_by=order)
    numbered = rejects.mutate(place=ibis.row_number().over(window), rows=ibis._.count().over(group_by=group))
    first = numbered.filter(numbered["place"] < examples).order_by([*group, "place"])
    examples_of: dict[tuple[Any, ...], list[Example]] = {}
    for row in backend.to_pyarrow(first).to_pylist():
        rule = (row["table"], row["rule"], row["column"], row["found_by"], row["rows"])
        examples_of.setdefault(rule, []).append(Example(row["key"], row["value"]))
    found: dict[str, list[BrokenRule]] = {}
    for (table, name, column, found_by, rows), shown in examples_of.items():
        found.setdefault(table, []).append(BrokenRule(name, column, found_by, rows, tuple(shown)))
    return {table: tuple(broken) for table, broken in found.items()}


def outcome_report(
    backend: Backend, lines: ir.Table, returns: ir.Table, withdrawn: ir.Table, params: OutcomeParams
) -> OutcomeReport:
    """Count the outcomes of the validated order lines."""
    result = outcomes(lines, returns, params).select("line_id", "label", "cancelled_at")
    result = backend.create_table("outcomes_counted", result, temp=True)
    counts = result.aggregate(
        lines=result.count(),
        returned=(result["label"] == 1).sum().coalesce(0),
        kept=(result["label"] == 0).sum().coalesce(0),
        cancelled=result["cancelled_at"].count(),
    )
    (row,) = backend.to_pyarrow(counts).to_pylist()
    cancelled = _number(backend, lines["cancelled_at"].count()) if "cancelled_at" in lines.columns else 0
    unrecorded = 0
    if "outcome_recorded" in lines.columns:
        gone = result.filter(result["cancelled_at"].notnull())
        standing = lines.anti_join(gone, "line_id") if row["cancelled"] else lines
        unrecorded = _number(backend, (~standing["outcome_recorded"]).sum())
    latest = backend.to_pyarrow(as_of(lines, returns)).as_py()
    paired = returns.inner_join(lines.select("line_id", closes_at=closes_at(lines, params)), "line_id")
    late = paired.filter(paired["returned_at"] > paired["closes_at"])
    return OutcomeReport(
        as_of=latest.isoformat() if latest else None,
        lines=row["lines"],
        returned=row["returned"],
        kept=row["kept"],
        open=row["lines"] - row["returned"] - row["kept"] - unrecorded - row["cancelled"],
        unrecorded=unrecorded,
        withdrawn=_number(backend, withdrawn.count()),
        cancelled=row["cancelled"],
        late_cancellations=cancelled - row["cancelled"],
        late_returns=_number(backend, late.count()),
    )


def account_report(backend: Backend, accounts: Accounts | None, lines: ir.Table) -> AccountReport | None:
    """Count the merged and erased customers, and the screened ``lines`` that they change."""
    if accounts is None:
        return None
    table, after = accounts.table, accounts.lines(lines).select("line_id", now="customer_id")
    both = lines.select("line_id", "customer_id").inner_join(after, "line_id")
    return AccountReport(
        merged=_number(backend, (table["survivor"] != table["customer_id"]).sum()),
        erased=_number(backend, accounts.erased.count()),
        lines_of_survivors=_number(backend, (both["now"] != both["customer_id"]).sum()),
        lines_without_customer=_number(backend, (both["now"].isnull() & both["customer_id"].notnull()).sum()),
    )


def unknown(backend: Backend, table: Table, keys: ir.Table, lines: int) -> UnknownKeys:
    """Count the ``keys`` that order lines name and ``table`` lacks, and their share of the ``lines``."""
    counts = keys.aggregate(keys=keys.count(), lines=keys["lines"].sum().coalesce(0), example=keys[table.key].min())
    (row,) = backend.to_pyarrow(counts).to_pylist()
    share = row["lines"] / lines if lines else 0.0
    example = None if row["example"] is None else masking.shown(row["example"])
    return UnknownKeys(table.name, row["keys"], int(row["lines"]), share, example)


def isolated_end(backend: Backend, lines: ir.Table) -> str | None:
    """Warn when the last few order lines lie long after all others.

    One order with a date in the future moves `data.outcome.as_of` forward, so that every recent line counts as kept.
    """
    facts = lines.aggregate(
        lines=lines.count(), latest=lines["ordered_at"].max(), bulk=lines["ordered_at"].quantile(LAST_SHARE)
    )
    (row,) = backend.to_pyarrow(facts).to_pylist()
    if row["lines"] < ENOUGH_LINES or row["latest"] - row["bulk"] <= LONGEST_END:
        return None
    return (
        f"the last order is of {row['latest']}, but {LAST_SHARE:.1%} of the lines were ordered before {row['bulk']}: "
        "if its date is wrong, recent lines count as kept too early; set validation.latest to refuse it"
    )


def _number(backend: Backend, value: ir.Scalar) -> int:
    """Fetch one whole number; 0 for a sum over no rows."""
    return int(backend.to_pyarrow(value).as_py() or 0)
