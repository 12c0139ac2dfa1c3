"""The proposal of a policy of learned effects: what it would earn beyond the policy that runs, and whether it is sure.

Units are dealt into three parts. Effects are learned on the first, by each learner. On the second, the learner whose
policy earns most is chosen; the best of several looks better there than it is (the winner's curse). So it is judged on
the third, which had no say in the choice. Each run judges by the same units again, so the bound is that of as many
tries as there were candidates (Bonferroni). A policy is proposed where even the lower bound of its doubly robust gain,
over the policy that runs and over nothing, lies above 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from data.arrays import Floats, Ints
from data.errors import UserError
from data.progress.steps import counted, step
from training.decisions.learning.calibration import EffectCalibration, calibration
from training.decisions.learning.effects import choose, learn
from training.decisions.learning.exposures import NOTHING, Exposures, folds_of
from training.decisions.learning.history import History
from training.decisions.learning.outcomes import predict_outcomes
from training.decisions.learning.params import Learner, LearningParams, ProposalParams
from training.decisions.learning.pooled_effects import PooledEffects, enough, learn_pooled
from training.decisions.learning.qini import Qini, qini
from training.decisions.learning.stored_effects import Effects
from training.decisions.learning.value import (
    Estimate,
    Support,
    Target,
    dr,
    dr_scores,
    gain,
    ips,
    of_actions,
    snips,
    support,
)
from training.registry.gate import Check

Outcomes = Mapping[str, Floats]
Running = Callable[[Outcomes], Target]
"""Gives the policy that runs as a target, by the expected profits of all exposures."""
LEARN, CHOOSE, JUDGE = range(3)
SHARES_OF: Final = 10_000
NOT_COVERED: Final = 0.001
"""The chance with which a policy that the log covers is taken for one that it does not cover."""


@dataclass(frozen=True)
class Pool:
    """What pooled effects are learned from: a history, the actions of each kind, and what is believed of them."""

    history: History
    kinds: Sequence[Sequence[str]]
    beliefs: Mapping[str, float]

    def learned(self, learning: LearningParams, params: ProposalParams) -> list[PooledEffects]:
        """Learn from the units of the part to learn from; nothing where no action was done often enough there."""
        own = self.history.take(_dealt(self.history.unit, learning, params) == LEARN)
        kinds = enough(own, self.kinds, learning.least_shown)
        return [learn_pooled(own, kinds, self.beliefs, learning)] if kinds else []


@dataclass(frozen=True)
class Tried:
    """A candidate on the part on which candidates are chosen: its gain over the policy that runs."""

    learner: Learner
    gain: Estimate


@dataclass(frozen=True)
class FoundEffect:
    """What the judged part says of the predicted effects of one action."""

    qini: Qini
    calibration: EffectCalibration


@dataclass(frozen=True)
class Proposal:
    """The chosen candidate and what the judged part says of it; money in minor units a decision.

    ``level``: of the one-sided bounds, after the discount for having been chosen. ``acts``: share of the judged
    decisions on which it acts. ``values``: of it by each estimator, and of the policy that runs and of nothing.
    """

    effects: Effects
    tried: tuple[Tried, ...]
    level: float
    gain: Estimate
    over_nothing: Estimate
    values: Mapping[str, Estimate]
    support: Support
    acts: float
    found: Mapping[str, FoundEffect]
    rows: tuple[int, int, int]
    checks: tuple[Check, ...]

    @property
    def proposed(self) -> bool:
        """Whether it may run as a challenger."""
        return all(check.passed for check in self.checks)


def propose(
    exposures: Exposures,
    running: Running,
    doubts: float,
    learning: LearningParams,
    params: ProposalParams,
    pool: Pool | None = None,
) -> Proposal:
    """Learn effects, choose among them, and judge the chosen ones.

    Parameters
    ----------
    pool
        What pooled effects are learned from; without it, they are not learned.
    running
        The policy that runs now.
    doubts
        A policy of learned effects acts where the mean less so many standard deviations lies above 0.

    Raises
    ------
    UserError
        No action was done often enough to learn from, or a part has no units.
    """
    part = parts(exposures, learning, params)
    with step("outcomes of actions"):
        judged = _Judged(exposures, running, doubts, learning)
    first = exposures.take(part == LEARN)
    learners = [each for each in learning.learners if each is not Learner.POOLED]
    candidates: list[Effects] = [
        learn(first, learner, learning) for learner in counted(learners, "effects", "learners")
    ]
    if pool is not None and Learner.POOLED in learning.learners:
        with step("pooled effects"):
            candidates += pool.learned(learning, params)
    if not candidates:
        raise UserError(
            expected=f"a learner that can learn from this log, of {', '.join(learning.learners)}",
            found=f"no action with {learning.least_shown} visits and its stakes in the log",
            fix="add x or dr to learning.learners, or wait for more decisions of this version",
        )
    choice = counted(candidates, "choice", "candidates")
    tried = [Tried(each.learner, judged.gain(each, part == CHOOSE)) for each in choice]
    best = max(range(len(tried)), key=lambda place: tried[place].gain.lower(params.level))
    level = 1 - (1 - params.level) / len(candidates)
    with step("judgement"):
        return judged.proposal(candidates[best], tuple(tried), level, part)


def parts(exposures: Exposures, learning: LearningParams, params: ProposalParams) -> Ints:
    """Deal units into the parts to learn, to choose and to judge by; shape (n,).

    Raises
    ------
    UserError
        A part has no unit.
    """
    found = _dealt(exposures.unit, learning, params)
    if len(np.unique(found)) < 3:
        raise UserError(
            expected="units in each of the parts to learn, to choose and to judge by",
            found=f"{len(np.unique(exposures.unit.astype(str)))} units in all",
            fix="wait for more decisions whose outcomes are known",
        )
    return found


def _dealt(unit: np.ndarray, learning: LearningParams, params: ProposalParams) -> Ints:
    drawn = folds_of(unit, SHARES_OF, learning.seed + 1) / SHARES_OF
    found = np.searchsorted([params.learn_share, params.learn_share + params.choose_share], drawn, side="right")
    return found.astype(np.int64)


class _Judged:
    """Values policies on parts of the exposures; outcome models are cross-fitted, so any unit may be valued."""

    def __init__(self, given: Exposures, running: Running, doubts: float, learning: LearningParams) -> None:
        self._given, self._doubts, self._most = given, doubts, learning.max_weight
        self._outcomes = predict_outcomes(given, learning)
        self._running = running(self._outcomes)
        self._nothing = self._doing(np.full(len(given), NOTHING, dtype=object))

    def gain(self, effects: Effects, rows: np.ndarray) -> Estimate:
        """The doubly robust gain over the policy that runs."""
        target = self._doing(self._chosen(effects.predict(self._given.covariates, self._given.known_stakes)))
        return self._over(target, self._running, rows)

    def proposal(self, effects: Effects, tried: tuple[Tried, ...], level: float, part: Ints) -> Proposal:
        rows = part == JUDGE
        predicted = effects.predict(self._given.covariates, self._given.known_stakes)
        chosen = self._chosen(predicted)
        target = self._doing(chosen)
        unit = self._given.unit[rows]
        over_running, over_nothing = (self._over(target, each, rows) for each in (self._running, self._nothing))
        covered = support(unit, target.take(rows))
        return Proposal(
            effects=effects,
            tried=tried,
            level=level,
            gain=over_running,
            over_nothing=over_nothing,
            values=self._values(target, rows),
            support=covered,
            acts=float((chosen[rows] != NOTHING).mean()),
            found={
                name: found
                for name, each in predicted.items()
                if (found := self._found(name, each[:, 0], rows)) is not None
            },
            rows=(int((part == LEARN).sum()), int((part == CHOOSE).sum()), int(rows.sum())),
            checks=tuple(_checks(over_running, over_nothing, covered, level)),
        )

    def _chosen(self, predicted: Mapping[str, Floats]) -> np.ndarray:
        return choose(predicted, self._given.eligible, self._doubts)

    def _doing(self, target: np.ndarray) -> Target:
        return of_actions(self._given, target, self._outcomes, self._most)

    def _over(self, target: Target, other: Target, rows: np.ndarray) -> Estimate:
        return gain(self._given.profit[rows], self._given.unit[rows], target.take(rows), other.take(rows))

    def _values(self, target: Target, rows: np.ndarray) -> dict[str, Estimate]:
        profit, unit, own = self._given.profit[rows], self._given.unit[rows], target.take(rows)
        return {
            "ips": ips(profit, unit, own),
            "snips": snips(profit, unit, own),
            "dr": dr(profit, unit, own),
            "running": dr(profit, unit, self._running.take(rows)),
            "nothing": dr(profit, unit, self._nothing.take(rows)),
        }

    def _found(self, action: str, predicted: Floats, rows: np.ndarray) -> FoundEffect | None:
        """Compare predictions with doubly robust scores of what the action adds, where it was eligible."""
        if action not in self._given.eligible:
            return None
        own = rows & self._given.eligible[action].to_numpy(np.bool_) & np.isfinite(predicted)
        if not own.any():
            return None
        profit, unit = self._given.profit, self._given.unit[own]
        acted = self._doing(np.full(len(profit), action, dtype=object))
        scores = (dr_scores(profit, acted) - dr_scores(profit, self._nothing))[own]
        return FoundEffect(qini(predicted[own], scores, unit), calibration(predicted[own], scores, unit))


def _checks(over_running: Estimate, over_nothing: Estimate, covered: Support, level: float) -> list[Check]:
    weights = covered.weights.value
    passed = covered.covers(1 - NOT_COVERED)
    low, high = covered.weights.interval(1 - NOT_COVERED)
    hint = "" if passed else ": it would do what the log never did; let a share of the decisions explore"
    if weights > 1 and not passed:
        hint = ": the propensities of the log are not those of its draws"
    message = f"the mean weight is {weights:.3f} ({low:.3f} to {high:.3f}), and 1 where the log covers the policy{hint}"
    return [
        Check("is covered by the log", passed, weights, 1.0, message),
        _above("earns more than the running policy", over_running, level),
        _above("earns more than nothing", over_nothing, level),
    ]


def _above(name: str, estimate: Estimate, level: float) -> Check:
    low = estimate.lower(level)
    message = (
        f"{name} by {estimate.value:.1f} minor units a decision, at least {low:.1f} with {level:.1%} confidence"
        if low > 0
        else f"{name}: not sure. The gain is {estimate.value:.1f} minor units a decision, and its lower bound {low:.1f}"
        f" ({level:.1%}) must lie above 0"
    )
    return Check(name, low > 0, low, 0.0, message)
