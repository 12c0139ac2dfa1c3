"""The nodes of features: what a counter may count."""

import pytest

from features.language.nodes import Counter, Key, LineEvent


def test_a_counter_of_orders_with_a_half_life_is_refused_at_its_definition() -> None:
    shop = Key("shop", ())

    with pytest.raises(NotImplementedError, match="shop__ordered_h30: a cancellation takes an order back"):
        Counter(shop, LineEvent.ORDERED, half_life_days=30)

    assert Counter(shop, LineEvent.RETURNED, half_life_days=30).name == "shop__returned_h30"
