import re

import pytest

from training.products.alerts.rules import KINDS
from training.products.alerts.wording import ADVICE, EVIDENCE, FORMATS, Value, english, fill, placeholders

EUR = english("EUR")


def test_a_sentence_reads_as_a_buyer_would_say_it() -> None:
    numbers: dict[str, Value] = {"share": 0.612, "returns": 1430, "parent_share": 0.034}
    assert (
        fill(EVIDENCE["runs_small"], numbers, EUR) == "Too small in 61% of 1,430 returns with a reason, category 3.4%."
    )
    assert fill(ADVICE["runs_small_sizes"], {"sizes": ["s", "m", "l"]}, EUR) == "Check the size chart of s, m and l."


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("percent", 0.05, "5.0%"),
        ("count", 12.4, "12"),
        ("money", 123456, "EUR 1,235"),
        ("date", "2024-03-04", "4 March 2024"),
        ("list", ["m"], "m"),
        ("ratio", 2.26, "2.3 times"),
        ("text", "x", "x"),
    ],
)
def test_each_format_writes_its_value(name: str, value: Value, written: str) -> None:
    assert EUR[name](value) == written


@pytest.mark.parametrize(("currency", "written"), [("JPY", "JPY 123,456"), ("KWD", "KWD 123")])
def test_money_has_the_digits_of_its_currency(currency: str, written: str) -> None:
    assert english(currency)["money"](123_456) == written


def test_there_is_a_way_to_write_every_format() -> None:
    assert set(EUR) == set(FORMATS)


@pytest.mark.parametrize("template", [*EVIDENCE.values(), *ADVICE.values()])
def test_every_sentence_asks_for_known_formats_and_ends_as_a_sentence(template: str) -> None:
    assert set(placeholders(template).values()) <= set(FORMATS)
    assert re.fullmatch(r"[A-Z{].*\.", template)


def test_every_kind_has_evidence_and_advice() -> None:
    assert set(KINDS) <= set(EVIDENCE)
    assert set(KINDS) <= set(ADVICE)


def test_text_in_braces_of_a_value_stays_as_it_is() -> None:
    assert fill("A {value:text}.", {"value": "{share:percent}"}, EUR) == "A {share:percent}."


def test_a_number_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="returns"):
        fill("{returns:count}", {}, EUR)
    with pytest.raises(KeyError, match="no such format"):
        fill("{returns:no such format}", {"returns": 1}, EUR)
