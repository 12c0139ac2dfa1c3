"""Decides what the checkout should do about a basket. It always answers: in doubt, with nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter

from data.logged.decisions import Decision
from data.logs import log
from features.online_state.order import Order
from features.stores.store import StoreError
from serving.decided import Decided, Outcome
from serving.decisions import looking, outcomes
from serving.decisions.caps import ANOTHER, Caps, Chosen, Limit
from serving.decisions.context import Context, decision_id_of, record_of
from serving.decisions.faults import ProductFaults
from serving.decisions.log import DecisionLog
from serving.scores import Degraded, Explain
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.scorer import ScoredBaskets, Scorer
from serving.watched_file import WatchedFile
from training.costs import Costs
from training.decisions.choosing import Chooser
from training.decisions.policy import Action, Policy, ReadPolicy
from training.products.params import SegmentParams

COMPLAINT: Final = "open_complaint"
"""Why nothing is done about a basket whose customer has an open complaint."""
DOUBT: Final = "score_degraded"
"""Why nothing is done about a basket whose score had to fall back."""
KEPT_DAYS: Final = 90
"""So long a basket that had an action is remembered, though no cap may reach so far back."""
NO_POLICY: Final = Degraded("no_policy", "the shop has no policy: nothing is decided")
FAILED: Final = Degraded("deciding_failed", "deciding failed: nothing is done")
_OUTCOME: Final = TypeAdapter(Outcome)
_RECORD: Final = TypeAdapter(Decision)


@dataclass(frozen=True)
class Facts:
    """What deciding knows of a shop. ``pseudonym``: gives a customer's keyed hash; ``hashed``: that of any text."""

    costs: Costs
    segments: SegmentParams
    faults: ProductFaults
    pseudonym: Callable[[str], str]
    hashed: Callable[[str], str]


class Decider:
    """Decides by the policy of the shop.

    Parameters
    ----------
    scoring
        Scores baskets, and logs what it scored.
    scorer
        Explains a basket once more, without a log.
    policy
        The policy's file; None for a shop without one.
    facts
        What is known of the shop.
    caps, decision_log
        What was chosen before, and where each decision is kept. For one thread.
    """

    def __init__(
        self,
        scoring: LoggedScoring,
        scorer: Scorer,
        policy: WatchedFile[ReadPolicy] | None,
        facts: Facts,
        caps: Caps,
        decision_log: DecisionLog,
    ) -> None:
        self._scoring, self._scorer, self._policy, self._facts = scoring, scorer, policy, facts
        self._caps, self._log = caps, decision_log
        self._chooser: tuple[str, Chooser] | None = None

    def decide(
        self, order: Order, request_id: str, now: int, explain: Explain = Explain.NONE, *, complaint: bool = False
    ) -> Decided:
        """Score the basket ``order``, which has a basket_id, and decide about it; never raises.

        ``complaint``: whether the customer has an open complaint, so that nothing is done.
        """
        read = None if self._policy is None else self._policy.content()
        if read is None:
            scored = self._scoring.scored([order], request_id, now, 0, explain)
            return Decided(scored.baskets[0], outcomes.without_policy(decision_id_of(order, now, ""), NO_POLICY))
        how_much = Explain.REASONS if explain is Explain.NONE else explain
        scored = self._scoring.scored([order], request_id, now, 0, how_much)
        basket = scored.baskets[0]
        try:
            outcome = self._decide(self._context(read, order, scored, request_id, now), complaint=complaint)
        except Exception:
            log.exception("deciding failed")
            outcome = outcomes.without_policy(decision_id_of(order, now, read.digest), FAILED)
        if explain is Explain.NONE:
            basket = replace(basket, lines=tuple(replace(line, why=None) for line in basket.lines))
        return Decided(basket, outcome)

    def trouble(self) -> Degraded | None:
        """Say why decisions are not what the shop's files say now; None where they are."""
        if self._policy is not None and (broken := self._policy.trouble()) is not None:
            return Degraded("policy", broken)
        return None if self._log.trouble is None else Degraded("decision_log", self._log.trouble)

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
            before = self._caps.of_basket(context.basket_key)
            if (why := _why_not(context, before, complaint=complaint)) is not None:
                outcome = outcomes.without_act(context, why)
                record = record_of(context, outcome, None)
            elif before is not None:
                outcome, record = _OUTCOME.validate_json(before.answer), _RECORD.validate_json(before.record)
            else:
                outcome, record = self._choose(context)
        except StoreError as error:
            log.warning("caps can't be looked up, and nothing is done: %s", error)
            trouble = Degraded("caps_unavailable", f"what was chosen before can't be looked up ({error.cause})")
            outcome = outcomes.without_act(context, trouble.cause, trouble)
            record = record_of(context, outcome, None)
        try:
            self._log.append(record)
        except OSError as error:
            trouble = Degraded("decision_log", f"what can't be logged is not done: {error}")
            return outcomes.without_act(context, trouble.cause, trouble)
        return outcome

    def _choose(self, context: Context) -> tuple[Outcome, Decision]:
        """Choose, and count what is chosen; `StoreError` where that can't be done."""
        basket = looking.look(context.order, context.scored, self._facts.faults, self._facts.segments)
        chooser = self._chooser_of(context.read)
        drivers, sizes = chooser.unknown(basket)
        if drivers:
            (whole,) = self._scorer.score([context.order], context.now, Explain.ALL).baskets
            basket = looking.with_drivers(basket, whole)
        if sizes:
            current = {place: basket.lines[place].probability for place in sizes}
            found = self._scorer.other_sizes(context.order, current, context.now)
            basket = looking.with_sizes(basket, found)
        choice, barred = chooser.choose(basket), dict[str, str]()
        for candidate in choice.ranked:
            outcome = outcomes.of_choice(context, choice, candidate, basket, barred)
            record = record_of(context, outcome, candidate)
            taken = Chosen(
                context.decision_id, context.basket_key, context.content, context.unit, candidate.action.name,
                context.now, _OUTCOME.dump_json(outcome).decode(), _RECORD.dump_json(record).decode(),
            )  # fmt: skip
            limits = _limits(context.read.policy, candidate.action, guest=context.customer is None)
            why = self._caps.take(taken, limits, _kept_days(context.read.policy))
            if why is None:
                return outcome, record
            barred[candidate.action.name] = why
        outcome = outcomes.of_choice(context, choice, None, basket, barred)
        return outcome, record_of(context, outcome, None)

    def _chooser_of(self, read: ReadPolicy) -> Chooser:
        if self._chooser is None or self._chooser[0] != read.digest:
            self._chooser = read.digest, Chooser(read.policy, self._facts.costs)
        return self._chooser[1]


def _why_not(context: Context, before: Chosen | None, *, complaint: bool) -> str | None:
    """Why nothing is done, whatever the policy says; None where the policy, or what it chose before, counts."""
    if complaint:
        return COMPLAINT
    if before is not None:
        return None if before.content == context.content else ANOTHER
    return DOUBT if context.score.degraded else None


def _limits(policy: Policy, action: Action, *, guest: bool) -> list[Limit]:
    limits = [] if action.per_day is None else [Limit("per_day", "action", action.per_day, 1)]
    if guest:  # who is not known again, and gets one action a basket
        return limits
    own, every = action.per_customer, policy.per_customer
    return [
        *limits,
        Limit("per_customer", "customer_and_action", own.most, own.days),
        Limit("per_customer_of_all", "customer", every.most, every.days),
    ]


def _kept_days(policy: Policy) -> int:
    """How long a choice is remembered: for as long as any cap reaches back."""
    return max(KEPT_DAYS, policy.per_customer.days, *(action.per_customer.days for action in policy.actions))
