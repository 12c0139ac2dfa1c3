"""Law 1: a feature of a line at time t uses only facts that were known before t, and the line's own order."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from features.offline.local import moments
from features.recipe import Recipe
from tests.features.built import built, lines_of
from tests.features.crowded_shop import Shop, crowded_shop
from tests.features.matrices import matrix_of

pytestmark = pytest.mark.long

Alter = Callable[[Shop, pd.Timestamp, str], Shop]
ATTRIBUTES_OF_LINES = ["attribute_promised_days", "attribute_gift"]
FEW = {"customer_lines", "product_return_rate", "shop_return_rate"}
ABOUT_OUTCOME = ["closes_at", "settled_at", "cancelled_at", "label", "reason"]


def _future(shop: Shop, at: pd.Timestamp, order: str) -> tuple[pd.Series, pd.Series]:
    """The lines and returns that were not known before ``at``, except the lines of the scored order itself."""
    return (shop.lines["ordered_at"] >= at) & (shop.lines["order_id"] != order), shop.returns["returned_at"] >= at


def _changes(shop: Shop) -> dict[str, pd.DataFrame]:
    """The changes of facts, by the table that holds them."""
    assert shop.product_changes is not None
    assert shop.customer_changes is not None
    return {"product_changes": shop.product_changes, "customer_changes": shop.customer_changes}


def delete(shop: Shop, at: pd.Timestamp, order: str) -> Shop:
    lines, returns = _future(shop, at, order)
    kept = shop.lines[~lines].copy()
    kept.loc[kept["delivered_at"] >= at, "delivered_at"] = None
    kept.loc[kept["cancelled_at"] >= at, "cancelled_at"] = None
    known = shop.returns[~returns & shop.returns["line_id"].isin(kept["line_id"])]
    facts = {name: frame[frame["changed_at"] < at] for name, frame in _changes(shop).items()}
    return shop.with_(lines=kept, returns=known, **facts)


def permute(shop: Shop, at: pd.Timestamp, order: str) -> Shop:
    rng = np.random.default_rng(3)
    lines, returns = _future(shop, at, order)
    changed, back = shop.lines.copy(), shop.returns.copy()
    for column in ("customer_id", "product_id", "size", "price_minor", "quantity", *ATTRIBUTES_OF_LINES):
        changed.loc[lines, column] = rng.permutation(changed.loc[lines, column].to_numpy())
    # An order has one customer.
    changed.loc[lines, "customer_id"] = changed.loc[lines].groupby("order_id")["customer_id"].transform("first")
    back.loc[returns, "returned_at"] = rng.permutation(back.loc[returns, "returned_at"].to_numpy())
    cancelled = changed["cancelled_at"] >= at
    changed.loc[cancelled, "cancelled_at"] = rng.permutation(changed.loc[cancelled, "cancelled_at"].to_numpy())
    facts = _changes(shop)
    for name, frame in facts.items():
        later = frame["changed_at"] >= at
        own = [column for column in frame if column not in ("change_id", "changed_at")]
        facts[name] = frame.copy()
        if later.any():
            facts[name].loc[later, own] = frame.loc[later, own].sample(frac=1, random_state=3).to_numpy()
    return shop.with_(lines=changed, returns=back, **facts)


def alter(shop: Shop, at: pd.Timestamp, order: str) -> Shop:
    lines, returns = _future(shop, at, order)
    changed, back = shop.lines.copy(), shop.returns.copy()
    changed.loc[lines, ["price_minor", "quantity"]] = [77_777, 9]
    changed.loc[lines, ATTRIBUTES_OF_LINES] = [9.9, True]
    changed.loc[lines, "ordered_at"] = at  # the very moment is not before
    back.loc[returns, "reason"] = "SIZE_TOO_SMALL"
    back.loc[returns, "returned_at"] = at
    # Half of the other lines are cancelled at this moment, and all of what is still out comes back.
    standing = ~(changed["cancelled_at"] < at)
    changed.loc[standing, "cancelled_at"] = None
    changed.loc[standing & (np.arange(len(changed)) % 2 == 0), "cancelled_at"] = at
    out = shop.lines
    more = pd.DataFrame(
        {"return_id": "n" + out["line_id"], "line_id": out["line_id"], "returned_at": at, "quantity": 1}
    )
    customers, products = shop.customers.copy(), shop.products.copy()
    # A customer who registers with an order is known at the order: only later registrations are its future.
    customers.loc[customers["registered_at"] > at, "registered_at"] = at + pd.Timedelta(days=9)
    products.loc[products["launched_at"] >= at, "launched_at"] = None
    known = pd.concat([back, more.assign(reason=None)], ignore_index=True)
    facts = {name: frame.copy() for name, frame in _changes(shop).items()}
    for frame in facts.values():
        frame["changed_at"] = frame["changed_at"].where(frame["changed_at"] < at, at)
    return shop.with_(lines=changed, products=products, customers=customers, returns=known, **facts)


def changed_features(shop: Shop, before: pd.DataFrame, alteration: Alter, order: str) -> list[str]:
    """The features that the alteration changes of the order's lines, and of all lines ordered before them."""
    at = shop.lines.loc[shop.lines["order_id"] == order, "ordered_at"].iloc[0]
    after = matrix_of(alteration(shop, at, order))
    names = [name for name in before.columns if name not in ABOUT_OUTCOME]
    asked = shop.lines["line_id"][(shop.lines["ordered_at"] < at) | (shop.lines["order_id"] == order)]
    old, new = (frame.loc[asked, names] for frame in (before, after))
    return [name for name in names if not _equal(old[name], new[name])]


def _equal(old: pd.Series, new: pd.Series) -> bool:
    pairs = zip(old, new, strict=True)
    return all(
        a == b or (isinstance(a, float) and isinstance(b, float) and abs(a - b) <= 1e-12 * abs(a)) for a, b in pairs
    )


@pytest.fixture(scope="module")
def shop() -> Shop:
    return crowded_shop(lives=True, changes=True)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return lines_of(built(tmp_path_factory, lives=True, changes=True))


@pytest.mark.parametrize(
    ("alteration", "order"), [(delete, "o047"), (delete, "o088"), (permute, "o047"), (alter, "o088")]
)
def test_nothing_known_at_or_after_an_order_changes_its_features(
    shop: Shop, matrix: pd.DataFrame, alteration: Alter, order: str
) -> None:
    assert changed_features(shop, matrix, alteration, order) == []


@pytest.fixture
def _few_features(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrices of a few features, which are enough to see that the check fails, and are compiled far sooner."""
    every = Recipe.features
    monkeypatch.setattr(Recipe, "features", lambda recipe: [each for each in every(recipe) if each.name in FEW])


@pytest.mark.usefixtures("_few_features")
def test_the_check_fails_when_events_of_the_own_moment_count(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments, "scored_first", lambda what: what != moments.What.ASKED)
    broken = matrix_of(shop)

    changed = changed_features(shop, broken, alter, "o074")

    assert FEW & set(changed)


@pytest.mark.usefixtures("_few_features")
def test_the_check_fails_when_a_return_counts_from_its_order_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = moments.events_at

    def leaking(lines, name, *rest):
        return honest(lines, "ordered_at" if name == "settled_at" else name, *rest)

    monkeypatch.setattr(moments, "events_at", leaking)
    broken = matrix_of(shop)

    changed = changed_features(shop, broken, delete, "o074")

    assert "product_return_rate" in changed
