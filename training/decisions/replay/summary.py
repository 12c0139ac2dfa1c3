"""The result of a replay, for people: sums over actions, segments and categories, never a single basket or customer."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from data.arrays import Bools, Floats
from data.logged.decisions import HOLDOUT, POLICY
from training.costs import Costs
from training.decisions.arms import Arms
from training.decisions.learned import Learned
from training.decisions.policy import ALL_REASONS, Action, Policy, Segment
from training.decisions.policy_reading import ReadPolicy
from training.decisions.replay.baskets import ReplayBasket, ReplayBaskets
from training.decisions.replay.decide import Decisions, decide
from training.decisions.replay.drawn import DrawnBasket, draw_arms
from training.decisions.replay.value import Money, Valued, value

DAYS_A_MONTH: Final = 30.0
"""A month, as the read-out of experiments has it."""
LEAST_UNITS: Final = 10
"""A group of fewer customers in the sample is not shown: it could tell of single ones."""
MOST_CATEGORIES: Final = 12
OTHERS: Final = ""
"""Stands for all groups that are not shown by themselves."""


def none_learned(_: str) -> Learned | None:
    """Give none: a shop that learned nothing yet."""
    return None


@dataclass(frozen=True)
class Assumptions:
    """A policy, and the costs of the shop that it is tried with.

    ``challengers``: the policies of those challengers that have a file of their own, by arm; one that can't be had is
    left out, and does nothing. ``learned_by``: gives learned effects by their name, None where they can't be had.
    """

    policy: Policy
    costs: Costs
    challengers: Mapping[str, Policy] = field(default_factory=dict)
    learned_by: Callable[[str], Learned | None] = none_learned

    @property
    def arms(self) -> Arms:
        """The arms of the policy."""
        lacking = self.policy.model_copy(update={"actions": ()})
        own = [each.name for each in self.policy.challengers if each.policy is not None]
        challengers = {name: self.challengers.get(name, lacking) for name in own}
        return Arms(ReadPolicy(self.policy, "", challengers), self.costs, self.learned_by)


@dataclass(frozen=True)
class OfAction:
    """One action, a month.

    ``baskets``: for which it was chosen. ``returns_avoided``: fewer returns among the lines that it is about, as it is
    believed. ``known_lines``: those of its lines whose outcome is known, ``expected_rate`` and ``came_rate``: the share
    of them that should have come back by the scores, and that did. ``why_not``: shares of all baskets, by the word for
    why it was not chosen.
    """

    name: str
    kind: str
    baskets: float
    share: float
    money: Money
    by_outcomes: Money
    returns_avoided: float
    known_lines: float
    expected_rate: float | None
    came_rate: float | None
    why_not: Mapping[str, float]


@dataclass(frozen=True)
class Group:
    """Baskets of one segment, or with one category in them, a month; ``acted``: those with an action."""

    name: str
    baskets: float
    acted: float
    money: Money


@dataclass(frozen=True)
class OfArm:
    """One arm as the service would draw it, a month.

    ``share``: of units, as the policy sets it; ``units``: the share of units that was drawn. ``acted``: baskets for
    which an action was chosen, shown or not; ``capped``: those for which a cap kept the best action away. ``money``:
    what is shown should add, by the policy's own beliefs. ``actions``: baskets by action. ``unavailable``: whether its
    learned effects can't be had, so that it does nothing.
    """

    name: str
    share: float
    units: float
    baskets: float
    acted: float
    capped: float
    money: Money
    actions: Mapping[str, float]
    unavailable: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a policy does, a month; money after the holdout, which is shown nothing.

    All customers but the holdout are in the policy's own arm, whatever other arms the policy has, but in ``arms``.
    ``acted``: baskets for which an action was chosen; ``held_out``: those of them in the holdout. ``explorable``:
    baskets for which the policy's exploration would draw among actions, were they all in its arm; 0 for a policy
    without one. ``arms``: what each arm does where all are drawn; empty for a policy without other arms than its own
    and the holdout.
    """

    acted: float
    held_out: float
    explorable: float
    money: Money
    by_outcomes: Money
    actions: tuple[OfAction, ...]
    segments: tuple[Group, ...]
    categories: tuple[Group, ...]
    arms: tuple[OfArm, ...] = ()


@dataclass(frozen=True)
class Came:
    """What really came of all baskets, a month: lines of known outcome, returns of them, and what these cost."""

    known_lines: float
    expected_returns: float
    returns: float
    cost: Money


@dataclass(frozen=True)
class Replay:
    """The result.

    ``baskets``: a month. ``sample``: replayed. ``running``: the shop's policy by its own beliefs and costs.
    ``running_money``: what its choices earn under the assumptions of the scenario; ``difference``: what the scenario's
    choices earn more under these.
    """

    baskets: float
    sample: int
    scenario: Outcome
    running: Outcome
    running_money: Money
    difference: Money
    came: Came


def replay(
    given: ReplayBaskets,
    scenario: Assumptions,
    running: Assumptions | None,
    costs: Costs,
    say: Callable[[int, int], None] | None = None,
) -> Replay:
    """Replay a scenario beside the running policy (None: a shop without one).

    ``costs``: of the shop, by which the returns that came are valued. ``say``: hears how many
    steps are done, of how many.
    """
    baskets, scale = given.baskets, given.about.scale
    told = 2 * len(baskets)
    own = decide(baskets, scenario.policy, scenario.costs, scale, _saying(say, 0, told))
    if running is None:
        before = Decisions.nothing(len(baskets))
    elif running == scenario:
        before = own
    else:
        before = decide(baskets, running.policy, running.costs, scale, _saying(say, len(baskets), told))
    month = scale * DAYS_A_MONTH / given.about.days
    sums = _Sums(baskets, month)
    arms = sums.arms(scenario, scale)
    arms_before = arms if running is None or running == scenario else sums.arms(running, scale)
    held = scenario.policy.holdout_share
    valued = value(baskets, own.chosen, scenario.policy, scenario.costs).times(1 - held)
    under = value(baskets, before.chosen, scenario.policy, scenario.costs)
    held_before = 1.0 if running is None else running.policy.holdout_share
    under = under.times(1 - held_before)
    if running is None:
        of_running = sums.outcome(before, under, None)
    else:
        itself = value(baskets, before.chosen, running.policy, running.costs).times(1 - held_before)
        of_running = sums.outcome(before, itself, running.policy, arms_before)
    return Replay(
        month * len(baskets), len(baskets), sums.outcome(own, valued, scenario.policy, arms), of_running,
        under.sum(month), valued.minus(under).sum(month), sums.came(scenario.policy, costs),
    )  # fmt: skip


def _saying(say: Callable[[int, int], None] | None, before: int, of: int) -> Callable[[int], None] | None:
    return None if say is None else lambda done: say(before + done, of)


class _Sums:
    """Adds up over baskets; ``month``: what each basket stands for in a month."""

    def __init__(self, baskets: Sequence[ReplayBasket], month: float) -> None:
        self._baskets, self._month = baskets, month
        self._units = np.array([basket.unit for basket in baskets], dtype=np.int64)

    def outcome(
        self, decisions: Decisions, valued: Valued, policy: Policy | None, arms: tuple[OfArm, ...] = ()
    ) -> Outcome:
        acted = np.array([each is not None for each in decisions.chosen], dtype=bool)
        actions = () if policy is None else policy.actions
        held = 1.0 if policy is None else policy.holdout_share
        return Outcome(
            self._month * float(acted.sum()),
            self._month * float(acted.sum()) * held,
            self._month * decisions.explorable,
            valued.sum(self._month),
            valued.sum_by_outcomes(self._month),
            tuple(self._action(action, decisions, valued) for action in actions),
            self._groups(self._of_segments(), acted, valued, len(Segment)),
            self._groups(self._of_categories(), acted, valued, MOST_CATEGORIES),
            arms,
        )

    def arms(self, tried: Assumptions, stands_for: float) -> tuple[OfArm, ...]:
        """What each arm does; nothing for a policy without other arms than its own and the holdout."""
        policy = tried.policy
        if set(policy.shares) <= {HOLDOUT, POLICY}:
            return ()
        drawn = draw_arms(self._baskets, tried.arms, policy.draw_key, stands_for)
        valued = value(self._baskets, [each.shown for each in drawn], policy, tried.costs)
        found = (self._arm(name, share, drawn, valued) for name, share in policy.shares.items())
        lacking = {arm for arm, effects in policy.learned.items() if tried.learned_by(effects) is None}
        return tuple(replace(each, unavailable=each.name in lacking) for each in found)

    def _arm(self, name: str, share: float, drawn: Sequence[DrawnBasket], valued: Valued) -> OfArm:
        inside = np.array([each.arm == name for each in drawn], dtype=np.bool_)
        own = [each for each in drawn if each.arm == name]
        chosen = Counter(each.chose.action.name for each in own if each.chose is not None)
        units = self._count(inside) / max(1, len(np.unique(self._units)))
        month = self._month
        return OfArm(
            name, share, units, month * len(own), month * chosen.total(), month * sum(each.capped for each in own),
            valued.sum(month, inside.astype(np.float64)), {each: month * n for each, n in sorted(chosen.items())},
        )  # fmt: skip

    def came(self, policy: Policy, costs: Costs) -> Came:
        known = [
            (basket.unit, line.probability, bool(returned), _cost(line.value_minor, came.reasons, policy, costs))
            for basket in self._baskets
            for line, came, returned in zip(basket.scored.lines, basket.came.lines, basket.returned, strict=True)
            if returned is not None
        ]
        of_line = np.array([cost if returned else 0.0 for _, _, returned, cost in known])
        units = np.array([unit for unit, *_ in known], dtype=np.int64)
        none = np.zeros(len(known))
        cost = Valued(units, of_line, of_line, none, {}).sum(self._month)
        expected, returns = sum(p for _, p, _, _ in known), sum(returned for _, _, returned, _ in known)
        return Came(self._month * len(known), self._month * expected, self._month * returns, cost)

    def _action(self, action: Action, decisions: Decisions, valued: Valued) -> OfAction:
        chosen = [each if each is not None and each.action.name == action.name else None for each in decisions.chosen]
        own = np.array([each is not None for each in chosen], dtype=np.float64)
        lines = [
            (basket.scored.lines[place], basket.returned[place])
            for basket, each in zip(self._baskets, chosen, strict=True)
            if each is not None
            for place in each.lines
        ]
        known = [(line.probability, returned) for line, returned in lines if returned is not None]
        avoided = sum(_avoided(action, line.reasons, line.probability) for line, _ in lines)
        return OfAction(
            action.name, action.kind.value, self._month * float(own.sum()), float(own.mean()) if len(own) else 0.0,
            valued.sum(self._month, own), valued.sum_by_outcomes(self._month, own), self._month * avoided,
            self._month * len(known), _mean([p for p, _ in known]), _mean([float(came) for _, came in known]),
            _shares(decisions.why_not.get(action.name, Counter()), len(self._baskets)),
        )  # fmt: skip

    def _groups(self, of_group: Mapping[str, Bools], acted: Bools, valued: Valued, most: int) -> tuple[Group, ...]:
        """Groups of enough customers, the largest first; all others together, unless there are no groups at all."""
        large = [name for name, inside in of_group.items() if self._count(inside) >= LEAST_UNITS]
        shown = sorted(large, key=lambda name: -int(of_group[name].sum()))[:most]
        rest = np.ones(len(acted), dtype=bool)
        for name in shown:
            rest &= ~of_group[name]
        groups = [(name, of_group[name]) for name in shown]
        if shown and self._count(rest) >= LEAST_UNITS:
            groups.append((OTHERS, rest))
        return tuple(self._group(name, inside, acted, valued) for name, inside in groups)

    def _group(self, name: str, inside: Bools, acted: Bools, valued: Valued) -> Group:
        weight: Floats = inside.astype(np.float64)
        month = self._month
        return Group(name, month * int(inside.sum()), month * int((inside & acted).sum()), valued.sum(month, weight))

    def _count(self, inside: Bools) -> int:
        return len(np.unique(self._units[inside]))

    def _of_segments(self) -> dict[str, Bools]:
        segments = np.array([basket.scored.segment.value for basket in self._baskets])
        return {str(each): segments == each for each in dict.fromkeys(segments.tolist())}

    def _of_categories(self) -> dict[str, Bools]:
        """Baskets with a line of the category: a basket may be in several."""
        found = defaultdict[str, Bools](lambda: np.zeros(len(self._baskets), dtype=bool))
        for place, basket in enumerate(self._baskets):
            for line in basket.scored.lines:
                if line.category is not None:
                    found[line.category][place] = True
        return dict(found)


def _avoided(action: Action, reasons: Mapping[str, float] | None, probability: float) -> float:
    beliefs = action.effects.returns
    chances = {ALL_REASONS: probability} if reasons is None else reasons
    changed = ((beliefs.get(reason, beliefs.get(ALL_REASONS)), chance) for reason, chance in chances.items())
    return -sum(belief.mean * chance for belief, chance in changed if belief is not None)


def _cost(value_minor: float, reasons: Mapping[str, float] | None, policy: Policy, costs: Costs) -> float:
    """The cost of a return that came, by its reason; where the reason is unknown, by the proportions of its reasons."""
    usual = costs.return_fixed_minor + costs.return_value_share * value_minor
    own = {str(name): each.fixed_minor + each.value_share * value_minor for name, each in policy.return_costs.items()}
    return usual if reasons is None else sum(chance * own.get(name, usual) for name, chance in reasons.items())


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _shares(counts: Mapping[str, int], baskets: int) -> dict[str, float]:
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return {word: count / baskets for word, count in ranked}
