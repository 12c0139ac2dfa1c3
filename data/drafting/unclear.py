"""Columns named `N°`, `id` or `Ref`, which say that they are ids and not whose: their values decide."""

from data import sql
from data.drafting import times
from data.drafting.headers.vocabulary import is_unclear
from data.drafting.roles import IDS, Roles, classify
from data.drafting.sheet import Sheet, within

SAME = 0.9
"""Least share of another sheet's ids that a column has, for ids of the same things."""

FEW_EXCEPTIONS = 0.02
"""Largest share of an order's ids with two customers or two times."""


def resolve(found: list[Roles]) -> None:
    """Give unclear columns of all sheets the role that their values show; `Roles.unsure` says why."""
    for roles in found:
        for column in _unclear(roles):
            role, why = _by_other_sheets(roles, column, found) or _by_own_values(roles, column) or ("", "")
            if role and role not in roles.columns:
                roles.columns[role] = column
                roles.unsure[role] = f"CHECK: {column} names no kind of id; {why}"
        classify(roles)


def _unclear(roles: Roles) -> list[str]:
    taken = roles.columns.values()
    return [
        column
        for column in roles.sheet.columns
        if column not in taken
        and is_unclear(roles.sheet.header(column))
        and (values := roles.sheet.values(column))
        and times.decide(values) is None
        and not roles.sheet.personal(column)
    ]


def _by_other_sheets(roles: Roles, column: str, found: list[Roles]) -> tuple[str, str] | None:
    """Take the one role whose column in another sheet holds ids of this one, each of which stands here once."""
    if not roles.sheet.is_unique(column):
        return None
    fitting = {
        role: other.sheet.name
        for other in found
        if other is not roles
        for role in IDS & other.columns.keys()
        if role not in ("return_id", "parent") and within(other.sheet, other.columns[role], roles.sheet, column) >= SAME
    }
    if len(fitting) != 1:
        return None
    role, sheet = next(iter(fitting.items()))
    return role, f"its values are those of {role} in {sheet}"


def _by_own_values(roles: Roles, column: str) -> tuple[str, str] | None:
    """Decide by how often a value stands in the sheet, and by what its rows share."""
    sheet, has = roles.sheet, roles.columns.keys()
    if sheet.is_unique(column):
        return _of_one_row(roles, column)
    shared = [roles.columns[role] for role in ("ordered_at", "customer_id", "email") if role in has]
    if "order_id" not in has and shared and all(_decides(sheet, column, other) for other in shared):
        return "order_id", "all rows with one value have one date and customer"
    if "product_id" not in has and "order_id" in has and not _decides(sheet, column, roles.columns["order_id"]):
        return "product_id", "its values stand in several orders"
    return None


def _of_one_row(roles: Roles, column: str) -> tuple[str, str] | None:
    has, why = roles.columns.keys(), "every row has its own value"
    if counts_rows(roles.sheet, column):
        return None
    if roles.kind == "returns":
        return "return_id", why
    if "order_id" in has:
        return "line_id", why
    if {"ordered_at", "customer_id"} & has and not {"line_id", "name"} & has:
        return "order_id", why
    return ("product_id", why) if {"name", "brand", "category"} & has and "ordered_at" not in has else None


def counts_rows(sheet: Sheet, column: str) -> bool:
    """Whether ``column`` numbers the rows of the file from 0 or 1: no id, as the next export numbers others alike."""
    place = f"TRY_CAST({sheet.cell(column)} AS BIGINT) - rowid"
    query = f"SELECT count(DISTINCT {place}) = 1 AND count({place}) = count(*) AND min({place}) IN (0, 1)"
    return bool(sql.rows(sheet.connection, f"{query} FROM {sheet.table}")[0][0])


def _decides(sheet: Sheet, key: str, other: str) -> bool:
    """Whether rows with one value of ``key`` have one filled value of ``other``, few exceptions aside."""
    cell = sheet.cell(other)
    groups = (
        f"SELECT count(DISTINCT {cell}) > 1 AS _several FROM {sheet.table} WHERE {sheet.cell(key)} <> '' "
        f"AND {cell} <> '' GROUP BY {sheet.cell(key)}"
    )
    several, all_of_them = sql.rows(sheet.connection, f"SELECT count(*) FILTER (_several), count(*) FROM ({groups})")[0]
    return bool(all_of_them) and int(several) <= FEW_EXCEPTIONS * int(all_of_them)
