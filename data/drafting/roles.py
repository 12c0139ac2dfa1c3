"""Which column of a sheet plays which role, by header words and values, and what kind of sheet it is."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from data import sql
from data.drafting import amounts, times
from data.drafting.headers.vocabulary import is_about, plain, rank, words_of
from data.drafting.sheet import Sheet
from data.errors import UserError
from data.personal_data import judgement
from data.personal_data.names import is_person
from data.personal_data.shapes import shape
from data.sources.mapped.signs.planned import is_planned

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["lines", "orders", "products", "customers", "returns", "other"]

TIMES = {"ordered_at", "shipped_at", "delivered_at", "cancelled_at", "returned_at", "requested_at", "changed_at"}
HAPPENED = TIMES - {"changed_at"}
"""Roles of times at which something took place: a time that is planned or a limit is none."""
NEEDED = ("quantity", "price_minor", "ordered_at", "returned_at")
"""Roles without which a table is wrong: a column that is named for one is read or refused, and not passed over."""
NUMBERS = {"quantity", "price_minor", "price_of_line", "list_price_minor", "return_quantity"}
NAMES = {"name", "brand", "supplier", "category", "size", "color"}
"""Roles whose values may look like names of persons."""

OF_RETURNS = {"quantity", "return_quantity", "reason", "return_id", "condition", "comment", "status", "line_id"}
"""Roles of columns that are of a return itself, where the order stands around it."""

ANY_DATE = {"date", "date time", "created at", "datum", "fecha", "data", "时间", "日期", "日付", "日時"}
"""Names of a date of anything, which in a file of returns is that of the return."""

IDS = {"line_id", "order_id", "customer_id", "product_id", "return_id", "parent"}
MOST_VALUES = 12
"""Different values of a flag or a status, at most."""
YES = re.compile(r"^(yes|y|1|true|ja|oui|si|sí|sì|tak|sim|да|是|x)$", re.IGNORECASE)
"""Values of a flag that is set."""

CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?( ?[AP]M)?|\d{1,2}時\d{1,2}分(\d{1,2}秒)?")
"""A time of day in a column of its own."""

KINDS = re.compile(
    r"simple|configurable|grouped|bundle|virtual|downloadable|variable|variation|subscription|physical|digital|product|"
    r"item|article|artikel|parent|child|kit|set|single|service|shipping",
    re.IGNORECASE,
)
"""Values that say how a row is sold in a shop system, and not what is sold: they are no category."""

WITH_DIGIT = re.compile(r"\d")
"""A number of a material, as SAP names articles: cotton is none."""

SEVERAL_WORDS = re.compile(r"[^\W\d_]{2,}[-/,.]? +(?:[^\W\d_]+ +)*[^\W\d_]{2,}")
"""Two words of letters with a blank between them."""
NAME_WORD = re.compile(r"[^\W\d_]*[^\W\dA-Z_]{2,}")
"""A word with small letters, or with letters that have no capitals."""
HALF_NAMES, MOST_CODES = 0.5, 0.9
"""Least shares of the values of two columns that are names in one and codes in the other."""

TWO = 2

MOST_PAIRS = 5_000
"""Rows that are looked at for labels of products that are names of customers."""

FEWEST_PERSONS, MOST_PERSONS = 3, 0.1
"""Values of a size or a color that look like names of persons, by chance at most."""

REFUNDED = re.compile(r"refund|credited|erstatt|gutgeschr|rembours|reembols|reintegr|rimbors|terugbeta|退款|返金")
"""Plain names of times at which money went back, which may be days after the goods."""
RECEIVED = re.compile(r"receiv|arriv|inspect|restock|check ?in|eingang|erhalten|ontvang|收货|入库|到着|受領")
"""Plain names of times at which goods came back."""

REGISTERED = re.compile(
    r"((date|datum|data|fecha) )?((de|d|di) )?(registered|registration|registri|registrat|anmeld|angemeldet|announced"
    r"|enregistr|registrad[oa]|registro|registrazione|geregistreerd|aangemeld|aanmeld|zarejestrowan)"
)
"""Plain names of times at which a return was announced; in a file of customers they are something else."""
INVOICED = re.compile(r"invoic|rechnung|factur|fattur|faktur|fatura|счет")
"""Plain names of the day of an invoice, which may be days after the order."""

RETURNS = re.compile(r"return|refund|rma|retour|retoure|devol|reso|resi|credit|gutschr|avoir|退|返品")
"""Names of files and columns about returns."""


@dataclass
class Roles:
    """The columns of one sheet by role, and the kind of the sheet."""

    sheet: Sheet
    columns: dict[str, str] = field(default_factory=dict)
    kind: Kind = "other"
    unsure: dict[str, str] = field(default_factory=dict)
    """Roles that a column was given by its values, each with the comment that asks for it."""
    left: list[str] = field(default_factory=list)
    """Comments on columns that are named for a role and left out."""

    def get(self, role: str) -> str | None:
        """The column that plays ``role``."""
        return self.columns.get(role)

    def named(self, column: str, lines: "Roles") -> str:
        """Name a column as the input of ``lines`` does: one of a joined input after this one where both have it."""
        return f"{self.sheet.name}.{column}" if self is not lines and column in lines.sheet.columns else column


def owner_of(role: str, lines: Roles, joined: Roles | None) -> Roles | None:
    """Give the sheet that has a column for ``role``: that of the lines, or the one that it joins."""
    return next((roles for roles in (lines, joined) if roles is not None and role in roles.columns), None)


def find(sheet: Sheet) -> Roles:
    """Give each role the column whose name fits best and whose values can play it; a column plays one role."""
    ranked = sorted(
        (_comes_later(sheet, role, column), place, number, role, column)
        for number, role in enumerate(words_of())
        for column in sheet.columns
        if (place := rank(role, sheet.header(column))) is not None
        and not (role in HAPPENED and is_planned(sheet.header(column)))
    )
    roles = Roles(sheet)
    things = _things_beside_codes(sheet, [column for *_, role, column in ranked if role == "product_id"])
    for *_, role, column in ranked:
        if role == "product_id" and column in things:
            continue
        if role not in roles.columns and column not in roles.columns.values() and _can_play(sheet, role, column):
            roles.columns[role] = column
    _leave_persons(roles)
    _leave_customers(roles)
    named = [(role, column) for *_, role, column in ranked]
    _take_unread(roles, named)
    _ask_when_ordered(roles, [column for role, column in named if role == "ordered_at"])
    classify(roles)
    return roles


def _things_beside_codes(sheet: Sheet, named: list[str]) -> set[str]:
    """Give the columns ``named`` for a product whose values are names, where another of them has codes.

    A word for the thing, such as ``Artículo``, is that of its name beside ``Código artículo``, and of its id alone.
    """
    fitting = [column for column in named if _can_play(sheet, "product_id", column)]
    names = {column for column in fitting if _share(sheet, column, _is_like_name) >= HALF_NAMES}
    codes = any(_share(sheet, column, _is_like_code) >= MOST_CODES for column in fitting if column not in names)
    return names if codes else set()


def _share(sheet: Sheet, column: str, test: "Callable[[str], bool]") -> float:
    values = sheet.values(column)
    return sum(map(test, values)) / max(1, len(values))


def _is_like_name(value: str) -> bool:
    """Whether a value is of words: of two, in whatever letters, or of one that is not all capitals, without a digit."""
    return SEVERAL_WORDS.search(value) is not None or (
        NAME_WORD.search(value) is not None and WITH_DIGIT.search(value) is None
    )


def _is_like_code(value: str) -> bool:
    """Whether a value is a number or a code: it has a digit, and no blank beside a word."""
    return WITH_DIGIT.search(value) is not None and " " not in value


def _comes_later(sheet: Sheet, role: str, column: str) -> bool:
    """Whether other columns come first: an invoice is no order, and an order around a list of returns is no return."""
    if role == "ordered_at":
        return _is_invoiced(sheet, column)
    return role in OF_RETURNS and sheet.has_returns_within and not sheet.is_of_return(column)


def _is_invoiced(sheet: Sheet, column: str) -> bool:
    return INVOICED.search(plain(sheet.header(column))) is not None


def _ask_when_ordered(roles: Roles, named: list[str]) -> None:
    """Ask for the time of the order where it is one of an invoice, or where other columns named for it differ."""
    taken, sheet = roles.get("ordered_at"), roles.sheet
    if taken is None or "ordered_at" in roles.unsure:
        return
    free = (column for column in named if column not in roles.columns.values())
    others = [column for column in free if _can_play(sheet, "ordered_at", column) and _differ(sheet, taken, column)]
    if others:
        roles.unsure["ordered_at"] = f"CHECK: or did the customer order at {' or '.join(others)}?"
    elif _is_invoiced(sheet, taken):
        roles.unsure["ordered_at"] = f"CHECK: did the customer order at {taken}? an invoice may be days later"


def _differ(sheet: Sheet, one: str, other: str) -> bool:
    """Whether some cells of two columns differ."""
    query = f"SELECT count(*) FROM {sheet.table} WHERE {sheet.cell(one)} <> {sheet.cell(other)}"
    return sql.number(sheet.connection, query) > 0


def _leave_persons(roles: Roles) -> None:
    """Leave a size or a color out some values of which look like names of persons: a brand may, a color does not."""
    for role in ("size", "color"):
        values = roles.sheet.values(roles.columns[role]) if role in roles.columns else {}
        persons = sum(map(is_person, values))
        if persons >= FEWEST_PERSONS and persons > MOST_PERSONS * len(values):
            column = roles.columns.pop(role)
            found = f"{persons:,} of its {len(values):,} values look like names of persons"
            roles.left.append(
                f"CHECK: {column} is left out: {found}. If it is the {role}: {role}: {column} under order_lines.columns"
            )


def _leave_customers(roles: Roles) -> None:
    """Leave a label of products out whose values are names of persons and change within one product."""
    for role in ("brand", "supplier", "category"):
        label, product = roles.get(role), roles.get("product_id")
        if label is None or product is None:
            continue
        one, other = roles.sheet.cell(product), roles.sheet.cell(label)
        query = f"SELECT {one}, {other} FROM {roles.sheet.table} WHERE {one} <> '' AND {other} <> '' LIMIT {MOST_PAIRS}"
        try:
            judgement.refuse_of_customers(label, [(str(a), str(b)) for a, b in sql.rows(roles.sheet.connection, query)])
        except UserError as error:
            del roles.columns[role]
            roles.left.append(f"CHECK: {label} is left out: {error.found}")


def _take_unread(roles: Roles, ranked: list[tuple[str, str]]) -> None:
    """Give a needed role without a column one that is named for it, though most of its cells can't be read."""
    for role, column in ranked:
        free = role in NEEDED and role not in roles.columns and column not in roles.columns.values()
        values = roles.sheet.values(column) if free else {}
        if not values or (role in TIMES and not is_about("date", column)) or roles.sheet.personal(column):
            continue
        roles.columns[role] = column
        what = "dates" if role in TIMES else "numbers"
        fix = "add its format or extract" if role in TIMES else "add decimal, thousands, unit or extract"
        roles.unsure[role] = (
            f"CHECK: its cells can't be read as {what}, such as one of the form {shape(next(iter(values)))}, and are "
            f"refused: {fix}, or name another column"
        )


def classify(roles: Roles) -> None:
    """Say of what kind the sheet is; in a file of returns, a date of anything is that of the return."""
    if _heads_orders(roles):
        del roles.columns["product_id"]  # such as the order's own reference
    roles.kind = _kind(roles)
    if roles.kind != "returns":
        return
    _take_registered(roles)
    if "returned_at" in roles.columns:
        _prefer_received(roles)
        return
    dates = _free_dates(roles)
    dated = next(filter(roles.sheet.is_of_return, dates), None) or next(
        iter([*filter(_is_of_return, dates), *filter(_is_received, dates)]), None
    )
    if dated is None and ("ordered_at" not in roles.columns or is_about("order", roles.columns["ordered_at"])):
        return
    ordered = roles.columns.pop("ordered_at", None)
    taken = roles.columns["returned_at"] = dated or str(ordered)
    others = [column for column in dates if column != taken]
    more = f" other dates: {', '.join(others)}" if others else ""
    asked = f"did the goods come back at {taken}?" if dated and _is_received(dated) else ""
    roles.unsure["returned_at"] = f"CHECK: {asked or f'is {taken} the date of the return, or of the order?'}{more}"


def _free_dates(roles: Roles) -> list[str]:
    """Name the columns of dates that play no role yet, and at which something took place."""
    free = [column for column in roles.sheet.columns if column not in roles.columns.values() and not is_planned(column)]
    return [column for column in free if _is_date(roles.sheet, column)]


def _is_date(sheet: Sheet, column: str) -> bool:
    """Whether a column has dates; numbers are dates only under a header that names one: 60410 is an order as well."""
    named = is_about("date", column) or _is_received(column) or REGISTERED.match(plain(column)) is not None
    return times.decide(sheet.values(column), numbers=named) is not None


def _take_registered(roles: Roles) -> None:
    """Take the day on which a return was registered for that of the request, where no other one is named."""
    if "requested_at" in roles.columns:
        return
    registered = next((column for column in _free_dates(roles) if REGISTERED.match(plain(column))), None)
    if registered is not None:
        roles.columns["requested_at"] = registered
        roles.unsure["requested_at"] = f"CHECK: was the return asked for at {registered}, before the goods came back?"


def _prefer_received(roles: Roles) -> None:
    """Take the day on which goods were received for that of the return, and not the day on which money went back."""
    column = roles.columns["returned_at"]
    if not REFUNDED.search(plain(column)):
        return
    goods = next(filter(_is_received, _free_dates(roles)), None)
    if goods is not None:
        roles.columns["returned_at"] = goods
        roles.unsure["returned_at"] = f"CHECK: goods came back at {goods}, and money went back at {column}?"
    else:
        roles.unsure["returned_at"] = f"CHECK: money went back at {column}; when did the goods come back?"


def _is_of_return(column: str) -> bool:
    """Whether a date in a file of returns is that of the return by its name: `Date`, or `Eingang am`."""
    return plain(column) in ANY_DATE or is_about("received", column)


def _is_received(column: str) -> bool:
    """Whether a date is by its name one on which goods arrived or were looked at."""
    return is_about("received", column) or RECEIVED.search(plain(column)) is not None


def _heads_orders(roles: Roles) -> bool:
    """Whether a sheet has one row for each order, and nothing that is sold in it, though a column may be an article."""
    has, order = roles.columns.keys(), roles.get("order_id")
    goods = {"quantity", "price_minor", "price_of_line", "name", "size", "color", "return_id", "returned_at", "reason"}
    about = {"customer_id", "email", "payment_method", "status", "ordered_at"} & has
    return bool(order and about and "product_id" in has and not goods & has and roles.sheet.is_unique(order))


def _can_play(sheet: Sheet, role: str, column: str) -> bool:
    values = sheet.values(column)
    tests: list[tuple[bool, Callable[[], bool]]] = [
        (role in TIMES, lambda: times.decide(values, numbers=True) is not None),
        (role in NUMBERS, lambda: amounts.decide(values) is not None),
        (
            role == "time_of_day",
            lambda: all(map(CLOCK.fullmatch, values)),
        ),
        (role == "flag", lambda: len(values) <= MOST_VALUES and times.decide(values) is None),
        (role == "status", lambda: len(values) <= MOST_VALUES),
        (role == "category" and all(map(KINDS.fullmatch, values)), lambda: False),
        (role in ("email", "phone", "comment"), lambda: True),
        (role == "return_id" and _is_yes_or_no(sheet, column), lambda: False),
        (role == "product_id" and plain(column) == "material", lambda: all(map(WITH_DIGIT.search, values))),
        (role in IDS, lambda: times.decide(values) is None and not sheet.personal(column)),
    ]
    test = next(
        (test for fits, test in tests if fits), lambda: not sheet.personal(column, may_hold_names=role in NAMES)
    )
    return bool(values) and test()


def _is_yes_or_no(sheet: Sheet, column: str) -> bool:
    """Whether two values or one fill a column of many rows, as a flag does and an id doesn't."""
    return len(sheet.values(column)) <= TWO and sheet.filled(column) > MOST_VALUES


def _mostly_filled(roles: Roles, names: tuple[str, ...]) -> bool:
    """Whether one of the roles has a column that most rows fill: beside order lines, only those that came back do."""
    columns = [roles.columns[name] for name in names if name in roles.columns]
    return any(2 * roles.sheet.filled(column) > roles.sheet.rows for column in columns)


def _kind(roles: Roles) -> Kind:
    sheet, has = roles.sheet, roles.columns.keys()
    names = [sheet.name, *([] if "sheet" in sheet.layout.keys else [sheet.files[0].stem])]
    about_returns = any(RETURNS.search(plain(name)) for name in names)
    if "order_id" in has and "product_id" in has and "price_minor" in has and not about_returns:
        return "lines"
    sold = {"price_minor", "ordered_at", "price_of_line"} & has
    states = _mostly_filled(roles, ("return_id", "reason")) and "price_minor" not in has
    if about_returns or states or ({"returned_at", "requested_at", "return_quantity"} & has and not sold):
        return "returns"
    if "order_id" in has and "product_id" in has:
        return "lines"
    unique = {role for role in ("order_id", "customer_id") if role in has and sheet.is_unique(roles.columns[role])}
    if "order_id" in has:
        return "orders" if "order_id" in unique else "lines"
    if "product_id" in has and not {"quantity", "ordered_at", "customer_id"} & has:
        return "products"
    return "customers" if "customer_id" in unique else "other"
