"""Every feature of the score has a sentence, which is readable for any value."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS
from features.definitions.selection import define
from features.language.nodes import Feature
from features.params import DefinitionParams
from features.recipe import Recipe
from features.sentences import Sentences
from tests.features.crowded_shop import ATTRIBUTES, OUTCOME, PARAMS
from tests.features.replay import REASON_COLUMNS

COMPUTED = {"value_minor", "first_in_order", "size_system", "size_value", *REASON_COLUMNS}
DECLARED = {each.column for each in ATTRIBUTES}
EVERY = frozenset({name for table in (ORDER_LINES, PRODUCTS, CUSTOMERS) for name in table.names} | COMPUTED | DECLARED)
ODD = (math.nan, math.inf, -math.inf, 0.0, 1.0, 2.0, 0.5, 0.001, 0.999, -1.0, 1e9, -1e-9, 1e300, 5e-324)


def scored(params: DefinitionParams = PARAMS, columns: frozenset[str] = EVERY) -> list[Feature]:
    return [one for one in define(params, columns, ATTRIBUTES) if not one.only_reasons]


def sentences(params: DefinitionParams = PARAMS, columns: frozenset[str] = EVERY) -> Sentences:
    return Sentences(Recipe(params, OUTCOME, columns, ATTRIBUTES))


NAMES = [feature.name for feature in scored()]
SENTENCES = sentences()


def unfit(sentence: str, longest: int) -> bool:
    return (
        not 0 < len(sentence) <= longest
        or any(word in sentence.lower() for word in ("nan", "inf"))
        or "None" in sentence
        or sentence[0].isupper()
        or sentence.endswith(".")
    )


@pytest.mark.parametrize("half_lives", [(30.0, 180.0), (1.0, 7.5)])
@pytest.mark.parametrize("lacking", [(), ("category",), ("brand",), ("size", "size_system", "size_value")], ids=str)
def test_every_feature_that_the_score_reads_has_a_sentence(
    lacking: tuple[str, ...], half_lives: tuple[float, float]
) -> None:
    short, long = half_lives
    lives = PARAMS.half_life.model_copy(update={"short_days": short, "long_days": long})
    params, columns = PARAMS.model_copy(update={"half_life": lives}), EVERY - set(lacking)

    known = sentences(params, columns)
    silent = [one.name for one in scored(params, columns) if one.name not in known.names]

    assert silent == [], "add a sentence in features/sentences, in the module named as the one in features/definitions"


def test_every_sentence_belongs_to_a_feature() -> None:
    assert set(SENTENCES.names) == set(NAMES)


@given(
    pool=st.lists(st.floats() | st.integers(0, 200).map(float) | st.sampled_from(ODD), min_size=1, max_size=12),
    seed=st.integers(),
)
def test_whatever_the_values_a_sentence_is_short_and_has_no_odd_number(pool: list[float], seed: int) -> None:
    draw = Random(seed)
    values = {name: draw.choice(pool) for name in NAMES}

    texts = {name: SENTENCES.say(name, values) for name in NAMES}

    assert {name: text for name, text in texts.items() if unfit(text, 120)} == {}


@pytest.mark.parametrize("absent", [True, False], ids=["not among the values", "NaN"])
def test_a_missing_value_has_a_sentence_without_numbers(absent: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    values = {"customer_lines": 3.0} | (
        {} if absent else {name: math.nan for name in NAMES if name != "customer_lines"}
    )

    texts = {name: SENTENCES.say(name, values) for name in NAMES if name != "customer_lines"}

    assert {name: text for name, text in texts.items() if unfit(text, 90) or any(c.isdigit() for c in text)} == {}


def test_a_value_missing_for_guests_gives_the_sentence_for_guests() -> None:
    guest = dict.fromkeys(NAMES, math.nan)

    texts = {one.name: SENTENCES.say(one.name, guest) for one in scored() if one.missing.startswith("guest")}

    assert len(texts) > 20
    assert set(texts.values()) == {"guest: no history of this customer"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(12.0, "loyalty points: 12"), (0.25, "loyalty points: 0.25"), (math.nan, "loyalty points: not known")],
)
def test_an_unknown_feature_is_described_by_name_and_value(value: float, expected: str) -> None:
    assert SENTENCES.say("loyalty_points", {"loyalty_points": value}) == expected


def test_an_unknown_feature_without_a_value_is_described_as_not_known() -> None:
    assert SENTENCES.say("loyalty_points", {}) == "loyalty points: not known"
