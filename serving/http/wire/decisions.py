"""The answer that says what the checkout should do about a basket."""

from pydantic import Field

from serving.http.wire.answer import Answer, Degradation, Level, Share
from training.decisions.policy import ActionKind


class ProfitInterval(Answer):
    """What an action is expected to add to the profit of a basket, in minor units, with its interval."""

    expected: float = Field(description="The mean.", examples=[126.0])
    low: float = Field(description="The lower end: above 0 for an action that is done.", examples=[26.2])
    high: float = Field(description="The upper end.", examples=[312.6])
    level: Level


class Texts(Answer):
    """What may be shown to the customer, with figures of the basket filled in."""

    en: str = Field(description="In English.")
    de: str = Field(description="In German.")
    zh: str = Field(description="In Chinese.")


class Action(Answer):
    """What to do."""

    name: str = Field(description="As the policy calls it.", examples=["size_advice"])
    kind: ActionKind = Field(
        description="inform: say something; offer: give something for keeping or exchanging; restrict: withhold"
        " something, which a person has to confirm."
    )
    lines: list[int] = Field(description="Places, from 0, of the lines that it is about.", examples=[[0]])
    size: str | None = Field(description="The size to advise; null where none is.", examples=["l"])
    texts: Texts
    needs_person: bool = Field(description="True: show and do nothing until a person has confirmed it.")


class Considered(Answer):
    """An action of the policy, and why it is done or not."""

    action: str = Field(description="As the policy calls it.", examples=["points_for_keeping"])
    profit_minor: ProfitInterval | None = Field(description="Null where the action does not fit the basket.")
    ruled_out: str | None = Field(
        description="Why it was not chosen: the condition that no line meets; customers: not for this segment;"
        " profit_in_doubt: it may lose money; another_adds_more; per_customer, per_customer_of_all or per_day: a cap;"
        " acted_before: this basket had an action; not_drawn: exploration drew another outcome; profit_below_nothing:"
        " not explored, since it surely loses money; restriction: neither explored nor learned; effect_not_learned or"
        " learned_unavailable: the challenger's effects lack it, or can't be had; score_degraded, open_complaint,"
        " reasons_unknown, no_interval, caps_unavailable, decision_log. Null for the one that was chosen.",
        examples=["profit_in_doubt"],
    )


class PolicyUsed(Answer):
    """Which policy decided."""

    name: str = Field(description="Its name.", examples=["fashion_start"])
    digest: str = Field(description="Of what its file says.", examples=["0c0137d1e419aab7"])


class Decision(Answer):
    """What to do about one basket."""

    decision_id: str = Field(
        description="Names the decision in the events action_shown, action_accepted, action_dismissed, basket_changed"
        " and basket_abandoned.",
        examples=["9f86d081884c7d659a2feaa0c55ad015"],
    )
    basket_id: str = Field(description="The basket's own id.", examples=["B-77"])
    action: Action | None = Field(description="What to do; null: nothing.")
    arm: str | None = Field(
        description="policy: customers for whom the policy acts; holdout: those who are never shown anything, so that"
        " what actions earn can be measured; exploration: those whose baskets each get a draw among the actions that"
        " fit; or the name of a challenger. A customer stays in an arm; a guest's basket does. Null without a policy.",
        examples=["policy"],
    )
    propensity: Share = Field(
        description="The chance with which this came out, over the draws of the arm and within it.", examples=[0.9]
    )
    considered: list[Considered] = Field(description="Every action of the policy, in its order.")
    policy: PolicyUsed | None = Field(description="Null where no policy decided.")
    degraded: list[Degradation] = Field(description="Why nothing could be decided; empty where all is well.")
