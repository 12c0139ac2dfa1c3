"""Decisions over HTTP, with the real parts that decide."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.serving.asking import Asker
from tests.serving.decisions.shop import SURE, Shop
from tests.serving.fakes import FakeParts
from tests.training.decisions.examples import action

BASKET = {"basket_id": "B-1", "lines": [{"product_id": "P-1", "quantity": 1, "price_minor": 5000}]}


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    shop = Shop(tmp_path)
    texts = {"en": "{percent} in a hundred", "de": "{percent} von hundert", "zh": "{percent}%"}
    shop.write(action(effects=SURE, texts=texts), holdout_share=0.01)
    parts = replace(FakeParts().parts(), deciding=shop.decider())
    with Asker.over(parts) as asker:
        yield asker


def test_a_checkout_is_told_what_to_do_and_why(asker: Asker) -> None:
    answer = asker.post("/v1/decide", BASKET)

    content = answer.json()
    assert answer.status_code == 200
    assert content["action"] == {
        "name": "hint", "kind": "inform", "lines": [0], "size": None, "needs_person": False,
        "texts": {"en": "50 in a hundred", "de": "50 von hundert", "zh": "50%"},
    }  # fmt: skip
    assert content["basket_id"] == "B-1"
    assert content["arm"] == "policy"
    assert content["propensity"] == pytest.approx(0.99)
    (considered,) = content["considered"]
    assert considered["profit_minor"]["low"] > 0
    assert considered["profit_minor"]["level"] == 0.9
    assert content["degraded"] == []


def test_a_score_may_bring_the_decision_along_and_has_none_where_it_is_not_asked(asker: Asker) -> None:
    score, decision = (
        asker.post(path, {**BASKET, **more}).json()
        for path, more in (("/v1/score", {"decide": True}), ("/v1/decide", {}))
    )

    assert score["decision"] == decision
    assert len(score["lines"]) == 1
    assert asker.post("/v1/score", BASKET).json()["decision"] is None


@pytest.mark.parametrize(("path", "more"), [("/v1/decide", {}), ("/v1/score", {"decide": True})])
def test_a_basket_without_an_id_can_not_be_decided(asker: Asker, path: str, more: dict[str, Any]) -> None:
    answer = asker.post(path, {"lines": BASKET["lines"], **more})

    assert answer.status_code == 422
    assert "basket_id" in answer.text


def test_an_open_complaint_is_respected(asker: Asker) -> None:
    content = asker.post("/v1/decide", {**BASKET, "open_complaint": True}).json()

    assert content["action"] is None
    assert content["considered"][0]["ruled_out"] == "open_complaint"
