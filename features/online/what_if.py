"""What-ifs: the changes that a customer could make to a line of a basket, each as a changed basket.

A changed basket is scored as any other, so that its score is the model's own answer. Prices stay as they are.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from data.reading.labels import normal_form
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
"""The line columns that name a variant: the state's counters by these show which sizes of a product were sold."""

LEAST_GAIN = 0.05
"""The least gain: a what-if that lowers the probability by less is neither reported nor counted."""


class Change(StrEnum):
    """What a customer can do about a line."""

    WITHOUT_OTHER_SIZES = "without_other_sizes"  # leave out the same product in other sizes, whatever their color
    WITHOUT_OTHER_COLORS = "without_other_colors"  # leave out the same product in the same size in other colors
    OTHER_SIZE = "other_size"  # take the next smaller or the next larger size that is sold


@dataclass(frozen=True)
class ChangedBasket:
    """A basket after one change for one line.

    ``order`` is the changed basket. ``line`` is the line's place in the original basket, ``place`` its place in
    ``order``. ``size`` is the line's new size; only OTHER_SIZE has one. ``removed`` are the places of the lines that
    are left out, ascending, in the original one.
    """

    change: Change
    line: int
    order: Order
    place: int
    size: str | None = None
    removed: tuple[int, ...] = ()


class SoldSizes:
    """The sizes of a product that were sold before, by the counters of a state."""

    def __init__(self, contents: StateContents) -> None:
        layout = next((each for each in contents.layouts if each.columns == VARIANT_COLUMNS), None)
        self._by_variant = None if layout is None else (layout, CounterReader((layout,), _settled(layout)))
        self._normal = contents.recipe.normal_labels

    def of(self, snapshot: Snapshot, variants: Sequence[Variant], at: int) -> set[Variant]:
        """Pick the ``variants`` with a line that was settled before ``at``, by the counters of the state.

        Nothing is picked where the state doesn't count by product and size.
        """
        if self._by_variant is None or not variants:
            return set()
        layout, reader = self._by_variant
        addresses = [address([layout.key.name, product_id, self._read(size)]) for product_id, size in variants]
        pairs = zip(variants, snapshot.get(addresses), strict=True)
        known = [(variant, record) for variant, record in pairs if record is not None]
        if not known:
            return set()
        counts = reader.read([record for _, record in known], [at] * len(known)).sum(axis=1).tolist()
        return {variant for (variant, _), count in zip(known, counts, strict=True) if count > 0}

    def _read(self, size: str) -> str:
        return (normal_form(size) or size) if self._normal else size


def _settled(layout: Layout) -> set[str]:
    """The names of the counters of returned and of kept lines."""
    plain = [each for each in layout.counters if each.value is None and each.half_life_days is None]
    return {each.name for each in plain if each.event is not LineEvent.ORDERED and each.total is Total.SUM}


def what_ifs(
    sold_sizes: SoldSizes,
    snapshot: Snapshot,
    order: Order,
    asked: Sequence[tuple[int, AbstractSet[Change]]],
    most: int,
) -> list[ChangedBasket]:
    """Find the what-ifs of a basket; `OnlineFeatures.ask_lines` computes the features of the changed baskets.

    The order is that of ``asked``, then that of `Change`; the smaller size comes before the larger. A line
    without a size (or color) never counts as one in another size (or color). A size is not offered where the basket has
    the same product in this size already, and then no size beyond it is offered either.

    Parameters
    ----------
    sold_sizes, snapshot
        Used where a line has no `OrderLine.sizes_on_sale`: then the sizes on sale are those near its own with a settled
        line. The snapshot is read once and not changed.
    asked
        The lines by their places in ``order``, the most important first, each with the changes to try.
    most
        The most what-ifs to find, from 0; also the most pairs of product and size whose neighbours are looked up.

    Raises
    ------
    IndexError
        The order has no line at a given place.
    """
    sold = sold_sizes.of(snapshot, _to_look_up(order, asked, most), order.ordered_at)
    return list(islice((each for place, changes in asked for each in _of_line(order, place, changes, sold)), most))


def _to_look_up(order: Order, asked: Sequence[tuple[int, AbstractSet[Change]]], most: int) -> list[Variant]:
    """The variants to look up in the state."""
    lines = [order.lines[place] for place, changes in asked if Change.OTHER_SIZE in changes]
    wanted = [(line.product_id, line.size) for line in lines if line.size is not None and line.sizes_on_sale is None]
    variants = islice(dict.fromkeys(wanted), most)
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
        colors = tuple(
            at for at, line in same if _form(line.size) == _form(own.size) and _differ(line.color, own.color)
        )
        yield from _without(Change.WITHOUT_OTHER_COLORS, order, place, colors)
    if Change.OTHER_SIZE in changes:
        for size in _next_sizes(own, sold):
            if _form(size) not in {_form(line.size) for _, line in same}:
                yield ChangedBasket(Change.OTHER_SIZE, place, _in_size(order, place, size), place, size)


def _differ(one: str | None, other: str | None) -> bool:
    here, there = _form(one), _form(other)
    return here is not None and there is not None and here != there


def _form(label: str | None) -> str | None:
    return None if label is None else normal_form(label)


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
