"""Numbers of bank accounts (IBAN) and of cards in texts, told from other numbers by their check digits."""

import re

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}")
"""ISO 13616: a country, two check digits, and 11 to 30 signs."""
_CARD = re.compile(r"(?:4|5[1-5]|2[2-7]|3[47]|6)[0-9](?:[ -]?[0-9]){11,17}")
"""ISO/IEC 7812: the first digits of the large issuers of cards."""
CARD_DIGITS = range(14, 20)
"""Digits of a card's number; articles have 13 at most (EAN)."""
LEAST_CARDS = 0.5
"""Least share of right check digits among numbers like a card's: of other numbers, a tenth has one by chance."""


def count_accounts(texts: list[str]) -> int:
    """Count the numbers of bank accounts and cards among the ``texts``, which are in normal form KC."""
    return sum(map(_is_iban, texts)) + _count_cards(texts)


def _is_iban(text: str) -> bool:
    """Whether ``text`` is an IBAN: its letters as numbers from 10 to 35 leave 1 when divided by 97."""
    if not _IBAN.fullmatch(text.upper()):
        return False
    signs = text.upper().replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


def _count_cards(texts: list[str]) -> int:
    digits = [re.sub("[ -]", "", text) for text in texts if _CARD.fullmatch(text)]
    likely = [number for number in digits if len(number) in CARD_DIGITS]
    right = sum(map(_is_luhn, likely))
    return right if right >= LEAST_CARDS * len(likely) else 0


def _is_luhn(number: str) -> bool:
    """Whether the last digit checks the others (algorithm of Luhn): from the right, every second digit counts twice."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
