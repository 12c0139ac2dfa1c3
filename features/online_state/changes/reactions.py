"""Takes what was done about decisions: an acceptance holds, whatever is closed after it.

A checkout shows an action in a panel. A customer who takes the advice then closes the panel, which many checkouts
report as dismissed, too. So what is dismissed after it was accepted does not count. The other way round, a customer may
come back to what was dismissed, and accept it. An acceptance that is taken back shows in the basket and in the order.
"""

from typing import Final

from data.logged.decisions import Did
from data.times import iso
from features.online_state import records
from features.online_state.changes.work import Reading, Work
from features.online_state.events import CustomerContacted, Reacted, Receipt, Status, of_logged
from features.stores.store import Agenda

ACCEPTED: Final = "its action was accepted at {}, which holds: to close what was accepted takes nothing back"


def take(work: Work, event: Reacted | CustomerContacted) -> Receipt:
    """Apply an event of the decision log: the first acceptance is kept for as long as events are."""
    if isinstance(event, Reacted) and event.did == Did.ACCEPTED and not event.unknown:
        known = _accepted(work, event)
        if known is None or event.reacted_at < known:
            key = records.decision_key(event.decision_id)
            work.store.put(key, str(event.reacted_at).encode())
            work.store.schedule(Agenda.FORGET, work.now + work.terms.remember, key)
    return standing(work, event)


def standing(work: Reading, event: Reacted | CustomerContacted) -> Receipt:
    """Give the receipt of an event of the decision log as things stand."""
    receipt = of_logged(event)
    if isinstance(event, CustomerContacted) or event.did != Did.DISMISSED or receipt.status is not Status.APPLIED:
        return receipt
    accepted = _accepted(work, event)
    if accepted is None or event.reacted_at < accepted:
        return receipt
    return Receipt(event.event_id, Status.NOT_COUNTED, ACCEPTED.format(iso(accepted)))


def _accepted(work: Reading, event: Reacted) -> int | None:
    """When the action of the decision was accepted first, in microseconds since 1970; None where it was not."""
    (value,) = work.store.get([records.decision_key(event.decision_id)])
    return None if value is None else int(value)
