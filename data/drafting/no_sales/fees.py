"""Rows of a statement of amounts that are no line: fees, taxes and shipping beside the price of each line."""

import re

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import written
from data.drafting.draft import put
from data.drafting.headers.vocabulary import plain
from data.drafting.no_sales import no_goods
from data.drafting.roles import Roles

OF_AMOUNT = (
    "amount|transaction|charge|fee|price|settlement|posting|posted|entry|record|financial|accounting|ledger|component"
    "|betrags?|buchungs?|posten|transaktions?|vorgangs?|importe|montant|importo|bedrag|kwoty"
)
KIND_OF_AMOUNT = re.compile(
    rf"({OF_AMOUNT})"
    r"( ?(types?|typ|art|kind|description|desc|category|detail|name|code|class|component|beschreibung|text))+"
    r"|(type|tipo|soort|rodzaj) (de |del |du |di |d |van )?"
    r"(montant|importe|importo|bedrag|kwoty|transaction|transaccion|transazione|transactie|transakcji|operation|operacion"
    r"|operazione|movimiento|movimento)|(费用|金额|交易|取引|金額|項目)(类型|種別|项目|説明)"
)
"""Plain names of columns that say what the amount of a row is; `no_goods.KIND` says what the row is."""

FEES = re.compile(
    r"(\w+ ){0,4}(fees?|commissions?|tax(es)?|vat|gst|gebuhr(en)?|provision(en)?|mw ?st|comision(es)?|impuestos?|iva"
    r"|commissioni|commissione|imposte|imposta|tva|frais|belasting|btw|prowizj[ae]|podatek|moms|комиссия|налог)"
    r"( (refund|adjustment|reversal|credit|chargeback|collected|withheld|amount)s?)*"
    r"|\w*(kosten|gebuhr(en)?|steuer|provision)"
    r"|(shipping|postage|delivery|freight|versand|porto|livraison|envio|spedizione|verzending)"
    r"( (charge|credit|tax|fee|cost|discount|promotion|chargeback|label)s?)*"
    r"|(item |shipping )?(promotions?|discounts?)|promo rebates?|gift ?wrap( (charge|credit|tax)s?)*|chargebacks?"
    r"|.*(手续费|佣金|服务费|运费|手数料|送料|消費税|税费|增值税)"
)
"""Plain values of amounts that are of a line, and no line of their own; whole, so that no product is one."""


def leave_out(rules: CommentedMap, lines: Roles) -> list[str]:
    """Leave such rows out, each column that names some of them which no other does.

    Returns
    -------
    list
        SQL conditions that hold for the rows left out.
    """
    found = {column: named for column in lines.sheet.columns if (named := _named(lines, column))}
    covered: list[str] = []
    for column in sorted(found, key=lambda each: -_rows(lines, _is_one(lines, each, found[each]))):
        test = _is_one(lines, column, found[column])
        others = "".join(f" AND NOT coalesce({other}, FALSE)" for other in covered)
        left = " AND ".join(f"NOT coalesce({each}, FALSE)" for each in (*covered, test))
        if _rows(lines, f"{test}{others}") and _rows(lines, left):
            rule, more = written.condition(column, found[column], lines.sheet.values(column))
            why = "CHECK: are these fees, taxes or shipping beside the price of a line, and no lines of their own?"
            put(rules, f"fees by {column}" if covered else "fees", rule, why + more)
            covered.append(test)
    return covered


def leave_out_of_returns(part: CommentedMap, lines: Roles, undo: str) -> None:
    """Leave the fees among the rows that undo a sale, SQL, out of the returns as well."""
    rules = CommentedMap()
    covered = leave_out(rules, lines)
    kept = {
        name: rule
        for (name, rule), test in zip(rules.items(), covered, strict=True)
        if _rows(lines, f"({undo}) AND {test}")
    }
    if kept:
        own = part.setdefault("leave_out", CommentedMap())
        for name, rule in kept.items():
            put(own, name, rule, "CHECK: are these the fees of a return, and no returns of their own?")


def _named(lines: Roles, column: str) -> list[str]:
    """The values of ``column`` that name fees; what the kind of a row names is left to `no_goods`."""
    name, values = plain(column), lines.sheet.values(column)
    if KIND_OF_AMOUNT.fullmatch(name):
        return [value for value in values if FEES.fullmatch(plain(value))]
    if no_goods.KIND.fullmatch(name):
        return [value for value in values if FEES.fullmatch(plain(value)) and not no_goods.names_none(value)]
    return []


def _is_one(lines: Roles, column: str, values: list[str]) -> str:
    return f"{lines.sheet.cell(column)} IN ({sql.texts(values)})"


def _rows(lines: Roles, test: str) -> int:
    return sql.number(lines.sheet.connection, f"SELECT count(*) FROM {lines.sheet.table} WHERE {test}")
