"""States of returns: which of their words say that a line came back, that it did not, or that a part of it did."""

import re

from ruamel.yaml.comments import CommentedMap

from data.drafting import times, written
from data.drafting.draft import put, together
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import MOST_VALUES, Roles
from data.reading import money_alone
from data.reading.money_alone import is_money_alone

NOT_BACK = re.compile(
    money_alone.PATTERN + r"|"
    r"reject|refus|denied|deny|declin|cancel|request|pending|\bopen\b|authori[sz]|await|expected|lost|abgelehnt|storn|offen"
    r"|angemeldet|beantragt|erwartet|demand|annul|attente|rechaz|denegad|solicit|pendient|rifiut|richiest|attesa"
    r"|geweigerd|aangevraagd|odrzuc|zg[lł]osz|anul|отклон|отказ|ожида|запрош|заявк|отмен|拒|没有|沒有|未|申請|取消|申请|待"
    r"|warrant|garant|gwaranc|reklam|claim|complain|adjust|goodwill|kulanz|compens|nachlass|repair|reparat|undeliver"
    r"|unzustellbar|\bnot return|\bno return|nicht retour|\bexpir|abgelaufen|verfallen|caduc|scadut|verlopen|wygas"
    r"|истек|过期|過期|\b(not|never) (accept|approv|receiv|arriv|eligib|sent|ship|post)|unclaimed"
    r"|\bnicht (angenommen|akzept|genehm|eingeg|erhalten|bewilligt)|\bnon (accept|approuv|re[cç]u|acceptat|ricevut)"
    r"|\bno (acept|aprob|recib)|\bniet (geaccept|goedgek|ontvang)|\bnie (przyj|zaakcept|otrzym)|не (принят|получен)"
    r"|\b((sent|shipped|returned|forwarded|goods?|items?) )(back )?to (the )?(customer|client|consumer|buyer)"
    r"|(?<!money )\bback to (the )?(customer|client|consumer|buyer)|(?<!geld )zur[uü]ck an (den |die )?k(und|[aä]uf)"
    r"|(retourn|renvoy)\w* au client|(devuelt|enviad|reenviad)\w* al cliente|(rispedit|restituit|res[oa])\w* al cliente"
    r"|terug\w* naar (de )?klant|(odes[lł]|zwr)\w* do klienta|(возвращ|отправ)\w* (клиенту|покупателю)|退回客户",
    re.IGNORECASE,
)
"""States of a return that did not come back, or not yet."""

STATE = re.compile(
    r"(status|state|statut|etat|stato|estado|stan|situacao|resolution|disposition|decision|状态|状態|ステータス"
    r"|result|results|outcome|verdict|inspection|ergebnis|entscheidung|entscheid|bescheid|resultat|risultato|esito"
    r"|resultado|uitkomst|uitslag|beoordeling|wynik|decyzja|结果|結果"
    r"|\btype|\btyp|art|\bkind|\btipo|\bsoort|\brodzaj|activity|action|类型|種別)( \d+)?$"
)
"""Ends of plain names of columns with the state or the kind of a return."""

PART = re.compile(
    r"partial|partly|\bpart\b|teil|partiel|parcial|parzial|gedeelte|deels|cz[eę][sś]ciow|delvis|部分|一部",
    re.IGNORECASE,
)
"""States by which only some pieces came back, or some lines of the order."""

OF_OTHERS = re.compile(
    r"order|artikel|product|item|pay|paiement|financ|fulfil|zahl|bestell|auftrag|commande|pedido|ordine|zamow"
)
"""Parts of such names that say of what else the state is."""

SHORT = 3
"""Letters of the longest code of a region, which some columns called State have."""

BACK = re.compile(
    r"refund|return|retour|retoure|rembours|devuel|devol|reso|resi|rimbors|zwr[oó]|terug|возвра|退|返品|返金",
    re.IGNORECASE,
)
CREDIT = re.compile(
    BACK.pattern
    + r"|credit ?(memo|note)|creditnot|kredit ?(faktura|not)|dobropis|korekt|avoir|not[ae] d[ei] cr[eé]dito"
    r"|gutschrift|abono|(?<![^\W\d_])(crn|rtn|rtrn|cn)(?![^\W\d_])",
    re.IGNORECASE,
)
"""Kinds of rows or documents that undo a sale."""
KIND_OF_ROW = re.compile(
    r"doc|dokument|beleg|transa|vorgang|movement|bewegung|event|entry|\b(type|typ|tipo|art|soort|kind)\b"
)
"""Parts of plain names of columns that say what kind of document a row is."""
KEPT = re.compile(
    r"^(paid|complete|completed|shipped|delivered|fulfilled|abgeschlossen|geliefert|kept|no|n|0|false"
    "|nein|non|nee|nej|nei|nie|nao|não|0[.,]0+|not returned|behalten|conserve|conservé|нет|доставлен|выполнен|получен"
    "|交易成功|已完成|完了|否)$",
    re.IGNORECASE,
)


def kinds_of_rows(lines: Roles) -> list[str]:
    """Name the columns that may say which rows undo a sale: the status, and kinds of documents."""
    taken = set(lines.columns.values()) - {lines.get("status"), lines.get("flag")}
    named = [name for name in lines.sheet.columns if name not in taken and KIND_OF_ROW.search(plain(name))]
    found = dict.fromkeys(name for name in (lines.get("status"), *named) if name is not None)
    return [name for name in found if len(lines.sheet.values(name)) <= MOST_VALUES]


def beside_lines(lines: Roles) -> str | None:
    """Find the column of a state, the usual one first, some values of which say that a line came back."""
    named = [name for name in lines.sheet.columns if STATE.search(plain(name)) and name not in lines.columns.values()]
    columns = [column for column in (lines.get("status"), *named) if column is not None]
    few = (column for column in columns if len(lines.sheet.values(column)) <= MOST_VALUES)
    return next((column for column in few if any(says_back(value) for value in lines.sheet.values(column))), None)


def says_back(value: str) -> bool:
    """Whether a state says that a line came back."""
    return BACK.search(value) is not None and NOT_BACK.search(value) is None


def leave_out(part: CommentedMap, returns: Roles) -> None:
    """Leave returns out that were rejected, cancelled or only requested, where a column has their state or kind."""
    asked = []
    for column in filter(lambda name: _is_state(returns, name), returns.sheet.columns):
        values = returns.sheet.values(column)
        out = [value for value in values if NOT_BACK.search(value)]
        back = written.listed(value for value in values if value not in out) or "none"
        if out:
            rules = part.setdefault("leave_out", CommentedMap())
            test, more = written.condition(column, out, values)
            put(rules, f"not back by {column}", test, f"CHECK: these came back: {back}{more}")
        else:
            asked.append(f"CHECK: each counts as returned, whatever {column} says: {back}")
    _money_alone(part, returns)
    if asked:
        put(part, "file", returns.sheet.name, together(*asked))


def _money_alone(part: CommentedMap, returns: Roles) -> None:
    """Leave out the rows whose reason says that a part of the price or the shipping was refunded, and no goods."""
    column = returns.get("reason")
    values = returns.sheet.values(column) if column else {}
    found = [value for value in values if is_money_alone(value)]
    if column and found:
        test, more = written.condition(column, found, values)
        why = f"CHECK: are these refunds of money alone, by which no goods came back?{more}"
        put(part.setdefault("leave_out", CommentedMap()), f"money alone by {column}", test, why)


def _read(returns: Roles) -> list[str | None]:
    """Name the columns of a return's condition and reason, which say nothing of whether it took place."""
    return [returns.get(role) for role in ("condition", "reason", "category")]


def _is_state(returns: Roles, column: str) -> bool:
    values, name = returns.sheet.values(column), plain(column)
    states = any(len(value) > SHORT or NOT_BACK.search(value) for value in values)
    named = STATE.search(name) is not None and OF_OTHERS.search(name) is None and column not in _read(returns)
    return named and states and len(values) <= MOST_VALUES and times.decide(values) is None
