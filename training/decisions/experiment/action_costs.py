"""What actions cost: when they are shown, and for each line of a product that they are about and that is kept.

The log says which products the action of a decision was about. An order has no sign of which lines the customer kept
for it, so each line of the visit with such a product counts, whether or not the action was accepted: the most that it
can cost.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from data.arrays import Floats
from training.decisions.experiment.log import PRODUCTS
from training.decisions.policy import Cost

PRICES: Final = ("shown_minor", "kept_minor", "kept_share")
"""The columns of decisions for what their actions cost; as `training.decisions.policy.Cost` has them."""
NOTHING: Final = Cost()


def with_costs(decisions: pd.DataFrame, prices: Mapping[str, Cost]) -> pd.DataFrame:
    """Give decisions with the columns `PRICES`; actions without a price cost nothing."""
    own = [prices.get(action, NOTHING) for action in decisions["action"]]
    return decisions.assign(
        **{name: np.array([getattr(each, name) for each in own], dtype=np.float64) for name in PRICES}
    )


def kept_costs(lines: pd.DataFrame, shown: pd.DataFrame) -> Floats:
    """What each ordered line costs if it is kept, for an action that was shown; shape (lines,), minor units.

    Parameters
    ----------
    lines
        ``visit``, ``product_id`` and ``value_minor`` of each.
    shown
        The decision of each visit whose action was shown, by visit: `PRICES` and `PRODUCTS`.
    """
    about = shown[[PRODUCTS, "kept_minor", "kept_share"]].explode(PRODUCTS).dropna(subset=PRODUCTS)
    about = about.set_index(PRODUCTS, append=True)
    own = pd.MultiIndex.from_arrays([lines["visit"], lines["product_id"].astype(object)])
    found = about.reindex(own).fillna(0.0) if len(about) else pd.DataFrame(0.0, own, about.columns)
    return np.asarray(
        found["kept_minor"].to_numpy() + found["kept_share"].to_numpy() * lines["value_minor"].to_numpy(), np.float64
    )


def unknown_costs(decisions: pd.DataFrame, prices: Mapping[str, Cost]) -> list[str]:
    """Name the actions that were done and of which not all costs are known.

    They have no price, or they cost something for each kept line and an earlier version of the log doesn't say which
    products they were about.
    """
    done = decisions[decisions["action"].notna()]
    by_action = {str(name): bool(own[PRODUCTS].isna().any()) for name, own in done.groupby("action")}
    return [
        name
        for name, lacking in sorted(by_action.items())
        if name not in prices or (lacking and (prices[name].kept_minor or prices[name].kept_share))
    ]
