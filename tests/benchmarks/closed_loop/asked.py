"""What a policy sees of the visits of one day; nothing of it is known only after the draw, and nothing is the truth."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.schema import REASON_GROUPS
from data.sources.simulated import catalogue
from tests.benchmarks.closed_loop.counters import Counters
from tests.benchmarks.closed_loop.money import line_money
from tests.benchmarks.closed_loop.totals import totals
from tests.benchmarks.closed_loop.visits import Lines, Visits, columns_of
from training.costs import Costs
from training.decisions.policy import ALL_REASONS, Action, Policy


@dataclass(frozen=True)
class Valuations:
    """What the policy's beliefs say of each action, float64 of shape (visits, actions)."""

    expected: Floats
    low: Floats


@dataclass(frozen=True)
class Asked:
    """The visits of one day.

    ``covariates``: by name, float64 of shape (visits,), NaN where unknown. ``eligible``: bool of shape (visits,
    actions): the action fits the basket and the customer, and no cap stands against it. ``warned``: some line is scored
    above one half. ``valued``: works out what the service would.
    """

    day: int
    covariates: dict[str, Floats]
    eligible: Bools
    warned: Bools
    valued: Callable[[], Valuations]


def basket_covariates(
    visits: Visits, lines: Lines, visit: Ints, about: Bools, policy: Policy, costs: Costs
) -> dict[str, Floats]:
    """Give what is known of the baskets themselves.

    ``visit``: the place of each line's visit. ``about``: bool of shape (lines, actions). For each action, ``…_stake``
    is what the returns are expected to cost that it is about: its effect is a share of that.
    """
    count = len(visits.day)

    def total(each: Floats) -> Floats:
        return totals(visit, each, count)

    p, money = lines.probability, line_money(lines.value, policy, costs)
    highest = np.zeros(count)
    np.maximum.at(highest, visit, p)
    found = {
        "value_minor": total(lines.value),
        "return_cost_minor": total((lines.scored * (money.lost - money.kept[:, None])).sum(axis=1)),
        "returns": total(p),
        "line_count": total(np.ones(len(p))),
        "highest_probability": highest,
        "interval_width": total(lines.high - lines.low) / np.maximum(total(np.ones(len(p))), 1),
        **{
            f"returns_{group}": total(lines.scored[:, columns_of(REASON_GROUPS[group])].sum(axis=1))
            for group in _GROUPS
        },
        "bracket_lines": total((lines.several_sizes | lines.several_colors).astype(np.float64)),
        "voucher": visits.voucher.astype(np.float64),
        "invoice": visits.invoice.astype(np.float64),
        "app": visits.app.astype(np.float64),
    }
    for place, action in enumerate(policy.actions):
        at_stake = (lines.scored * money.lost)[:, reason_columns(action)].sum(axis=1)
        found[f"{action.name}_stake"] = total(about[:, place] * at_stake)
    return found


def customer_covariates(visits: Visits, counters: Counters, segment: Ints, day: int) -> dict[str, Floats]:
    """Give what is known of the customers."""
    profile = counters.profile(visits.customer, tenure(visits))
    return {
        **{f"customer_{name}": value for name, value in vars(profile).items()},
        **counters.reactions(visits.customer),
        "customer_days_since_order": counters.since_order(visits.customer, day),
        "customer_segment": segment.astype(np.float64),
    }


def tenure(visits: Visits) -> Floats:
    """Give the days since each customer's registration, at least 0."""
    return np.maximum(visits.day - visits.registered, 0.0)


_GROUPS = ("size", "quality", "description", "taste")


def reason_columns(action: Action) -> Ints:
    """Give the columns of the reasons that ``action`` is about."""
    keys = set(action.effects.returns)
    return columns_of([cause for cause in catalogue.CAUSES if ALL_REASONS in keys or cause.value in keys])
