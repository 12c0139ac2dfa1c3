"""The online state: counters kept current by events, a transaction for each group of them."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TypeVar

from data.outcome import closes_at_time
from data.times import AHEAD, MICROSECONDS_PER_DAY
from data.times import iso as _said
from features import facts
from features.basket import rows
from features.definition import Event as Kind
from features.events import Event, LineDelivered, LineReturned, OrderPlaced, Receipt, Status
from features.facts import Line, Return
from features.layout import Value
from features.ledger import Ledger
from features.online import OnlineFeatures
from features.order import Customer, Order, Product
from features.outcomes import close_due, closes, recount, settled
from features.stores.store import Agenda, Store, Transaction

AT_ONCE = 200
"""Entries of an agenda that one transaction works off."""
LONGEST = 730 * MICROSECONDS_PER_DAY
"""How long after its order a line may close, as `validation.max_delay_days` has it; a slip in the date is refused."""
LINES_AT_ONCE = 200
"""Ordered lines of one transaction: a change that takes long keeps other writers waiting."""
WAITING = 16
"""Events of one line that wait for its order; more are refused."""


class LiveState:
    """The state in ``store`` for the counters of ``online``.

    Parameters
    ----------
    remember_days
        How long after its close a line, and after its arrival an event's id, is kept: up to then late facts count.
    """

    def __init__(self, store: Store, online: OnlineFeatures, remember_days: int) -> None:
        self.store, self.online = store, online
        self._remember = remember_days * MICROSECONDS_PER_DAY

    def apply(self, events: Sequence[Event], now: int) -> list[Receipt]:
        """Apply events; what is said of each is durable when this comes back.

        Many go in several transactions. When one of these fails, those before it hold: sent again, they are known.

        Parameters
        ----------
        now
            The time of the clock, microseconds since 1970: up to it windows have closed.

        Raises
        ------
        StoreError
            The store can't be written: the events may be sent again.
        """
        receipts: list[Receipt] = []
        for group in _groups(events):
            receipts += self.store.write(partial(self._take, group, now))
        return receipts

    def _take(self, events: Sequence[Event], now: int, store: Transaction) -> list[Receipt]:
        work = _Work(store, self.online, self._remember, now)
        receipts = [work.take(event) for event in events]
        work.finish()
        return receipts

    def advance(self, now: int) -> int:
        """Count the windows that closed before ``now``, forget what is old, and say how many entries were due.

        Called again until it gives 0, it is through with all of them.
        """

        def change(store: Transaction) -> int:
            work = _Work(store, self.online, self._remember, now)
            done = work.close(store.due(Agenda.CLOSE, now, AT_ONCE))
            done += work.forget(store.due(Agenda.FORGET, now, AT_ONCE))
            work.finish()
            return done

        due = self.store.read(lambda s: s.due(Agenda.CLOSE, now, 1) or s.due(Agenda.FORGET, now, 1))
        return self.store.write(change) if due else 0


class _Work:
    """One transaction."""

    def __init__(self, store: Transaction, online: OnlineFeatures, remember: int, now: int) -> None:
        self.store, self.online, self.remember, self.now = store, online, remember, now
        self.outcome, self.columns = online.recipe.outcome, online.outcome_columns
        self.ledger = Ledger(store, online.layouts)
        self.latest = facts.read_latest(store.get([facts.LATEST])[0])

    def take(self, event: Event) -> Receipt:
        """Apply one event."""
        key = facts.event_key(event.event_id)
        content = facts.write_events([event])
        (known,) = self.store.get([key])
        if known == content:
            return Receipt(event.event_id, Status.DUPLICATE)
        if known is not None:
            return _refused(event, "its id was used before by another event")
        if known_at(event) > self.now + AHEAD:
            return _refused(event, f"ahead of the clock: known at {_said(known_at(event))}, now {_said(self.now)}")
        receipt = self._place(event) if isinstance(event, OrderPlaced) else self._of_line(event)
        if receipt.status in (Status.APPLIED, Status.WAITING):
            self.store.put(key, content)
            self.store.schedule(Agenda.FORGET, self.now + self.remember, key)
        return receipt

    def close(self, due: list[tuple[int, bytes]]) -> int:
        """Count lines whose window closed."""
        for at, key, line in close_due(self.ledger, self.store, due, self.outcome):
            self.store.unschedule(Agenda.CLOSE, at, key)
            if line is not None:
                line.scheduled = None
                self.store.put(key, facts.write_line(line))
        return len(due)

    def finish(self) -> None:
        """Write the counters that were changed."""
        self.ledger.write(self.store)
        if self.latest is not None:
            self.store.put(facts.LATEST, facts.write_latest(self.latest))

    def _know(self, at: int) -> None:
        self.latest = at if self.latest is None else max(self.latest, at)

    def _place(self, event: OrderPlaced) -> Receipt:
        keys = [facts.line_key(line_id) for line_id in event.line_ids]
        known = [facts.read_line(value) for value in self.store.get(keys) if value is not None]
        if len(set(keys)) < len(keys) or len(keys) != len(event.order.lines):
            return _refused(event, "its lines need an id each, all different")
        if known and all(line.order_id == event.order_id for line in known) and len(known) == len(keys):
            return Receipt(event.event_id, Status.DUPLICATE)
        if known:
            return _refused(event, "lines of the same ids were ordered before")
        wrong = [line.closes_at for line in event.order.lines if not _in_time(line.closes_at, event.order.ordered_at)]
        if wrong:
            return _refused(event, f"closes at {_said(wrong[0] or 0)}, ordered at {_said(event.order.ordered_at)}")
        long_ago = [close for close in self._deadlines(event.order) if close + self.remember < self.now]
        if long_ago:
            return _refused(
                event, f"its lines closed by {_said(min(long_ago))}, too long before now, {_said(self.now)}"
            )
        found = rows(event.order, self.online.line_nodes, *self._known(event.order))
        self.ledger.fetch([*found])
        first = min(event.line_ids)
        for row, line_id in zip(found, event.line_ids, strict=True):
            row["first_in_order"] = int(line_id == first)
            self.ledger.add(Kind.ORDERED, row, event.order.ordered_at)
        self._know(event.order.ordered_at)
        early = [facts.waiting_key(line_id) for line_id in event.line_ids]
        waiting = zip(early, self.store.get(early), strict=True)
        for row, ordered, key, waited in zip(found, event.order.lines, keys, waiting, strict=True):
            line = Line(
                order_id=event.order_id,
                ordered_at=event.order.ordered_at,
                columns=self._needed(row),
                closes_at=ordered.closes_at,
                recorded=ordered.outcome_recorded,
            )
            self._catch_up(line, *waited)
            self._settle(key, line)
            self.store.schedule(Agenda.FORGET, self._forget_at(line), key)
        return Receipt(event.event_id, Status.APPLIED)

    def _deadlines(self, order: Order) -> list[int]:
        """When each line closes at the latest, as long as nothing is known of its delivery."""
        return [closes_at_time(order.ordered_at, None, line.closes_at, self.outcome) for line in order.lines]

    def _known(self, order: Order) -> tuple[dict[str, Product], Customer]:
        """What the state knows of the order's products and customer, and now learns from the order."""
        products: dict[str, Product] = {}
        keys = [facts.product_key(line.product_id) for line in order.lines]
        for line, key, value in zip(order.lines, keys, self.store.get(keys), strict=True):
            known = products.get(line.product_id) or (Product() if value is None else facts.read_product(value))
            learned = _joined(known, line.product)
            if value is None or learned != known:
                self.store.put(key, facts.write_product(learned))
            products[line.product_id] = learned
        if order.customer_id is None:
            return products, Customer()
        key = facts.customer_key(order.customer_id)
        (value,) = self.store.get([key])
        known_customer = Customer() if value is None else facts.read_customer(value)
        learned_customer = _joined(known_customer, order.customer)
        if value is None or learned_customer != known_customer:
            self.store.put(key, facts.write_customer(learned_customer))
        return products, learned_customer

    def _of_line(self, event: LineDelivered | LineReturned) -> Receipt:
        key = facts.line_key(event.line_id)
        (value,) = self.store.get([key])
        if value is None:
            return self._wait(event)
        line = facts.read_line(value)
        receipt = _learn(line, event)
        if receipt.status is Status.APPLIED:
            self._know(known_at(event))
            self._settle(key, line)
        return receipt

    def _wait(self, event: LineDelivered | LineReturned) -> Receipt:
        """Keep an event until the order of its line arrives."""
        if known_at(event) + self.remember < self.now:
            return _refused(event, f"known at {_said(known_at(event))}, too long before now, {_said(self.now)}")
        key = facts.waiting_key(event.line_id)
        (value,) = self.store.get([key])
        waiting = facts.read_events(value)
        if len(waiting) >= WAITING:
            return _refused(event, f"{WAITING} events wait for the order of this line: send the order first")
        self.store.put(key, facts.write_events([*waiting, event]))
        self.store.schedule(Agenda.FORGET, self.now + self.remember, key)
        return Receipt(event.event_id, Status.WAITING)

    def _catch_up(self, line: Line, key: bytes, value: bytes | None) -> None:
        """Learn what came before the order; what contradicts it is left out, as it would have been refused."""
        for event in facts.read_events(value):
            if isinstance(event, LineDelivered | LineReturned) and _learn(line, event).status is Status.APPLIED:
                self._know(known_at(event))
        if value is not None:
            self.store.delete(key)

    def _settle(self, key: bytes, line: Line) -> None:
        """Bring the counters, the agenda and the line's own record to what is known of it now."""
        close = closes(line, self.outcome)
        should = settled(line, self.outcome, closed=close < self.now)
        recount(self.ledger, line, should)
        wanted = close if line.recorded and should is None else None
        if line.scheduled != wanted:
            if line.scheduled is not None:
                self.store.unschedule(Agenda.CLOSE, line.scheduled, key)
            if wanted is not None:
                self.store.schedule(Agenda.CLOSE, wanted, key)
            line.scheduled = wanted
        self.store.put(key, facts.write_line(line))

    def _needed(self, row: dict[str, Value]) -> dict[str, Value]:
        """The columns of a line that counters of its outcome will ask for."""
        return {name: row[name] for name in self.columns if name in row}

    def forget(self, due: list[tuple[int, bytes]]) -> int:
        """Remove what is no longer needed; what something came to since stays until its own time."""
        for (at, key), value in zip(due, self.store.get([key for _, key in due]), strict=True):
            self.store.unschedule(Agenda.FORGET, at, key)
            later = None if value is None else self._needed_until(key, value)
            if later is not None and later >= self.now:
                self.store.schedule(Agenda.FORGET, later, key)
            else:
                self.store.delete(key)
        return len(due)

    def _needed_until(self, key: bytes, value: bytes) -> int | None:
        """The time until which a record is needed; None where it was made for one time only."""
        if facts.is_waiting(key):
            return max(known_at(event) for event in facts.read_events(value)) + self.remember
        if not facts.is_line(key):
            return None
        line = facts.read_line(value)
        if line.scheduled is not None:  # the writer is so far behind that its close was not counted yet
            self._settle(key, line)
        return self._forget_at(line)

    def _forget_at(self, line: Line) -> int:
        return closes(line, self.outcome) + self.remember


Facts = TypeVar("Facts", Product, Customer)


def _joined(known: Facts, given: Facts | None) -> Facts:
    """What is known, with what is given over it."""
    if given is None:
        return known
    present = {name: value for name, value in asdict(given).items() if value is not None}
    return replace(known, **present)


def _learn(line: Line, event: LineDelivered | LineReturned) -> Receipt:
    """Add a fact to what is known of the line, unless it contradicts it."""
    at = known_at(event)
    if at < line.ordered_at:
        return _refused(event, f"known at {_said(at)}, before its order of {_said(line.ordered_at)}")
    if isinstance(event, LineReturned):
        back = Return(at, event.event_id, event.reason)
        if line.returned is None or (back.at, back.event_id) < (line.returned.at, line.returned.event_id):
            line.returned = back
    elif line.delivered_at is None:
        line.delivered_at = at
    elif line.delivered_at == at:
        return Receipt(event.event_id, Status.DUPLICATE)
    else:
        return _refused(event, f"delivered at {_said(at)}, and at {_said(line.delivered_at)} by an earlier event")
    return Receipt(event.event_id, Status.APPLIED)


def known_at(event: Event) -> int:
    """When an event became known to the shop, in microseconds since 1970."""
    match event:
        case OrderPlaced():
            return event.order.ordered_at
        case LineDelivered():
            return event.delivered_at
        case LineReturned():
            return event.returned_at


def _in_time(closes_at: int | None, ordered_at: int) -> bool:
    """Whether a close that the shop gives lies after the order, and not for ever."""
    return closes_at is None or ordered_at <= closes_at <= ordered_at + LONGEST


def _groups(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Cut events into groups of about `LINES_AT_ONCE` lines, in their order."""
    group: list[Event] = []
    lines = 0
    for event in events:
        size = len(event.line_ids) if isinstance(event, OrderPlaced) else 1
        if group and lines + size > LINES_AT_ONCE:
            yield group
            group, lines = [], 0
        group.append(event)
        lines += size
    if group:
        yield group


def _refused(event: Event, why: str) -> Receipt:
    return Receipt(event.event_id, Status.REFUSED, why)
