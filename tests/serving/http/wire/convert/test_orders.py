"""The conversion of a request, before anything is computed from it."""

import pytest

from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.ports import AsGiven

NOW = 1_717_156_800_000_000
LINE = {"product_id": "P-1", "quantity": 1, "price_minor": 250}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({}, None),
        ({"sizes_on_sale": None}, None),
        ({"sizes_on_sale": []}, ()),
        ({"sizes_on_sale": ["XL", " m ", "", "39½", " "]}, ("xl", "m", "39½")),
        ({"sizes_on_sale": [" "]}, ()),
    ],
)
def test_sizes_on_sale_are_read_in_lower_case_and_none_is_not_the_same_as_unsaid(
    sent: dict[str, object], read: tuple[str, ...] | None
) -> None:
    order = read_order(Basket.model_validate({"lines": [{**LINE, **sent}, LINE]}), NOW, AsGiven())

    assert [line.sizes_on_sale for line in order.lines] == [read, None]
