"""Order lines from a mapped file, with generated ids where the file has none, and with unknown outcomes marked."""

from data import sql
from data.errors import UserError
from data.schema import ORDER_LINES
from data.sources.mapped import rows
from data.sources.mapped.mapping import Flag, Mapping
from data.sources.mapped.rows import Work

TABLE = "typed_order_lines"


def read(work: Work) -> None:
    """Make the table `TABLE`: the order lines with ``_row``, ``_file`` and, where the mapping has a flag, ``_flag``."""
    rule = work.mapping.order_lines
    file = work.mapping.file_of_lines
    rows.read(work, ORDER_LINES, file, rows.cells_of(work, ORDER_LINES, file, rule.columns), "read_order_lines")
    query = "FROM read_order_lines"
    if rule.columns["order_id"].one_order_per:
        query = _one_order_per_customer_and_day(work.mapping, query)
    if rule.columns["line_id"].generated:
        number = "row_number() OVER (PARTITION BY order_id ORDER BY _row)"
        query = f"SELECT *, order_id || '-' || {number} AS line_id FROM ({query})"
    if work.mapping.returns.flag:
        query = f"FROM ({query}) JOIN {_flags(work, work.mapping.returns.flag, file)} USING (_row)"
    if work.mapping.returns.known_after:
        query = f"SELECT *, {_closes_at(work.mapping)} AS closes_at FROM ({query})"
    sql.run(work.connection, f"CREATE TABLE {TABLE} AS {query}")
    sql.run(work.connection, "DROP TABLE read_order_lines")


def select(work: Work) -> str:
    """SQL: the canonical order lines with ``outcome_recorded``.

    A line whose return could not be read has an unknown outcome: it must not count as kept.
    """
    names = sql.columns(work.connection, TABLE)
    canonical = [sql.name(name) for name in ORDER_LINES.names if name in names and name != "outcome_recorded"]
    recorded = "coalesce(outcome_recorded, TRUE)" if "outcome_recorded" in names else "TRUE"
    recorded = "_flag <> 'unknown'" if "_flag" in names else recorded
    readable = "line_id NOT IN (SELECT line_id FROM unreadable_returns)"
    return f"SELECT {', '.join(canonical)}, {recorded} AND {readable} AS outcome_recorded FROM {TABLE}"


def _one_order_per_customer_and_day(mapping: Mapping, query: str) -> str:
    """SQL: the lines of one customer on one local day as one order, placed at the time of its first line."""
    zone = sql.text(mapping.order_lines.columns["ordered_at"].timezone or mapping.timezone)
    day = f"strftime(timezone({zone}, timezone('UTC', ordered_at)), '%Y%m%d')"
    orders = f"SELECT *, coalesce(customer_id, 'guest-' || (_row + 1)) || '-' || {day} AS order_id FROM ({query})"
    return f"SELECT * REPLACE (min(ordered_at) OVER (PARTITION BY order_id) AS ordered_at) FROM ({orders})"


def _flags(work: Work, flag: Flag, file: str) -> str:
    """SQL: ``_flag`` of each ``_row``; `UserError` that lists all values missing from the mapping."""
    states = {"returned": flag.returned, "kept": flag.kept, "unknown": flag.unknown}
    found = f"coalesce(trim({sql.name(flag.column)}), '')"
    cases = " ".join(f"WHEN {found} IN ({sql.texts(own)}) THEN '{state}'" for state, own in states.items() if own)
    source = sql.name(f"file_{file}")
    unlisted = sql.rows(
        work.connection,
        f"SELECT {found}, count(*) FROM {source} WHERE CASE {cases} END IS NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20",
    )
    if unlisted:
        raise UserError(
            expected=f"every value of the column {flag.column!r} under returned, kept or unknown of returns.flag",
            found=", ".join(f"{value!r} on {count} lines" for value, count in unlisted),
            fix='list them in the mapping, in quotes; "" is the empty cell',
        )
    return f"(SELECT rowid AS _row, CASE {cases} END AS _flag FROM {source})"


def _closes_at(mapping: Mapping) -> str:
    """SQL: when the outcome became known, for returned and kept lines alike; null where it was never recorded."""
    known = mapping.returns.known_after
    if known is None:
        return "NULL"
    closes = f"ordered_at + INTERVAL {known.ordered_days} DAY"
    if "delivered_at" in mapping.order_lines.columns:
        closes = f"coalesce(delivered_at + INTERVAL {known.delivered_days} DAY, {closes})"
    return f"CASE WHEN _flag <> 'unknown' THEN {closes} END" if mapping.returns.flag else closes
