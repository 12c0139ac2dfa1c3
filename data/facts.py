"""Facts with a time: what was known of each product and customer, from which moment on.

`data.schema.PRODUCTS` and `data.schema.CUSTOMERS` hold what was known from the start. A change replaces each value that
it has from its ``changed_at`` on; what it leaves empty stays. Changes of one moment apply in the order of their ids.
"""

from pathlib import Path

import ibis
import ibis.expr.types as ir

from data import tables
from data.schema import CHANGES, Table

TIMESTAMP = "timestamp(6)"


def changes_in(folder: Path) -> tuple[Table, ...]:
    """The tables of changes that ``folder`` holds."""
    return tuple(table for table in CHANGES.values() if tables.path(table, folder).is_file())


def versions(facts: ir.Table, changes: ir.Table, key: str) -> ir.Table:
    """Give the facts of each span of time: one row for each row of ``facts``, and one for each change.

    Parameters
    ----------
    facts
        What was known from the start, with one row for each ``key``.
    changes
        ``change_id``, ``key``, ``changed_at``, and any of the columns of facts.

    Returns
    -------
    ir.Table
        ``key``; every column of either table; and ``since`` and ``until`` (timestamps, UTC): the facts count strictly
        after ``since``, which is null from the start on, and up to ``until``, which is null where nothing follows.
    """
    types = {**facts.schema(), **changes.drop("change_id", "changed_at").schema()}
    names = [name for name in types if name != key]

    def whole(table: ir.Table, since: ir.Value, place: ir.Value) -> ir.Table:
        # Ibis unites only columns of the same nullability: the cast makes all of them nullable.
        own = {name: table[name] if name in table.columns else ibis.null() for name in (key, *names)}
        typed = {name: value.cast(types[name].copy(nullable=True)) for name, value in own.items()}
        return table.select(**typed, since=since.cast(TIMESTAMP), place=place.cast("string"))

    start = whole(facts, ibis.null(), ibis.null())
    both = start.union(whole(changes, changes["changed_at"], changes["change_id"]))
    order = [both["since"].asc(nulls_first=True), both["place"].asc(nulls_first=True)]
    so_far = ibis.cumulative_window(group_by=key, order_by=order)
    later = ibis.window(group_by=key, order_by=order)
    # The rows from a value up to the next one have the same count of values so far, and one value among them.
    counts = {f"{name}__so_far": both[name].count().over(so_far) for name in names}
    counted = both.mutate(until=both["since"].lead().over(later), **counts)
    latest = {name: counted[name].max().over(ibis.window(group_by=[key, f"{name}__so_far"])) for name in names}
    return counted.select(key, "since", "until", **latest)


def latest(facts: ir.Table, changes: ir.Table, key: str) -> ir.Table:
    """Give the facts after all ``changes``, one row for each row of ``facts``; parameters as those of `versions`."""
    spans = versions(facts, changes, key)
    return spans.filter(spans["until"].isnull()).drop("since", "until")


def known_before(lines: ir.Table, spans: ir.Table, key: str) -> ir.Table:
    """Give the facts that were known of each line's ``key`` strictly before its order: one row a line.

    Parameters
    ----------
    lines
        Order lines: ``line_id``, ``ordered_at``, and ``key``.
    spans
        As `versions` gives them.
    """
    at = lines["ordered_at"]
    began = spans["since"].isnull() | (spans["since"] < at)
    lasts = spans["until"].isnull() | (at <= spans["until"])
    joined = lines.select("line_id", "ordered_at", key).inner_join(spans, [lines[key] == spans[key], began, lasts])
    return joined.select("line_id", *(name for name in spans.columns if name not in (key, "since", "until")))
