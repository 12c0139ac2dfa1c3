"""Reasons of refunds by which the customer keeps the goods: compensation, a lower price, or the cost of shipping."""

import re

PATTERN = (
    r"price[ -]?(match|adjust|protect|guarant|differ|correct|reduc)|preis(anpass|garant|diff|korrekt|nachlass|minder)"
    r"|^\W*(shipping|postage|delivery|freight)( costs?| fees?| charges?)? (refund|credit|reimburse)"
    r"|refund of (the )?(shipping|postage|delivery)|^\W*(versandkosten|porto|verzendkosten|koszt (dostawy|wysy[lł]ki))"
    r"|^\W*(frais de (port|livraison)|gastos de env[ií]o|spese di spedizione)"
    r"|(diff[eé]rence|ajust\w*|diferencia|differenza) de prix|prijsverschil|価格調整|差价|差價|运费|運費|送料"
    r"|compens|kompens|goodwill(?!\W*(return|retour))|kulanz(?!\W*(retour|r[uü]ck))|coulance(?!\W*retour)"
    r"|entsch[aä]dig|entschaedig|minderung|(price|partial) reduction|reduction (of|in) (the )?price"
    r"|\bkeeps? (the )?(goods|item)|geste commercial|d[eé]dommag|indemni[sz]|\bgesto comercial|risarcim|indennizz"
    r"|schadevergoed|schadeloos|tegemoetkom|rekompens|odszkodowan|obni[żz]\w* ceny|r[eé]duction (de|du) prix"
    r"|rebaja del? precio|riduzione (de[li]l? )?prezzo|компенсац|снижение цены|prisavdrag|prisnedsl|kompenza"
    r"|slev[ay] z ceny|tazminat|telafi|korvaus|korvaaminen|k[aá]rt[eé]r[ií]t|desp[aă]gub|αποζημ|פיצוי|تعويض|ชดเชย|보상"
    r"|补偿|補償|赔偿|賠償|値引き|减价"
)
"""A regular expression, in any case, of such reasons in some twenty languages; ``Goodwill return`` is a return."""

_PATTERN = re.compile(PATTERN, re.IGNORECASE)


def is_money_alone(reason: str) -> bool:
    """Whether the text of a ``reason`` says that money alone went back, and no goods."""
    return _PATTERN.search(reason) is not None
