"""Exchange rates that the shop sets: they turn amounts of other currencies into minor units of the shop's own.

The file is YAML, a list of sets of rates. A set holds from its day (UTC) until the next set begins, so an amount of the
past is converted by the rates of its own day, however late it arrives and however often.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from data import yaml_text
from data.errors import UserError
from data.number_format import is_currency, minor_digits
from data.times import from_us
from serving.watched_file import WatchedFile

EXAMPLE: Final = "- {since: 2026-11-01, rates: {USD: 0.9213, JPY: 0.00612}}"


class Rate(BaseModel):
    """One unit of ``currency`` was worth ``rate`` units of ``own`` from the day ``since`` on (UTC)."""

    model_config = ConfigDict(frozen=True)

    currency: str
    rate: Decimal
    own: str
    since: date

    def convert(self, minor: int) -> int:
        """Give an amount in minor units of the shop's currency, rounded half to even.

        Examples
        --------
        >>> Rate(currency="JPY", rate=Decimal("0.00612"), own="EUR", since=date(2026, 11, 1)).convert(5000)
        3060
        """
        digits = minor_digits(self.own) - minor_digits(self.currency)
        return int((minor * self.rate).scaleb(digits).to_integral_value(ROUND_HALF_EVEN))


class _Set(BaseModel):
    """One entry of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: date
    rates: dict[
        Annotated[str, Field(pattern="^[A-Z]{3}$")], Annotated[Decimal, Field(gt=0, lt=10**9, allow_inf_nan=False)]
    ]


_SETS: Final = TypeAdapter(tuple[_Set, ...])


class ExchangeRates:
    """The rates of the shop whose currency is ``own``; a file that changes is read again.

    Raises
    ------
    UserError
        The file is missing, or is not as `EXAMPLE` shows.
    """

    def __init__(self, own: str, path: Path | None = None) -> None:
        self.own = own
        self._file = None if path is None else WatchedFile(path, self._read, "the exchange rates")

    def find(self, currency: str, at: int) -> Rate | None:
        """Give the rate of a currency at ``at`` (microseconds since 1970, UTC); None where the shop sets none."""
        return next((rate for rate in self.at(at) if rate.currency == currency), None)

    def at(self, at: int) -> Sequence[Rate]:
        """Give the rates of all other currencies that are taken at ``at`` (microseconds since 1970, UTC)."""
        day = from_us(at).date()
        sets = () if self._file is None else self._file.content()
        begun = [each for each in sets if each.since <= day]
        if not begun:
            return ()
        holds = max(begun, key=lambda each: each.since)
        rates = sorted(holds.rates.items())
        return [Rate(currency=code, rate=rate, own=self.own, since=holds.since) for code, rate in rates]

    def trouble(self) -> str | None:
        """Say why the file can't be used now, so that its rates stay as they were; None where it can be."""
        return None if self._file is None else self._file.trouble()

    def _read(self, path: Path) -> tuple[_Set, ...]:
        expected = f"exchange rates in {path}, such as {EXAMPLE}"
        fix = "correct it, or RETURN_RISK_EXCHANGE_RATES, which names it: see docs/how-to/shops-and-currencies.md"
        try:
            sets = _SETS.validate_python(yaml_text.parse(path.read_text(encoding="utf-8"), str(path)))
        except OSError as error:
            raise UserError(expected=expected, found=error.strerror or type(error).__name__, fix=fix) from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            found = f"at {'.'.join(map(str, first['loc'])) or 'its top'}: {first['msg']}"
            raise UserError(expected=expected, found=found, fix=fix) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            found = " ".join(str(error).split())
            raise UserError(expected=expected, found=f"no YAML: {found}", fix=fix) from None
        if misfit := self._misfit(sets):
            raise UserError(expected=expected, found=misfit, fix=fix)
        return sets

    def _misfit(self, sets: Sequence[_Set]) -> str | None:
        """What is wrong with sets that can be read; None where nothing is."""
        codes = {code for each in sets for code in each.rates}
        if unknown := sorted(code for code in codes if not is_currency(code)):
            return f"{', '.join(unknown)}, which ISO 4217 does not have"
        if self.own in codes:
            return f"a rate of {self.own}, the shop's own currency (products.currency of params.yaml)"
        if len({each.since for each in sets}) < len(sets):
            return "two sets of rates that hold from the same day"
        return None
