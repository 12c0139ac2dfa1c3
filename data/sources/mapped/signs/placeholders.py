"""Customers' ids that stand for guests: one value on many orders makes one customer of many people.

They are searched before validation, which sees hashes alone, and finds such a customer from a tenth of the lines on.
A word for nothing in the place of a product makes one product of many, and is named as well.
"""

from data import sql
from data.identity import KeyKind
from data.reading.guests import CERTAIN, FEWEST, NOTHING
from data.schema import CUSTOMERS, PRODUCTS
from data.sources.mapped import order_lines
from data.sources.mapped.cells import SPREADSHEET_ERROR
from data.sources.mapped.rows import IDS, Work

COLUMN = f"order_lines.{CUSTOMERS.key}"
PRODUCT = f"order_lines.{PRODUCTS.key}"
ONE_DIGIT = "|".join(f"{digit}{{{FEWEST},}}" for digit in "123456789")
"""A regular expression of numbers such as 99999, which may be an id as any other."""
FEWEST_ORDERS = 2
LONGEST = 18
"""Digits of a number that the engine compares as one."""
FEWEST_DIGITS = 5
"""Digits of a telephone number."""
LONGEST_WORD = max(map(len, NOTHING)) + 2
"""Letters of a word for nothing, with a blank on both sides."""
MORE, FAR = 2, 2
"""Times as many orders as any other customer has, or as large as any other number: such a number is a placeholder."""


def note(work: Work) -> None:
    """Count the lines of each id of a customer or product that is most likely a placeholder, and give a notice."""
    _note_products(work)
    if CUSTOMERS.key in work.mapping.order_lines.columns:
        _note_customers(work)
        _note_failed(work)


def _note_customers(work: Work) -> None:
    rule = work.mapping.order_lines.columns[CUSTOMERS.key]
    words = f"regexp_full_match(lower(trim(raw)), {sql.text(CERTAIN)})"
    no_key = {
        KeyKind.EMAIL: "NOT contains(raw, '@')",
        KeyKind.PHONE: f"length(regexp_replace(raw, '[^0-9]', '', 'g')) < {FEWEST_DIGITS}",
    }.get(rule.key or KeyKind.ID, "FALSE")
    ids = f"SELECT raw, hashed, {words} OR raw IN ({_of_one_digit(work)}) AS known FROM {IDS} WHERE known OR {no_key}"
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


def _of_one_digit(work: Work) -> str:
    """SQL: numbers of one digit repeated of which one has far more orders than all others, or lies far behind them.

    Such a number may be a real id: 44444 among numbers of five digits is, and 99999 beside 20001 to 20060 is none.
    """
    some = f"SELECT raw, hashed FROM {IDS} WHERE regexp_full_match(raw, '{ONE_DIGIT}') AND length(raw) < {LONGEST}"
    if not sql.number(work.connection, f"SELECT count(*) FROM ({some})"):
        return "SELECT NULL::VARCHAR"
    each = f"SELECT {CUSTOMERS.key} AS hashed, count(DISTINCT order_id) AS _orders FROM {order_lines.TABLE} GROUP BY 1"
    next_ = "lead(_orders, 1, 0) OVER (ORDER BY _orders DESC) AS _next"
    ranked = f"SELECT *, {next_}, rank() OVER (ORDER BY _orders DESC) AS _place FROM ({each}) WHERE hashed <> ''"
    numbers = f"SELECT raw::BIGINT AS number FROM {IDS} WHERE regexp_full_match(raw, '[0-9]{{1,{LONGEST - 1}}}')"
    others = f"(SELECT max(number) AS high FROM ({numbers}) WHERE number <> raw::BIGINT)"
    far = f"raw::BIGINT > {FAR} * high OR (_place = 1 AND _orders > {MORE} * _next)"
    return f"SELECT raw FROM ({some}) JOIN ({ranked}) USING (hashed), {others} WHERE {far}"


def _note_failed(work: Work) -> None:
    """Give a notice of the lines whose customer is the error of a spreadsheet's formula; they are counted already."""
    lines = int(work.decisions.get(COLUMN, {}).get(SPREADSHEET_ERROR, 0))
    if lines:
        work.notice(
            f"{COLUMN}: on {lines:,} lines it is the error of a spreadsheet's formula, such as #REF!, so that they are "
            "guests'. Export the file again with the numbers, or fill these cells"
        )


def _note_products(work: Work) -> None:
    """Count the lines whose product is a word for nothing, such as nan or None, on several orders."""
    # Hardly any product has so short an id, and its length is far cheaper than a list of words.
    short = f"length({PRODUCTS.key}) <= {LONGEST_WORD}"
    words = f"{short} AND lower(trim({PRODUCTS.key})) IN ({sql.texts(NOTHING)})"
    each = (
        f"SELECT {PRODUCTS.key}, count(*), count(DISTINCT order_id) FROM {order_lines.TABLE} WHERE {words} GROUP BY 1"
    )
    for value, lines, orders in sql.rows(work.connection, f"{each} ORDER BY 2 DESC, 1 LIMIT 5"):
        if orders >= FEWEST_ORDERS:
            rows = f"SELECT _row FROM {order_lines.TABLE} WHERE {PRODUCTS.key} = {sql.text(value)}"
            work.decide_rows(PRODUCT, f"placeholder {value}", work.mapping.file_of_lines, rows)
            work.notice(
                f"{PRODUCT}: {value!r} stands on {lines:,} lines of {orders:,} orders, which are of one product by it. "
                f'Where it stands for none, fill these cells; or set missing: "{value}" on product_id in the mapping, '
                "by which these lines are refused"
            )


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
