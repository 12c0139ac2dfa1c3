"""What is done once before a service starts, on the files that a run leaves."""

import asyncio

import pytest

from data.errors import UserError
from data.times import now_us
from features.online_state.events import OrderPlaced
from features.online_state.order import Order, OrderLine
from serving.assembly.start_up import example_request, prepare
from serving.http.wire.requests.baskets import Basket
from serving.settings import Settings
from serving.shops import Shop
from tests.serving.assembly.one_shop import of_another_version, written
from tests.serving.served_shop import served_shop

NOW = now_us()


def test_the_example_is_of_a_time_as_of_which_the_state_can_answer(settings: Settings) -> None:
    prepare(Shop.only(settings))
    example = Basket.model_validate(example_request(Shop.only(settings)))

    asyncio.run(written(settings, OrderPlaced("e", "o", ("l",), Order("someone", NOW, (OrderLine("p", 1, 1000),)))))
    later = example_request(Shop.only(settings))

    assert example.ordered_at == served_shop().about.as_of
    assert len(example.lines) >= 2
    assert "ordered_at" not in later  # the state is current


def test_a_state_of_another_version_without_a_seed_of_this_one_keeps_the_service_from_starting(
    settings: Settings,
) -> None:
    prepare(Shop.only(settings))
    of_another_version(settings)

    with pytest.raises(UserError, match=r"(?s)state of this version.*prior_returns.*make its seed"):
        prepare(Shop.only(settings))
