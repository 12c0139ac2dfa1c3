"""One basket to decide about, and its record in the decision log."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import orjson

from data.logged.decisions import Decision, Stake
from features.online_state.order import Order
from serving.decided import Outcome
from serving.scores import BasketScore
from serving.scoring.scorer import ScoredBaskets
from training.decisions.choosing import Candidate
from training.decisions.drawing import Drawn
from training.decisions.policy_reading import ReadPolicy
from training.decisions.profit import Profit

NO_PROFIT = Profit(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Context:
    """One basket, which has a basket_id. ``customer`` (None: a guest) and ``basket_key`` are keyed hashes."""

    read: ReadPolicy
    order: Order
    scored: ScoredBaskets
    request_id: str
    now: int
    customer: str | None
    basket_key: str

    @property
    def score(self) -> BasketScore:
        """The score of the basket."""
        return self.scored.baskets[0]

    @property
    def unit(self) -> str:
        """What the arm is drawn for."""
        return self.customer or self.basket_key

    @cached_property
    def decision_id(self) -> str:
        """The id of the decision: the same for the same basket at the same moment."""
        return _decision_id(self.order.basket_id, self.content, self.now, self.read.digest)

    @cached_property
    def content(self) -> str:
        """The digest of what is in the basket, whenever it is asked about."""
        return _content_of(self.order)


@dataclass(frozen=True)
class Drawing:
    """What was drawn among. Without ``drawn``, nothing was: every action was ruled out whatever the arm.

    ``chosen``: what the arm chose; in the holdout, what the policy chose.
    """

    drawn: Drawn | None = None
    chosen: Candidate | None = None
    covariates: Mapping[str, float] = field(default_factory=dict)
    eligible: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    stakes: Mapping[str, Stake] = field(default_factory=dict)
    profit_minor: float | None = None


def record_of(context: Context, outcome: Outcome, drawing: Drawing) -> Decision:
    """Make the record of ``outcome``, which came out of ``drawing``."""
    score, lines, chosen = context.score, context.order.lines, drawing.chosen
    profit = NO_PROFIT if chosen is None else chosen.profit
    return Decision(
        decision_id=outcome.decision_id,
        decided_at=context.now,
        request_id=context.request_id,
        basket_id=context.order.basket_id,
        customer=context.customer,
        unit=context.unit,
        policy=context.read.digest,
        policy_name=context.read.policy.name,
        arm=outcome.arm or "",
        action=None if outcome.act is None else outcome.act.name,
        chosen=None if chosen is None else chosen.action.name,
        propensity=outcome.propensity,
        expected_minor=profit.expected,
        low_minor=profit.low,
        high_minor=profit.high,
        lines=() if chosen is None else chosen.lines,
        ruled_out={each.action: each.ruled_out for each in outcome.considered if each.ruled_out is not None},
        value_minor=sum(line.price_minor * line.quantity for line in lines),
        return_cost_minor=sum(line.expected_cost_minor for line in score.lines),
        returns=sum(line.probability for line in score.lines),
        line_count=len(lines),
        model_version=score.model_version,
        degraded=tuple(each.cause for each in (*score.degraded, *outcome.degraded)),
        covariates=drawing.covariates,
        eligible=drawing.eligible,
        shares=context.read.policy.shares,
        in_arm=1.0 if drawing.drawn is None else drawing.drawn.in_arm,
        reached=drawing.reached,
        stakes=drawing.stakes,
        profit_minor=drawing.profit_minor,
    )


def decision_id_of(order: Order, now: int, policy: str) -> str:
    """Give the id of the decision about ``order`` at ``now`` by the policy of this digest."""
    return _decision_id(order.basket_id, _content_of(order), now, policy)


def _decision_id(basket_id: str | None, content: str, now: int, policy: str) -> str:
    return hashlib.sha256(f"{basket_id}|{content}|{now}|{policy}".encode()).hexdigest()[:32]


def _content_of(order: Order) -> str:
    content = orjson.dumps(replace(order, ordered_at=0), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()
