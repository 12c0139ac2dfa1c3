"""Bare postcodes and bare names of towns, which only a header tells from other numbers and words.

A town, and a postcode still more, singles a customer out beside the products and times of orders; a region doesn't. The
place of a shop or a warehouse is nobody's.
"""

import re

from data.personal_data.headers import bare_header, plain_header

_END = (
    r"(?:_(?:de_la_|de_|du_|di_|da_|do_|del_)?(?:livraison|facturation|envio|entrega|facturacion|spedizione|consegna"
    r"|fatturazione|dostawy|levering|client|cliente|klienta))?(?:_?[0-9])?$"
)
_CODES = re.compile(
    r"(?:^|_)(?:zip|zip_?codes?|post_?codes?|postal|postal_?codes?|plz|postleitzahl|code_?postal|codigo_?postal|cp|cep|cap"
    r"|codice_(?:di_avviamento_)?postale|postnummer|postnr|postinumero|kod_pocztowy|psc|iranyitoszam|posta_kodu|pin_?code)"
    + _END
)
_CODES_OF_OTHER_SCRIPTS = re.compile(r"(?:邮编|邮政编码|郵遞區號|郵便番号|우편번호|почтовыйиндекс|индекс)$")
_TOWNS = re.compile(
    r"(?:^|_)(?:city|cities|town|suburb|village|municipality|[a-z]*stadt|(?:wohn|liefer|rechnungs|kunden)?ort|gemeinde"
    r"|ville|localite|commune|ciudad|poblacion|localidad|municipio|cidade|localidade|citta|comune|localita"
    r"|(?:woon)?plaats|stad|gemeente|miasto|miejscowosc|mesto|varos|sehir|kommun|postort|oras|obec|kaupunki)(?:_?name)?"
    + _END
)
_TOWNS_OF_OTHER_SCRIPTS = re.compile(r"(?:城市|所在城市|市区町村|市町村|도시|시군구|город|населенныйпункт)$|^город")
_OF_SHOPS = re.compile(
    r"(?:^|_)(?:stores?|shop|filial[a-z]*|branch|outlet|warehouse|lager|depot|magasin|entrepot|tienda|almacen|negozio"
    r"|magazzino|winkel|magazijn|sklep[a-z]*|magazyn[a-z]*|loja|armazem)(?:_|$)|门店|店铺|仓库|店舗|倉庫|магазин|склад"
)
_SHORT = ("cap", "cp", "ort", "stad", "plaats", "postal", "mesto")
"""Words that also mean other things: they stand alone, or behind the words of `_BEFORE`."""
_BEFORE = re.compile(
    r"(?:shipping|billing|ship_to|bill_to|ship|bill|delivery|customer|client|kunde|kunden|liefer|lieferung|buyer|address)_$"
)

_CODE = re.compile(
    r"(?:[A-Z]{1,3}[- ])?(?:[0-9]{4,8}|[0-9]{3,5}[- ][0-9]{2,4}|[0-9]{2}[- ][0-9]{3}|[0-9]{4} ?[A-Z]{2}"
    r"|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])(?:[.]0)?",
    re.IGNORECASE,
)
"""A whole postcode; its first two or three digits are a region."""
_TOWN = re.compile(r"[^\W\d_][^\d@]*[^\W\d_][.)]?")


def count_bare_places(header: str, texts: list[str]) -> int:
    """Count the postcodes, or the names of towns, among the ``texts`` if the ``header`` says that they are such."""
    plain, bare = plain_header(header), bare_header(header)
    if _OF_SHOPS.search(plain) or _OF_SHOPS.search(bare):
        return 0
    if _names(_CODES, plain) or _CODES_OF_OTHER_SCRIPTS.search(bare):
        return sum(bool(_CODE.fullmatch(text)) for text in texts)
    if _names(_TOWNS, plain) or _TOWNS_OF_OTHER_SCRIPTS.search(bare):
        return sum(bool(_TOWN.fullmatch(text)) for text in texts)
    return 0


def _names(words: re.Pattern[str], plain: str) -> bool:
    found = words.search(plain)
    if found is None:
        return False
    word, before = found.group().strip("_"), plain[: found.start() + found.group().startswith("_")]
    return word not in _SHORT or not before or _BEFORE.search(before) is not None
