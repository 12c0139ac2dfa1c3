"""The read-out of each experiment in a decision log: checks, looks and money.

An experiment is a policy's name with the shares of its arms; later files of the same policy belong to it. Each arm is
compared with the holdout by itself, so that neither exploration nor a challenger has a part in the policy's result. It
is read in several scopes. ``all``: every unit from its first visit on. ``chosen``: the units for which the policy chose
anything, from their first choice on. Before it, and for all other units, nothing differs between the arms, so this
scope has the same effect with less noise, and the verdict is its. Each action: the units whose first choice it was, so
that the actions' sums add up to that of ``chosen``. The intervals of all actions hold together, and so do those of all
arms beside the policy (Bonferroni). Such an arm has the scopes ``all`` and ``chosen``, where a choice is that the arm
could have acted on the basket. It is also compared with the policy directly, in the same two scopes, where ``chosen``
begins at the first basket that an action of any arm fitted. The difference of two contrasts with the holdout would be
less precise, since the holdout is small, and its intervals would have to hold together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

import numpy as np
import pandas as pd

from data.arrays import Floats
from data.logged.decisions import HOLDOUT, POLICY
from data.progress.steps import counted
from data.times import MICROSECONDS_PER_DAY
from training.costs import Costs
from training.decisions.experiment import exposure, sample_ratio
from training.decisions.experiment.action_costs import with_costs
from training.decisions.experiment.assemble import assemble
from training.decisions.experiment.by_arm import beside_holdout, beside_policy, first_arm, units_by_day
from training.decisions.experiment.earned import Earned, earned, smallest_found
from training.decisions.experiment.exposure import Exposure
from training.decisions.experiment.known_share import KnownShare, learn
from training.decisions.experiment.log import Log, arm_shares
from training.decisions.experiment.looks import Look, follow
from training.decisions.experiment.measures import MEASURES, PROFIT, Measure
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.sample_ratio import ArmsRatio, SampleRatio
from training.decisions.experiment.trail import Trail
from training.decisions.experiment.visits import Placed, countable, visits_of
from training.decisions.policy import Cost

ALL: Final = "all"
CHOSEN: Final = "chosen"
ACTION: Final = "action:"
"""The scopes; that of an action is this prefix with its name."""
DAILY: Final = 90.0
WEEK: Final = 7.0
_OF_CHOICES = tuple(each for each in MEASURES if not each.among_followed)
"""Repurchase is followed from the first visit, so it is measured for all units alone."""


class Verdict(StrEnum):
    """What a comparison says by now: of an arm with the holdout, or of an arm with the policy."""

    NOT_COMPARABLE = "not_comparable"
    HARM = "harm"
    EARNS = "earns"
    UNDECIDED = "undecided"
    TOO_EARLY = "too_early"
    NOTHING_CHOSEN = "nothing_chosen"


@dataclass(frozen=True)
class Scope:
    """One scope: its arms, its looks by measure, and the money of the last look, None before the first.

    ``alpha``: 1 minus the level of its intervals. ``decided_on``: the first day whose interval of the profit excludes
    0. ``smallest_found_minor``: the smallest sum a month that will be found by the planned day with a chance of 80%.
    """

    sample_ratio: SampleRatio
    alpha: float
    looks: Mapping[str, list[Look]]
    earned: Earned | None
    smallest_found_minor: float | None
    decided_on: float | None


@dataclass(frozen=True)
class Comparison:
    """What an arm changed against the policy: ``EARNS`` says that it earns more, ``HARM`` that it earned less."""

    scopes: Mapping[str, Scope]
    verdict: Verdict


@dataclass(frozen=True)
class ArmResult:
    """What an arm beside the policy changed against the holdout, and against the policy (None without its arm)."""

    exposure: Exposure
    scopes: Mapping[str, Scope]
    verdict: Verdict
    against_policy: Comparison | None


@dataclass(frozen=True)
class Experiment:
    """The read-out of one experiment. Days are counted from ``began_at``, microseconds since 1970 at a day's begin.

    ``left_out``: decisions of guests whose orders could not be found, whatever the arm. ``exposure``: of all arms.
    ``scopes`` and ``verdict``: of the policy. ``sample_ratio``: of all arms together, None where no share is known.
    ``arms``: the other arms, exploration among them.
    """

    policy_name: str
    policies: tuple[str, ...]
    holdout_share: float | None
    began_at: int
    days: float
    decisions: int
    visits: int
    units: int
    left_out: int
    exposure: Exposure
    scopes: Mapping[str, Scope]
    verdict: Verdict
    sample_ratio: ArmsRatio | None
    arms: Mapping[str, ArmResult]


def read_out(
    log: Log, placed: Placed, costs: Costs, params: ExperimentParams, prices: Mapping[str, Cost]
) -> list[Experiment]:
    """Read out all experiments of the log, the latest first.

    Parameters
    ----------
    prices
        What an action costs, by its name; nothing for others.

    Raises
    ------
    UserError
        As `training.decisions.experiment.log.arm_shares`.
    """
    decisions = with_costs(log.decisions.assign(drawn=arm_shares(log.decisions)), prices)
    known = known_share_of(placed)
    experiments = list(_by_experiment(decisions[decisions["decided_at"] <= placed.as_of]))
    found = [
        _experiment(own, log, placed, known, costs, params) for own in counted(experiments, "read-out", "experiments")
    ]
    return sorted(found, key=lambda each: (-each.began_at, each.policy_name))


def _by_experiment(decisions: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Give each experiment's decisions. A unit belongs to the shares with which it was first drawn."""
    first = decisions.groupby(["policy_name", "unit"])["drawn"].transform("first")
    own_draw = decisions.assign(drawn=first)
    for _, own in own_draw.groupby(["policy_name", pd.factorize(own_draw["drawn"])[0]]):
        yield own


def known_share_of(placed: Placed) -> KnownShare:
    """Learn from the tables what share of an order's returns is known at which age."""
    ordered = placed.returns[["line_id", "returned_at"]].merge(placed.lines[["line_id", "ordered_at"]], on="line_id")
    at, back = (ordered[name].to_numpy(np.float64) / MICROSECONDS_PER_DAY for name in ("ordered_at", "returned_at"))
    return learn(at, back, placed.as_of / MICROSECONDS_PER_DAY)


def _experiment(
    decisions: pd.DataFrame, log: Log, placed: Placed, known: KnownShare, costs: Costs,
    params: ExperimentParams,
) -> Experiment:  # fmt: skip
    start = int(decisions["decided_at"].min()) // MICROSECONDS_PER_DAY * MICROSECONDS_PER_DAY
    days = (placed.as_of - start) / MICROSECONDS_PER_DAY
    drawn = decisions["drawn"].iloc[0]
    shares = dict(drawn) if isinstance(drawn, tuple) else {}  # an earlier policy that never chose anything shows none
    usable = decisions[countable(decisions, placed)]
    visited = visits_of(usable, params.within_hours)
    reader = _Reader(shares, looked_at(days), costs, params)
    ratio = reader.ratio(visited, start) if shares and len(usable) else None
    scopes: dict[str, dict[str, Scope]] = {}
    directly: dict[str, dict[str, Scope]] = {}
    if ratio is not None:
        put = partial(assemble, log=log, placed=placed, known=known, params=params, start=start)
        for arm in ratio.drawn_shares:
            own = beside_holdout(visited, arm)
            if arm != HOLDOUT and len(own):
                scopes[arm] = reader.scopes(arm, put(own))
            if arm not in (HOLDOUT, POLICY) and {arm, POLICY} <= set(first_arm(visited)):
                directly[arm] = reader.scopes(arm, put(beside_policy(visited, arm), against=POLICY), POLICY)
    shown = exposure.exposure(decisions, log.reactions)
    return Experiment(
        policy_name=str(decisions["policy_name"].iloc[0]),
        policies=tuple(sorted(decisions["policy"].unique())),
        holdout_share=shares.get(HOLDOUT),
        began_at=start,
        days=days,
        decisions=len(decisions),
        visits=visited["visit"].nunique(),
        units=visited["unit"].nunique(),
        left_out=len(decisions) - len(usable),
        exposure=shown,
        scopes=scopes.get(POLICY, {}),
        verdict=_verdict(scopes.get(POLICY, {}), shown, ratio),
        sample_ratio=ratio,
        arms={
            arm: _arm(decisions, log.reactions, arm, own, directly.get(arm), ratio)
            for arm, own in scopes.items()
            if arm != POLICY
        },
    )


def _arm(
    decisions: pd.DataFrame, reactions: pd.DataFrame, arm: str, scopes: Mapping[str, Scope],
    directly: Mapping[str, Scope] | None, ratio: ArmsRatio | None,
) -> ArmResult:  # fmt: skip
    shown = exposure.exposure(decisions[first_arm(decisions).isin([arm, HOLDOUT])], reactions)
    beside = None if directly is None else Comparison(directly, _verdict(directly, shown, ratio))
    return ArmResult(shown, scopes, _verdict(scopes, shown, ratio), beside)


def looked_at(days: float) -> Floats:
    """The days of the looks: the end of every day, after three months of every week, and the end of what is known.

    The intervals hold at any other looks, too. A look sums up all visits, so that fewer later ones save much time.
    """
    whole = np.arange(1.0, np.floor(days) + 1.0)
    whole = whole[(whole <= DAILY) | ((whole - DAILY) % WEEK == 0)]
    return whole if len(whole) and whole[-1] == days else np.append(whole, days)


@dataclass(frozen=True)
class _Reader:
    """Reads scopes of one experiment, whose arms were drawn with ``shares``, at the end of each of ``days``."""

    shares: Mapping[str, float]
    days: Floats
    costs: Costs
    params: ExperimentParams

    def ratio(self, visited: pd.DataFrame, start: int) -> ArmsRatio:
        """Check the units of all arms together."""
        shares = {arm: share for arm, share in self.shares.items() if share > 0}
        return sample_ratio.check_arms(units_by_day(visited, list(shares), start, self.days), shares)

    def scopes(self, arm: str, trail: Trail, against: str = HOLDOUT) -> dict[str, Scope]:
        """Read the scopes of ``arm``, which ``trail`` has beside the arm ``against``."""
        own, other = self.shares[arm], self.shares[against]
        read = partial(self._scope, other / (other + own))
        alpha = 1.0 - self.params.level
        if arm != POLICY:
            alpha /= len(self.shares) - len((HOLDOUT, POLICY))
        found = {ALL: read(trail, alpha, MEASURES)}
        if trail.actions:
            found[CHOSEN] = read(trail.begun(), alpha, _OF_CHOICES)
        for code, name in enumerate(trail.actions if arm == POLICY else ()):
            begun = trail.begun_by(code)
            if len(begun.units):  # an action may never be a unit's first choice
                found[ACTION + name] = read(begun, alpha / len(trail.actions), _OF_CHOICES)
        return found

    def _scope(self, held: float, trail: Trail, alpha: float, measures: tuple[Measure, ...]) -> Scope:
        """Read one scope; ``held``: the share of the second arm among the units of both arms."""
        looks = follow(trail, self.days, self.costs, self.params, measures=measures, alpha=alpha)
        profit, since = looks[PROFIT.name], float(trail.units.day.min())
        arms = (trail.units.treated, ~trail.units.treated)
        own, against = (np.searchsorted(np.sort(trail.units.day[arm]), self.days, side="right") for arm in arms)
        return Scope(
            sample_ratio=sample_ratio.check(own, against, held),
            alpha=alpha,
            looks=looks,
            earned=earned(profit[-1], since) if profit else None,
            smallest_found_minor=smallest_found(profit[-1], trail.known, self.params, alpha, since) if profit else None,
            decided_on=next((look.day for look in profit if look.excludes_zero), None),
        )


def _verdict(scopes: Mapping[str, Scope], shown: Exposure, ratio: ArmsRatio | None) -> Verdict:
    """What the scope of choices says. Harm that was once found stays, unless the policy now earns."""
    if CHOSEN not in scopes:
        return Verdict.NOTHING_CHOSEN
    lost = ratio is not None and ratio.mismatch
    if lost or shown.shown_in_holdout or any(each.sample_ratio.mismatch for each in scopes.values()):
        return Verdict.NOT_COMPARABLE
    now, looks = scopes[CHOSEN].earned, scopes[CHOSEN].looks[PROFIT.name]
    if now is None:
        return Verdict.TOO_EARLY
    if now.low_minor > 0:
        return Verdict.EARNS
    return Verdict.HARM if any(look.high < 0 for look in looks) else Verdict.UNDECIDED
