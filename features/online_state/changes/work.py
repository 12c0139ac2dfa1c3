"""The context of one transaction on the online state: its store, its counters and the time of the clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.times import SLIGHTLY_AHEAD
from features.online_state import fact_days, order_record, profiles, records
from features.online_state.basket import RowForm
from features.online_state.contents import StateContents
from features.online_state.counters.ledger import Ledger
from features.online_state.order_record import OrderRecord
from features.online_state.profiles import CustomerRecord, ProductRecord, Survivor, survivor_of
from features.online_state.records import BY_THE_CLOCK, Latest, Silence
from features.stores.store import Agenda, Snapshot, Transaction


@dataclass(frozen=True)
class Retention:
    """How long facts are kept, and waited for, in microseconds.

    ``remember``: an order is kept so long after the close of its last line, an event so long after its arrival.
    ``max_delay``: the longest time from the order of a line to its close. ``silence``: as `Latest.closing_time`.
    """

    remember: int
    max_delay: int
    silence: Silence = BY_THE_CLOCK


class Reading:
    """The records of one moment of the state, and the time of the clock."""

    def __init__(self, store: Snapshot, contents: StateContents, terms: Retention, now: int) -> None:
        self.store, self.terms, self.now = store, terms, now
        self.outcome = contents.recipe.outcome

    def order(self, key: bytes) -> OrderRecord | None:
        """Read the order at ``key``; None where it is not known."""
        (value,) = self.store.get([key])
        return None if value is None else order_record.read(value)

    def products(self, product_ids: list[str]) -> dict[str, ProductRecord]:
        """Read products; one that is not known has no facts."""
        found = self.store.get([records.product_key(each) for each in product_ids])
        return {
            each: ProductRecord() if value is None else profiles.read_product(value)
            for each, value in zip(product_ids, found, strict=True)
        }

    def customer(self, customer_id: str) -> CustomerRecord:
        """Read a customer; one that is not known has no facts."""
        (value,) = self.store.get([records.customer_key(customer_id)])
        return CustomerRecord() if value is None else profiles.read_customer(value)

    def survivor(self, customer_id: str) -> Survivor:
        """Find the customer that ``customer_id`` was merged into, or itself."""
        return survivor_of(customer_id, self.customer(customer_id), self.customer)


class Work(Reading):
    """One transaction: counters are changed in memory, and written by `finish`.

    ``keys``: those of customers whose records are moved or dropped, as `Store.keys` found them before.
    """

    store: Transaction

    def __init__(
        self, store: Transaction, contents: StateContents, terms: Retention, now: int, keys: Sequence[bytes] = ()
    ) -> None:
        super().__init__(store, contents, terms, now)
        self._keys = keys
        self.basket_nodes, self.columns = contents.basket_nodes, contents.counted_columns
        self.row_form, self.layouts, self.levels = RowForm.of(contents.recipe), contents.layouts, contents.levels
        self.ledger = Ledger(store, contents.layouts)
        latest, days, counted = store.get([records.LATEST, records.DAYS, records.COUNTED])
        self._latest = records.read_latest(latest)
        self._known_days = self._days = records.read_days(days, self._latest)
        self._known_close = self._close = records.read_counted(counted)

    @property
    def closing_time(self) -> int:
        """The time up to which return windows have closed, by the outcomes known so far."""
        return self._latest.closing_time(self.now, self.terms.silence)

    def keys_of(self, prefix: bytes) -> list[bytes]:
        """Give the keys that begin with ``prefix``: those found before, and those of counters changed here."""
        before = {key for key in self._keys if key.startswith(prefix)}
        return sorted(before.union(self.ledger.addresses(prefix)))

    def note(self, order: int | None = None, delivery: int | None = None, outcome: int | None = None) -> None:
        """Note the times of facts; the latest and the days of each kind show how current the state is.

        A fact ahead of the clock shows that the feed lives now, and no more: it is noted again at its time.
        """
        ahead = self.now + SLIGHTLY_AHEAD
        times = [self.now if at is not None and at > ahead else at for at in (order, delivery, outcome)]
        self._latest = self._latest.joined(Latest(*times))
        for kind, at in zip(fact_days.KINDS, times, strict=True):
            if at is not None:
                self._days = self._days.with_fact(kind, at)

    def note_closes(self, closes: Iterable[int]) -> None:
        """Note closes that counters hold: a basket of before the latest one can't be answered as of its time."""
        known = () if self._close is None else (self._close,)
        self._close = max([*known, *closes], default=None)

    def finish(self) -> None:
        """Write the counters that were changed, and the times of the latest facts and close."""
        self.ledger.write(self.store)
        self.store.put(records.LATEST, records.write_latest(self._latest))
        if self._days != self._known_days:
            self.store.put(records.DAYS, fact_days.write(self._days))
        if self._close is not None and self._close != self._known_close:
            self.store.put(records.COUNTED, records.write_counted(self._close))

    def changed(self, key: bytes) -> None:
        """Note that an event changed the order, product or customer at ``key``: the next export of tables reads it."""
        self.store.schedule(Agenda.CHANGED, self.now, key)

    def put_customer(self, customer_id: str, customer: CustomerRecord) -> None:
        """Write a customer."""
        key = records.customer_key(customer_id)
        self.store.put(key, profiles.write_customer(customer))
        self.changed(key)
