"""Street addresses in texts: a street and a house number where the language puts them, and little else."""

import re

_FIRST = r"(?:calle|av|avda|avenida|avenue|paseo|plaza|camino|carrer|rue|bd|boulevard|chemin|allée|impasse|quai|place"
_FIRST += (
    r"|route|via|viale|piazza|corso|largo|rua|travessa|praça|estrada|ul|ulica|al|aleja|os|osiedle|pl|plac|улица|ул"
)
_FIRST += r"|проспект|пр-т|переулок|пер|наб)"
_LAST = r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|crescent|terrace|close|way|parkway|hwy)"
_ENDING = (
    r"(?:stra[sß]?se|straße|str\.?|gasse|gässchen|weg|platz|allee|damm|ufer|chaussee|laan|straat|gracht|plein|kade"
)
_ENDING += r"|dijk|singel|gatan|gata|vägen|väg|gränd|torget|vej|gade|veien)"
_NUMBER = r"\d{1,5}(?:\s?[a-z]\b)?(?:\s?[-/]\s?\d{1,4})?(?!\d)"
_REST = r"(?:\s*$|\s*[,;]|\s+[-–]\s|\s+\d{4,5}\b|\s+\d{2}-\d{3}\b|\s+(?:m|apt|lok)\.)"

_START = r"(?:^|[,;:(|]\s*|\b(?:to|at|from|nach|an|in|bei|[aà]|en|naar|till|do|na)\s+)"
"""What stands before a house number that is the begin of an address."""

_EUROPE = re.compile(
    # 12 Baker Street; 221b Baker St., London: the number, one to four words, the kind of street, the end or a comma
    rf"{_START}(?:flat\s+\w+,?\s+)?{_NUMBER},?\s+(?:[^\W\d_][\w'’.-]*\s+){{1,4}}{_LAST}\b\.?(?:\s+[nsew]{{1,2}}\b)?{_REST}"
    # Hauptstraße 12; Am Weg 3a, 50667 Köln; Kungsgatan 5 B: the kind of street ends a word, and the number follows it
    rf"|(?:[^\W\d_]|[^\W\d_][\w.-]*\s){_ENDING}\s*{_NUMBER}{_REST}"
    # 5 rue de Rivoli; 12 bis, avenue Foch: the number, the kind of street, its name
    rf"|{_START}{_NUMBER}\s*(?:bis|ter)?,?\s+{_FIRST}\b\.?\s+[^\W\d_]{{2,}}"
    # Calle Mayor 5, 3º B; Via Roma, 12; ul. Długa 5/7: the kind of street, its name, the number
    rf"|(?:^|[,;]\s*)(?:{_FIRST}\b[.\s]|c/)\s*(?:[^\W\d_][\w'’.-]*\s+){{0,5}}[^\W\d_][\w'’.-]*,?\s+(?:n[º°o]?\.?\s*|s/n|д\.\s*)?"
    rf"{_NUMBER}(?:{_REST}|\s*[º°ª])"
    # Carrera 7 # 12-34: two streets that cross, and a number
    r"|(?:carrera|calle|cra|kra|cl|diagonal|transversal)\b\.?\s*\d{1,3}\s?[a-z]?\s*(?:#|no\.?)\s*\d",
    re.IGNORECASE,
)
_NUMERAL = r"[0-9〇一二三四五六七八九十百]{1,6}"
_EAST_ASIA = re.compile(
    # 测试街道2号 幸福小区1栋111室: a road or a village, and a number with the sign of a house
    rf"[路街道巷弄村镇鎮里区區段]\D{{0,12}}?{_NUMERAL}\s*(?:号|號|栋|幢|座|弄|巷|单元|單元|室|楼|樓|組|组)"
    # 東京都千代田区丸の内1-1-1; 大阪市北区梅田3丁目: a town, a part of it, and a block
    rf"|[都道府県市区町村郡][^\d\s]{{1,12}}\s*{_NUMERAL}\s*(?:丁目|番地|番|号|[-‐‑–—−ー]\s*[0-9])"
    # 서울시 강남구 테헤란로 12: a town, a road, a number
    r"|[시군구동읍면]\s+\S{1,12}[로길]\s*\d"
)
LONGEST = 300
"""Characters that are judged: an address stands in them or is none."""


_TOWN = r"[^\W\d_]{2}"
_POSTCODE = re.compile(
    r"(?:[A-Z]{1,3}[- ])?(?<![\w-])"
    r"(?:[0-9]{4} ?[A-Z]{2}|[0-9]{4,5}|[0-9]{3} [0-9]{2}|[0-9]{2}-[0-9]{3}|[0-9]{4}-[0-9]{3})"
    rf"(?:\s+{_TOWN}|$|(?=,))|(?<![\w-])[A-Z]{{1,2}}[0-9][A-Z0-9]? ?[0-9][A-Z]{{2}}(?!\w)"
)
"""A postcode with a town behind it, or at the end of a part of an address."""
_REGIONS = re.compile("[都道府県市区町村郡省县縣區镇鎮시도군구동]")
_DIGITS = re.compile("[0-9]+")
_BEGIN = re.compile(rf"{_START}{_NUMBER}", re.IGNORECASE)
NUMBERS = 2
"""Numbers of a whole address: that of the house, and the postcode."""
REGIONS = 2
"""So many signs of a province, a town or a part of it stand before a house of East Asia in a whole address."""


def is_whole_address(text: str) -> bool:
    """Whether ``text``, in normal form KC, holds a street, a house number and a postcode: no label looks like it.

    In East Asia, a house with two of its province, town and part of the town.
    """
    start = text[:LONGEST]
    if not _has_numbers(start, NUMBERS):
        return False
    if _EAST_ASIA.search(start) and len(_REGIONS.findall(start)) >= REGIONS:
        return True
    found = _EUROPE.search(start)
    if found is None or len(_DIGITS.findall(start)) < NUMBERS:
        return False
    begin = _BEGIN.match(found[0])  # the house number of 12345 Main Street is no postcode
    after = found.start() + (begin.end() if begin else 0)
    return any(code.start() >= after for code in _POSTCODE.finditer(start))


def is_address(text: str) -> bool:
    """Whether ``text``, in normal form KC, holds a street with a house number."""
    start = text[:LONGEST]
    if not _has_numbers(start, 1):
        return False
    return bool(_EUROPE.search(start) or _EAST_ASIA.search(start))


def _has_numbers(text: str, least: int) -> bool:
    """Whether ``text`` may hold an address with ``least`` numbers of digits; numerals of East Asia count as any."""
    if text.isascii():
        return len(_DIGITS.findall(text)) >= least
    return any(sign.isnumeric() for sign in text)
