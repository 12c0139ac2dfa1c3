"""What a customer could change in a basket about one of its lines, as baskets to ask about.

A changed basket is asked about as any other, so that what comes out is the model's own answer. Prices stay as they are.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from features.language.nodes import LineEvent, Total
from features.language.sizes import nearby, steps
from features.online_state.contents import StateContents
from features.online_state.counters.layout import Layout, address
from features.online_state.counters.reader import CounterReader
from features.online_state.order import Order, OrderLine
from features.stores.store import Snapshot

Variant = tuple[str, str]
"""A product's id and the label of a size."""
VARIANT_COLUMNS = ("product_id", "size")
"""The line columns that name one: what the state counts by them says which sizes a product was sold in."""

LEAST_GAIN = 0.05
"""A change that lowers the probability by less is not worth a customer's while: none such is told, or counted."""


class Change(StrEnum):
    """What a customer can do about a line."""

    WITHOUT_OTHER_SIZES = "without_other_sizes"  # leave out the same product in other sizes, whatever their color
    WITHOUT_OTHER_COLORS = "without_other_colors"  # leave out the same product in the same size in other colors
    OTHER_SIZE = "other_size"  # take the next smaller or the next larger size that is sold


@dataclass(frozen=True)
class ChangedBasket:
    """One change of a basket, for the sake of one line.

    ``line`` is the line's place in the basket as it is, ``place`` that in ``order``, the changed one. ``size`` is what
    the line has instead, of OTHER_SIZE only. ``removed`` are the places of the lines left out, ascending, in the basket
    as it is.
    """

    change: Change
    line: int
    order: Order
    place: int
    size: str | None = None
    removed: tuple[int, ...] = ()


class SoldSizes:
    """Which sizes of a product were sold before, by the counters of a state."""

    def __init__(self, contents: StateContents) -> None:
        layout = next((each for each in contents.layouts if each.columns == VARIANT_COLUMNS), None)
        self._by_variant = None if layout is None else (layout, CounterReader((layout,), _settled(layout)))

    def of(self, snapshot: Snapshot, variants: Sequence[Variant], at: int) -> set[Variant]:
        """Pick those of ``variants`` of which a line was settled before ``at``, as far as the state has counted.

        None of them are picked where the state doesn't count by product and size.
        """
        if self._by_variant is None or not variants:
            return set()
        layout, reader = self._by_variant
        addresses = [address([layout.key.name, *variant]) for variant in variants]
        records = [record or layout.empty for record in snapshot.get(addresses)]
        counts = reader.read(records, [at] * len(records)).sum(axis=1)
        return {variant for variant, count in zip(variants, counts, strict=True) if count > 0}


def _settled(layout: Layout) -> set[str]:
    """The counters of lines that came back, and of those that were kept."""
    plain = [each for each in layout.counters if each.value is None and each.half_life_days is None]
    return {each.name for each in plain if each.event is not LineEvent.ORDERED and each.total is Total.SUM}


def what_ifs(
    sold_sizes: SoldSizes,
    snapshot: Snapshot,
    order: Order,
    asked: Sequence[tuple[int, AbstractSet[Change]]],
    most: int,
) -> list[ChangedBasket]:
    """Find the changes that can be made; `OnlineFeatures.ask_lines` computes the features of what comes out.

    They go by line in the order of ``asked``, by change in the order of `Change`, the smaller size before the
    larger. Lines that don't say their size, or color, are never taken for another one. A size is not offered that
    stands in the basket already for the same product, and none beyond it.

    Parameters
    ----------
    sold_sizes, snapshot
        Say which sizes of a product were sold, where the line itself doesn't say which ones are on sale: those near
        its own of which a line was settled. The snapshot is only read, once.
    asked
        Lines by their places in ``order``, those that matter most first, and what to change about each.
    most
        How many to find at most, from 0; so many products and sizes at most are looked up.

    Raises
    ------
    IndexError
        The order has no line at a place.
    """
    sold = sold_sizes.of(snapshot, _to_look_up(order, asked, most), order.ordered_at)
    return list(islice((each for place, changes in asked for each in _of_line(order, place, changes, sold)), most))


def _to_look_up(order: Order, asked: Sequence[tuple[int, AbstractSet[Change]]], most: int) -> list[Variant]:
    """The products in sizes that the state has to know."""
    lines = [order.lines[place] for place, changes in asked if Change.OTHER_SIZE in changes]
    unsaid = [(line.product_id, line.size) for line in lines if line.size is not None and line.sizes_on_sale is None]
    variants = islice(dict.fromkeys(unsaid), most)
    return [(product_id, label) for product_id, size in variants for label in nearby(size)]


def _of_line(
    order: Order, place: int, changes: AbstractSet[Change], sold: AbstractSet[Variant]
) -> Iterator[ChangedBasket]:
    own = order.lines[place]
    same = [(at, line) for at, line in enumerate(order.lines) if line.product_id == own.product_id]
    if Change.WITHOUT_OTHER_SIZES in changes:
        sizes = tuple(at for at, line in same if _differ(line.size, own.size))
        yield from _without(Change.WITHOUT_OTHER_SIZES, order, place, sizes)
    if Change.WITHOUT_OTHER_COLORS in changes:
        colors = tuple(at for at, line in same if line.size == own.size and _differ(line.color, own.color))
        yield from _without(Change.WITHOUT_OTHER_COLORS, order, place, colors)
    if Change.OTHER_SIZE in changes:
        for size in _next_sizes(own, sold):
            if size not in {line.size for _, line in same}:
                yield ChangedBasket(Change.OTHER_SIZE, place, _in_size(order, place, size), place, size)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _without(change: Change, order: Order, place: int, removed: tuple[int, ...]) -> Iterator[ChangedBasket]:
    if removed:
        lines = tuple(line for at, line in enumerate(order.lines) if at not in removed)
        new_place = place - sum(at < place for at in removed)
        yield ChangedBasket(change, place, replace(order, lines=lines), new_place, removed=removed)


def _next_sizes(line: OrderLine, sold: AbstractSet[Variant]) -> Iterator[str]:
    """The next smaller, then the next larger size."""
    if line.size is None:
        return
    labels = line.sizes_on_sale
    if labels is None:
        labels = tuple(label for label in nearby(line.size) if (line.product_id, label) in sold)
    apart = {label: by for label in labels if (by := steps(line.size, label))}
    for side in (-1, 1):
        there = [label for label, by in apart.items() if by * side > 0]
        if there:
            yield min(there, key=lambda label: abs(apart[label]))


def _in_size(order: Order, place: int, size: str) -> Order:
    changed = replace(order.lines[place], size=size)
    return replace(order, lines=(*order.lines[:place], changed, *order.lines[place + 1 :]))
