"""What is written straight as JSON is, byte by byte, what the models of the contract write."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.online.what_if import Change
from features.online_state.records import Latest
from serving.exchange_rates import Rate
from serving.http.wire import answers
from serving.http.wire.convert.scores import content_of, written
from serving.http.wire.decisions import Decision
from serving.http.wire.requests.baskets import Basket
from serving.scores import BasketScore, Degraded, MissingField, ScoredLine, ScoreDriver, ScoreDrivers, WhatIfScore, Why
from training.model.joint.model import Bracket, Outcomes, Quantile

NOW = 1_717_156_800_123_456
DECISION = Decision(
    decision_id="d", basket_id="B", action=None, arm=None, propensity=1.0, considered=[], policy=None, degraded=[]
)
RATE = Rate(currency="USD", rate=Decimal("0.9213"), own="EUR", since=date(2024, 5, 1))

shares, amounts, odds = st.just(0.0) | st.floats(1e-9, 1), st.floats(0, 1e12), st.floats(-50, 50)
texts = st.text(max_size=8)
times = st.none() | st.integers(NOW - 10**15, NOW + 10**9)
drivers = st.builds(
    ScoreDrivers, odds, st.lists(st.builds(ScoreDriver, texts, odds, texts, texts)).map(tuple), odds, st.booleans()
)
what_ifs = st.builds(
    WhatIfScore,
    st.sampled_from(Change),
    st.none() | texts,
    st.lists(st.integers(0, 99), max_size=3).map(tuple),
    shares,
    texts,
)
whys = st.builds(
    Why,
    st.none() | st.dictionaries(texts, shares, max_size=3),
    st.none() | drivers,
    st.none() | st.lists(what_ifs, max_size=2).map(tuple),
)
lines = st.builds(ScoredLine, shares, shares, shares, amounts, st.none() | whys, st.floats(0, 0.5), st.floats(0, 0.5))
outcomes = st.builds(
    Outcomes,
    st.lists(shares).map(tuple),
    st.lists(st.builds(Quantile, shares, amounts)).map(tuple),
    st.lists(st.builds(Bracket, st.just((0, 1)), shares, shares, shares)).map(tuple),
)
scores = st.builds(
    BasketScore,
    st.lists(lines, min_size=1, max_size=4).map(tuple),
    st.none() | texts,
    st.none() | st.builds(Latest, order=times, delivery=times, outcome=times),
    st.lists(st.builds(Degraded, texts, texts), max_size=2).map(tuple),
    missing=st.none() | st.lists(st.builds(MissingField, texts, shares, st.booleans()), max_size=2).map(tuple),
    level=st.none() | shares,
    outcomes=st.none() | outcomes,
)


def basket(count: int, **more: Any) -> Basket:
    line = {"product_id": "P-1", "quantity": 3, "price_minor": 250}
    return Basket.model_validate({**more, "lines": [{**line, "line_id": str(number)} for number in range(count)]})


@given(scores, st.none() | st.just(RATE), st.none() | st.just(DECISION))
def test_an_answer_is_written_as_its_model_writes_it(
    scored: BasketScore, rate: Rate | None, decision: Decision | None
) -> None:
    given_basket = basket(len(scored.lines), basket_id="é 日")

    found = written(content_of(given_basket, scored, NOW, "EUR", rate, decision))

    read = answers.Score.model_validate_json(found)
    assert found == answers.Score.__pydantic_serializer__.to_json(read)


def test_a_score_that_is_no_probability_is_not_answered() -> None:
    scored = BasketScore((ScoredLine(float("nan"), 0.0, 1.0, 0.0),), "3", None)

    with pytest.raises(ValueError, match="no probability"):
        content_of(basket(1), scored, NOW, "EUR")
