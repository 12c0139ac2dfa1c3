from dataclasses import fields, replace
from pathlib import Path

import pytest

from data.logged.predictions import PREDICTIONS, Prediction
from data.times import now_us
from serving.predictions.log import PredictionLog
from serving.scores import Explain
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.scorer import Scorer
from tests.serving.served_shop import COSTS, opened, served_shop, shop_of_sizes

NOW = now_us()


@pytest.mark.parametrize("keep", [False, True])
def test_every_line_that_is_scored_is_logged_as_it_was_answered(tmp_path: Path, *, keep: bool) -> None:
    shop = served_shop()
    log = PredictionLog(tmp_path, max_file_bytes=10**6, max_files=2)
    scoring = LoggedScoring(Scorer(shop.model, opened(shop.store()), COSTS, 0.3), log, str, keep_features=keep)
    log.start()

    orders = shop.orders()[:3]
    scored = scoring.score(orders, "request-1", NOW)
    log.stop()

    logged = list(PREDICTIONS.read(tmp_path))
    lines = [line for basket in scored for line in basket.lines]
    assert [(each["probability"], each["low"]) for each in logged] == [(line.probability, line.low) for line in lines]
    assert [each["product_id"] for each in logged] == [line.product_id for order in orders for line in order.lines]
    assert {(each["request_id"], each["scored_at"]) for each in logged} == {("request-1", NOW)}
    assert all((each["features"] is not None) is keep and len(each["features_sha256"]) == 64 for each in logged)
    assert {tuple(each) for each in logged} == {tuple(field.name for field in fields(Prediction))}
    if keep:
        assert set(logged[0]["features"]) == set(shop.bundle.features)


@pytest.mark.parametrize("explain", Explain)
def test_the_reasons_that_were_said_are_logged_and_the_rest_is_as_without_them(
    tmp_path: Path, explain: Explain
) -> None:
    shop = shop_of_sizes()
    log = PredictionLog(tmp_path, max_file_bytes=10**6, max_files=2)
    scoring = LoggedScoring(Scorer(shop.model, opened(shop.store()), COSTS, 0.3), log, str, keep_features=True)
    log.start()

    orders = shop.orders()[:9]
    scoring.score(orders, "plain", NOW)
    scored = scoring.score(orders, "asked", NOW, explain=explain)
    log.stop()

    before, logged = (
        [each for each in PREDICTIONS.read(tmp_path) if each["request_id"] == name] for name in ("plain", "asked")
    )
    whys = [line.why for basket in scored for line in basket.lines]
    assert [each["reasons"] for each in logged] == [None if why is None else why.reasons for why in whys]
    assert {each["reasons"] is None for each in logged} == {explain is Explain.NONE}
    assert {each["reasons"] for each in before} == {None}
    for name in ("probability", "features_sha256", "features"):
        assert [each[name] for each in logged] == [each[name] for each in before]
    assert set(logged[0]["features"]) == set(shop.bundle.score_features)


def test_a_line_that_is_no_json_costs_no_other(tmp_path: Path) -> None:
    shop = served_shop()
    log = PredictionLog(tmp_path, max_file_bytes=10**6, max_files=2)
    scoring = LoggedScoring(Scorer(shop.model, opened(shop.store()), COSTS, 0.3), log, str, keep_features=False)
    log.start()

    order = next(each for each in shop.orders() if len(each.lines) > 1)
    scoring.score([replace(order, lines=(replace(order.lines[0], line_id="\ud800"), *order.lines[1:]))], "r", NOW)
    log.stop()

    assert log.dropped == 1
    assert [each["line"] for each in PREDICTIONS.read(tmp_path)] == list(range(1, len(order.lines)))
