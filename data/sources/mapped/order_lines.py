"""Order lines from a mapped file, with generated ids where the file has none, and with unknown outcomes marked."""

import re

from data import sql
from data.attributes import extended
from data.errors import UserError
from data.personal_data.masking import is_shown
from data.schema import CUSTOMERS, ORDER_LINES
from data.sources.mapped import left_out, rows, times
from data.sources.mapped.cells import ANY
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.mapping.tables import Flag
from data.sources.mapped.rows import Work

TABLE = "typed_order_lines"

DOUBTFUL = "doubtful_lines"
"""The table of the lines (``line_id``) whose return could not be read or placed."""

UNKNOWN_RULES = "unknown_outcomes"
"""The table of ``_row`` of the lines whose outcome a rule of the mapping says is unknown."""


NUMBER = re.compile(r"[^\d\w]{0,3}\d[\d.,\s']*[^\d\w]{0,3}")
ZERO = re.compile(r"\D*0[0.,]*\D*")
UNFILLED = '"", "0.00"'
FEW = 3
"""Different values of a flag that is written as a number."""


def read(work: Work) -> None:
    """Make the table `TABLE`: the order lines with ``_row``, ``_file`` and, where the mapping has a flag, ``_flag``."""
    rule = work.mapping.order_lines
    file = work.mapping.file_of_lines
    where = left_out.lines(work)
    lines = extended(ORDER_LINES, work.mapping.declared)
    rows.read(work, ORDER_LINES, file, rows.cells_of(work, lines, file, rule.cells), "read_order_lines", where=where)
    query = "FROM read_order_lines"
    if CUSTOMERS.key not in rule.columns:
        query = f"SELECT *, NULL::VARCHAR AS {CUSTOMERS.key} FROM ({query})"
    if rule.columns["order_id"].one_order_per:
        query = _one_order_per_customer_and_day(work.mapping, query)
    if rule.columns["line_id"].generated:
        number = "row_number() OVER (PARTITION BY order_id ORDER BY _row)"
        query = f"SELECT *, order_id || '-' || {number} AS line_id FROM ({query})"
    if work.mapping.returns.flag:
        query = f"FROM ({query}) JOIN {_flags(work, work.mapping.returns.flag, file, where)} USING (_row)"
    query = _with_whole_days(work, query)
    if work.mapping.returns.known_after:
        query = f"SELECT *, {_closes_at(work.mapping)} AS closes_at FROM ({query})"
    sql.run(work.connection, f"CREATE TABLE {TABLE} AS {query}")
    left_out.mark_unknown(work, TABLE, UNKNOWN_RULES)
    sql.run(work.connection, "DROP TABLE read_order_lines")


def content(work: Work) -> str:
    """SQL: the columns of `TABLE` in which lines agree that are equal in everything but their id."""
    names = sql.columns(work.connection, TABLE)
    return ", ".join(sql.name(name) for name in names if name != ORDER_LINES.key and not name.startswith("_"))


def select(work: Work) -> str:
    """SQL: the canonical order lines with ``outcome_recorded``.

    A line whose return could not be read or placed has an unknown outcome: it must not count as kept.
    """
    names = sql.columns(work.connection, TABLE)
    canonical = [
        sql.name(name)
        for name in extended(ORDER_LINES, work.mapping.declared).names
        if name in names and name != "outcome_recorded"
    ]
    return f"SELECT {', '.join(canonical)}, {recorded(work)} AS outcome_recorded FROM {TABLE}"


def recorded(work: Work) -> str:
    """SQL over `TABLE`: whether the outcome of a line is known."""
    names = sql.columns(work.connection, TABLE)
    given = "coalesce(outcome_recorded, TRUE)" if "outcome_recorded" in names else "TRUE"
    given = "_flag <> 'unknown'" if "_flag" in names else given
    placed = f"line_id NOT IN (SELECT line_id FROM {DOUBTFUL})"
    return f"{given} AND {placed} AND _row NOT IN (SELECT _row FROM {UNKNOWN_RULES})"


def _one_order_per_customer_and_day(mapping: Mapping, query: str) -> str:
    """SQL: the lines of one customer on one local day as one order, placed at the time of its first line.

    The id of the order is a hash of pseudonym and day: it does not name the customer, who may be erased later.
    """
    zone = sql.text(mapping.order_lines.columns["ordered_at"].timezone or mapping.timezone)
    day = f"strftime(timezone({zone}, timezone('UTC', ordered_at)), '%Y%m%d')"
    whose = f"coalesce(left(sha256(customer_id || {day}), 32), 'guest-' || (_row + 1))"
    orders = f"SELECT *, {whose} || '-' || {day} AS order_id FROM ({query})"
    return f"SELECT * REPLACE (min(ordered_at) OVER (PARTITION BY order_id) AS ordered_at) FROM ({orders})"


def _with_whole_days(work: Work, query: str) -> str:
    """SQL: dates without a time as the end of their day, in a shop whose orders have times of day.

    What a date says happened at some time of that day: it is known at its end, and never lies before an order of the
    day.
    """
    columns = work.mapping.order_lines.columns
    dated = [name for name in ("shipped_at", "delivered_at", "closes_at", "cancelled_at") if name in columns]
    if not dated or not orders_have_times(work, "read_order_lines"):
        return query
    ends = []
    for name in dated:
        zone = columns[name].timezone or work.mapping.timezone
        mark = rows.date_of(name)
        work.decide(
            f"{ORDER_LINES.name}.{name}",
            "date_as_end_of_day",
            sql.number(work.connection, f"SELECT count(*) FROM read_order_lines WHERE {mark}"),
        )
        ends.append(f"CASE WHEN {mark} THEN {times.day_end(name, zone)} ELSE {name} END AS {name}")
    return f"SELECT * REPLACE ({', '.join(ends)}) FROM ({query})"


def orders_have_times(work: Work, lines: str) -> bool:
    """Whether any order of the table ``lines`` has a time of day; otherwise all times are compared as dates."""
    return bool(sql.rows(work.connection, f"SELECT 1 FROM {lines} WHERE NOT {rows.date_of('ordered_at')} LIMIT 1"))


def _closes_at(mapping: Mapping) -> str:
    """SQL: when the outcome became known, for returned and kept lines alike; null where it was never recorded."""
    known = mapping.returns.known_after
    if known is None:
        return "NULL"
    closes = f"ordered_at + INTERVAL {known.ordered_days} DAY"
    if "delivered_at" in mapping.order_lines.columns:
        closes = f"coalesce(delivered_at + INTERVAL {known.delivered_days} DAY, {closes})"
    return f"CASE WHEN _flag <> 'unknown' THEN {closes} END" if mapping.returns.flag else closes


def _flags(work: Work, flag: Flag, file: str, where: str) -> str:
    """SQL: ``_flag`` (``returned``, ``kept``, ``unknown``) of each ``_row`` of ``file`` under the condition ``where``.

    Raises
    ------
    UserError
        The mapping lacks a value of the flag. The message lists the values; of amounts and counts, what to write. A
        value that may be personal can't stand in a mapping: it is of an unknown outcome, and counted.
    """
    states = {"returned": flag.returned, "kept": flag.kept, "unknown": flag.unknown}
    found = f"coalesce(trim({sql.name(flag.column)}), '')"
    cases = "".join(f" WHEN {found} IN ({sql.texts(own)}) THEN '{state}'" for state, own in states.items() if own)
    rest = next((state for state, own in states.items() if ANY in own), None)
    cases += f" WHEN {found} <> '' THEN '{rest}'" if rest else ""
    source = f"{rows.rows_of(file)} WHERE {where}"
    query = f"SELECT {found}, count(*) FROM {source} AND CASE{cases} END IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    others = [(str(value), int(count)) for value, count in sql.rows(work.connection, query)]
    personal = [value for value, _ in others if not is_shown(value)]
    unlisted = [(value, count) for value, count in others if is_shown(value)][:20]
    if unlisted:
        raise UserError(
            expected=f"every value of the column {flag.column!r} under returned, kept or unknown of returns.flag",
            found=", ".join(f"{value!r} on {count} lines" for value, count in unlisted),
            fix=_fix_of_flag(flag, [value for value, _ in unlisted]),
        )
    if personal:
        rows_of_them = f"SELECT _row FROM {source} AND {found} IN ({sql.texts(personal)})"
        work.decide_rows("order_lines.outcome_recorded", "unknown_by_personal_text in the flag", file, rows_of_them)
    return f"(SELECT _row, coalesce(CASE{cases} END, 'unknown') AS _flag FROM {source})"


def _fix_of_flag(flag: Flag, unlisted: list[str]) -> str:
    """Say what to write: of numbers, they are counted pieces or amounts, and hardly to be listed one by one."""
    numbers = [value for value in unlisted if value and NUMBER.fullmatch(value)]
    listed = 'list them in the mapping, in quotes; "" is the empty cell, and returned: "*" any other filled one'
    if len(numbers) < FEW or len(numbers) < len([value for value in unlisted if value]):
        return listed
    known = (*flag.returned, *flag.kept, *flag.unknown, *unlisted)
    none = ", ".join(f'"{value}"' for value in dict.fromkeys(known) if not value or ZERO.fullmatch(value))
    return (
        "these are numbers: where they count the pieces that came back, write returns.columns.quantity: "
        f"{flag.column} and returns.known_after, without flag; where they are amounts of money that went back, and "
        f'such a line came back, write returned: "*", kept: [{none or UNFILLED}]; else {listed}'
    )
