"""Executes the feature definitions for baskets, from the state's counters as they are at the time of the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from data.schema import MICROSECONDS_PER_DAY
from features import facts
from features.basket import Row, line_nodes, rows
from features.definition import Event, Total, walk
from features.layout import Layout, layouts
from features.ledger import Ledger
from features.order import Customer, Order, Product
from features.outcomes import close_due
from features.program import Program
from features.recipe import Recipe
from features.stores.store import Agenda, Snapshot

Floats = npt.NDArray[np.float64]

CLOSES_AT_ONCE = 20
"""Due closes that a question applies itself; more wait for the writer, all of them, and the answer says so."""


@dataclass(frozen=True)
class Answer:
    """Features of all lines of the orders asked about, in their order.

    ``features`` has shape (lines, features), float64, NaN where missing. ``latest`` is the time of the latest fact
    that the state knows, in microseconds since 1970; None for an empty state. ``behind``: more windows had closed
    than a question counts by itself, and none of them is counted.
    """

    features: Floats
    latest: int | None
    behind: bool


class OnlineFeatures:
    """The features of one recipe."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.features = tuple(recipe.features())
        self.layouts = layouts(self.features)
        self.line_nodes = line_nodes([node for feature in self.features for node in walk(feature)])
        counters = [counter.name for layout in self.layouts for counter in layout.counters]
        self._program = Program(self.features, counters)
        self._reader = _Reader(self.layouts)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features' names, in the order of the columns."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def outcome_columns(self) -> tuple[str, ...]:
        """The line columns that counters of outcomes need: their keys' and those that they sum."""
        counters = (counter for layout in self.layouts for counter in layout.counters)
        outcomes = [counter for counter in counters if counter.event is not Event.ORDERED]
        names = {column.name for counter in outcomes for column in counter.key.columns}
        return tuple(sorted(names | {counter.value for counter in outcomes if counter.value}))

    def ask(self, snapshot: Snapshot, orders: Sequence[Order], clock: int | None = None) -> Answer:
        """Compute the features of every line of ``orders``, each as of its ``ordered_at``.

        A question from before an entity's latest event is answered as of that event: the state knows no earlier past.
        Windows that closed before the earliest of ``orders``, and before ``clock`` where it is given, count as closed.
        """
        products, customers, latest = self._known(snapshot, orders)
        lines = [
            line
            for order in orders
            for line in rows(order, self.line_nodes, products, customers.get(order.customer_id or "", _NOBODY))
        ]
        times = [order.ordered_at for order in orders]
        due = snapshot.due(Agenda.CLOSE, min(times if clock is None else [*times, clock]), CLOSES_AT_ONCE + 1)
        behind = len(due) > CLOSES_AT_ONCE
        counters = self._counters(snapshot, lines, [] if behind else due)
        return Answer(self._program.run(lines, counters), latest, behind)

    def without_state(self, orders: Sequence[Order]) -> Floats:
        """Compute the features as if nothing were known but the orders themselves; shape (lines, features)."""
        lines = [line for order in orders for line in rows(order, self.line_nodes, {}, _NOBODY)]
        records = [
            layout.absent if address is None else layout.empty
            for address, layout in zip(self._addresses(lines), self.layouts * len(lines), strict=True)
        ]
        return self._program.run(lines, self._reader.read(records, [line["ordered_at"] for line in lines]))

    def _known(
        self, snapshot: Snapshot, orders: Sequence[Order]
    ) -> tuple[dict[str, Product], dict[str, Customer], int | None]:
        product_ids = list(dict.fromkeys(line.product_id for order in orders for line in order.lines))
        customer_ids = list(dict.fromkeys(order.customer_id for order in orders if order.customer_id is not None))
        keys = [facts.LATEST]
        keys += [facts.product_key(each) for each in product_ids]
        keys += [facts.customer_key(each) for each in customer_ids]
        latest, *found = snapshot.get(keys)
        products = {
            each: facts.read_product(value)
            for each, value in zip(product_ids, found[: len(product_ids)], strict=True)
            if value is not None
        }
        customers = {
            each: facts.read_customer(value)
            for each, value in zip(customer_ids, found[len(product_ids) :], strict=True)
            if value is not None
        }
        return products, customers, facts.read_latest(latest)

    def _counters(self, snapshot: Snapshot, lines: list[Row], due: list[tuple[int, bytes]]) -> Floats:
        addresses = [layout.address(line) for line in lines for layout in self.layouts]
        wanted = list(dict.fromkeys(address for address in addresses if address is not None))
        found = dict(zip(wanted, snapshot.get(wanted), strict=True))
        if due:
            ledger = Ledger(snapshot, self.layouts)
            close_due(ledger, snapshot, due, self.recipe.outcome)
            found |= {address: changed for address in wanted if (changed := ledger.encoded(address)) is not None}
        records = [
            layout.absent if address is None else found[address] or layout.empty
            for address, layout in zip(addresses, self.layouts * len(lines), strict=True)
        ]
        return self._reader.read(records, [line["ordered_at"] for line in lines])

    def _addresses(self, lines: Sequence[Row]) -> list[bytes | None]:
        """Where the records of each line stand, line by line, layout by layout."""
        return [layout.address(line) for line in lines for layout in self.layouts]


_NOBODY = Customer()


class _Reader:
    """Turns the records of lines into counters, all at once: their layouts are the same for every line."""

    def __init__(self, all_layouts: tuple[Layout, ...]) -> None:
        starts = np.cumsum([0, *(layout.width for layout in all_layouts)])
        self._width = int(starts[-1])
        self._moments = starts[:-1]
        sizes = [len(layout.counters) for layout in all_layouts]
        counters = list(chain.from_iterable(layout.counters for layout in all_layouts))
        self._key_of = np.repeat(np.arange(len(all_layouts)), sizes)
        self._daily = np.array([layout.key.daily for layout in all_layouts])
        before = [start + 1 + place for start, size in zip(starts, sizes, strict=False) for place in range(size)]
        self._before = np.array(before)
        self._at = self._before + np.repeat(sizes, sizes)
        self._sums = np.array([counter.total is Total.SUM for counter in counters])
        self._firsts = np.flatnonzero([counter.total is Total.FIRST for counter in counters])
        self._lasts = np.flatnonzero([counter.total in (Total.MAX, Total.LATEST) for counter in counters])
        self._sum_places = np.flatnonzero(self._sums)
        decaying = [counter.half_life_days is not None for counter in counters]
        self._decaying = np.flatnonzero(decaying)
        self._microseconds = np.array(
            [(counter.half_life_days or 0) * MICROSECONDS_PER_DAY for counter in counters if counter.half_life_days]
        )

    def read(self, records: list[bytes], times: list[object]) -> Floats:
        """Give every counter of every line, shape (lines, counters); ``records`` go line by line, layout by layout."""
        numbers = np.frombuffer(b"".join(records)).reshape(len(times), self._width)
        now = np.array(times, dtype=np.float64)[:, None]
        moments = numbers[:, self._moments]
        visible = np.where(self._daily, now - now % MICROSECONDS_PER_DAY, now)
        later = (visible > moments)[:, self._key_of]
        before, at = numbers[:, self._before], numbers[:, self._at]
        for places, joined in ((self._sum_places, np.add), (self._firsts, np.fmin), (self._lasts, np.fmax)):
            both = joined(before[:, places], at[:, places])
            before[:, places] = np.where(later[:, places], both, before[:, places])
        passed = np.maximum(now - moments, 0)[:, self._key_of[self._decaying]]
        before[:, self._decaying] *= 2.0 ** (-passed / self._microseconds)
        return before
