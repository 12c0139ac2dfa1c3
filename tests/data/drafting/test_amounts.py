import pytest

from data.drafting.amounts import decide


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
