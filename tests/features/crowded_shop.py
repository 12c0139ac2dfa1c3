"""A small shop in which everything happens at once: few customers, few products, few moments, and gaps in the data."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data import attributes, tables
from data.attributes import Attribute, Kind
from data.outcome import OutcomeParams
from data.schema import (
    CUSTOMER_CHANGES,
    CUSTOMERS,
    ORDER_LINES,
    PRODUCT_CHANGES,
    PRODUCTS,
    RETURNS,
    Reason,
    Table,
)
from features.params import FeatureParams

START = datetime(2024, 1, 1)
OUTCOME = OutcomeParams(return_window_days=14, delivery_allowance_days=7, returned_from_share=0)
PARAMS = FeatureParams.model_validate(
    {
        "start_rate": 0.3,
        "prior_lines": {"shop": 10, "customer": 5, "customer_product": 2.5, "product": 15, "variant": 8, "kind": 50},
        "prior_returns": {"shop": 10, "kind": 6, "product": 4, "variant": 3},
        "half_life": {"short_days": 10, "long_days": 60},
        "demographics": True,
        "unsent": {
            "field_share": 0.2,
            "new_product_share": 0.2,
            "minimal_share": 0.2,
            "measured_lines": 100,
            "measured_days": 30,
            "seed": 1,
        },
        "posteriors": {
            "learn": False,
            "max_age_days": 35,
            "variances": {"customer": 0.3, "customer_kind": 0.04, "product": 0.2, "variant": 0.08, "kind": 0.03},
            "slope_variance": 0.02,
            "shop_variance": 1.0,
            "shop_drift": 0.00003,
        },
        "engine": "local",
        "memory_gb": 1,
        "threads": 1,
    }
)


ATTRIBUTES = attributes.checked(
    [
        Attribute("promised_days", "order_lines", Kind.NUMBER),
        Attribute("gift", "order_lines", Kind.FLAG),
        Attribute("material", "products", Kind.CATEGORY),
        Attribute("weight", "products", Kind.NUMBER),
        Attribute("height_cm", "customers", Kind.NUMBER, personal=True),
        Attribute("club", "customers", Kind.CATEGORY),
    ]
)


@dataclass(frozen=True)
class Shop:
    """The canonical tables as frames, with the attributes that the shop declares."""

    lines: pd.DataFrame
    products: pd.DataFrame
    customers: pd.DataFrame
    returns: pd.DataFrame
    product_changes: pd.DataFrame | None = None
    customer_changes: pd.DataFrame | None = None
    attributes: tuple[Attribute, ...] = field(default=())

    def with_(self, **changes: Any) -> "Shop":
        return replace(self, **changes)

    def write(self, folder: Path) -> Path:
        for table, frame in (
            (ORDER_LINES, self.lines),
            (PRODUCTS, self.products),
            (CUSTOMERS, self.customers),
            (RETURNS, self.returns),
            (PRODUCT_CHANGES, self.product_changes),
            (CUSTOMER_CHANGES, self.customer_changes),
        ):
            if frame is None:
                continue
            whole = attributes.extended(table, self.attributes)
            tables.write(whole, _arrow(whole, frame), folder)
        attributes.write(self.attributes, folder)
        return folder


def crowded_shop(orders: int = 90, seed: int = 7, *, lives: bool = False, changes: bool = False) -> Shop:
    """The shop; with ``lives``, lines come back in parts and in several returns, and some are cancelled.

    With ``changes``, facts of products and customers change over time.
    """
    rng = np.random.default_rng(seed)
    lines = _lines(orders, rng)
    shop = Shop(lines, _products(rng), _customers(rng), _returns(lines, rng))
    shop = _declaring(shop, np.random.default_rng(seed + 1000))
    shop = _with_lives(shop, np.random.default_rng(seed + 2000)) if lives else shop
    return _with_changes(shop, np.random.default_rng(seed + 3000)) if changes else shop


def _with_changes(shop: Shop, rng: np.random.Generator) -> Shop:
    """The shop with changes of facts at midnights and noons, several of one moment among them."""

    def some(count: int, values: list[Any]) -> Any:
        return rng.choice(np.array([*values, None], dtype=object), count)

    def when(count: int) -> list[datetime]:
        return [START + timedelta(days=float(rng.integers(0, 100)) / 2) for _ in range(count)]

    ids = [f"h{place:02}" for place in range(40)]
    products = pd.DataFrame(
        {
            "change_id": rng.permutation(ids),
            "product_id": [f"p{rng.integers(6)}" for _ in ids],
            "changed_at": when(len(ids)),
            "category": some(len(ids), ["dresses", "shoes"]),
            "brand": some(len(ids), ["a", "b"]),
            "launched_at": [START + timedelta(days=int(rng.integers(-90, 0))) for _ in ids],
            "attribute_material": some(len(ids), ["linen", "wool"]),
            "attribute_weight": some(len(ids), [0.1, 4.5]),
        }
    )
    customers = pd.DataFrame(
        {
            "change_id": ids,
            "customer_id": [f"c{rng.integers(8)}" for _ in ids],
            "changed_at": when(len(ids)),
            "birth_year": [1960 + int(rng.integers(30)) for _ in ids],
            "attribute_height_cm": some(len(ids), [158.3, 190.0]),
            "attribute_club": some(len(ids), ["a", "d"]),
        }
    )
    return shop.with_(product_changes=products, customer_changes=customers)


def _with_lives(shop: Shop, rng: np.random.Generator) -> Shop:
    """The shop with half of the returns in parts, and lines and whole orders cancelled, some of them too late."""
    lines, returns = shop.lines, shop.returns
    ordered = lines.set_index("line_id").loc[returns["line_id"], "quantity"].to_numpy()
    first = np.where(rng.random(len(returns)) < 0.5, 1, ordered)
    again = returns.assign(return_id="s" + returns["line_id"], quantity=np.maximum(ordered - first, 1))
    again["returned_at"] += pd.to_timedelta(rng.integers(0, 7, len(again)), unit="D")
    again["reason"] = rng.permutation(again["reason"].to_numpy())
    more = again[(first < ordered) & (rng.random(len(again)) < 0.7)]
    whole = lines["order_id"].map(dict(zip(lines["order_id"].unique(), rng.random(len(lines)) < 0.1, strict=False)))
    days = pd.to_timedelta(rng.integers(0, 60, len(lines)) / 2 * rng.choice([0.2, 1.0], len(lines)), unit="D")
    cancelled = whole | (rng.random(len(lines)) < 0.1)
    at = (lines["ordered_at"] + days).where(cancelled, None)
    # A third of what came back is cancelled after its return, too late.
    first_back = lines["line_id"].map(returns.set_index("line_id")["returned_at"])
    late = first_back.notna() & (rng.random(len(lines)) < 0.33)
    after = first_back + pd.to_timedelta(rng.integers(1, 30, len(lines)) / 2, unit="D")
    # No feature reads what a line was exchanged for.
    lines = lines.assign(exchanged_for_product="p1", exchanged_for_size="m", shipped_at=lines["ordered_at"])
    return shop.with_(
        lines=lines.assign(cancelled_at=at.where(~late, after)),
        returns=pd.concat([returns.assign(quantity=first), more], ignore_index=True),
    )


def _declaring(shop: Shop, rng: np.random.Generator) -> Shop:
    """The shop with attributes, each missing on some rows; tenths have no exact double, so that sums show rounding."""

    def some(table: pd.DataFrame, values: list[Any]) -> Any:
        return rng.choice(np.array([*values, None], dtype=object), len(table))

    lines, products, customers = shop.lines, shop.products, shop.customers
    return replace(
        shop,
        lines=lines.assign(
            attribute_promised_days=some(lines, [0.1, 0.7, 2.3]), attribute_gift=some(lines, [True, False])
        ),
        products=products.assign(
            attribute_material=some(products, ["cotton", "wool"]), attribute_weight=some(products, [0.1, 1e-7, -3.3])
        ),
        customers=customers.assign(
            attribute_height_cm=some(customers, [158.3, 171.0, 188.9]), attribute_club=some(customers, ["a", "b\0c"])
        ),
        attributes=ATTRIBUTES,
    )


def _lines(orders: int, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    # Midnights and noons of fifty days only, so that many orders, deliveries and closes share a moment.
    moments = np.sort(rng.integers(0, 100, orders)) / 2
    for order, at in enumerate(moments):
        ordered_at = START + timedelta(days=float(at))
        customer = None if rng.random() < 0.1 else f"c{rng.integers(8)}"
        delivered = None if rng.random() < 0.2 else ordered_at + timedelta(days=int(rng.integers(1, 26)))
        shared = {
            "voucher_used": bool(rng.random() < 0.3),
            "payment_method": rng.choice(["invoice", "card"]),
            "channel": rng.choice(["web", "app"]),
            "region": rng.choice(np.array(["north", "south", None], dtype=object)),
        }
        for place in range(int(rng.integers(1, 5))):
            listed = int(rng.choice([999, 2000, 5000, 12000]))
            rows.append(
                {
                    "line_id": f"{order:03}-{place}",
                    "order_id": f"o{order:03}",
                    "customer_id": customer,
                    "product_id": f"p{rng.integers(6)}",
                    "ordered_at": ordered_at,
                    "quantity": int(rng.integers(1, 4)),
                    "price_minor": int(listed * rng.choice([0, 0.5, 0.9, 1.0])),
                    "list_price_minor": listed if rng.random() < 0.9 else None,
                    "size": rng.choice(np.array(["s", "m", "xl", "40", "41+", "unsized", None], dtype=object)),
                    "color": rng.choice(np.array(["red", "blue", None], dtype=object)),
                    **shared,
                    "delivered_at": delivered,
                    "outcome_recorded": bool(rng.random() < 0.9),
                }
            )
    return pd.DataFrame(rows)


def _products(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_id": [f"p{n}" for n in range(6)],
            "department": ["fashion"] * 4 + ["electronics"] * 2,
            "category": ["dresses", "dresses", "shoes", "shoes", "phones", None],
            "brand": ["a", "b", "a", None, "c", "c"],
            "supplier": ["x", "y", "x", "y", "x", "y"],
            "launched_at": [START + timedelta(days=int(rng.integers(-90, 40))) for _ in range(6)],
        }
    )


def _customers(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{n}" for n in range(8)],
            "registered_at": [START + timedelta(days=int(rng.integers(-400, 40))) for _ in range(7)] + [None],
            "birth_year": [1950 + 5 * n for n in range(7)] + [None],
        }
    )


def _returns(lines: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    reasons = [*(code.value for code in Reason), "SIZE_TOO_SMALL", "SIZE_TOO_LARGE", None]
    back = lines[rng.random(len(lines)) < 0.45].reset_index(drop=True)
    delivered = back["delivered_at"].fillna(back["ordered_at"] + pd.Timedelta(days=5))
    return pd.DataFrame(
        {
            "return_id": "r" + back["line_id"],
            "line_id": back["line_id"],
            # Some come back after their window has closed.
            "returned_at": delivered + pd.to_timedelta(rng.integers(1, 18, len(back)), unit="D"),
            "quantity": back["quantity"],
            # Each reason about as often as any other, so that none is missing.
            "reason": rng.permutation(np.resize(np.array(reasons, dtype=object), len(back))),
        }
    )


def _arrow(table: Table, frame: pd.DataFrame) -> pa.Table:
    schema = table.arrow(set(frame.columns))
    clean = frame[schema.names].astype(object).where(frame[schema.names].notna(), None)
    return pa.Table.from_pylist(clean.to_dict("records"), schema=schema)
