"""The rules across rows and tables, as Ibis expressions that run out of core.

Each function takes rows with their place in the file (``row``, from 0) and gives the broken rows in the columns of
`data.validation.contracts.BROKEN`. A rule checks the rows that passed all rules before it; `data.validation.cleaning`
has the order of the rules. The result of a rule doesn't depend on the order of the rows in the file.
"""

import ibis
import ibis.expr.types as ir

from data.schema import ORDER_LINES, RETURNS, Table

DUPLICATE_KEY = "duplicate_key"
DIFFERS_IN_ORDER = "differs_in_order"
BEFORE_ORDER, LONG_AFTER_ORDER = "before_order", "long_after_order"
UNKNOWN_LINE, REFUSED_LINE = "unknown_line", "refused_line"
UNKNOWN_KEY = "unknown_key"
ABOVE_ORDERED, SUM_ABOVE_ORDERED = "above_ordered", "sum_above_ordered"

SAME_IN_ORDER = ("ordered_at", "customer_id")
"""The columns that are the same for all lines of an order."""

MEANINGS: dict[str, str] = {
    DUPLICATE_KEY: "an earlier row has the key: the first by the table's order, then by its other columns, stays",
    DIFFERS_IN_ORDER: "another time or customer than most lines of the order (on a tie: than the least of them)",
    BEFORE_ORDER: "a time before the order was placed",
    LONG_AFTER_ORDER: "a time more than validation.max_delay_days after the order",
    UNKNOWN_LINE: "a return of a line that no order has",
    REFUSED_LINE: "a return of an order line that was itself refused",
    UNKNOWN_KEY: "a change of a product or customer that neither its own table nor an order line has",
    ABOVE_ORDERED: "more pieces came back than the line ordered",
    SUM_ABOVE_ORDERED: "the line's returns up to this one, by time, are more pieces than it ordered",
}


def duplicate_keys(table: Table, rows: ir.Table) -> ir.Table:
    """Find the rows with a key that an earlier row already has."""
    repeated = rows.group_by(table.key).having(ibis._.count() > 1).aggregate()
    suspects = rows.semi_join(repeated, table.key).select(*rows.columns)
    others = [name for name in table.names if name in rows.columns and name not in table.order]
    order = [suspects[name].asc(nulls_first=True) for name in (*table.order, *others, "row")]
    ranked = suspects.mutate(place=ibis.row_number().over(group_by=table.key, order_by=order))
    return _broken(table, ranked.filter(ranked["place"] > 0), table.key, DUPLICATE_KEY)


def of_mixed_orders(lines: ir.Table) -> ir.Table:
    """Give the lines of mixed orders: orders with more than one time or customer."""
    # A guest's missing customer counts as a customer of its own.
    sided = lines.select("row", "line_id", "order_id", "ordered_at", customer_id=lines["customer_id"].coalesce(""))
    sides = {f"{end}_{name}": getattr(sided[name], end)() for name in SAME_IN_ORDER for end in ("min", "max")}
    bounds = sided.group_by("order_id").aggregate(**sides)
    mixed = bounds.filter(ibis.or_(*(bounds[f"min_{name}"] != bounds[f"max_{name}"] for name in SAME_IN_ORDER)))
    return sided.semi_join(mixed, "order_id").select(*sided.columns)


def differs_in_order(mixed: ir.Table, column: str) -> ir.Table:
    """Find the lines whose ``column`` differs from its most frequent value in their order.

    ``mixed``: the lines from `of_mixed_orders`.
    """
    sizes = mixed.group_by(["order_id", column]).aggregate(lines=mixed.count())
    order = [sizes["lines"].desc(), sizes[column].asc()]
    ranked = sizes.mutate(place=ibis.row_number().over(group_by="order_id", order_by=order))
    most = ranked.filter(ranked["place"] == 0).select("order_id", column)
    others = mixed.anti_join(most, ["order_id", column]).select(*mixed.columns)
    return _broken(ORDER_LINES, others, column, DIFFERS_IN_ORDER)


def out_of_time(table: Table, rows: ir.Table, column: str, max_delay_days: int) -> ir.Table:
    """Find the rows whose ``column`` lies before ``ordered_at``, or more than ``max_delay_days`` after it."""
    late = rows[column] > rows["ordered_at"] + ibis.interval(days=max_delay_days)
    before = _broken(table, rows.filter(rows[column] < rows["ordered_at"]), column, BEFORE_ORDER)
    return ibis.union(before, _broken(table, rows.filter(late), column, LONG_AFTER_ORDER))


def with_line(returns: ir.Table, lines: ir.Table) -> ir.Table:
    """Join each return with its line's ``ordered_at`` and ``pieces``; null where there is no such line."""
    ordered = lines.select("line_id", "ordered_at", pieces=lines["quantity"])
    joined = returns.left_join(ordered, "line_id")
    own = ("row", "return_id", "line_id", "returned_at", "requested_at", "quantity")
    return joined.select(*(name for name in own if name in returns.columns), "ordered_at", "pieces")


def of_no_line(returns: ir.Table, all_lines: ir.Table) -> ir.Table:
    """Find the returns whose line was refused or does not exist.

    Parameters
    ----------
    returns
        As `with_line` gives them.
    all_lines
        All order lines, refused ones included.
    """
    orphans = returns.filter(returns["ordered_at"].isnull())
    refused = orphans.semi_join(all_lines, "line_id").select(*orphans.columns)
    unknown = orphans.anti_join(all_lines, "line_id").select(*orphans.columns)
    return ibis.union(
        _broken(RETURNS, refused, "line_id", REFUSED_LINE), _broken(RETURNS, unknown, "line_id", UNKNOWN_LINE)
    )


def above_ordered(returns: ir.Table) -> ir.Table:
    """Find the single returns of more pieces than their line ordered; ``returns`` as `with_line` gives them."""
    return _broken(RETURNS, returns.filter(returns["quantity"] > returns["pieces"]), "quantity", ABOVE_ORDERED)


def sum_above_ordered(returns: ir.Table) -> ir.Table:
    """Find the returns at which the sum of a line's returned pieces, by time, exceeds the pieces ordered.

    All later returns of the line are found, too. Several returns of one line are valid up to the pieces ordered.
    """
    repeated = returns.group_by("line_id").having(ibis._.count() > 1).aggregate()
    parts = returns.semi_join(repeated, "line_id").select(*returns.columns)
    window = ibis.cumulative_window(group_by="line_id", order_by=[parts["returned_at"], parts["return_id"]])
    summed = parts.mutate(so_far=parts["quantity"].sum().over(window))
    return _broken(RETURNS, summed.filter(summed["so_far"] > summed["pieces"]), "quantity", SUM_ABOVE_ORDERED)


def of_unknown(changes: Table, key: str, rows: ir.Table, *known: ir.Table) -> ir.Table:
    """Find the ``rows`` of a table of changes whose ``key`` none of the tables ``known`` has."""
    named = ibis.union(*(table.select(key) for table in known)).drop_null()
    return _broken(changes, rows.anti_join(named, key).select(*rows.columns), key, UNKNOWN_KEY)


def unknown_keys(table: Table, rows: ir.Table, lines: ir.Table) -> ir.Table:
    """Find the products or customers of order lines that ``rows`` of their table lack, each with its ``lines``."""
    named = lines.filter(lines[table.key].notnull())
    counted = named.group_by(table.key).aggregate(lines=named.count())
    return counted.anti_join(rows, table.key).select(*counted.columns)


def with_bare_rows(table: Table, rows: ir.Table, unknown: ir.Table) -> ir.Table:
    """Add a bare row, with its key and no other value, for each key that `unknown_keys` found.

    A shop's master data often lacks products that were sold long ago. The order is valid all the same, so the
    product or customer of its line gets a row with every other value missing.
    """
    columns = [name for name in table.names if name in rows.columns]
    nothing = {name: ibis.null(rows[name].type()) for name in columns if name != table.key}
    return ibis.union(rows.select(*columns), unknown.select(table.key).mutate(**nothing).select(*columns))


def without_good_return(lines: ir.Table, returns: ir.Table, refused_returns: ir.Table) -> ir.Table:
    """Find the order lines (``line_id``) that have refused returns and no valid one.

    Such a line may have come back: the label *kept* would be a guess.

    Parameters
    ----------
    lines, returns
        The rows that stay.
    refused_returns
        The returns that were refused; only their ``line_id`` is used.
    """
    doubtful = refused_returns.select("line_id").distinct()
    of_lines = doubtful.semi_join(lines, "line_id").select("line_id")
    return of_lines.anti_join(returns, "line_id").select("line_id")


def without_outcome(lines: ir.Table, withdrawn: ir.Table) -> ir.Table:
    """Set ``outcome_recorded`` of the lines ``withdrawn`` to false; the column is added where it is absent."""
    joined = lines.left_join(withdrawn.select("line_id", withdrawn=ibis.literal(True)), "line_id")
    recorded = joined["outcome_recorded"] if "outcome_recorded" in lines.columns else ibis.literal(True)
    of_line = ibis.ifelse(joined["withdrawn"].notnull(), False, recorded)
    others = [name for name in lines.columns if name != "outcome_recorded"]
    return joined.select(*others, outcome_recorded=of_line)


def _broken(table: Table, rows: ir.Table, column: str, rule: str) -> ir.Table:
    return rows.select(
        "row",
        key=rows[table.key],
        column=ibis.literal(column),
        rule=ibis.literal(rule),
        value=rows[column].cast("string").nullif(""),
    )
