"""Lines at a price of 0: parts of sets, samples and replacements, which count as kept though nobody bought them."""

from data import sql
from data.drafting import amounts, written
from data.drafting.roles import MOST_VALUES, Roles
from data.sources.mapped.signs.free_lines import FEWEST, LEAST_SHARE

AGREES = 0.95
"""Least share of the rows with a value that are all free or all paid, for a column that says which lines are free."""
KINDS = {"status", "channel", "category", "payment_method"}
"""Roles whose columns may say of what kind a line is, beside the columns without a role."""
ZERO = r"^[^0-9]*0+([.,]0*)?[^0-9]*$"


def note(lines: Roles) -> str:
    """Ask whether lines at 0 are sales, with a column that says which lines these are; empty where there are few."""
    price = lines.get("price_minor") or lines.get("price_of_line")
    if price is None or amounts.decide(lines.sheet.values(price)) is None:
        return ""
    free = _free(lines, price)
    count = sql.number(lines.sheet.connection, f"SELECT count(*) FROM {lines.sheet.table} WHERE {free}")
    if count < FEWEST or not LEAST_SHARE * lines.sheet.rows <= count < lines.sheet.rows:
        return ""
    kinds = ((column, _values(lines, column, free)) for column in lines.sheet.columns if _may_name_kinds(lines, column))
    column, values = next((found for found in kinds if found[1]), (price, ()))
    test, more = written.condition(column, values or _zeros(lines, price), lines.sheet.values(column))
    rule = ", ".join(f"{key}: {list(value) if isinstance(value, list) else value}" for key, value in test.items())
    says = f", as {column} says" if values else ""
    return (
        f"CHECK: {count:,} of {lines.sheet.rows:,} lines ({count / lines.sheet.rows:.0%}) have a price of 0{says}, and "
        f"count as bought: are they parts of sets, samples or replacements? then order_lines.leave_out: {{free: "
        f"{{{rule}}}}}{more}"
    )


def _free(lines: Roles, price: str) -> str:
    """SQL: whether the price of a row is 0, in whatever unit."""
    return f"regexp_matches({lines.sheet.cell(price)}, {sql.text(ZERO)})"


def _zeros(lines: Roles, price: str) -> list[str]:
    """The spellings of 0 among the prices."""
    shown = f"SELECT DISTINCT {lines.sheet.cell(price)} FROM {lines.sheet.table} WHERE {_free(lines, price)} ORDER BY 1"
    return [str(value) for (value,) in sql.rows(lines.sheet.connection, shown)]


def _may_name_kinds(lines: Roles, column: str) -> bool:
    role = next((role for role, own in lines.columns.items() if own == column), None)
    few = 0 < len(lines.sheet.values(column)) <= MOST_VALUES
    return few and (role is None or role in KINDS) and not lines.sheet.personal(column, may_hold_names=True)


def _values(lines: Roles, column: str, free: str) -> list[str]:
    """The values of ``column`` whose rows are free; none where another value has free and paid rows."""
    cell = f"coalesce({lines.sheet.cell(column)}, '')"
    query = f"SELECT {cell}, avg(({free})::INT) FROM {lines.sheet.table} GROUP BY 1 ORDER BY 1"
    shares = {str(value): float(share) for value, share in sql.rows(lines.sheet.connection, query)}
    if any(1 - AGREES < share < AGREES for share in shares.values()):
        return []
    return [value for value, share in shares.items() if share >= AGREES]
