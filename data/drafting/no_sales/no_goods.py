"""Rows that sell no goods, such as shipping and gift cards: which columns name them, and by which words."""

import re
from collections.abc import Iterator

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import written
from data.drafting.draft import put
from data.drafting.headers import parts
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import Roles

OF_SHIPPING = (
    "ship|shipping|shipment|versand|versandkosten|lieferung|porto|postage|freight|delivery|livraison|envio|spedizione"
    "|verzending|frakt|fragt|dostawa|wysylka|doprava|kargo"
)
CARRIERS = (
    "dhl|dpd|gls|fedex|usps|tnt|postnl|bpost|colissimo|chronopost|mondial relay|royal mail|correos|seur|inpost|packeta"
    "|zasilkovna|postnord|parcelforce|deutsche post|cdek|brt"
)
"""Words for shipping, and names of carriers that are hardly a brand of goods."""
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
    r"|^(fee|surcharge|discount|deposit|tip|donation|pfand|rounding)s?$|運費|运费|邮费|送料"
    rf"|^({OF_SHIPPING})( (with|mit|par|via|by|con|per|med|met))? ({CARRIERS}|hermes|post|poste|ups|mail)( .*)?$"
    rf"|^({CARRIERS}) ({OF_SHIPPING}|express|standard|priority|ground|economy|paket|parcel|overnight)( .*)?$"
    rf"|^({CARRIERS})$"
    r"|^gift ?wrap(ping|ped)?( (fee|cost|charge|service|option)s?)?$|^geschenkverpackung|^emballage cadeau"
    r"|^(envoltorio|confezione|papel) (de |da )?regalo$|^cadeauverpakking|^inpakservice|^pakowanie (na )?prezent"
    r"|^(shipping|shipment|transport|delivery|parcel|package|order|route|versand|transit) ?(package )?"
    r"(insurance|versicherung|protection|guarantee)$|^(transport|versand|paket)versicherung|^versicherung$"
    r"|^(assurance|seguro|assicurazione|verzekering|ubezpieczenie)( (de |del )?(transporte?|colis|livraison|envio|"
    r"spedizione|trasporto|verzending|przesylki))?$|^(ins|insurance)( \d+)?$"
    r"|^(carbon|climate|co2)( neutral| offset| compensation)|^(extended|product) warranty|garantieverlangerung"
    r"|^(bottle |container |security )?deposits?( fee| \d.*)?$"
    r"|^(kaution|pfand|consigne|cauzione|statiegeld|kaucja)( \d.*)?$"
    r"|^(tips?|gratuity|trinkgeld|pourboire|propina|mancia|fooi|napiwek)( .*%.*| \d.*)?$"
    r"|^(spende|don|dons|donacion|donazione|donatie|darowizna)$|^(nachnahme|bearbeitung|mindermengen|service|express)"
    r"(gebuhr|zuschlag|pauschale)|^nachnahme$|^(small order|handling|service|processing|rush|priority) (fee|surcharge)$"
    r"|^frais (de |d )?(dossier|gestion|traitement|service)|^gastos de gestion|^(contrassegno|contrareembolso)$"
    r"|^pobranie$|^eco ?(tax|taxe|part|participation|contribution)$|^round(ing|ed)? ?(up|adjustment|difference)$",
    re.IGNORECASE,
)
"""Gift cards, shipping, discounts, fees and services, which nobody sends back, in letters without accents."""

KIND = re.compile(
    r"((line ?)?item|line|row|product|article|artikel|positions?|sku)? ?(type|typ|art|kind)"
    r"|type (de |d )?(ligne|article|produit)|tipo( (de |di )?(articulo|producto|linea|riga|prodotto|articolo))?"
    r"|类型|種別"
)
"""Plain names of columns that say of what kind a row is."""

MOST_NAMED = 50
"""Values that a rule names, at most."""
HALF = 0.5


def leave_out(rules: CommentedMap, lines: Roles) -> None:
    """Leave gift cards, shipping and fees out, each column that names some of them in less than half of the rows.

    The column that names most of them comes first, and others where they name further ones.
    """
    found = {column: named for column in _about_goods(lines) if (named := _named(lines, column))}
    covered: list[str] = []
    for column in sorted(found, key=lambda each: -_rows(lines, [_is_one(lines, each, found[each])])):
        test = _is_one(lines, column, found[column])
        if _rows(lines, [test], covered) and _rows(lines, [*covered, test]) < HALF * lines.sheet.rows:
            rule, more = written.condition(column, found[column][:MOST_NAMED], lines.sheet.values(column))
            why = "CHECK: are these gift cards, shipping or fees, which nobody sends back?"
            put(rules, f"no goods by {column}" if covered else "no goods", rule, why + more)
            covered.append(test)


def names_none(value: str) -> bool:
    """Whether a value names no goods."""
    return NO_GOODS.search(plain(value)) is not None or NO_GOODS.search(value) is not None


def _named(lines: Roles, column: str) -> list[str]:
    """The values of ``column`` that name no goods."""
    return list(filter(names_none, lines.sheet.values(column)))


def _is_one(lines: Roles, column: str, values: list[str]) -> str:
    """SQL: whether the cell of ``column`` is one of ``values``."""
    return f"{lines.sheet.cell(column)} IN ({sql.texts(values)})"


def _rows(lines: Roles, tests: list[str], without: list[str] | None = None) -> int:
    """Count the rows for which one of ``tests`` holds, and none of ``without``."""
    others = f" AND NOT ({' OR '.join(without)})" if without else ""
    return sql.number(
        lines.sheet.connection, f"SELECT count(*) FROM {lines.sheet.table} WHERE ({' OR '.join(tests)}){others}"
    )


def _about_goods(lines: Roles) -> Iterator[str]:
    """Name the columns that may say of what kind a row is: by their names, or as texts about the product."""
    yield from (column for column in lines.sheet.columns if KIND.fullmatch(plain(column)))
    yield from (lines.columns[role] for role in ("category", "name", "product_id") if role in lines.columns)
    taken = lines.columns.values()
    yield from (
        column for column in lines.sheet.columns if column not in taken and "name" in parts.meanings(plain(column))
        and not {"customer", "delivery", "shipping", "order"} & parts.meanings(plain(column))
    )  # fmt: skip
