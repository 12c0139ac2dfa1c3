"""Decides what the checkout should do about a basket. It always answers: in doubt, with nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from data.logged.decisions import HOLDOUT, POLICY, Decision
from data.logs import log
from features.online_state.order import Order
from features.stores.store import StoreError
from serving.decided import Decided, Outcome
from serving.decisions import looking, outcomes
from serving.decisions.caps import ANOTHER, Before, Caps, Chosen, Past
from serving.decisions.context import Context, Drawing, decision_id_of, record_of
from serving.decisions.faults import ProductFaults
from serving.decisions.limits import barred_by, limits_of, quotas_of
from serving.decisions.log import DecisionLog
from serving.decisions.policy_file import PolicyFile
from serving.scores import Degraded, Explain
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.scorer import ScoredBaskets, Scorer
from training.costs import Costs
from training.decisions.arms import Arms, Choices, best_of, candidate_of
from training.decisions.basket import ScoredBasket
from training.decisions.covariates import ACTED_DAYS
from training.decisions.drawing import draw_outcome
from training.decisions.earlier_reactions import earlier
from training.decisions.exploration import NOTHING
from training.decisions.learned import Learned
from training.decisions.policy import Policy
from training.decisions.policy_reading import ReadPolicy
from training.decisions.profit import Profit
from training.products.params import SegmentParams

COMPLAINT: Final = "open_complaint"
"""Why nothing is done about a basket whose customer has an open complaint."""
DOUBT: Final = "score_degraded"
"""Why nothing is done about a basket whose score had to fall back."""
TRIES: Final = 5
"""So often a draw is made anew when another worker used up a cap in between."""
NO_POLICY: Final = Degraded("no_policy", "the shop has no policy: nothing is decided")
FAILED: Final = Degraded("deciding_failed", "deciding failed: nothing is done")
_OUTCOME: Final = TypeAdapter(Outcome)
_RECORD: Final = TypeAdapter(Decision)
NO_PAST: Final = Past(None, ())
"""The past of a basket and a unit for which nothing was chosen yet."""


def _no_learned(_: str) -> Learned | None:
    """Give none: a shop that learned nothing yet."""
    return None


@dataclass(frozen=True)
class Facts:
    """What deciding knows of a shop.

    ``pseudonym``: gives a customer's keyed hash; ``hashed``: that of any text. ``learned``: gives learned effects by
    their name, None where they can't be had.
    """

    costs: Costs
    segments: SegmentParams
    faults: ProductFaults
    pseudonym: Callable[[str], str]
    hashed: Callable[[str], str]
    learned: Callable[[str], Learned | None] = _no_learned


class Decider:
    """Decides by the policy of the shop.

    Parameters
    ----------
    scoring
        Scores baskets, and logs what it scored.
    scorer
        Finds out more about a basket that was scored, without a log.
    policy
        The policy's file; None for a shop without one. While it can't be read, the policy of before decides; nothing
        is decided where there was none since the start.
    facts
        What is known of the shop.
    caps, decision_log
        What was chosen before, and where each decision is kept. For one thread.
    """

    def __init__(
        self,
        scoring: LoggedScoring,
        scorer: Scorer,
        policy: PolicyFile | None,
        facts: Facts,
        caps: Caps,
        decision_log: DecisionLog,
    ) -> None:
        self._scoring, self._scorer, self._policy, self._facts = scoring, scorer, policy, facts
        self._caps, self._log = caps, decision_log
        self._arms: tuple[str, Arms] | None = None
        self._scored_by: frozenset[str] = frozenset()

    def decide(
        self, order: Order, request_id: str, now: int, explain: Explain = Explain.NONE, *, complaint: bool = False
    ) -> Decided:
        """Score the basket ``order``, which has a basket_id, and decide about it; never raises.

        ``complaint``: whether the customer has an open complaint, so that nothing is done.
        """
        read = None if self._policy is None else self._policy.content()
        if read is None:
            scored = self._scoring.scored([order], request_id, now, 0, explain)
            return Decided(
                scored.baskets[0], outcomes.without_policy(decision_id_of(order, now, ""), self._no_policy())
            )
        how_much = Explain.REASONS if explain is Explain.NONE else explain
        scored = self._scoring.scored([order], request_id, now, 0, how_much)
        basket = scored.baskets[0]
        self._scored_by = frozenset(scored.names) or self._scored_by
        try:
            outcome = self._decide(self._context(read, order, scored, request_id, now), complaint=complaint)
        except Exception:
            log.exception("deciding failed")
            outcome = outcomes.without_policy(decision_id_of(order, now, read.digest), FAILED)
        if explain is Explain.NONE:
            basket = replace(basket, lines=tuple(line._replace(why=None) for line in basket.lines))
        return Decided(basket, outcome)

    def troubles(self) -> list[Degraded]:
        """Say why decisions are not what the shop's files say now; nothing where they are."""
        of_faults = self._facts.faults.trouble()
        found = (
            self._broken(),
            self._unread(),
            *self._lacking(),
            None if of_faults is None else Degraded("product_faults", of_faults),
            None if self._log.trouble is None else Degraded("decision_log", self._log.trouble),
        )
        return [each for each in found if each is not None]

    def _broken(self) -> Degraded | None:
        """What is wrong with the policy's file, which then decides as it was before, or nothing."""
        found = None if self._policy is None else self._policy.trouble()
        return None if found is None else Degraded("policy", " ".join(found.split()))

    def _no_policy(self) -> Degraded:
        return self._broken() or NO_POLICY

    def _unread(self) -> Degraded | None:
        """The features that conditions name, and that the latest score did not read: their actions never act."""
        read = None if self._policy is None else self._policy.content()
        if read is None or not self._scored_by:
            return None
        named = {name for policy in read.policies for name in policy.features}
        lacking = ", ".join(sorted(named - self._scored_by))
        return Degraded("policy_features", f"the policy names {lacking}, which the model lacks") if lacking else None

    def _lacking(self) -> list[Degraded]:
        """The arms of the policy whose learned effects can't be had."""
        read = None if self._policy is None else self._policy.content()
        named = {} if read is None else read.policy.learned
        return [outcomes.unavailable(arm) for arm, name in named.items() if self._facts.learned(name) is None]

    def close(self) -> None:
        """Close the files."""
        self._caps.close()
        self._log.close()

    def _context(self, read: ReadPolicy, order: Order, scored: ScoredBaskets, request_id: str, now: int) -> Context:
        customer = None if order.customer_id is None else self._facts.pseudonym(order.customer_id)
        basket_key = self._facts.hashed(f"basket:{order.basket_id}")
        return Context(read, order, scored, request_id, now, customer, basket_key)

    def _decide(self, context: Context, *, complaint: bool) -> Outcome:
        """Decide, and log it: also what the same basket was told before, which may not have come into the log."""
        try:
            outcome, record = self._found(context, complaint=complaint)
        except StoreError as error:
            log.warning("caps can't be looked up, and nothing is done: %s", error)
            trouble = Degraded("caps_unavailable", f"what was chosen before can't be looked up ({error.cause})")
            outcome = outcomes.without_act(context, trouble.cause, trouble)
            record = record_of(context, outcome, Drawing())
        try:
            self._log.append(record)
        except OSError as error:
            trouble = Degraded("decision_log", f"what can't be logged is not done: {error}")
            return outcomes.without_act(context, trouble.cause, trouble)
        return outcome

    def _found(self, context: Context, *, complaint: bool) -> tuple[Outcome, Decision]:
        """Find what is decided; `StoreError` where caps can't be had."""
        for _ in range(TRIES):
            past = self._caps.past(context.basket_key, context.unit)
            chosen = past.of_basket
            if (why := _why_not(context, chosen, complaint=complaint)) is not None:
                outcome = outcomes.without_act(context, why)
                return outcome, record_of(context, outcome, Drawing(reached=self._reached(context, why)))
            if chosen is not None:
                return _OUTCOME.validate_json(chosen.answer), _RECORD.validate_json(chosen.record)
            if (found := self._choose(context, past)) is not None:
                return found
        raise StoreError("locked", f"others changed the caps {TRIES} times")

    def _reached(self, context: Context, why: str) -> tuple[str, ...]:
        """The arms that reach a basket for which nothing is done: that it had an action depends on the arm."""
        if why != ANOTHER or len(context.read.policy.shares) <= len((HOLDOUT, POLICY)):
            return ()
        return self._weighed(context, self._arms_of(context.read), NO_PAST)[1].reached

    def _choose(self, context: Context, past: Past) -> tuple[Outcome, Decision] | None:
        """Draw among what caps leave, and count what is chosen; None where the caps changed in between."""
        arms, policy, now = self._arms_of(context.read), context.read.policy, context.now
        basket, choices = self._weighed(context, arms, past)
        before = Before(past.of_unit, self._caps.of_day(quotas_of(choices), now))
        limits = limits_of(arms, choices, guest=context.customer is None)
        barred = barred_by(limits, before, now)
        chances = arms.chances(choices, barred)
        drawn = draw_outcome(policy.draw_key, context.unit, context.basket_key, arms.shares, chances)
        arm = drawn.arm.name
        chosen = best_of(arm, choices, barred) if arm == HOLDOUT else candidate_of(arm, drawn.outcome, choices)
        outcome = outcomes.of_drawn(context, drawn, chosen, choices, barred, arms.policy_of(arm), basket)
        drawing = Drawing(
            drawn, chosen, choices.covariates, choices.eligible(barred), choices.reached, choices.stakes,
            choices.profit_minor,
        )  # fmt: skip
        record = record_of(context, outcome, drawing)
        if chosen is None:
            return outcome, record
        taken = Chosen(
            context.decision_id, context.basket_key, context.content, context.unit, chosen.action.name, now,
            _json(outcome), _json(record),
        )  # fmt: skip
        own = limits[POLICY if arm == HOLDOUT else arm]
        drawable = {name: own[name] for name, chance in chances[arm].items() if name != NOTHING and chance > 0}
        why = self._caps.take(taken, own[chosen.action.name], _kept_days(context.read.policies), drawable)
        return (outcome, record) if why is None else None

    def _weighed(self, context: Context, arms: Arms, past: Past) -> tuple[ScoredBasket, Choices]:
        """Give the basket with all that is known of it, and what each arm makes of it."""
        scored, facts = context.scored, self._facts
        acted = looking.days_ago((at for at, _ in past.of_unit), context.now)
        reacted = earlier(past.seen, context.now)
        basket = looking.look(context.order, scored, facts.faults, facts.segments, acted, reacted, arms.features)
        drivers, sizes = arms.unknown(basket)
        if drivers:
            basket = looking.with_drivers(basket, self._scorer.raising(scored))
        if sizes:
            current = {place: basket.lines[place].probability for place in sizes}
            basket = looking.with_sizes(basket, self._scorer.other_sizes(scored, current))
        return basket, arms.choices(basket)

    def _arms_of(self, read: ReadPolicy) -> Arms:
        if self._arms is None or self._arms[0] != read.digest:
            self._arms = read.digest, Arms(read, self._facts.costs, self._facts.learned)
        return self._arms[1]


def _why_not(context: Context, before: Chosen | None, *, complaint: bool) -> str | None:
    """Why nothing is done, whatever the policy says; None where the policy, or what it chose before, counts."""
    if complaint:
        return COMPLAINT
    if before is not None:
        return None if before.content == context.content else ANOTHER
    return DOUBT if context.score.degraded else None


def _json(value: Outcome | Decision) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> tuple[Any, ...]:
    """Write a profit, whose type orjson does not know, as a list."""
    if isinstance(value, Profit):
        return tuple(value)
    raise TypeError


def _kept_days(policies: Iterable[Policy]) -> int:
    """How long a choice is remembered: for as long as any cap reaches back."""
    caps = [
        cap for policy in policies for cap in (policy.per_customer, *(each.per_customer for each in policy.actions))
    ]
    return max(ACTED_DAYS, *(cap.days for cap in caps))
