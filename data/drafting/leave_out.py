"""The rows that a first mapping leaves out: cancelled lines, goods that are none, parts of sets, other currencies."""

import re
from collections.abc import Iterator

from ruamel.yaml.comments import CommentedMap

from data.drafting import amounts, currency, times, written
from data.drafting.asked import orders_of_tests
from data.drafting.draft import inline, put
from data.drafting.headers import parts
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import MOST_VALUES, YES, Roles, owner_of
from data.drafting.sheet import Sheet, within

CANCELLED = re.compile(
    r"cancel|void|storn|annul|anul|cancelad|avbrut|geannuleerd|取消|作废|作廢|キャンセル|failed|expired"
    r"|отмен|аннулир|\bcxl|\bcncl|delete|geloscht|gelöscht|supprim|\binactive|inaktiv|删除|削除|удален",
    re.IGNORECASE,
)
NO = re.compile(r"^(no|n|0|false|nein|non|nee|nej|nie|nao|não|нет|否)$", re.IGNORECASE)
DELETED = re.compile(
    r"(is |row |line )?(deleted|removed|inactive|disabled|geloscht|inaktiv|supprimee?|inactif|eliminad[oa]|inactiv[oa]|"
    r"eliminat[oa]|inattiv[oa]|verwijderd|inactief|usuniet[yeao]|nieaktywn[yea]|удален\w?|已删除|削除)( at| on)?"
)
"""Plain names of columns that mark a row which holds no longer."""
ACTIVE = re.compile(
    r"(is )?(active|enabled|valid|aktiv|gultig|actif|valide|activ[oa]|attiv[oa]|valid[oa]|actief|geldig|aktywn[yea]|"
    r"активен|активна|有效|有効)"
)
"""Plain names of columns that mark a row which holds."""
NO_GOODS = re.compile(
    r"\bgift[ _-]?(card|voucher|certificate)s?\b|gutschein|geschenkkarte|(carte|cheque)[ -]cadeau|tarjeta[ -]regalo"
    r"|(carta|buono)[ -]regalo|cadeaubon|karta podarunkowa|礼品卡|ギフト券"
    r"|^(standard |express )?(shipping|postage|delivery)( costs?| fees?)?$"
    r"|^(standard|express)?(versand|porto)(kosten)?$"
    r"|^frais de (port|livraison)|^gastos de envio|^spese di spedizione|^verzendkosten|^koszty? (dostawy|wysylki)"
    r"|^frete$|^frakt|^fragt|^custo de envio|^portes?$"
    r"|^(standard|express|free|priority|economy|next day|expedited|insured|international|domestic|ground|overnight)"
    r"( shipping| delivery| postage)+( costs?| fees?)?$"
    r"|^(shipping|delivery|postage)( and)? (handling|insurance|method|fee|cost)"
    r"|^(ship|shipping|versand|porto|postage|freight|delivery|giftcard|gift|gc|disc|discount|rabatt|fee)"
    r"[ _-](std|standard|exp|express|fee|cost|de|eu|uk|us|intl|\d+)$|^(disc|rabatt|coupon|gutschein)\d*$"
    r"|^(discount|rabatt|nachlass|remise|descuento|sconto|korting|rabat)( \d.*| code.*)?$"
    r"|^(handling|packaging|gift wrap(ping)?|wrapping|insurance|payment|cod|service|restocking)( fees?| costs?)?$"
    r"|^(promo(tion)?|rebate|credit|voucher|coupon|gutschein|aktion|promocion|promozione|custom line|charge)s?$"
    r"|^(fee|surcharge|discount|deposit|tip|donation|pfand|rounding)s?$|運費|运费|邮费|送料",
    re.IGNORECASE,
)
"""Gift cards, shipping, discounts and fees, which nobody sends back, in letters without accents."""

KIND = re.compile(
    r"((line ?)?item|line|row|product|article|artikel|positions?|sku)? ?(type|typ|art|kind)"
    r"|type (de |d )?(ligne|article|produit)|tipo( (de |di )?(articulo|producto|linea|riga|prodotto|articolo))?"
    r"|类型|種別"
)
"""Plain names of columns that say of what kind a row is."""

MOST_NAMED = 50
"""Values that a rule names, at most."""

HALF = 0.5


def add(part: CommentedMap, lines: Roles, joined: Roles | None) -> None:
    """Add ``leave_out`` to the order lines where their values show rows that are no sale of goods."""
    rules = CommentedMap()
    repeated_headers(rules, lines.sheet)
    _by_status(rules, lines, joined)
    for roles in filter(None, (lines, joined)):
        _by_columns_of_cancelling(rules, roles, lines)
        _by_marks_of_validity(rules, roles, lines)
    _no_goods(rules, lines)
    if (tests := orders_of_tests.find(lines, joined)) is not None:
        put(rules, "test orders", *tests)
    parent, line = lines.get("parent"), lines.get("line_id")
    if parent is not None and line is not None and within(lines.sheet, parent, lines.sheet, line) > 0:
        value = inline(column=parent, is_not=["", "0", "NULL"])
        put(rules, "parts of other rows", value, "CHECK: one sale has a row for the article and one for its part")
    owner, column = currency.column_of(lines, joined)
    if owner is not None and column is not None:
        currency.leave_others_out(rules, owner.sheet, column, owner.named(column, lines))
    if rules:
        part["leave_out"] = rules


def repeated_headers(rules: CommentedMap, sheet: Sheet) -> None:
    """Leave out the rows that repeat the header."""
    if sheet.headers:
        first = sheet.columns[0]
        rows = "1 row repeats" if sheet.headers == 1 else f"{sheet.headers:,} rows repeat"
        put(rules, "repeated headers", inline(column=first, is_=first), f"CHECK: {rows} the header")


def _by_status(rules: CommentedMap, lines: Roles, joined: Roles | None) -> None:
    owner = owner_of("status", lines, joined)
    if owner is None:
        return
    column = owner.columns["status"]
    cancelled = [value for value in owner.sheet.values(column) if CANCELLED.search(value)]
    if cancelled:
        value, more = written.condition(owner.named(column, lines), cancelled, owner.sheet.values(column))
        put(rules, "cancelled", value, f"CHECK: such lines are neither kept nor returned{more}")


def _by_columns_of_cancelling(rules: CommentedMap, roles: Roles, lines: Roles) -> None:
    """Add a rule for each column about cancelling with a flag or a number; a time is ``cancelled_at``."""
    for column in roles.sheet.columns:
        values = roles.sheet.values(column)
        if column in roles.columns.values() or not values or "cancel" not in parts.meanings(plain(column)):
            continue
        yes = [value for value in values if YES.match(value)]
        test = None
        if "quantity" in parts.meanings(plain(column)) and amounts.decide(values) is not None:
            test = inline(column=roles.named(column, lines), above=0)
        elif yes and len(values) <= MOST_VALUES:
            test = inline(column=roles.named(column, lines), is_=yes)
        elif times.decide(values) is not None or (len(values) <= MOST_VALUES and not yes and _is_rare(roles, column)):
            test = inline(column=roles.named(column, lines), empty=False)
        if test is not None:
            put(rules, f"cancelled by {column}", test, "CHECK: such lines are neither kept nor returned")


def _by_marks_of_validity(rules: CommentedMap, roles: Roles, lines: Roles) -> None:
    """Add a rule for each column that says which rows were deleted, or which are active."""
    for column in roles.sheet.columns:
        values = roles.sheet.values(column)
        if column in roles.columns.values() or not values:
            continue
        name, few = plain(column), len(values) <= MOST_VALUES
        gone = [value for value in values if few and (YES if DELETED.fullmatch(name) else NO).match(value)]
        test = None
        if DELETED.fullmatch(name) and times.decide(values) is not None:
            test = inline(column=roles.named(column, lines), empty=False)
        elif (DELETED.fullmatch(name) or ACTIVE.fullmatch(name)) and gone:
            test = inline(column=roles.named(column, lines), is_=gone)
        if test is not None:
            put(rules, f"not valid by {column}", test, "CHECK: are such lines neither kept nor returned?")


def _is_rare(roles: Roles, column: str) -> bool:
    """Whether less than half of the rows have ``column`` filled, as that with a reason of cancelling."""
    return roles.sheet.filled(column) < HALF * roles.sheet.rows


def _no_goods(rules: CommentedMap, lines: Roles) -> None:
    """Leave gift cards, shipping and fees out, by the column that has most of them, in less than half of its rows."""
    best, most = None, 0
    for column in _about_goods(lines):
        counts = lines.sheet.values(column)
        found = [value for value in counts if NO_GOODS.search(plain(value)) or NO_GOODS.search(value)]
        rows = sum(counts[value] for value in found)
        if most < rows < HALF * lines.sheet.rows:
            best, most = written.condition(column, found[:MOST_NAMED], counts), rows
    if best is not None:
        test, more = best
        why = "CHECK: are these gift cards, shipping or fees, which nobody sends back?"
        put(rules, "no goods", test, why + more)


def _about_goods(lines: Roles) -> Iterator[str]:
    """Name the columns that may say of what kind a row is: by their names, or as texts about the product."""
    yield from (column for column in lines.sheet.columns if KIND.fullmatch(plain(column)))
    yield from (lines.columns[role] for role in ("category", "name", "product_id") if role in lines.columns)
    taken = lines.columns.values()
    yield from (
        column for column in lines.sheet.columns if column not in taken and "name" in parts.meanings(plain(column))
        and not {"customer", "delivery", "shipping", "order"} & parts.meanings(plain(column))
    )  # fmt: skip
