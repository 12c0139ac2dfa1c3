"""Executes the feature definitions for baskets, from the counters of the online state at the scoring time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import cycle, groupby
from types import MappingProxyType
from typing import Any

import numpy as np

from data.arrays import Floats
from features.language.nodes import ASKED_AT, Counter, Feature, walk
from features.language.request_field import Labels
from features.online.known_labels import KnownLabels
from features.online.met import Meeting, Met
from features.online.other_size import OtherSize, Worked
from features.online.posteriors import OnlinePosteriors
from features.online.program import Program
from features.online_state import order_record, profiles
from features.online_state import records as state_records
from features.online_state.basket import RowForm, rows
from features.online_state.basket_nodes import Row
from features.online_state.changes.settling import recount
from features.online_state.contents import StateContents
from features.online_state.counters.addresses import Addresses
from features.online_state.counters.layout import Layout
from features.online_state.counters.ledger import Ledger
from features.online_state.counters.reader import CounterReader
from features.online_state.order import CustomerFacts, Order, ProductFacts
from features.online_state.order_life import lives
from features.online_state.profiles import CustomerRecord, ProductRecord, Survivor, survivor_of
from features.recipe import Recipe
from features.stores.memory import MemoryStore
from features.stores.store import Agenda, Snapshot

CLOSES_AT_ONCE = 20
"""The most due closes that one answer counts by itself. Where more are due, it counts none and is marked as behind."""


@dataclass(frozen=True)
class FeatureAnswer:
    """Features of all lines of the scored orders, in the order of the lines.

    ``features`` has shape (lines, features), float64, NaN where missing. ``latest`` are the times of the latest facts
    that the state knows. ``behind``: more than `CLOSES_AT_ONCE` closes are due, and none of them is counted yet.
    ``met``: whom and what the state has met. ``asked_rows``: the lines as they were asked about, with the facts that
    the state filled in. ``known_rows``: the same without the labels that are not known, as the features have them.
    ``worked``: what `OnlineFeatures.ask_in_sizes` goes on from; None for several orders, and where closes are due.
    """

    features: Floats
    latest: state_records.Latest
    behind: bool
    met: Met
    asked_rows: Sequence[Row] = ()
    known_rows: Sequence[Row] = ()
    worked: Worked | None = None


class OnlineFeatures:
    """The features of one recipe: all of them, or only those of the return score.

    ``features`` are those that come from counters; `names` has those that posteriors add, too. ``labels``: those that
    the model knows (`Bundle.known_labels`); a line with another one has the features of a line without the field.
    """

    def __init__(self, recipe: Recipe, labels: Labels = MappingProxyType({})) -> None:
        self.contents = StateContents(recipe)
        self._labels = KnownLabels(labels, recipe.request_fields(), self.contents.line_nodes)
        self._row_form = RowForm.of(recipe)
        self.features, self._layouts = self.contents.features, self.contents.layouts
        of_score = [feature for feature in self.features if not feature.only_reasons]
        self._of_score, self._every = _Formulas(of_score, self._layouts), _Formulas(self.features, self._layouts)
        self._counted = tuple(feature.name for feature in of_score)
        design = self.contents.posteriors
        self._addresses_of, self._meeting = Addresses(self._layouts), Meeting(self._layouts)
        self._posteriors = None if design is None else OnlinePosteriors(self.contents, design, self._counted)

    @cached_property
    def _other_size(self) -> OtherSize:
        contents, every = self.contents, self._every
        return OtherSize(
            every.program,
            contents.line_nodes,
            self._layouts,
            (self._row_form, self._labels),
            every.counters,
            len(self._counted),
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all features, in the order of the columns, which is the catalog's."""
        only_reasons = tuple(feature.name for feature in self.features if feature.only_reasons)
        return (*self.score_names, *only_reasons)

    @cached_property
    def score_names(self) -> tuple[str, ...]:
        """The names of the features that the return score reads: the first ones of `names`."""
        return self._counted if self._posteriors is None else (*self._counted, *self._posteriors.names)

    def ask(
        self,
        snapshot: Snapshot,
        orders: Sequence[Order],
        clock: int | None = None,
        *,
        reasons: bool = False,
        asked_at: Sequence[int] | None = None,
    ) -> FeatureAnswer:
        """Compute the features of every line of ``orders``.

        Where the scoring time is before an entity's latest event, the counters are those just before this event: the
        state keeps no earlier ones. Windows count as closed that closed before the earliest scoring time, and before
        ``clock`` where it is given.

        Parameters
        ----------
        reasons
            Compute all of `names`, with the features of the reason model; otherwise those of `score_names`.
        asked_at
            The scoring time of each order, microseconds since 1970; None for the times of the orders. An order that was
            placed before its scoring time is counted as any other (`features.language.nodes.ASKED_AT`).
        """
        moments = [order.ordered_at for order in orders] if asked_at is None else asked_at
        scorings = [_Scoring(order, at) for order, at in zip(orders, moments, strict=True)]
        return self._ask(snapshot, scorings, clock, reasons=reasons)

    def ask_lines(
        self, snapshot: Snapshot, asked: Sequence[tuple[Order, int]], clock: int | None = None, *, reasons: bool = False
    ) -> FeatureAnswer:
        """Compute the features of chosen lines, each given as an order and the line's place in this order.

        `ask` gives the same features for the same lines; ``clock`` and ``reasons`` are as in `ask`. Adjacent lines of
        one order cost less.

        Returns
        -------
        FeatureAnswer
            With ``features`` of shape (len(asked), features), in the order of ``asked``.

        Raises
        ------
        IndexError
            An order has no line at the given place.
        ValueError
            ``asked`` is empty.
        """
        if not asked:
            raise ValueError("expected at least one line, found none")
        same_order = groupby(asked, key=lambda pair: id(pair[0]))
        groups = [list(pairs) for _, pairs in same_order]
        orders = [(pairs[0][0], [place for _, place in pairs]) for pairs in groups]
        scorings = [_Scoring(order, order.ordered_at, places) for order, places in orders]
        return self._ask(snapshot, scorings, clock, reasons=reasons)

    def ask_in_sizes(self, snapshot: Snapshot, worked: Worked, changes: Sequence[tuple[int, str]]) -> Floats:
        """Compute the features of lines of one basket in other sizes, from what `ask` with reasons computed of it.

        `ask_lines` gives the same features for the changed baskets.

        Parameters
        ----------
        changes
            The line's place and its other size, at least one.

        Returns
        -------
        Floats
            Shape (changes, features of the score), in the order of `score_names`.
        """
        features, rows = self._other_size.ask(snapshot, worked, changes)
        if self._posteriors is None:
            return features
        levels = self._posteriors.asked(rows)
        found = _found(snapshot, [state_records.POSTERIORS, *levels.unread()])
        parts = self._posteriors.parts(snapshot, found, levels, rows, features)
        return _inserted(features, parts, len(self._counted))

    def _ask(
        self, snapshot: Snapshot, scorings: Sequence["_Scoring"], clock: int | None, *, reasons: bool
    ) -> FeatureAnswer:
        known = self._known(snapshot, [each.order for each in scorings])
        asked: list[Row] = []
        for each in scorings:
            asked += self._rows(known.resolved(each), known.products_at(each.order), known.customer_at(each.order))
        lines = self._labels.of(asked)
        times = [each.asked_at for each in scorings]
        before = min(times if clock is None else [*times, clock])
        due = snapshot.due(Agenda.CLOSE, before, CLOSES_AT_ONCE + 1)
        behind = len(due) > CLOSES_AT_ONCE
        addresses = self._addresses(lines)
        levels = None if self._posteriors is None else self._posteriors.asked_beside(addresses)
        unread = [] if levels is None else levels.unread()
        found = _found(snapshot, [*addresses, state_records.POSTERIORS, *unread])
        records = self._records(snapshot, addresses, found, [] if behind else due, before)
        features, values = self._formulas(reasons=reasons).worked(lines, records)
        whole = len(scorings) == 1 and scorings[0].places is None and reasons and not due
        worked = Worked(asked, values) if whole else None
        if self._posteriors is not None and levels is not None:
            parts = self._posteriors.parts(snapshot, found, levels, lines, features)
            features = _inserted(features, parts, len(self._counted))
        told = set(known.customers), set(known.products)
        met = self._meeting.of([(each.order, each.lines) for each in scorings], told, addresses, found)
        return FeatureAnswer(features, known.latest, behind, met, asked, lines, worked)

    def empty_state(self) -> MemoryStore:
        """Make a state in which nothing has happened: with it, `ask` runs all that it runs in service."""
        store = MemoryStore()
        if self._posteriors is not None:
            written = self._posteriors.untaught()
            store.write(lambda change: change.put(state_records.POSTERIORS, written))
        return store

    def _rows(self, asked: "_Scoring", products: dict[str, ProductFacts], customer: CustomerFacts) -> list[Row]:
        nodes = self.contents.basket_nodes
        return rows(asked.order, nodes, products, customer, asked.places, asked.asked_at, self._row_form)

    def _formulas(self, *, reasons: bool) -> "_Formulas":
        return self._every if reasons else self._of_score

    def _known(self, snapshot: Snapshot, orders: Sequence[Order]) -> "_Known":
        product_ids = list(dict.fromkeys(line.product_id for order in orders for line in order.lines))
        customer_ids = list(dict.fromkeys(order.customer_id for order in orders if order.customer_id is not None))
        keys = [state_records.LATEST]
        keys += [state_records.product_key(each) for each in product_ids]
        keys += [state_records.customer_key(each) for each in customer_ids]
        latest, *found = snapshot.get(keys)
        products = {
            each: profiles.read_product(value)
            for each, value in zip(product_ids, found[: len(product_ids)], strict=True)
            if value is not None
        }
        customers = {
            each: survivor_of(each, profiles.read_customer(value), partial(_customer, snapshot))
            for each, value in zip(customer_ids, found[len(product_ids) :], strict=True)
            if value is not None
        }
        return _Known(products, customers, state_records.read_latest(latest))

    def _records(
        self,
        snapshot: Snapshot,
        addresses: Sequence[bytes | None],
        found: Mapping[bytes, bytes | None],
        due: list[tuple[int, bytes]],
        now: int,
    ) -> list[bytes]:
        """The records at ``addresses``, line by line, layout by layout, with the closes in ``due`` counted.

        ``found``: what the store has there.
        """
        counted = found
        if due:
            ledger = self._with_closes(snapshot, list(dict.fromkeys(key for _, key in due)), now)
            changed = {address: ledger.encoded(address) for address in addresses if address is not None}
            counted = {**found} | {address: record for address, record in changed.items() if record is not None}
        return [
            layout.absent if address is None else counted[address] or layout.empty
            for address, layout in zip(addresses, cycle(self._layouts), strict=False)
        ]

    def _with_closes(self, snapshot: Snapshot, keys: Sequence[bytes], now: int) -> Ledger:
        """The records that change where the windows of the orders at ``keys`` close that are due before ``now``."""
        ledger, outcome = Ledger(snapshot, self._layouts), self.contents.recipe.outcome
        orders = [order_record.read(value) for value in snapshot.get(keys) if value is not None]
        for order in orders:
            recount(ledger, order, lives(order, outcome), (now, now))
        return ledger

    def _addresses(self, lines: Sequence[Row]) -> list[bytes | None]:
        """The store's keys of each line's records, by line and layout; None where a key column is missing."""
        addresses = self._addresses_of.of
        return [address for line in lines for address in addresses(line)]


_NOBODY = CustomerFacts()


def _found(snapshot: Snapshot, keys: Sequence[bytes | None]) -> dict[bytes, bytes | None]:
    """The records at ``keys``, each key once."""
    wanted = dict.fromkeys(keys)
    wanted.pop(None, None)
    names: list[Any] = list(wanted)
    return dict(zip(names, snapshot.get(names), strict=True))


def _inserted(features: Floats, more: Floats, place: int) -> Floats:
    """The columns of ``features`` with those of ``more`` from column ``place`` on."""
    return np.concatenate([features[:, :place], more, features[:, place:]], axis=1)


def _customer(snapshot: Snapshot, customer_id: str) -> CustomerRecord:
    (value,) = snapshot.get([state_records.customer_key(customer_id)])
    return CustomerRecord() if value is None else profiles.read_customer(value)


@dataclass(frozen=True)
class _Known:
    """The records of the products and customers of the scored orders; those without a record are left out."""

    products: dict[str, ProductRecord]
    customers: dict[str, Survivor]
    latest: state_records.Latest

    def products_at(self, order: Order) -> dict[str, ProductFacts]:
        """The facts of the order's products that were known before it."""
        found = {line.product_id: self.products.get(line.product_id) for line in order.lines}
        return {each: record.at(order.ordered_at) for each, record in found.items() if record is not None}

    def customer_at(self, order: Order) -> CustomerFacts:
        """The facts of the order's customer that were known before it."""
        survivor = self.customers.get(order.customer_id or "")
        if survivor is None or not survivor.owns(order.ordered_at):
            return _NOBODY
        return survivor.record.at(order.ordered_at)

    def resolved(self, asked: "_Scoring") -> "_Scoring":
        """The order with the customer that its own was merged into; with nobody, where that customer was erased."""
        customer_id = asked.order.customer_id
        survivor = self.customers.get(customer_id or "")
        if survivor is None or (survivor.customer_id == customer_id and survivor.owns(asked.order.ordered_at)):
            return asked
        owned = survivor.owns(asked.order.ordered_at)
        order = replace(asked.order, customer_id=survivor.customer_id if owned else None)
        return replace(asked, order=order)


@dataclass(frozen=True, slots=True)
class _Scoring:
    """An order and its scoring time; ``places`` are the wanted lines, None for all."""

    order: Order
    asked_at: int
    places: Sequence[int] | None = None

    @property
    def lines(self) -> Sequence[int]:
        """The places of the wanted lines."""
        return range(len(self.order.lines)) if self.places is None else self.places


class _Formulas:
    """Computes some features from lines and their records; it reads only the counters of these features."""

    def __init__(self, features: Sequence[Feature], all_layouts: tuple[Layout, ...]) -> None:
        counters = {node.name for feature in features for node in walk(feature) if isinstance(node, Counter)}
        self._reader = CounterReader(all_layouts, counters)
        self.program = Program(features, self._reader.names)

    @property
    def counters(self) -> Sequence[str]:
        """The names of the counters that are read."""
        return self._reader.names

    def worked(self, lines: list[Row], records: list[bytes]) -> tuple[Floats, Floats]:
        """Give features and values as `Program.worked` does; ``records`` are in the order of lines, then of layouts."""
        return self.program.worked(lines, self._reader.read(records, [line[ASKED_AT.name] for line in lines]))
