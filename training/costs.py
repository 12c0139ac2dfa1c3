"""What returns cost, and what a warning at checkout would save.

A warning avoids some returns, and stops some purchases that would have been kept, whose margin is lost. All figures
are minor units of the shop's currency, summed over the lines given. The assumptions are parameters.
"""

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from data.arrays import Bools, Floats
from data.params import Section

HALF = 0.5


class Costs(Section):
    """The section ``costs`` of params.yaml: the shop's assumptions."""

    return_fixed_minor: int = Field(ge=0)
    return_value_share: float = Field(ge=0, le=1)
    margin_share: float = Field(ge=0, le=1)
    warning_avoids_returns: float = Field(ge=0, le=1)
    warning_stops_kept: float = Field(ge=0, le=1)
    contact_minor: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class Policy:
    """The result of one rule for warnings, on settled lines.

    ``cost_minor`` is the cost of returns plus the margin lost. ``saving_minor`` is the cost without any warning minus
    ``cost_minor``; below zero, the warnings did harm. ``returns_avoided`` and ``sales_lost`` are expected numbers of
    lines.
    """

    lines_warned: int
    returns_avoided: float
    sales_lost: float
    cost_minor: float
    saving_minor: float


def return_cost(value: Floats, costs: Costs) -> Floats:
    """Give the cost of each line's return in minor units, float64 of shape (n,); ``value`` is price times quantity."""
    return costs.return_fixed_minor + costs.return_value_share * value


def pays(p: Floats, value: Floats, costs: Costs) -> Floats:
    """Estimate what a warning at each line saves, in minor units, float64 of shape (n,); above 0 it pays to warn."""
    saved = p * costs.warning_avoids_returns * return_cost(value, costs)
    lost = (1 - p) * costs.warning_stops_kept * costs.margin_share * value
    return saved - lost


def policies(y: Floats, p: Floats, value: Floats, costs: Costs) -> dict[str, Policy]:
    """Add up the cost of each rule: warn never, always, above a probability of one half, or where a warning should pay.

    The last rule decides by each line's own value and probability; no threshold is tuned on the test lines.
    """
    rules = {
        "never": np.zeros(len(p), dtype=np.bool_),
        "always": np.ones(len(p), dtype=np.bool_),
        "above_half": p > HALF,
        "where_it_pays": pays(p, value, costs) > 0,
    }
    return {name: _policy(y, warned, value, costs) for name, warned in rules.items()}


def _policy(y: Floats, warned: Bools, value: Floats, costs: Costs) -> Policy:
    returns, kept = warned * y, warned * (1 - y)
    unwarned_cost = float(y @ return_cost(value, costs))
    saved = costs.warning_avoids_returns * float(returns @ return_cost(value, costs))
    lost = costs.warning_stops_kept * costs.margin_share * float(kept @ value)
    return Policy(
        lines_warned=int(warned.sum()),
        returns_avoided=costs.warning_avoids_returns * float(returns.sum()),
        sales_lost=costs.warning_stops_kept * float(kept.sum()),
        cost_minor=unwarned_cost - saved + lost,
        saving_minor=saved - lost,
    )
