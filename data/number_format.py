"""Money, numbers and shares as text: the one formatter of reports, pages, CSV and the terminal.

Shares are from 0 to 1. Money is in minor units; Babel (CLDR) gives their number in one unit of a currency: 100 for EUR,
1 for JPY, 1000 for KWD. Numbers are rounded half to even, zero has no minus sign, and a missing value has its own sign.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from babel import Locale, numbers

SIGNS: Final = {
    "€": "EUR", "£": "GBP", "円": "JPY", "zł": "PLN", "₹": "INR", "₩": "KRW", "元": "CNY", "₺": "TRY", "₽": "RUB",
    "₴": "UAH", "Kč": "CZK", "Ft": "HUF", "US$": "USD", "₫": "VND", "₪": "ILS", "Euro": "EUR", "euro": "EUR",
    "R$": "BRL", "HK$": "HKD", "NT$": "TWD", "A$": "AUD", "₱": "PHP", "฿": "THB", "KD": "KWD", "د.ك": "KWD",
}  # fmt: skip
"""Signs that stand for one currency; $, ¥ and kr stand for several."""
_TENTH: Final = 0.1
"""In sentences, shares below this one have one decimal."""
_SHORT: Final = 10_000
"""From this amount on, in whole units of the currency, the short form leaves out digits."""


def minor_units(currency: str) -> int:
    """The minor units in one unit of a currency (ISO code): 100 for EUR, 1 for JPY."""
    return int(10 ** minor_digits(currency))


@cache
def minor_digits(currency: str) -> int:
    """The decimals of a currency (ISO code): 2 for EUR, 0 for JPY, 3 for KWD."""
    return int(numbers.get_currency_precision(currency))


def currency_codes() -> frozenset[str]:
    """The codes of ISO 4217, in capital letters."""
    return frozenset(numbers.list_currencies())


def is_currency(code: str) -> bool:
    """Whether ``code`` is a code of ISO 4217 in capital letters."""
    return code in currency_codes()


def currency_of(text: str) -> str | None:
    """Give the code of the currency that a cell names by its code in any case, or by a sign of one currency alone."""
    code = text.strip().upper()
    return code if is_currency(code) else SIGNS.get(text.strip())


def plain_amount(minor: float | None, currency: str) -> str:
    """Write money for programs, in whole units to its last digit: 1234 cents are 12.34; empty where it is missing."""
    if minor is None or minor != minor:  # noqa: PLR0124 - NaN alone is not itself
        return ""
    digits = minor_digits(currency)
    written = f"{minor / 10**digits:.{digits}f}"
    return written.removeprefix("-") if float(written) == 0 else written


@dataclass(frozen=True)
class NumberFormat:
    """The format of numbers in one locale, with its signs for ``minus`` and for a ``missing`` value."""

    locale: Locale
    minus: str
    missing: str

    def number(self, value: float | None, digits: int = 0, *, grouped: bool = True) -> str:
        """Write a number with ``digits`` decimals; ``grouped``: with a mark between thousands. NaN is missing, too."""
        if value is None or value != value:  # noqa: PLR0124 - NaN alone is not itself
            return self.missing
        pattern = ("#,##0" if grouped else "0") + ("." + "0" * digits if digits else "")
        return self._signed(numbers.format_decimal(_rounded(value, digits), pattern, self.locale))

    def difference(self, value: float | None, digits: int = 0) -> str:
        """Write a number with its sign; zero has a plus sign."""
        written = self.number(value, digits)
        return written if written == self.missing or written.startswith(self.minus) else f"+{written}"

    def percent(self, share: float | None, digits: int = 1) -> str:
        """Write a share as percent."""
        written = self.number(_hundredths(share), digits)
        return written if written == self.missing else f"{written}%"

    def rough_percent(self, share: float) -> str:
        """Write a share for a sentence: in whole percent, and with one decimal below 10%."""
        return self.percent(share, 0 if share >= _TENTH else 1)

    def percent_change(self, share: float | None) -> str:
        """Write a relative change as whole percent, with its sign."""
        written = self.difference(_hundredths(share))
        return written if written == self.missing else f"{written}%"

    def points(self, share: float | None, digits: int = 1) -> str:
        """Write a difference of shares in percentage points, with its sign."""
        return self.difference(_hundredths(share), digits)

    def amount(self, minor: float | None, currency: str) -> str:
        """Write money in whole units, without its currency."""
        return self.number(_major(minor, currency))

    def exact_amount(self, minor: float | None, currency: str) -> str:
        """Write money to its last digit, without its currency."""
        return self.number(_major(minor, currency), numbers.get_currency_precision(currency))

    def money(self, minor: float | None, currency: str) -> str:
        """Write money in whole units, with the sign of its currency."""
        major = _major(minor, currency)
        if major is None:
            return self.missing
        whole = round(major) + 0
        return self._signed(numbers.format_currency(whole, currency, "¤#,##0", self.locale, currency_digits=False))

    def price(self, minor: float | None, currency: str) -> str:
        """Write money to its last digit, with the sign of its currency."""
        major = _major(minor, currency)
        if major is None:
            return self.missing
        return self._signed(numbers.format_currency(major, currency, locale=self.locale))

    def short_money(self, minor: float | None, currency: str) -> str:
        """Write money in few digits, with the sign of its currency: large amounts in thousands or millions."""
        major = _major(minor, currency)
        if major is None:
            return self.missing
        if abs(major) < _SHORT:  # Babel writes all decimals of an amount that it doesn't shorten
            return self.money(minor, currency)
        return self._signed(numbers.format_compact_currency(major, currency, locale=self.locale, fraction_digits=1))

    def _signed(self, written: str) -> str:
        return written.replace("-", self.minus)


ENGLISH: Final = NumberFormat(Locale("en", "US"), minus="-", missing="–")  # noqa: RUF001 - the dash for a missing value
"""The format of reports and of their CSV."""


def _rounded(value: float, digits: int) -> Decimal:
    """Round the exact binary value (Babel would round its shortest decimal form); zero has no minus sign."""
    return Decimal(f"{value:.{digits}f}") + 0


def _hundredths(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _major(minor: float | None, currency: str) -> float | None:
    return None if minor is None else minor / minor_units(currency)
