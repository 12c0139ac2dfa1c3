"""Makes the decision from what was drawn, and from what stands against the other actions."""

from collections.abc import Mapping

from data.logged.decisions import EXPLORATION, HOLDOUT, POLICY
from serving.decided import Act, Considered, Outcome
from serving.decisions.context import Context
from serving.scores import Degraded
from training.decisions.arms import NOT_DRAWN, Barred, Choices
from training.decisions.assignment import Arm, draw
from training.decisions.basket import ScoredBasket
from training.decisions.choosing import IN_DOUBT, LESS, Candidate, Choice
from training.decisions.drawing import Drawn
from training.decisions.learned import UNAVAILABLE
from training.decisions.policy import ActionKind, Policy
from training.decisions.texts import advise


def of_drawn(
    context: Context,
    drawn: Drawn,
    chosen: Candidate | None,
    choices: Choices,
    barred: Barred,
    policy: Policy,
    basket: ScoredBasket,
) -> Outcome:
    """Make the decision that was ``drawn``.

    ``chosen``: the action of the arm, None for nothing; in the holdout, that of the policy. ``policy``: the arm's.
    """
    arm = drawn.arm.name
    act = None if chosen is None or arm == HOLDOUT else _act(chosen, basket)
    by = POLICY if arm == HOLDOUT else arm
    choice = choices.by_arm[by]
    profits = {each.action.name: each.profit for each in (*choice.ranked, *choice.doubtful)}
    why = _why_not(choice, chosen, barred.get(by, {}), explored=arm == EXPLORATION)
    considered = tuple(
        Considered(action.name, profits.get(action.name), why.get(action.name)) for action in policy.actions
    )
    lacking = [unavailable(name) for name in choices.unavailable if name == arm]  # others decide without these
    return _outcome(context, drawn.arm, drawn.propensity, act, considered, policy.level, *lacking)


def _why_not(choice: Choice, chosen: Candidate | None, barred: Mapping[str, str], *, explored: bool) -> dict[str, str]:
    """Why every action but the chosen one was not chosen."""
    other = NOT_DRAWN if explored else LESS
    why = {each.action.name: barred.get(each.action.name, other) for each in choice.ranked if each is not chosen}
    return {**choice.ruled_out, **why, **{each.action.name: IN_DOUBT for each in choice.doubtful}}


def without_act(context: Context, why: str, *degraded: Degraded) -> Outcome:
    """Decide for nothing, whatever the arm: the word ``why`` rules out every action."""
    considered = tuple(Considered(action.name, None, why) for action in context.read.policy.actions)
    return _outcome(context, _arm(context), 1.0, None, considered, context.read.policy.level, *degraded)


def without_policy(decision_id: str, why: Degraded) -> Outcome:
    """Decide for nothing where no policy was asked."""
    return Outcome(decision_id, None, 1.0, None, (), None, None, None, (why,))


def unavailable(arm: str) -> Degraded:
    """Say that the challenger ``arm`` does nothing, as its learned effects can't be had."""
    return Degraded(UNAVAILABLE, f"the learned effects of the arm {arm}")


def _arm(context: Context) -> Arm:
    policy = context.read.policy
    return draw(policy.draw_key, context.unit, policy.shares)


def _outcome(
    context: Context,
    arm: Arm,
    propensity: float,
    act: Act | None,
    considered: tuple[Considered, ...],
    level: float,
    *degraded: Degraded,
) -> Outcome:
    read = context.read
    return Outcome(
        context.decision_id, arm.name, propensity, act, considered, read.digest, read.policy.name, level,
        degraded,
    )  # fmt: skip


def _act(chosen: Candidate, basket: ScoredBasket) -> Act:
    advice, action = advise(chosen, basket), chosen.action
    return Act(action.name, action.kind, chosen.lines, advice.size, advice.texts, action.kind is ActionKind.RESTRICT)
