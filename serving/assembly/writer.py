"""The parts of the process that writes events, of which each shop has one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial

from data.logged.decisions import Contact, Reaction
from data.times import to_us
from data.validation.params import ValidationParams
from serving.assembly import parts
from serving.assembly.declared import Declared
from serving.decisions.reactions import check, note
from serving.http.writer.event_writer import Beside, Erased, EventWriter
from serving.http.writer.messages import Notice
from serving.privacy.erasure import Erasures, ToErase
from serving.privacy.person_logs import PersonLogs
from serving.privacy.retention import Retention
from serving.shops import Shop
from serving.state.event_feed import EventFeed
from serving.state.intake import StateIntake

QUEUED_EVENTS = 5000


@dataclass(frozen=True)
class Writer:
    """The parts of the process that writes events; ``feed`` is the one through which ``writing`` writes."""

    writing: EventWriter
    feed: EventFeed
    notice: Callable[[], Notice]
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]


def assemble_writer(shop: Shop) -> Writer:
    """Make the parts of the process that writes events."""
    settings, of_state = shop.settings, parts.state_of(shop)
    store, intake = of_state.store, of_state.intake
    state = of_state.served
    feed = EventFeed(state, QUEUED_EVENTS)

    def notice() -> Notice:
        trouble = store.trouble or feed.trouble
        return Notice() if trouble is None else Notice(trouble.cause, trouble.detail)

    async def start() -> None:
        for part in (store, feed, erasures, retention):
            await asyncio.to_thread(part.start)

    async def stop() -> None:
        await feed.stop(settings.shutdown_seconds)
        for end in (retention.stop, erasures.stop, store.close):
            await asyncio.to_thread(end)
        caps.close()

    caps, decision_log = parts.caps(shop), parts.decision_log(settings)
    erasures = parts.erasures(settings, caps, intake, state.forget)

    days = settings.retain_log_days, settings.retain_idle_days
    retention = Retention(PersonLogs.of(settings), *days, state.idle, erasures)

    def keep(records: Sequence[Reaction | Contact]) -> None:
        reactions = [each for each in records if isinstance(each, Reaction)]
        contacts = erasures.not_erased([_hashed(each, intake) for each in records if isinstance(each, Contact)])
        decision_log.append(*reactions, *contacts)
        note(caps, reactions)

    latest = to_us(shop.params("validation", ValidationParams).bounds.latest.replace(tzinfo=UTC))

    beside = Beside(keep, check(caps), partial(_erase, erasures, intake), partial(_merge, intake))
    writing = EventWriter(feed, intake, Declared(store).attributes, parts.rates(shop), state.name, beside, latest)
    return Writer(writing, feed, notice, start, stop)


def _erase(erasures: Erasures, intake: StateIntake, customers: Sequence[Erased]) -> None:
    given = [(each, intake.form(each.key) or "", intake.pseudonym(each.customer_id)) for each in customers]
    erasures.note([ToErase(each.event_id, form, pseudonym, each.at) for each, form, pseudonym in given])


def _merge(intake: StateIntake, pairs: Sequence[tuple[str, str]]) -> None:
    if (keys := intake.keys) is not None:
        for one, other in pairs:
            keys.merge(intake.form(one) or "", intake.form(other) or "")


def _hashed(contact: Contact, intake: StateIntake) -> Contact:
    """The contact with the keyed hash of its customer, as decisions have it."""
    return contact if contact.customer is None else replace(contact, customer=intake.pseudonym(contact.customer))
