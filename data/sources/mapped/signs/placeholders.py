"""Customers' ids that stand for guests: one value on many orders makes one customer of many people.

They are searched before validation, which sees hashes alone, and finds such a customer from a tenth of the lines on.
"""

from data import sql
from data.identity import KeyKind
from data.reading.guests import CERTAIN
from data.schema import CUSTOMERS
from data.sources.mapped import order_lines
from data.sources.mapped.rows import IDS, Work

COLUMN = f"order_lines.{CUSTOMERS.key}"
FEWEST_ORDERS = 2
FEWEST_DIGITS = 5
"""Digits of a telephone number."""


def note(work: Work) -> None:
    """Count the lines of each customer whose id is most likely a placeholder, and give a notice of it."""
    rule = work.mapping.order_lines.columns.get(CUSTOMERS.key)
    if rule is None:
        return
    words = f"regexp_full_match(lower(trim(raw)), {sql.text(CERTAIN)})"
    no_key = {
        KeyKind.EMAIL: "NOT contains(raw, '@')",
        KeyKind.PHONE: f"length(regexp_replace(raw, '[^0-9]', '', 'g')) < {FEWEST_DIGITS}",
    }.get(rule.key or KeyKind.ID, "FALSE")
    ids = f"SELECT raw, hashed, {words} AS known FROM {IDS} WHERE known OR {no_key}"
    sql.run(
        work.connection,
        f"CREATE TEMP TABLE placeholders AS SELECT _row, order_id, raw, known FROM {order_lines.TABLE} "
        f"JOIN ({ids}) ON {CUSTOMERS.key} = hashed",
    )
    each = "SELECT raw, known, count(*), count(DISTINCT order_id) FROM placeholders GROUP BY ALL"
    for raw, known, lines, orders in sql.rows(work.connection, f"{each} ORDER BY 3 DESC, 1 LIMIT 5"):
        if orders >= FEWEST_ORDERS:
            _notice(work, str(raw), lines, orders, known=bool(known))
    sql.run(work.connection, "DROP TABLE placeholders")


def _notice(work: Work, raw: str, lines: int, orders: int, *, known: bool) -> None:
    rows = f"SELECT _row FROM placeholders WHERE raw = {sql.text(raw)}"
    file = work.mapping.file_of_lines
    shown = repr(raw) if known else f"the value at {work.places(file, rows)[0]}, which is no key of its kind,"
    value = f'"{raw}"' if known else '"THAT VALUE"'
    work.decide_rows(COLUMN, f"placeholder {raw}" if known else "placeholder", file, rows)
    work.notice(
        f"{COLUMN}: {shown} stands on {lines:,} lines of {orders:,} orders, which are one customer's by it. Where it "
        f"stands for guests, set missing: {value} on customer_id in the mapping"
    )
