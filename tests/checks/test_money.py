from pathlib import Path

import pytest

from tests.checks.money import of_code, of_template

FILE = Path("a.py")


@pytest.mark.parametrize(
    "text",
    [
        'f"{minor / 100:,.0f}"',
        "price[mask].min() / 100",
        'stake = items["excess_cost_minor"].cumsum() / 100',
        "price_minor // 100.0",
        "minor / 1000",
        'f"{policy.saving_minor:,}"',
        "f\"{row['price_minor']:.2f}\"",
        'format(price_minor, ",")',
        "from babel import Locale, numbers",
        "from babel.numbers import get_currency_precision",
        "import babel.numbers",
    ],
)
def test_money_that_is_written_by_hand_is_found_in_code(text: str) -> None:
    found = list(of_code(FILE, f"first = 1\n{text}\n"))

    assert found
    assert all(problem.startswith("a.py:2: ") for problem in found)


@pytest.mark.parametrize(
    "text",
    [
        "level / 100",
        "ENGLISH.amount(price_minor, currency)",
        "at_stake_minor / minor_units(currency)",
        "saving_minor / cost_minor",
        'f"{lines:,}"',
        'f"prices of {count:,} products"',
        'f"{price_minor}"',
        "from babel import Locale, dates",
    ],
)
def test_other_numbers_and_other_hands_pass(text: str) -> None:
    assert list(of_code(FILE, text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ cost_minor / 100 }}",
        "{{ row.cost_minor | count }}",
        "{{ row.cost_minor|round }}",
        '{{ "%.2f" | format(a_minor) }}',
    ],
)
def test_money_that_is_written_by_hand_is_found_in_a_template(text: str) -> None:
    assert [problem.split(":")[1] for problem in of_template(FILE, f"first\n{text}")] == ["2"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ row.cost_minor | money }}",
        "{{ now.cost_minor|short_money(about.currency) }}",
        "{{ 'worse' if (row.cost_minor or 0) > 0 }}",
        '{{ texts.METRICS["cost_minor"].meaning|t }}',
        '{{ metric("profit_minor") }}',
    ],
)
def test_a_template_that_names_money_or_lets_it_be_written_passes(text: str) -> None:
    assert list(of_template(FILE, text)) == []
