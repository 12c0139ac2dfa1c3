"""Makes the decision from what a policy chose, the arm of the customer, and what stands against actions."""

from collections.abc import Mapping

from data.logged.decisions import HOLDOUT
from serving.decided import Act, Considered, Outcome
from serving.decisions.context import Context
from serving.scores import Degraded
from training.decisions.assignment import Arm, draw
from training.decisions.basket import ScoredBasket
from training.decisions.choosing import IN_DOUBT, LESS, Candidate, Choice
from training.decisions.policy import ActionKind
from training.decisions.texts import advise


def of_choice(
    context: Context, choice: Choice, chosen: Candidate | None, basket: ScoredBasket, barred: Mapping[str, str]
) -> Outcome:
    """Make the decision for ``chosen`` (None: nothing). ``barred``: why better actions could not be had, by name."""
    arm = _arm(context)
    act = None if chosen is None or arm.name == HOLDOUT else _act(chosen, basket)
    why = {each.action.name: LESS for each in choice.ranked if each is not chosen}
    why |= {each.action.name: IN_DOUBT for each in choice.doubtful}
    why |= {**choice.ruled_out, **barred}
    profits = {each.action.name: each.profit for each in (*choice.ranked, *choice.doubtful)}
    considered = tuple(
        Considered(action.name, profits.get(action.name), why.get(action.name))
        for action in context.read.policy.actions
    )
    return _outcome(context, arm, 1.0 if chosen is None else arm.share, act, considered)


def without_act(context: Context, why: str, *degraded: Degraded) -> Outcome:
    """Decide for nothing, whatever the arm: the word ``why`` rules out every action."""
    considered = tuple(Considered(action.name, None, why) for action in context.read.policy.actions)
    return _outcome(context, _arm(context), 1.0, None, considered, *degraded)


def without_policy(decision_id: str, why: Degraded) -> Outcome:
    """Decide for nothing where no policy was asked."""
    return Outcome(decision_id, None, 1.0, None, (), None, None, None, (why,))


def _arm(context: Context) -> Arm:
    policy = context.read.policy
    return draw(policy.draw_key, context.unit, policy.holdout_share)


def _outcome(
    context: Context,
    arm: Arm,
    propensity: float,
    act: Act | None,
    considered: tuple[Considered, ...],
    *degraded: Degraded,
) -> Outcome:
    read = context.read
    return Outcome(
        context.decision_id, arm.name, propensity, act, considered, read.digest, read.policy.name, read.policy.level,
        degraded,
    )  # fmt: skip


def _act(chosen: Candidate, basket: ScoredBasket) -> Act:
    advice, action = advise(chosen, basket), chosen.action
    return Act(action.name, action.kind, chosen.lines, advice.size, advice.texts, action.kind is ActionKind.RESTRICT)
