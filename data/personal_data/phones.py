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
)
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}")
FEWEST_SERIES = 5
"""Bare numbers of eleven digits may be ids, which count up. Mobile numbers come from many series."""


def count_phones(texts: list[str], *, may_be_ids: bool) -> int:
    """Count the phone numbers among the ``texts``, which are in normal form KC.

    A number with its country's code counts. One without it counts where it is written in groups.

    Parameters
    ----------
    may_be_ids
        Whether numbers in groups may be ids of the shop, such as a product's; they don't count then.
    """
    shaped = [text for text in texts if _SHAPE.fullmatch(text) and not _DATE.fullmatch(text)]
    found = sum(_is_international(text) for text in shaped)
    if may_be_ids:
        return found
    found += sum(_is_national(text) for text in shaped)
    mobiles = [text for text in shaped if _CHINESE_MOBILE.fullmatch(text)]
    return found + (len(mobiles) if len({text[:3] for text in mobiles}) >= FEWEST_SERIES else 0)


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
