from pathlib import Path

import pytest

from serving.logged_scoring import LoggedScoring
from serving.prediction_log import PredictionLog, read
from serving.scorer import Scorer
from tests.serving.served_shop import COSTS, opened, served_shop


@pytest.mark.parametrize("keep", [False, True])
def test_every_line_that_is_scored_is_logged_as_it_was_answered(tmp_path: Path, *, keep: bool) -> None:
    shop = served_shop()
    log = PredictionLog(tmp_path, max_file_bytes=10**6, max_files=2)
    scoring = LoggedScoring(Scorer(shop.model, opened(shop.store()), COSTS, 0.3), log, keep_features=keep)
    log.start()

    orders = shop.orders()[:3]
    said = scoring.score(orders, "request-1")
    log.stop()

    logged = list(read(tmp_path))
    lines = [line for basket in said for line in basket.lines]
    assert [(each["probability"], each["low"]) for each in logged] == [(line.probability, line.low) for line in lines]
    assert [each["product_id"] for each in logged] == [line.product_id for order in orders for line in order.lines]
    assert {each["request_id"] for each in logged} == {"request-1"}
    assert all((each["features"] is not None) is keep and len(each["features_sha256"]) == 64 for each in logged)
    if keep:
        assert set(logged[0]["features"]) == set(shop.bundle.features)
