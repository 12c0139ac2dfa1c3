"""Law 2 while orders are corrected, cancelled and returned in parts, and accounts are merged and erased."""

from pathlib import Path

from tests.data.test_validate import LENIENT
from tests.features.corrected_parity import Life, Shop
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop
from tests.features.crowded_shop import Shop as Crowd

ANY = LENIENT.model_copy(
    update={"chunk_rows": 500_000, "accepted": ("nobody_kept", "one_customer", "far_apart_prices", "equal_twins")}
)


FEW = {
    "lines": ["line_id", "order_id", "customer_id", "product_id", "ordered_at", "quantity", "price_minor"],
    "products": ["product_id"],
    "customers": ["customer_id"],
    "returns": ["return_id", "line_id", "returned_at", "quantity"],
}
FACTS = ["delivered_at", "cancelled_at", "outcome_recorded"]
"""What decides over outcomes; no feature reads it of its own line."""


def few_columns(shop: Crowd) -> Crowd:
    """The shop with few columns: each feature costs time, and `tests.benchmarks.corrected_parity` has them all."""
    frames = {name: getattr(shop, name)[columns] for name, columns in FEW.items()}
    frames["lines"] = frames["lines"].join(shop.lines[FACTS])
    return shop.with_(**frames, product_changes=None, customer_changes=None, attributes=())


def test_a_basket_has_the_features_that_the_tables_of_its_moment_give_it(tmp_path: Path) -> None:
    crowd = few_columns(crowded_shop(orders=160, lives=True, changes=True))
    shop = Shop(crowd.write(tmp_path / "whole"), OUTCOME, PARAMS, ANY)

    found = Life.begin(shop, tmp_path, 1).run(moments=1, orders_each=40)

    assert found.differing == 0, found.examples
    assert found.lines > 60
    assert {
        "OrderChanged",
        "OrderCancelled",
        "ReturnCancelled",
        "CustomersMerged",
        "CustomerErased",
    } <= found.events.keys()
