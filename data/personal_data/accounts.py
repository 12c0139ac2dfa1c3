"""Numbers of bank accounts (IBAN) and of cards in texts, told from other numbers by their check digits."""

import re
from collections.abc import Iterator

_IBAN = re.compile(r"(?<![A-Z0-9])([A-Z]{2})[0-9]{2}(?: ?[A-Z0-9]){11,30}")
"""ISO 13616: a country, two check digits, and 11 to 30 signs."""
_LENGTHS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 "
    "QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
_LENGTH = {entry[:2]: int(entry[2:]) for entry in _LENGTHS.split()}
"""Signs of an IBAN of each country, by the registry of ISO 13616."""
_CARD = re.compile(r"(?<![\w*])(?<![0-9]-)(?:4|5[1-5]|2[2-7]|3[47]|6)[0-9](?:[ -]?[0-9]){11,17}(?!-?\w)")
"""ISO/IEC 7812: the first digits of the large issuers of cards."""
_GROUPED = re.compile(r"[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}|3[47][0-9]{2}([ -])[0-9]{6}\2[0-9]{5}")
"""A number in the groups in which it is printed on a card."""
_NAMED = re.compile(
    r"visa|master ?card|maestro|amex|american express|card|karte|carte|tarjeta|carta|cart[aã]o", re.IGNORECASE
)
SHORTEST_IBAN, SHORTEST_CARD = 15, 13
CARD_DIGITS = {"2": (16,), "3": (15,), "4": (16, 19), "5": (16,), "6": (16, 17, 18, 19)}
"""Digits of a card's number by the first of them; articles have 13 at most (EAN)."""
LEAST_CARDS = 0.5
"""Least share of right check digits among numbers like a card's: of other numbers, a tenth has one by chance."""
LONGEST = 300
"""Characters of a text that are searched."""


def count_accounts(texts: list[str]) -> int:
    """Count the texts that hold the number of a bank account or a card; ``texts`` are in normal form KC."""
    return sum(map(holds_iban, texts)) + _count_cards(texts)


def holds_iban(text: str) -> bool:
    """Whether ``text`` holds an IBAN: its letters as numbers from 10 to 35 leave 1 when divided by 97."""
    if len(text) < SHORTEST_IBAN:
        return False
    return any(_is_iban(found[0].replace(" ", ""), found[1]) for found in _IBAN.finditer(text[:LONGEST].upper()))


def holds_card(text: str) -> bool:
    """Whether ``text`` holds what is surely a card's number: with its check digit, and in a card's groups or named."""
    if len(text) < SHORTEST_CARD:
        return False
    numbers = [found[0] for found in _CARD.finditer(text[:LONGEST])]
    if not any(map(_is_luhn, numbers)):
        return False
    return any(_GROUPED.fullmatch(number) for number in numbers) or _NAMED.search(text[:LONGEST]) is not None


def card_numbers(text: str) -> Iterator[bool]:
    """Yield for each number like a card's in ``text`` whether its check digit is right."""
    if len(text) < SHORTEST_CARD:
        return
    for found in _CARD.finditer(text[:LONGEST]):
        if sum(sign.isdigit() for sign in found[0]) in CARD_DIGITS[found[0][0]]:
            yield _is_luhn(found[0])


def _is_iban(signs: str, country: str) -> bool:
    length = _LENGTH.get(country)
    if length is None or len(signs) < length:
        return False
    whole = signs[:length]
    return int("".join(str(int(sign, 36)) for sign in whole[4:] + whole[:4])) % 97 == 1


def _count_cards(texts: list[str]) -> int:
    found = [list(card_numbers(text)) for text in texts]
    likely = [right for numbers in found for right in numbers]
    return sum(map(any, found)) if sum(likely) >= LEAST_CARDS * len(likely) else 0


def _is_luhn(number: str) -> bool:
    """Whether the last digit checks the others (algorithm of Luhn): from the right, every second digit counts twice."""
    digits = [int(sign) for sign in reversed(number) if sign.isdigit()]
    doubled = [digit * (1 + place % 2) for place, digit in enumerate(digits)]
    return len(digits) in CARD_DIGITS[number[0]] and sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
