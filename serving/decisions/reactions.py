"""Compares events of decisions with the decisions that they name, as far as the caps' store knows these.

The store knows decisions for which an action was chosen, in the holdout, too, for as long as caps reach back. So an
event of another decision can't be refused: it is taken, and where it needs an action, it says that none is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from data.logged.decisions import Did, Reaction
from data.logs import log
from data.times import SLIGHTLY_AHEAD, iso
from features.online_state.events import Reacted, Receipt, refused
from features.stores.store import StoreError
from serving.decisions.caps import Acted, Caps

OF_AN_ACTION: Final = frozenset({Did.SHOWN, Did.ACCEPTED, Did.DISMISSED})
"""What can be done only where the decision has an action."""
Checked = Reacted | Receipt
"""An event to take, or the receipt of a refused one."""


def check(caps: Caps) -> Callable[[Sequence[Reacted]], list[Checked]]:
    """Give what checks events of decisions against ``caps``; where the store can't be read, all of them are taken."""

    def checked(events: Sequence[Reacted]) -> list[Checked]:
        try:
            known = caps.of_decisions({event.decision_id for event in events})
        except StoreError as error:
            log.warning("events of decisions are taken unchecked: the store of decisions is %s", error.cause)
            return list(events)
        return [_checked(event, known.get(event.decision_id)) for event in events]

    return checked


def note(caps: Caps, reactions: Sequence[Reaction]) -> None:
    """Tell ``caps`` what was shown and dismissed, for later decisions; where the store can't take it, the log says so.

    It is in the decision log by then, so nothing is lost to learning.
    """
    try:
        caps.react(reactions)
    except StoreError as error:
        log.warning("what customers dismissed is not known to the next decisions: the store is %s", error.cause)


def _checked(event: Reacted, decision: Acted | None) -> Checked:
    if decision is None:
        return replace(event, unknown=event.did in OF_AN_ACTION)
    if event.reacted_at < decision.at - SLIGHTLY_AHEAD:
        return refused(event, f"done at {iso(event.reacted_at)}, before its decision at {iso(decision.at)}")
    if decision.action is None and event.did in OF_AN_ACTION:
        return refused(event, "its decision is in the holdout, and has no action that could have been shown")
    return event
