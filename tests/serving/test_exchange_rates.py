"""Exchange rates: each day has its own, amounts come out in the shop's minor units, a broken file changes none."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from serving import watched_file
from serving.exchange_rates import ExchangeRates, Rate

TWO_SETS = """\
- since: 2026-11-01
  rates: {USD: 0.9213, JPY: 0.00612, KWD: 3.0}
- since: 2026-11-10
  rates: {USD: 0.95}
"""
DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3, "USD": 2}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def rates(folder: Path, text: str = TWO_SETS, own: str = "EUR") -> ExchangeRates:
    file = folder / "rates.yaml"
    file.write_text(text)
    return ExchangeRates(own, file)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-10-31T23:59:59", []),
        ("2026-11-01T00:00:00", [("JPY", "0.00612"), ("KWD", "3.0"), ("USD", "0.9213")]),
        ("2026-11-09T23:59:59", [("JPY", "0.00612"), ("KWD", "3.0"), ("USD", "0.9213")]),
        ("2026-11-10T00:00:00", [("USD", "0.95")]),
        ("2030-01-01T00:00:00", [("USD", "0.95")]),
    ],
)
def test_an_amount_has_the_rates_of_its_own_day(tmp_path: Path, moment: str, expected: list[tuple[str, str]]) -> None:
    found = rates(tmp_path)

    assert [(rate.currency, str(rate.rate)) for rate in found.at(at(moment))] == expected
    assert (found.find("JPY", at(moment)) is None) == ("JPY" not in dict(expected))


@pytest.mark.parametrize(
    ("own", "currency", "rate", "minor", "expected"),
    [
        ("EUR", "USD", "0.9213", 10_000, 9_213),
        ("EUR", "JPY", "0.00612", 5_000, 3_060),  # 5000 yen, 30.60 euros
        ("EUR", "KWD", "3.0", 1_500, 450),  # 1.500 dinars, 4.50 euros
        ("JPY", "EUR", "163.4", 999, 1_632),  # 9.99 euros, 1632.366 yen
        ("KWD", "JPY", "0.002", 250, 500),  # 250 yen, 0.500 dinars
        ("EUR", "USD", "0.5", 1, 0),  # half a cent: half to even
        ("EUR", "USD", "0.5", 3, 2),
    ],
)
def test_minor_units_are_those_of_each_currency(own: str, currency: str, rate: str, minor: int, expected: int) -> None:
    set_by_the_shop = Rate(currency=currency, rate=Decimal(rate), own=own, since=date(2026, 11, 1))

    assert set_by_the_shop.convert(minor) == expected


@given(
    st.sampled_from(sorted(DIGITS)), st.sampled_from(sorted(DIGITS)), st.integers(0, 10**9),
    st.decimals("0.000001", "100000", places=6),
)  # fmt: skip
def test_an_amount_is_off_by_at_most_half_a_minor_unit(own: str, currency: str, minor: int, rate: Decimal) -> None:
    exact = Fraction(minor, 10 ** DIGITS[currency]) * Fraction(rate) * 10 ** DIGITS[own]

    found = Rate(currency=currency, rate=rate, own=own, since=date(2026, 11, 1)).convert(minor)

    assert abs(found - exact) <= Fraction(1, 2)


def test_a_change_of_the_file_holds_at_once_and_a_broken_file_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_file, "LOOK_SECONDS", 0.0)
    found, file, now = rates(tmp_path), tmp_path / "rates.yaml", at("2026-11-20T00:00:00")
    seen = []
    for number, text in enumerate(["- {since: 2026-11-02, rates: {USD: 2}}", "- {since: never}", ""]):
        file.write_text(text)
        os.utime(file, ns=(number, number))
        seen.append(([str(rate.rate) for rate in found.at(now)], found.trouble() is None))
    file.unlink()
    seen.append(([str(rate.rate) for rate in found.at(now)], found.trouble() is None))

    assert seen == [(["2"], True), (["2"], False), (["2"], False), (["2"], False)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- {since: 2026-11-01, rates: {usd: 1.1}}", "at 0.rates.usd"),
        ("- {since: 2026-11-01, rates: {USD: 0}}", "greater than 0"),
        ("- {since: 2026-11-01, rates: {USD: .nan}}", "finite number"),
        ("- {since: 2026-11-01, rates: {USD: 1.1}, until: 2026-12-01}", "at 0.until"),
        ("- {since: 2026-11-01, rates: {QQQ: 1.1}}", "QQQ, which ISO 4217 does not have"),
        ("- {since: 2026-11-01, rates: {EUR: 1.1}}", "the shop's own currency"),
        ("- {since: 2026-11-01, rates: {USD: 1}}\n- {since: 2026-11-01, rates: {USD: 2}}", "from the same day"),
        ("{USD: 1.1}", "at its top"),
        ("- {since", "no YAML"),
    ],
)
def test_rates_that_cannot_be_right_stop_the_start(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(UserError) as error:
        rates(tmp_path, text)

    assert found in error.value.found


def test_a_missing_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        ExchangeRates("EUR", tmp_path / "rates.yaml")
