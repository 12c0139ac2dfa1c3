"""What lines have otherwise than training lines: through the scorer, on a state that knows facts."""

from dataclasses import replace

from features.online_state.order import Order, OrderLine
from serving.scores import Unusual
from serving.scoring.scorer import Scorer
from tests.serving.served_shop import AFTER, COSTS, opened, served_shop
from training.model.asked import Asked, AskedField, Range

ASKED = Asked(
    fields={
        "payment_method": AskedField("payment_method", 0.0, frozenset({"card", "invoice"})),
        "customer_id": AskedField("customer_id", 0.2),
        "color": AskedField("color", 0.1, frozenset({"red"})),
    },
    ranges={"price_minor": Range(500, 20_000, 0.002), "quantity": Range(1, 3, 0.001)},
    new_customers=0.1,
    new_products=0.05,
)
LINE = OrderLine("p0", 1, 4999, color="red")


def unusual(*orders: Order, asked: Asked | None = ASKED) -> list[Unusual | None]:
    shop = served_shop()
    model = shop.model(replace(shop.bundle, asked=asked))
    scored = Scorer(lambda: model, opened(shop.store()), COSTS, 0.3).score(orders, AFTER).baskets
    return [each.unusual for each in scored]


def order(*lines: OrderLine, customer_id: str | None = "c0", payment_method: str | None = "card") -> Order:
    return Order(customer_id, AFTER, lines or (LINE,), False, payment_method)


def test_a_basket_such_as_training_had_is_not_unusual():
    assert unusual(order()) == [Unusual()]


def test_a_field_is_named_once_for_each_line_without_it():
    guest = order(LINE, replace(LINE, color=None), customer_id=None)

    (found,) = unusual(guest)

    assert found == Unusual(lacking=("customer_id", "customer_id", "color"))


def test_a_label_that_no_training_line_had_is_named_by_its_field_and_is_not_shown():
    assert unusual(order(payment_method="Wallet")) == [Unusual(unseen=("payment_method",))]
    # Labels are read as training read them.
    assert unusual(order(replace(LINE, color=" RED "), payment_method="Invoice")) == [Unusual()]


def test_a_price_in_another_unit_is_out_of_range():
    cents, euros = replace(LINE, price_minor=4999), replace(LINE, price_minor=50)

    assert unusual(order(euros, cents)) == [Unusual(outside=("price_minor",))]
    assert unusual(order(replace(LINE, price_minor=0))) == [Unusual(outside=("price_minor",))]
    assert unusual(order(replace(LINE, quantity=9))) == [Unusual(outside=("quantity",))]


def test_each_basket_is_compared_by_itself():
    assert unusual(order(), order(customer_id=None)) == [Unusual(), Unusual(lacking=("customer_id",))]


def test_a_model_that_does_not_know_what_training_asked_with_compares_nothing():
    assert unusual(order(), asked=None) == [None]
