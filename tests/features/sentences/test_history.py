"""The counts in a sentence equal the counts of settled lines."""

import math

import pytest

from features.definitions.selection import define
from features.language.nodes import Feature
from features.recipe import Recipe
from features.sentences import Sentences
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop
from tests.features.replay import DAY, Replay, Row

SENTENCES = Sentences(Recipe(PARAMS.definition, OUTCOME, frozenset()))
CATEGORY, BRAND = ["customer_id", "category"], ["customer_id", "brand"]
SIZE, COLOR = ["product_id", "size"], ["product_id", "color"]


@pytest.fixture(scope="module")
def replay() -> Replay:
    return Replay(crowded_shop(orders=120))


@pytest.fixture(scope="module")
def features(replay: Replay) -> list[Feature]:
    return [one for one in define(PARAMS, frozenset(replay.lines[0])) if not one.only_reasons]


@pytest.fixture(scope="module")
def sampled(replay: Replay, features: list[Feature]) -> list[tuple[Row, dict[str, float]]]:
    """Some late lines of the shop, each with the values of its features, NaN where missing."""
    lines = replay.lines[len(replay.lines) // 3 :: 5]
    found = [(line, {one.name: replay.value(one, line) for one in features}) for line in lines]
    return [(line, {n: math.nan if v is None else float(v) for n, v in values.items()}) for line, values in found]


def counted(replay: Replay, line: Row, columns: list[str], *, daily: bool) -> tuple[int, int]:
    """Returned and settled lines that agree with ``line`` in ``columns``, by outcomes known before it or its day."""
    before = line["ordered_at"] - (line["ordered_at"] % DAY if daily else 0)
    alike = [other for other in replay.lines if all(other[column] == line[column] for column in columns)]
    known = [other["returned"] for other in alike if other["returned"] is not None and other["settled_at"] < before]
    return sum(known), len(known)


@pytest.mark.parametrize(
    ("key", "columns", "daily", "expected"),
    [
        ("customer", ["customer_id"], False, "customer returned {} of {} settled {}"),
        ("customer_category", CATEGORY, False, "customer returned {} of {} settled {} in this category"),
        ("customer_brand", BRAND, False, "customer returned {} of {} settled {} of this brand"),
        (
            "customer_product",
            ["customer_id", "product_id"],
            False,
            "customer returned {} of {} settled {} of this product",
        ),
        ("product", ["product_id"], False, "{} of {} settled {} of this product came back"),
        ("product_size", SIZE, False, "{} of {} settled {} of this product in this size came back"),
        ("product_color", COLOR, False, "{} of {} settled {} of this product in this color came back"),
        ("category", ["category"], True, "{} of {} settled {} in this category came back"),
        ("brand", ["brand"], True, "{} of {} settled {} of this brand came back"),
    ],
)
def test_a_rate_is_given_by_its_returned_and_settled_lines(
    replay: Replay,
    sampled: list[tuple[Row, dict[str, float]]],
    key: str,
    columns: list[str],
    daily: bool,  # noqa: FBT001 - a parameter of pytest
    expected: str,
) -> None:
    differing, compared = [], 0
    for line, values in sampled:
        returned, settled = counted(replay, line, columns, daily=daily)
        if all(line[column] is not None for column in columns) and 0 < settled < 100:
            counts = expected.format(returned, settled, "line" if settled == 1 else "lines")
            text = SENTENCES.say(f"{key}_return_rate", values)
            differing += [(counts, text)] if text != counts else []
            compared += 1

    assert differing == []
    assert compared >= 15


def test_a_size_bias_is_given_by_its_returns_with_a_reason(
    replay: Replay, sampled: list[tuple[Row, dict[str, float]]]
) -> None:
    differing, compared = [], 0
    for line, values in sampled:
        same = [other for other in replay.lines if other["product_id"] == line["product_id"] and other["returned"]]
        known = [other for other in same if other["settled_at"] < line["ordered_at"] and other["reason_recorded"]]
        small, large = (sum(other[f"reason_size_too_{size}"] for other in known) for size in ("small", "large"))
        if small != large:
            returns = "1 return" if len(known) == 1 else f"{len(known)} returns"
            runs = "small" if small > large else "large"
            counts = f"the product runs {runs}: {small} of {returns} with a reason too small, {large} too large"
            text = SENTENCES.say("product_size_bias", values)
            differing += [(counts, text)] if text != counts else []
            compared += 1

    assert differing == []
    assert compared >= 15


def test_the_sentences_of_a_shop_are_short(sampled: list[tuple[Row, dict[str, float]]]) -> None:
    texts = {SENTENCES.say(name, values) for _, values in sampled for name in values}

    assert len(texts) > 500
    assert [text for text in texts if not 10 < len(text) <= 95] == []
