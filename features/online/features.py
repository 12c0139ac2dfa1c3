"""Executes the feature definitions for baskets, from the state's counters as they are at the time of the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from data.arrays import Floats
from features.language.nodes import ASKED_AT, Counter, Feature, walk
from features.online.program import Program
from features.online_state import records as state_records
from features.online_state.basket import Row, rows
from features.online_state.contents import StateContents
from features.online_state.counters.layout import Layout
from features.online_state.counters.ledger import Ledger
from features.online_state.counters.reader import CounterReader
from features.online_state.order import CustomerFacts, Order, ProductFacts
from features.online_state.outcomes import close_due
from features.recipe import Recipe
from features.stores.store import Agenda, Snapshot

CLOSES_AT_ONCE = 20
"""Due closes that a question applies itself; more wait for the writer, all of them, and the answer says so."""


@dataclass(frozen=True)
class FeatureAnswer:
    """Features of all lines of the orders asked about, in their order.

    ``features`` has shape (lines, features), float64, NaN where missing. ``latest`` is the time of the latest fact
    that the state knows, in microseconds since 1970; None for an empty state. ``behind``: more windows had closed
    than a question counts by itself, and none of them is counted.
    """

    features: Floats
    latest: int | None
    behind: bool


class OnlineFeatures:
    """The features of one recipe: all of them, or only those of the return score."""

    def __init__(self, recipe: Recipe) -> None:
        self.contents = StateContents(recipe)
        self.features, self._layouts = self.contents.features, self.contents.layouts
        self._of_score = _Formulas([feature for feature in self.features if not feature.only_reasons], self._layouts)
        self._every = _Formulas(self.features, self._layouts)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all features, in the order of the columns, which is the catalog's."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def score_names(self) -> tuple[str, ...]:
        """The names of the features that the return score reads: the first ones of `names`."""
        return tuple(feature.name for feature in self.features if not feature.only_reasons)

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

        A question from before an entity's latest event is answered as of that event: the state knows no earlier past.
        Windows that closed before the earliest question, and before ``clock`` where it is given, count as closed.

        Parameters
        ----------
        reasons
            Compute all of `names`, also what the reason model reads; otherwise those of `score_names`.
        asked_at
            The moment of the question about each order, microseconds since 1970; None for those of the orders. An
            order that was placed before is counted as any other (`features.language.nodes.ASKED_AT`).
        """
        moments = [order.ordered_at for order in orders] if asked_at is None else asked_at
        questions = [_Question(order, at) for order, at in zip(orders, moments, strict=True)]
        return self._ask(snapshot, questions, clock, reasons=reasons)

    def ask_lines(
        self, snapshot: Snapshot, asked: Sequence[tuple[Order, int]], clock: int | None = None, *, reasons: bool = False
    ) -> FeatureAnswer:
        """Compute the features of chosen lines, each given as an order and the line's place in it.

        They are those that `ask` gives for the same lines; ``clock`` and ``reasons`` are as it takes them. Lines of one
        order cost less when they stand together.

        Returns
        -------
        Answer
            With ``features`` of shape (len(asked), features), in the order of ``asked``.

        Raises
        ------
        IndexError
            An order has no line at that place.
        ValueError
            ``asked`` is empty.
        """
        if not asked:
            raise ValueError("ask about one line at least")
        same_order = groupby(asked, key=lambda pair: id(pair[0]))
        groups = [list(pairs) for _, pairs in same_order]
        orders = [(pairs[0][0], [place for _, place in pairs]) for pairs in groups]
        questions = [_Question(order, order.ordered_at, places) for order, places in orders]
        return self._ask(snapshot, questions, clock, reasons=reasons)

    def _ask(
        self, snapshot: Snapshot, questions: Sequence["_Question"], clock: int | None, *, reasons: bool
    ) -> FeatureAnswer:
        products, customers, latest = self._known(snapshot, [each.order for each in questions])
        lines: list[Row] = []
        for each in questions:
            customer = customers.get(each.order.customer_id or "", _NOBODY)
            lines += rows(each.order, self.contents.line_nodes, products, customer, each.places, each.asked_at)
        times = [each.asked_at for each in questions]
        due = snapshot.due(Agenda.CLOSE, min(times if clock is None else [*times, clock]), CLOSES_AT_ONCE + 1)
        behind = len(due) > CLOSES_AT_ONCE
        records = self._records(snapshot, lines, [] if behind else due)
        return FeatureAnswer(self._formulas(reasons=reasons).run(lines, records), latest, behind)

    def without_state(self, orders: Sequence[Order], *, reasons: bool = False) -> Floats:
        """Compute the features as if nothing were known but the orders themselves; shape (lines, features).

        ``reasons`` as `ask` takes it.
        """
        lines = [line for order in orders for line in rows(order, self.contents.line_nodes, {}, _NOBODY)]
        records = [
            layout.absent if address is None else layout.empty
            for address, layout in zip(self._addresses(lines), self._layouts * len(lines), strict=True)
        ]
        return self._formulas(reasons=reasons).run(lines, records)

    def _formulas(self, *, reasons: bool) -> "_Formulas":
        return self._every if reasons else self._of_score

    def _known(
        self, snapshot: Snapshot, orders: Sequence[Order]
    ) -> tuple[dict[str, ProductFacts], dict[str, CustomerFacts], int | None]:
        product_ids = list(dict.fromkeys(line.product_id for order in orders for line in order.lines))
        customer_ids = list(dict.fromkeys(order.customer_id for order in orders if order.customer_id is not None))
        keys = [state_records.LATEST]
        keys += [state_records.product_key(each) for each in product_ids]
        keys += [state_records.customer_key(each) for each in customer_ids]
        latest, *found = snapshot.get(keys)
        products = {
            each: state_records.read_product(value)
            for each, value in zip(product_ids, found[: len(product_ids)], strict=True)
            if value is not None
        }
        customers = {
            each: state_records.read_customer(value)
            for each, value in zip(customer_ids, found[len(product_ids) :], strict=True)
            if value is not None
        }
        return products, customers, state_records.read_latest(latest)

    def _records(self, snapshot: Snapshot, lines: list[Row], due: list[tuple[int, bytes]]) -> list[bytes]:
        """The records of each line, line by line, layout by layout, with ``due`` closes counted."""
        addresses = self._addresses(lines)
        wanted = list(dict.fromkeys(address for address in addresses if address is not None))
        found = dict(zip(wanted, snapshot.get(wanted), strict=True))
        if due:
            ledger = Ledger(snapshot, self._layouts)
            close_due(ledger, snapshot, due, self.contents.recipe.outcome)
            found |= {address: changed for address in wanted if (changed := ledger.encoded(address)) is not None}
        return [
            layout.absent if address is None else found[address] or layout.empty
            for address, layout in zip(addresses, self._layouts * len(lines), strict=True)
        ]

    def _addresses(self, lines: Sequence[Row]) -> list[bytes | None]:
        """Where the records of each line stand, line by line, layout by layout."""
        return [layout.address(line) for line in lines for layout in self._layouts]


_NOBODY = CustomerFacts()


@dataclass(frozen=True, slots=True)
class _Question:
    """Lines of an order, by their places in it, as of a moment; None for all of its lines."""

    order: Order
    asked_at: int
    places: Sequence[int] | None = None


class _Formulas:
    """Computes some features from the lines and their records, and reads no other counters than theirs."""

    def __init__(self, features: Sequence[Feature], all_layouts: tuple[Layout, ...]) -> None:
        counters = {node.name for feature in features for node in walk(feature) if isinstance(node, Counter)}
        self._reader = CounterReader(all_layouts, counters)
        self._program = Program(features, self._reader.names)

    def run(self, lines: list[Row], records: list[bytes]) -> Floats:
        """Give shape (lines, features); ``records`` go line by line, layout by layout."""
        return self._program.run(lines, self._reader.read(records, [line[ASKED_AT.name] for line in lines]))
