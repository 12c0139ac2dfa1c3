"""Returns beside the lines that they may be of: equal in the filled columns of ``match.by``, and ordered before."""

from data import sql
from data.schema import ORDER_LINES, TIME
from data.sources.mapped import order_lines
from data.sources.mapped.mapping.tables import MatchRule
from data.sources.mapped.returns import moments, unplaced
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work

MANY = 20
"""Returns with the same keys from which on the lines with these keys are counted, before they are paired."""

MOST = 1_000_000
"""Most pairs of returns and lines with the same keys: so many can't be told apart, and would take hours."""


def find(work: Work, rule: MatchRule) -> None:
    """Make the table ``pairs``: ``_return`` and ``_line`` (both ``_row``), ``_in_time``, ``_pieces`` and ``_ordered``.

    ``_in_time``: whether the line was ordered before the return, and at most ``within_days`` before it; or at its own
    moment, where no earlier line fits. Returns whose keys too many lines share are refused here.
    """
    _refuse_wide(work, rule.by)
    pieces = "1" if work.mapping.returns.whole_order else "returned.quantity"
    in_time = f"{fits_in_time(work, rule)} AS _in_time"
    values = f"returned._row AS _return, line._row AS _line, {in_time}, {pieces} AS _pieces, line.quantity AS _ordered"
    sql.run(
        work.connection,
        f"CREATE TABLE pairs AS SELECT {values} FROM (FROM {READ} WHERE NOT _broken) AS returned "
        f"JOIN {order_lines.TABLE} AS line ON {equal(work, rule.by)}",
    )
    if "returned_at" in work.mapping.returns.columns:
        _drop_bought_anew(work)


def _drop_bought_anew(work: Work) -> None:
    """Drop the pairs with a line of the return's own moment where an earlier one fits: it was taken in exchange."""
    before = moments.is_before(moments.of_line(work, "ordered_at"), moments.of_return(work, "returned_at"))
    both = f"{READ} AS returned ON _return = returned._row JOIN {order_lines.TABLE} AS line ON _line = line._row"
    each = f"SELECT _return, _line, bool_or({before}) OVER (PARTITION BY _return) AND NOT {before} AS anew"
    found = f"SELECT _return, _line FROM ({each} FROM pairs JOIN {both} WHERE _in_time) WHERE anew"
    if sql.number(work.connection, f"CREATE TABLE bought_anew AS {found}"):
        rows = "SELECT DISTINCT _return AS _row FROM bought_anew"
        work.decide_rows("returns.line_id", "ordered_before", work.mapping.file_of_returns, rows)
        anew = "SELECT (_return, _line) FROM bought_anew"
        sql.run(work.connection, f"DELETE FROM pairs WHERE (_return, _line) IN ({anew})")
    sql.run(work.connection, "DROP TABLE bought_anew")


def equal(work: Work, names: tuple[str, ...]) -> str:
    """SQL: whether ``returned`` and ``line`` have the same filled values in the columns ``names``."""
    return " AND ".join(_equal(work, name) for name in names)


def group_key(work: Work, name: str) -> str:
    """SQL over order lines: a value that is equal for lines which the same returns fit by the column ``name``."""
    if ORDER_LINES.column(name).dtype != TIME:
        return sql.name(name)
    returned, line = moments.of_return(work, name), moments.of_line(work, name)
    return line.day if moments.any_date(returned, line) else line.value


def fits_in_time(work: Work, rule: MatchRule) -> str:
    """SQL: whether ``line`` was ordered before ``returned``, and not too long before; true without a date of return."""
    if "returned_at" not in work.mapping.returns.columns:
        return "TRUE"
    returned, ordered = moments.of_return(work, "returned_at"), moments.of_line(work, "ordered_at")
    in_time = moments.not_before(returned, ordered)
    if rule.within_days is not None:
        in_time += f" AND {moments.within(returned, ordered, rule.within_days)}"
    return f"({in_time})"


def _equal(work: Work, name: str) -> str:
    exact = f"returned.{sql.name(name)} = line.{sql.name(name)}"
    if ORDER_LINES.column(name).dtype != TIME:
        return exact
    returned, line = moments.of_return(work, name), moments.of_line(work, name)
    if not (either := moments.any_date(returned, line)):
        return exact
    return f"{returned.day} = {line.day} AND ({either} OR {exact})"


def _refuse_wide(work: Work, by: tuple[str, ...]) -> None:
    """Refuse the returns of keys that so many returns and lines share that no line can be told from the others."""
    read = sql.columns(work.connection, READ)
    names = [sql.name(name) for name in (*by, *(f"_date_{name}" for name in by)) if name in read]
    keys = ", ".join(names)
    many = f"SELECT {keys}, count(*) AS _returns FROM {READ} WHERE NOT _broken GROUP BY {keys} HAVING count(*) > {MANY}"
    sql.run(work.connection, f"CREATE TABLE frequent AS {many}")
    lines = f"SELECT returned.*, count(*) AS _lines FROM frequent AS returned JOIN {order_lines.TABLE} AS line"
    wide = f"{lines} ON {equal(work, by)} GROUP BY ALL HAVING _returns * count(*) > {MOST}"
    sql.run(work.connection, f"CREATE TABLE wide AS {wide}")
    if sql.number(work.connection, "SELECT count(*) FROM wide"):
        found = f"{unplaced.described(by, 'returned')} || ': ' || _lines || ' lines fit'"
        same = " AND ".join(f"returned.{key} IS NOT DISTINCT FROM wide.{key}" for key in names)
        refused = f"SELECT _row, 'ambiguous_line' AS rule, {found} AS found FROM {READ} AS returned JOIN wide ON {same}"
        unplaced.reject(work, f"{refused} WHERE NOT _broken")
        unplaced.doubt(
            work, f"SELECT line_id FROM {order_lines.TABLE} AS line SEMI JOIN wide AS returned ON {equal(work, by)}"
        )
        sql.run(work.connection, f"DELETE FROM {READ} WHERE _row IN (SELECT _row FROM ({refused} WHERE NOT _broken))")
    sql.run(work.connection, "DROP TABLE frequent")
    sql.run(work.connection, "DROP TABLE wide")
