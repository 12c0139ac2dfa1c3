import pytest

from data.drafting.amounts import decide

RIYAL = "\u0631.\u0633"


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        (["12.50", "3"], {}),
        (["12,50", "3"], {"decimal": ","}),
        (["1.234,50", "3,00"], {"decimal": ",", "thousands": "."}),
        (["1\u202f234,50 €", "3,00 €"], {"decimal": ",", "thousands": " ", "unit": "€"}),
        (["$1,200.00", "-$5.00"], {"thousands": ",", "unit": "$"}),
        (["1\u2019200.00"], {"thousands": "'"}),
        (["1.200 €", "950 €"], {"decimal": ",", "thousands": ".", "unit": "€"}),
        (["¥1,980", "¥980"], {"thousands": ",", "unit": "¥"}),
        (["1.980円", "980円"], {"decimal": ",", "thousands": ".", "unit": "円"}),
        (["\uff13,\uff13\uff10\uff10円", "￥980"], {"thousands": ",", "unit": ["¥", "円"]}),
    ],
)
def test_marks_and_signs_are_those_that_read_every_value(values: list[str], keys: dict[str, object]) -> None:
    found = decide(values)

    assert found is not None
    assert found.keys() == keys


@pytest.mark.parametrize("value", ["1.234", "1,234", "1.234 KWD"])
def test_a_thousand_or_one_and_a_bit_is_left_open(value: str) -> None:
    found = decide([value, "7"])

    assert found is not None
    assert found.open
    assert found.keys() in ({}, {"unit": "KWD"})


@pytest.mark.parametrize("values", [[], ["A-1"], ["1.2.3"], ["12", "many"]])
def test_other_values_are_no_numbers(values: list[str]) -> None:
    assert decide(values) is None


def test_negative_numbers_are_seen() -> None:
    assert [found.negative for value in ("-1", "-$2.00", "\u22123", "4") if (found := decide([value]))] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("values", "digits", "keys", "is_open"),
    [
        (["1.200", "950"], 2, {"decimal": ",", "thousands": "."}, False),
        (["1,200", "950"], 0, {"thousands": ","}, False),
        (["1.200", "950"], 3, {}, False),
        (["1.200", "2.450"], 2, {}, True),
        (["0.500", "1.200"], 2, {}, False),
    ],
)
def test_the_decimals_of_the_currency_say_what_a_mark_before_three_digits_is(
    values: list[str],
    digits: int,
    keys: dict[str, object],
    is_open: bool,  # noqa: FBT001 - a case
) -> None:
    found = decide(values, digits=digits)

    assert found is not None
    assert (found.keys(), found.open) == (keys, is_open)


@pytest.mark.parametrize(
    ("values", "keys", "is_open"),
    [
        (["1.000", "12.000"], {"decimal": "."}, False),
        (["1,000", "2,000"], {"decimal": ","}, False),
        (["1.000", "2"], {}, True),
    ],
)
def test_pieces_with_three_decimals_throughout_are_a_databases(
    values: list[str],
    keys: dict[str, object],
    is_open: bool,  # noqa: FBT001 - a case
) -> None:
    found = decide(values, whole=True)

    assert found is not None
    assert (found.keys(), found.open) == (keys, is_open)


def test_groups_of_india_are_thousands() -> None:
    found = decide(["₹1,23,456.00", "₹7,500.00"])

    assert found is not None
    assert found.keys() == {"thousands": ",", "unit": "₹"}


def test_digits_marks_and_currencies_of_arabic_are_read() -> None:
    found = decide(
        [f"\u0669\u0661\u066b\u0669\u0660 {RIYAL}", f"\u0661\u066c\u0660\u0664\u0662\u066b\u0662\u0660 {RIYAL}"]
    )

    assert found is not None
    assert found.keys() == {"thousands": ",", "unit": RIYAL}


def test_a_minus_behind_a_number_of_pieces_makes_it_negative() -> None:
    found = decide(["2,000", "1,000-"], whole=True)

    assert found is not None
    assert (found.decimal, found.negative) == (",", True)
