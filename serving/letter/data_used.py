"""Lists the data that the served model used: what an order says, what is known of the person, and what of all orders.

Which data these are follows from the definitions of the model's features. So a feature that reads a column without a
place in the list is an error here, and not a gap in a letter.
"""

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from data.attributes import PREFIX, Attribute, Kind
from data.schema import CUSTOMERS
from data.times import from_us
from features.language.nodes import (
    ASKED_AT,
    PIECES_VALUE,
    BasketCounter,
    Counter,
    LineColumn,
    Node,
    walk,
)
from features.language.reasons import REASON_COLUMNS
from features.online_state.contents import FIRST_IN_ORDER, StateContents
from features.online_state.order import Order
from serving.letter.language import Language
from serving.letter.variations import FIELDS

WHO: Final = "customer_id"
Facts = Sequence[Mapping[str, object]]
"""The lines as they were asked about, with the facts that the state filled in."""


class Entry(StrEnum):
    """An entry of the list."""

    HISTORY = "history"
    FIELDS = "given"
    ITEMS = "items"
    TIME = "time"
    PERSON = "person"
    ATTRIBUTES = "attributes"
    OTHERS = "others"


OF_PERSON: Final = ("registered_at", "birth_year", "title")
"""Facts of customers beside their attributes."""
OF_ITEMS: Final = (
    *("product_id", "quantity", "price_minor", "value_minor", "list_price_minor", "size", "size_system", "size_value"),
    *("color", "department", "category", "brand", "supplier", "launched_at"),
)
PLACES: Final[Mapping[str, Entry]] = {
    WHO: Entry.HISTORY,
    **dict.fromkeys(FIELDS, Entry.FIELDS),
    **dict.fromkeys(OF_ITEMS, Entry.ITEMS),
    **dict.fromkeys(("ordered_at", ASKED_AT.name), Entry.TIME),
    **dict.fromkeys(OF_PERSON, Entry.PERSON),
}
"""The entry to which each column of a line belongs."""
OF_EVENTS: Final = frozenset({PIECES_VALUE, FIRST_IN_ORDER, *REASON_COLUMNS})
"""Columns of what happened to earlier lines: parts of a history, and never of the order itself."""


@dataclass(frozen=True)
class Reads:
    """What a model reads: the entries, the columns of lines, and the attributes that the shop declares among them."""

    entries: frozenset[Entry]
    columns: frozenset[str]
    attributes: tuple[Attribute, ...]

    @classmethod
    def of(cls, contents: StateContents) -> "Reads":
        """Find what the score of a model with these contents reads."""
        nodes: list[Node] = [feature for feature in contents.features if not feature.only_reasons]
        levels = [] if contents.posteriors is None else [kind.key.columns for kind in contents.posteriors.kinds]
        columns = frozenset().union(
            *(columns_of(node) for node in nodes), *(columns_of(column) for key in levels for column in key)
        )
        entries = {entry_of(column) for column in columns}
        entries |= {Entry.OTHERS} if levels or any(counts_others(node) for node in nodes) else set()
        declared = tuple(each for each in contents.recipe.attributes if each.column in columns)
        return cls(frozenset(entries), columns, declared)


@dataclass(frozen=True)
class Asked:
    """What was asked: the ``order``, its lines as ``facts``, and the fields whose label is ``unlearned``.

    Such a label the model does not know, so that it took the field as missing.
    """

    order: Order
    facts: Facts
    unlearned: Container[str] = ()


def entry_of(column: str) -> Entry:
    """The entry to which a column belongs; `KeyError` for one that the letter has no words for."""
    return Entry.ATTRIBUTES if column.startswith(PREFIX) else PLACES[column]


def columns_of(node: Node) -> frozenset[str]:
    """The columns of lines that a feature reads, by its definition; earlier lines among them."""
    return frozenset().union(*(_own(part) for part in walk(node))) - OF_EVENTS


def counts_others(feature: Node) -> bool:
    """Whether a feature counts lines of all customers."""
    return any(isinstance(part, Counter) and not _is_of_customer(part) for part in walk(feature))


def _own(part: Node) -> Iterable[str]:
    match part:
        case LineColumn():
            return (part.name,)
        case BasketCounter():
            return ("product_id", *part.columns, *([part.value] if part.value else ()))  # it counts items
        case Counter():
            return (part.value,) if part.value and part.derived is None else ()
        case _:
            return ()


def _is_of_customer(counter: Counter) -> bool:
    return any(column.name == WHO for column in counter.key.columns)


def points(reads: Reads, asked: Asked, history: tuple[bool, datetime], items: str, language: Language) -> Iterator[str]:
    """Write the list, a point each.

    ``history``: whether the state counts anything of the person's earlier orders, and until when it knows. ``items``:
    the items of the order in words.
    """

    def given(field: str, value: str, name: str) -> str:
        if name in asked.unlearned:
            value = language.say("data", "unlearned", value=value)
        return _sentence(language.say("data", "given", field=field, value=value))

    order, facts = asked.order, asked.facts

    yield _history(order, *history, language)
    for name in FIELDS:
        value = getattr(order, name)
        if value is not None:
            yield given(language.say("field", name), written(value, language), name)
    yield language.say("data", "items", items=items)
    if Entry.TIME in reads.entries:
        yield language.say("data", "time", day=language.day(from_us(order.ordered_at)))
    for name in OF_PERSON:
        value = facts[0].get(name)
        if name in reads.columns and value is not None:
            yield given(language.say("field", name), _of_person(name, value, language), f"customer.{name}")
    for each in reads.attributes:
        yield given(each.words, _attribute(each, facts, language), f"customer.attributes.{each.name}")
    if Entry.OTHERS in reads.entries:
        yield language.say("data", "others")


def _history(order: Order, known: bool, until: datetime, language: Language) -> str:  # noqa: FBT001 - a fact
    if order.customer_id is None:
        return language.say("data", "guest")
    if not known:
        return language.say("data", "no_history")
    return language.say("data", "history", until=language.day(until))


def _of_person(name: str, value: Any, language: Language) -> str:
    return language.day(from_us(int(value))) if name == "registered_at" else written(value, language)


def _attribute(attribute: Attribute, facts: Facts, language: Language) -> str:
    """The value of an attribute: one of the person, or of each item."""
    values = [_value(attribute, row.get(attribute.column), language) for row in facts]
    if attribute.table == CUSTOMERS.name:
        return values[0]
    return language.listed(
        language.say("data", "of_item", number=number, value=value) for number, value in enumerate(values, 1)
    )


def _value(attribute: Attribute, value: Any, language: Language) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return language.say("data", "unknown")
    if attribute.kind is Kind.FLAG:
        return written(bool(value), language)
    return language.exact(value) if attribute.kind is Kind.NUMBER else str(value)


def written(value: object, language: Language) -> str:
    """A label, a whole number or a flag in words."""
    if isinstance(value, bool):
        return str(language.texts["fact"]["yes" if value else "no"])
    return str(value)


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:]
