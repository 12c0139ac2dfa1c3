"""Reads the events of a request, hands them to the feed, and makes the answer."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from data.attributes import Attribute
from data.logged.decisions import Contact, Did, Reaction
from data.logs import log
from data.pseudonyms.customer_keys import CustomerKeysError
from data.times import now_us
from features.online_state import events
from features.online_state.events import CustomerErased, Reacted, Receipt, Status, known_at
from features.stores.store import StoreError
from serving.exchange_rates import ExchangeRates
from serving.http import announced, attributes, currencies
from serving.http.endpoint import validated
from serving.http.field_problems import pointer
from serving.http.problems import FieldProblem, ProblemError, ProblemKind, overloaded, unavailable
from serving.http.wire.convert.answers import answer_events
from serving.http.wire.convert.events import CustomerKeyError, customer_of, read_event
from serving.http.wire.requests.contacts import CustomerContacted
from serving.http.wire.requests.events import Event, Events, lines_of
from serving.http.wire.requests.facts import CustomerErased as CustomerErasedSent
from serving.http.wire.requests.facts import CustomersMerged
from serving.ports import FeedFull, Feeding, Intake, Tally, Written

Place = tuple[str, int]
STORE_RETRY_SECONDS: Final = 5
NO_END: Final = 1 << 62
"""After every time on the wire."""
LOGGED: Final = frozenset({Status.APPLIED, Status.DUPLICATE, Status.NOT_COUNTED})
"""The statuses of reactions and contacts that go to the decision log, and of erasures that reach the logs."""
FAILED: Final = (
    "the service failed on all of these events, as its log says; none of them was taken: send them again later"
)


class Erased(NamedTuple):
    """A customer to erase: the event, the shop's key of the customer, the id of the state, the time up to which."""

    event_id: str
    key: str
    customer_id: str
    at: int


@dataclass(frozen=True)
class Beside:
    """What events do beside the state.

    ``keep``: writes reactions to decisions and contacts into their log; `OSError` or `StoreError` where it can't. The
    customer of a contact is the id that the tables hold; contacts of customers who were erased later are left out.
    ``check``: compares reactions with their decisions, and gives each as it is to be taken, or the receipt of a refused
    one. ``erase``: notes customers to erase; ``merge``: notes that two customers, each by the shop's key, are one.
    Both raise `StoreError` or `CustomerKeysError` where they can't. All but the first run in threads, and for several
    requests at once.
    """

    keep: Callable[[Sequence[Reaction | Contact]], None] = lambda _: None
    check: Callable[[Sequence[Reacted]], Sequence[Reacted | Receipt]] = list
    erase: Callable[[Sequence[Erased]], None] = lambda _: None
    merge: Callable[[Sequence[tuple[str, str]]], None] = lambda _: None


NOTHING_BESIDE: Final = Beside()


class EventWriter:
    """A `serving.ports.EventWriting` that applies events in this process.

    Parameters
    ----------
    declared
        Gives the attributes that the shop declared; None while they are not known.
    rates
        The shop's currency, and the rates of others.
    state
        Gives the name of the state that is written to.
    beside
        What is done beside the state.
    latest
        Launches of products from this time on are refused, as in tables; microseconds since 1970, UTC.
    """

    def __init__(
        self,
        feeding: Feeding,
        intake: Intake,
        declared: Callable[[], Sequence[Attribute] | None],
        rates: ExchangeRates,
        state: Callable[[], str | None] = lambda: None,
        beside: Beside = NOTHING_BESIDE,
        latest: int = NO_END,
    ) -> None:
        self._feeding, self._lasting, self._declared, self._state = feeding, intake.lasting(), declared, state
        self._rates, self._beside, self._latest = rates, beside, latest

    async def write(self, body: bytes) -> Written:
        """Validate and apply the events in ``body``.

        Raises
        ------
        ProblemError
            400 or 422 where the body is wrong; 500 where the service failed on all of the events; 503 where too many
            events wait, or the store can't take them.
        """
        sent: list[Event] = validated(Events, body).events
        places = [(("events", number), event) for number, event in enumerate(sent)]
        attributes.check(places, self._declared())
        announced.check(places, self._latest, now_us())
        given = [each.body for each in currencies.converted(places, self._rates, now_us())]
        read = await self._with_ids(places, given)
        read, refused = await self._checked(read)
        receipts = await self._taken(read, refused)
        self._keep_logged(given, read, receipts)
        await self._keep_people(given, read, receipts)
        if all(receipt.status is Status.FAILED for receipt in receipts):
            raise ProblemError(ProblemKind.INTERNAL, FAILED)
        answer = answer_events(receipts)
        return Written(
            type(answer).__pydantic_serializer__.to_json(answer),
            {status.value: count for status, count in answer.counts.items()},
            sum(map(lines_of, sent)),
            self._state(),
            tallied(sent, receipts),
        )

    def _keep_logged(self, given: Sequence[Event], read: Sequence[events.Event], receipts: Sequence[Receipt]) -> None:
        """Keep reactions and contacts; duplicates, too: what was taken before may not have come into the log."""
        found = [
            self._record(*each[:2]) for each in zip(given, read, receipts, strict=True) if each[2].status in LOGGED
        ]
        records = [each for each in found if each is not None]
        if not records:
            return
        try:
            self._beside.keep(records)
        except (OSError, StoreError) as error:
            log.error("reactions to decisions and contacts can't be kept: %s", error)  # noqa: TRY400 - not the code's
            detail = "what was done about decisions can't be written now; send all of these again"
            raise unavailable(detail, STORE_RETRY_SECONDS) from None

    async def _keep_people(
        self, given: Sequence[Event], read: Sequence[events.Event], receipts: Sequence[Receipt]
    ) -> None:
        """Have customers merged and erased beside the state, too; duplicates, as this may have failed before."""
        taken = [each[:2] for each in zip(given, read, receipts, strict=True) if each[2].status in LOGGED]
        merged = [(event.customer_id, event.into) for event, _ in taken if isinstance(event, CustomersMerged)]
        erased = [
            Erased(event.event_id, event.customer_id, known.customer_id, known.erased_at)
            for event, known in taken
            if isinstance(event, CustomerErasedSent) and isinstance(known, CustomerErased)
        ]
        try:
            if merged:
                await asyncio.to_thread(self._beside.merge, merged)
            if erased:
                await asyncio.to_thread(self._beside.erase, erased)
        except (StoreError, CustomerKeysError) as error:
            log.error("erasures or merges can't be noted: %s", error)  # noqa: TRY400 - no fault of ours
            detail = "what becomes of the customers can't be noted now; send all of these again"
            raise unavailable(detail, STORE_RETRY_SECONDS) from None

    def _record(self, given: Event, read: events.Event) -> Reaction | Contact | None:
        """The record of the decision log; None for another event. The state's event lacks who contacted the shop."""
        if isinstance(read, Reacted):
            return Reaction(read.event_id, read.decision_id, Did(read.did), read.reacted_at, now_us())
        if isinstance(given, CustomerContacted):
            customer = customer_of(given, self._lasting)
            return Contact(given.event_id, customer, given.order_id, given.topic, known_at(read), now_us())
        return None

    async def _with_ids(self, places: Sequence[tuple[Place, Event]], given: Sequence[Event]) -> list[events.Event]:
        """Read the events; the secret of a new customer is on disk before the state has the pseudonym."""
        try:
            return [_read(place, event, self._lasting) for (place, _), event in zip(places, given, strict=True)]
        except CustomerKeysError as error:
            log.error("events were not taken: %s", error)  # noqa: TRY400 - no fault of ours
            detail = "customers can't be looked up now; none of these events counts as acknowledged"
            raise unavailable(detail, STORE_RETRY_SECONDS) from None

    async def _checked(self, read: Sequence[events.Event]) -> tuple[list[events.Event], dict[int, Receipt]]:
        """Give the events as they are to be taken, and by their place the receipts of those that are refused.

        Reactions are compared in a thread: the store that it reads may be slow, and other requests go on.
        """
        places = [place for place, event in enumerate(read) if isinstance(event, Reacted)]
        if not places:
            return list(read), {}
        found = await asyncio.to_thread(self._beside.check, [event for event in read if isinstance(event, Reacted)])
        by_place = dict(zip(places, found, strict=True))
        refused = {place: each for place, each in by_place.items() if isinstance(each, Receipt)}
        known = {place: each for place, each in by_place.items() if isinstance(each, Reacted)}
        return [known.get(place, event) for place, event in enumerate(read)], refused

    async def _taken(self, read: Sequence[events.Event], refused: Mapping[int, Receipt]) -> list[Receipt]:
        """Have all events taken that are not ``refused``; return a receipt for each."""
        taken = [event for place, event in enumerate(read) if place not in refused]
        receipts = iter(await self._submitted(taken) if taken else [])
        return [refused[place] if place in refused else next(receipts) for place in range(len(read))]

    async def _submitted(self, read: Sequence[events.Event]) -> list[Receipt]:
        try:
            return await self._feeding.submit(read)
        except FeedFull:
            raise overloaded("too many events wait to be written; none of these was taken") from None
        except StoreError as error:
            log.warning("events were not taken: the store is %s", error.cause)
            detail = f"the store can't take events now ({error.cause}); none of these counts as acknowledged"
            raise unavailable(detail, STORE_RETRY_SECONDS) from None


def tallied(sent: Sequence[Event], receipts: Sequence[Receipt]) -> list[Tally]:
    """Count events by their type, their status, and the cause of a refusal."""
    pairs = zip(sent, receipts, strict=True)
    found = Counter((event.type, receipt.status.value, receipt.cause or "") for event, receipt in pairs)
    return [Tally(*key, count) for key, count in found.items()]


def _read(place: Place, event: Event, intake: Intake) -> events.Event:
    try:
        return read_event(event, intake)
    except CustomerKeyError as error:
        problem = FieldProblem(pointer=pointer((*place, error.field)), expected=error.expected, found="another")
        raise ProblemError(ProblemKind.INVALID, "1 field is wrong", [problem]) from None
