"""The parts that score once, on the files that a run leaves."""

import asyncio

import pytest

from data.errors import UserError
from data.logged.predictions import PREDICTIONS
from data.times import now_us
from serving.assembly.reader import assemble_reader
from serving.assembly.start_up import example_request, prepare
from serving.assembly.worker import assemble_worker
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.model.folder import Pointer
from serving.scores import BasketScore
from serving.settings import Settings
from serving.shops import Shop
from tests.serving.assembly.one_shop import NOBODY

NOW = now_us()


def test_a_reader_scores_beside_the_service_as_a_worker_does_and_logs_nothing(settings: Settings) -> None:
    shop = Shop.only(settings)
    prepare(shop)
    parts, reader = assemble_worker(shop, NOBODY), assemble_reader(shop)

    async def live() -> list[BasketScore]:
        await parts.start()
        scored = parts.scoring.score([order], "r1", NOW)
        await parts.stop()
        return scored

    order = read_order(Basket.model_validate(example_request(shop)), NOW, reader.intake)
    beside = reader.scorer.score([order], NOW).baskets
    reader.close()

    assert beside == asyncio.run(live())
    assert len(list(PREDICTIONS.read(settings.prediction_log))) == len(order.lines)


def test_without_a_model_a_reader_says_what_is_lacking(settings: Settings) -> None:
    prepare(Shop.only(settings))
    Pointer.path(settings.model_dir).unlink()

    with pytest.raises(UserError, match="model: none was served from here yet"):
        assemble_reader(Shop.only(settings))
