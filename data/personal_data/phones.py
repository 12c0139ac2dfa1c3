"""Phone numbers in texts, by the numbering plans of Google's libphonenumber (package phonenumberslite)."""

import re

import phonenumbers

REGIONS = ("DE", "FR", "ES", "IT", "PT", "NL", "PL", "SE", "GB", "US", "CN", "JP", "KR", "BR", "MX")
"""Numbering plans that a number without a country's code is tried in."""
_SHAPE = re.compile(r"\+?\(?\+?[0-9][0-9 ()./-]{6,22}[0-9]")
_GROUPED = re.compile(r"\(?0?[0-9]{1,4}\)?(?:[ ./-]+\(?[0-9]{2,4}\)?){2,4}")
_TRUNK = re.compile(r"\(?0[0-9]{1,5}\)?[ /-]+[0-9]{4,9}")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[ ./-][0-9]{1,2}[ ./-][0-9]{1,2}.*|[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)?[0-9]{2}"
    r"|[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)[0-9]{2}[ ,].*"
)
_NUMBER = r"\(?\+?\(?[0-9][0-9 ()./-]{6,20}[0-9]"
_WITH_PLUS = re.compile(r"(?<![\w+])\+[1-9](?:[ ()./-]{0,2}[0-9]){7,14}(?![0-9])")
_COUNTRY = re.compile(r"(?<![\w+])(?:\(?\+|00(?=[1-9]))[0-9(]")
"""The begin of a number with its country's code."""
_NAMED = re.compile(
    r"(?<![^\W_])(?:t[eé]l(?:[eé](?:fono?|phone|fone|foon))?|phone|call|mobile?|mob|cell|handy|fax|rufnummer|anruf(?:en)?"
    r"|appele[rz]|llamar|chiamare|ligar|bellen|dzwoni[ćc]|ring|whatsapp|sms|telemóvel|móvil|cellulare|portable)\b"
    rf"([^0-9+(]{{0,40}})({_NUMBER})(?![0-9])",
    re.IGNORECASE,
)
"""A word for a phone or a call, and a number not far behind it."""
_MAY_HOLD = re.compile(r"\+|00|[0-9][0-9 ()./-]{6}")
"""What every text with a phone number has: a plus sign, two zeros, or a run of digits and signs between them."""
LONGEST = 300
"""Characters of a text that are searched."""
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}")
FEWEST_SERIES = 5
"""Bare numbers of eleven digits may be ids, which count up. Mobile numbers come from many series."""


def count_phones(texts: list[str], *, may_be_ids: bool) -> int:
    """Count the phone numbers among the ``texts``, which are in normal form KC.

    A number with its country's code counts, and one behind a word for a phone, wherever it stands in a text. Another
    one counts where it is the whole text, and written in groups.

    Parameters
    ----------
    may_be_ids
        Whether numbers in groups may be ids of the shop, such as a product's; they don't count then.
    """
    shaped = [text for text in texts if _is_shaped(text)]
    found = sum(_is_international(text) for text in shaped)
    found += sum(holds_phone(text) for text in texts if not _is_shaped(text))
    if may_be_ids:
        return found
    found += sum(_is_national(text) for text in shaped)
    mobiles = [text for text in shaped if _CHINESE_MOBILE.fullmatch(text)]
    return found + (len(mobiles) if len({text[:3] for text in mobiles}) >= FEWEST_SERIES else 0)


def holds_phone(text: str) -> bool:
    """Whether ``text`` holds what is surely a phone number: with its country's code, or behind a word for a phone."""
    if not _MAY_HOLD.search(text):
        return False
    return _holds_international(text[:LONGEST]) or any(map(_is_named, _NAMED.finditer(text[:LONGEST])))


def is_phone(text: str) -> bool:
    """Whether ``text`` holds what is written like a phone number, of any plan: enough to hide it alone."""
    start = text[:LONGEST]
    written = _WITH_PLUS.search(start) or (_is_shaped(start) and (_TRUNK.fullmatch(start) or _is_national(start)))
    return bool(written) or holds_phone(start) or any(_is_near(found) for found in _NAMED.finditer(start))


def _is_shaped(text: str) -> bool:
    return _SHAPE.fullmatch(text) is not None and _DATE.fullmatch(text) is None


def _holds_international(text: str) -> bool:
    begin = _COUNTRY.search(text)
    if begin is None:
        return False
    if _is_shaped(text):
        return _is_international(text)
    plain = re.sub(r"(?<![\w+])00(?=[1-9])", "+", text[begin.start() :]).replace("(+", "+").replace("(0)", "")
    return any(phonenumbers.PhoneNumberMatcher(plain, None, leniency=phonenumbers.Leniency.VALID))


def _is_named(found: re.Match[str]) -> bool:
    """Whether the number behind a word for a phone is one: right behind it, or in groups behind some more words."""
    number = found[2].strip()
    if _DATE.fullmatch(number):
        return False
    return _is_national(number) or (_is_near(found) and any(_valid(number, region) for region in REGIONS))


def _is_near(found: re.Match[str]) -> bool:
    return not re.search(r"[^\W\d_]", found[1])


def _is_international(text: str) -> bool:
    plain = text.replace("(+", "+").replace("(0)", "")
    number = f"+{plain[2:]}" if plain.startswith("00") else plain
    return number.startswith("+") and _valid(number, None)


def _is_national(text: str) -> bool:
    grouped = _GROUPED.fullmatch(text) or _TRUNK.fullmatch(text)
    if "." in text and not text.startswith(("0", "(")):  # 6109.10.00 is a number of the customs, not of a phone
        return False
    return grouped is not None and not text.startswith("00") and any(_valid(text, region) for region in REGIONS)


def _valid(text: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False
