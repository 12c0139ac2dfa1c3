"""Exposures from the decision log and the shop's orders.

A unit gives one exposure: its first decision that a draw could have made otherwise. Up to then, all units were treated
alike, so the logged chance is that of the draw, whatever the arm. Later decisions depend on what was drawn before, by
caps and by what the customer knows. The profit is that of the visit and of what the unit buys within the horizon after
it, minus its returns: it counts by intention to treat, with all that the arm did later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats, Ints
from data.errors import UserError
from data.logged.decisions import POLICY, Decision, kind_of
from data.times import MICROSECONDS_PER_DAY
from training.costs import Costs
from training.decisions.experiment.action_costs import with_costs
from training.decisions.experiment.assemble import assemble
from training.decisions.experiment.known_by import VisitSums
from training.decisions.experiment.known_share import KnownShare
from training.decisions.experiment.log import FIX, Log, read_rows
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.readout import known_share_of
from training.decisions.experiment.trail import Trail
from training.decisions.experiment.visits import Placed, countable, visits_of
from training.decisions.learning.exposures import NOTHING, Exposures
from training.decisions.policy import ActionKind, Cost, Policy

SETTLED: Final = 0.95
"""A visit counts once so much of its returns could be known; the rest is allowed for."""
CERTAIN: Final = 1 - 1e-9
"""A decision with this chance, or more, could not have come out otherwise."""


@dataclass(frozen=True)
class Recorded:
    """Exposures, with what a proposal needs besides; shape (n,) each.

    ``in_policy``: whether the unit was in the arm of the policy. ``policy_share``: the chance of that.
    ``lacking``: units left out, since their line of the log is of a version that logged no covariates.
    ``immature``: units left out, since the outcome is not known yet. ``others``: units left out, since another policy
    had drawn for them before: what it did may have changed them, and the same key puts them into the same arms.
    """

    exposures: Exposures
    in_policy: Bools
    policy_share: Floats
    lacking: int
    immature: int
    others: int


@dataclass(frozen=True)
class Drawn:
    """What the log has of each decision's draw beside the columns of `Log`: a row a decision.

    ``facts`` has ``decision_id``, ``covariates`` (a mapping), ``eligible`` (names), ``shares`` (a mapping by arm),
    ``stakes`` (a mapping by action) and ``profit_minor``; what lines of earlier versions lack is None.
    """

    log: Log
    facts: pd.DataFrame


def read_drawn(rows: Iterable[Mapping[str, Any]]) -> Drawn:
    """Turn the lines of the log into frames.

    Raises
    ------
    UserError
        As `training.decisions.experiment.log.read_rows`.
    """
    kept = list(rows)
    names = ("decision_id", "covariates", "eligible", "shares", "stakes", "profit_minor")
    facts = [tuple(row.get(name) for name in names) for row in kept if kind_of(row) is Decision]
    return Drawn(read_rows(kept), pd.DataFrame(facts, columns=list(names)).drop_duplicates("decision_id"))


def recorded(
    drawn: Drawn, placed: Placed, costs: Costs, params: ExperimentParams, horizon_days: float, policy: Policy,
    prices: Mapping[str, Cost],
) -> Recorded:  # fmt: skip
    """Build the exposures of all units whose outcome is known.

    Parameters
    ----------
    policy
        The one that runs. Units for which another one had drawn before are left out. Of its actions, restrictions count
        where they were done, and nowhere else: learned effects never choose them.
    horizon_days
        What a unit buys within so many days after its visit counts, too.
    prices
        What an action costs, by its name; nothing for others.

    Raises
    ------
    UserError
        No decision has an order, no unit has a known outcome, or a line of the log has no share of the policy's arm.
    """
    decisions = _usable(drawn, placed, prices)
    start = int(decisions["decided_at"].min()) // MICROSECONDS_PER_DAY * MICROSECONDS_PER_DAY
    known = known_share_of(placed)
    visits = visits_of(decisions, params.within_hours)
    trail = assemble(visits, drawn.log, placed, known, params, start)
    if not len(trail.sales.visit):
        raise _no_orders(decisions, placed)
    day = (placed.as_of - start) / MICROSECONDS_PER_DAY
    first = _first_draws(visits)
    profit = _horizon_profit(trail, first["visit"].to_numpy(np.int64), day, costs, horizon_days)
    mature = trail.visits.day[first["visit"]] + horizon_days + settled_age(known) <= day
    described = first["covariates"].map(bool).to_numpy(np.bool_)
    ours = (first["policy_name"] == policy.name).to_numpy(np.bool_)
    kept = mature & described & ours
    if not kept.any():
        raise UserError(
            expected=f"decisions of {policy.name}, drawn {horizon_days:g} days ago or more, with their covariates",
            found=f"{len(first)} customers with a draw, of whom {int((~mature).sum())} are too recent, "
            f"{int((~described).sum())} were logged by a version that logged none, and for "
            f"{int((~ours).sum())} another policy drew first",
            fix="wait until returns are known, or set proposal.horizon_days lower",
        )
    own = first[kept].reset_index(drop=True)
    return Recorded(
        exposures=Exposures(
            covariates=covariate_table(own["covariates"]),
            action=own["action"].map(lambda name: name or NOTHING).to_numpy(dtype=object),
            propensity=own["propensity"].to_numpy(np.float64),
            profit=profit[kept],
            unit=own["unit"].to_numpy(dtype=object),
            eligible=_eligible(own, policy),
            stakes=_stakes(own),
        ),
        in_policy=(own["arm"] == POLICY).to_numpy(np.bool_),
        policy_share=_shares(own),
        lacking=int((mature & ours & ~described).sum()),
        immature=int((~mature & ours).sum()),
        others=int((~ours).sum()),
    )


def _usable(drawn: Drawn, placed: Placed, prices: Mapping[str, Cost]) -> pd.DataFrame:
    decisions = drawn.log.decisions.merge(drawn.facts, on="decision_id", how="left", validate="one_to_one")
    known = decisions[decisions["decided_at"] <= placed.as_of]
    usable = known[countable(known, placed)]
    if not len(usable):
        raise UserError(
            expected="decisions whose orders can be found in the tables",
            found=f"none of {len(decisions)} decisions",
            fix="write the tables as they are by now (make tables), and name their folder",
        )
    return with_costs(usable, prices)


def _no_orders(decisions: pd.DataFrame, placed: Placed) -> UserError:
    """Say that no order was found: all profits would be 0, and none of them known."""
    customers, buyers = set(decisions["customer"].dropna()), set(placed.lines["customer"].dropna())
    return UserError(
        expected="orders after the decisions, by the same customers",
        found=f"none after {len(decisions)} decisions; of {len(customers)} customers who were decided about, "
        f"{len(customers & buyers)} are in the tables",
        fix="where none is: read the tables and run the service with the same key of pseudonyms (RETURN_RISK_ID_KEY), "
        "and name the log and the tables of one shop; else write the tables as they are by now (make tables)",
    )


def _first_draws(visits: pd.DataFrame) -> pd.DataFrame:
    """The first decision of each unit that could have come out otherwise, by time."""
    open_to_chance = visits[visits["propensity"] < CERTAIN]
    by_time = open_to_chance.sort_values(["decided_at", "decision_id"])
    return by_time.drop_duplicates("unit").reset_index(drop=True)


def _horizon_profit(trail: Trail, visit: Ints, day: float, costs: Costs, horizon_days: float) -> Floats:
    """The profit of each visit of ``visit`` and of the unit's later ones within the horizon; shape as ``visit``.

    Each visit's profit is divided by the share of its returns that could be known, so it has the mean of the final one.
    """
    sums = VisitSums(trail, day, costs)
    final = sums.profit() / np.maximum(sums.share, SETTLED)  # younger visits lie in no horizon that counts
    unit, when = trail.visits.unit, trail.visits.day
    order = np.lexsort([when, unit])
    span = float(when.max()) + horizon_days + 1.0
    key = unit[order] * span + when[order]
    reached = np.concatenate([[0.0], np.cumsum(final[order])])
    begin = unit[visit] * span + when[visit]
    first = np.searchsorted(key, begin, side="left")
    last = np.searchsorted(key, begin + horizon_days, side="right")
    return np.asarray(reached[last] - reached[first], dtype=np.float64)


def settled_age(known: KnownShare) -> float:
    """The age in days from which a visit's returns are settled."""
    return float(np.argmax(known.share >= SETTLED))


def covariate_table(covariates: "pd.Series[Any]") -> pd.DataFrame:
    """The covariates as columns, float64; NaN where a line lacks one, or has null.

    Raises
    ------
    UserError
        One of them is no number.
    """
    found = pd.DataFrame(list(covariates))
    try:
        return found.astype("float64")
    except (ValueError, TypeError) as error:
        raise UserError(expected="numbers in the covariates of each decision", found=str(error), fix=FIX) from None


def _eligible(own: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """What learned effects could have chosen in each row, and what was done."""
    offered = [each.name for each in policy.actions if each.kind is not ActionKind.RESTRICT]
    fitted = [set(each).intersection(offered) for each in own["eligible"]]
    names = sorted({name for each in fitted for name in each} | set(own["action"].dropna()))
    columns = {name: [name in each for each in fitted] for name in names}
    return pd.DataFrame(columns, dtype=np.bool_) | pd.DataFrame({name: own["action"] == name for name in names})


def _stakes(own: pd.DataFrame) -> pd.DataFrame:
    """What each action had at stake in each row, minor units; NaN where it does not fit, or is not known."""
    names = sorted({name for each in own["stakes"] for name in each or ()})
    found = {name: [((each or {}).get(name) or {}).get("minor") for each in own["stakes"]] for name in names}
    return pd.DataFrame(found, index=own.index, dtype=np.float64)


def _shares(own: pd.DataFrame) -> Floats:
    share = [(shares or {}).get(POLICY, np.nan) for shares in own["shares"]]
    found = np.array(share, dtype=np.float64)
    if not (found > 0).all():
        wrong = own["decision_id"][~(found > 0)].iloc[0]
        raise UserError(
            expected=f"the share of the arm {POLICY} in the decision {wrong}", found=f"{own['shares'].iloc[0]}", fix=FIX
        )
    return found
