"""Baskets without some of the fields of a request, and the lines of the matrix without the same fields."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from data.arrays import Floats
from features.language.request_field import GUEST, UNKNOWN_PRODUCT
from features.offline.local.matrix import Matrix
from features.online.features import OnlineFeatures
from features.online_state import profiles
from features.online_state.live import LiveState
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from features.online_state.records import customer_key, product_key
from features.stores.memory import Content
from features.stores.store import Agenda, Entry
from tests.features.event_log import Moment

Facts = TypeVar("Facts", ProductFacts, CustomerFacts)
OF_ORDER = ("payment_method", "channel", "region", "voucher_used")


@dataclass(frozen=True)
class Question:
    """An order, the ids of its lines, and the state just before it was placed."""

    line_ids: tuple[str, ...]
    order: Order
    state: Content

    def answer(self, online: OnlineFeatures, fields: Collection[str]) -> Floats:
        """Compute the features of the lines of a request that lacks ``fields``; shape (lines, features)."""
        order = _request(self.order, fields)
        state = FactsUnsent(self.state, self.order, fields)
        return online.ask(state, [order], reasons=True).features


def questions(log: Sequence[Moment], live: LiveState) -> Iterator[Question]:
    """Replay the log; give each order with a copy of the state before it."""
    for moment in log:
        while live.advance(moment.at):
            pass
        for placed in moment.placed:
            yield Question(placed.line_ids, placed.order, live.store.read(_copy))
        live.apply(moment.events, moment.at)


def _copy(content: Any) -> Content:
    return Content(dict(content.records), {agenda: list(entries) for agenda, entries in content.agendas.items()})


def offline(made: Matrix, cases: Sequence[Collection[str]]) -> Mapping[tuple[int, str], Floats]:
    """Compute the features of each line in each case of unsent fields, by the case's place and the line's id."""
    found: dict[tuple[int, str], Floats] = {}
    for place, case in enumerate(cases):
        table = made.lacking(case)
        values = np.column_stack([table[each.name].cast(pa.float64()).to_numpy() for each in made.features])
        found |= {(place, line): row for line, row in zip(table["line_id"].to_pylist(), values, strict=True)}
    return found


def _request(order: Order, fields: Collection[str]) -> Order:
    given: dict[str, Any] = {name: None for name in OF_ORDER if name in fields}
    customer = None if GUEST in fields else order.customer_id
    return replace(order, **given, customer_id=customer, lines=tuple(_line(line, fields) for line in order.lines))


def _line(line: OrderLine, fields: Collection[str]) -> OrderLine:
    given: dict[str, Any] = {name: None for name in ("size", "color", "list_price_minor") if name in fields}
    if UNKNOWN_PRODUCT in fields:
        given["product_id"] = f"never sold {line.product_id}"
    attributes = {name: value for name, value in line.attributes.items() if f"attributes.{name}" not in fields}
    return replace(line, **given, attributes=attributes)


class FactsUnsent:
    """A state that knows no fact of ``fields`` of an order's products and customer, whenever it became known."""

    def __init__(self, state: Content, order: Order, fields: Collection[str]) -> None:
        self._state, self._fields = state, fields
        self._products = {product_key(line.product_id) for line in order.lines}
        self._customers = set() if order.customer_id is None else {customer_key(order.customer_id)}

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self._value(key, value) for key, value in zip(keys, self._state.get(keys), strict=True)]

    def due(self, agenda: Agenda, before: int, limit: int, since: Entry | None = None) -> list[Entry]:
        return self._state.due(agenda, before, limit, since)

    def _value(self, key: bytes, value: bytes | None) -> bytes | None:
        if value is not None and key in self._products:
            product = profiles.read_product(value)
            changes = {
                name: replace(each, facts=self._less("product", each.facts)) for name, each in product.changes.items()
            }
            return profiles.write_product(replace(product, start=self._less("product", product.start), changes=changes))
        if value is not None and key in self._customers:
            customer = profiles.read_customer(value)
            told = {
                name: replace(each, facts=self._less("customer", each.facts)) for name, each in customer.changes.items()
            }
            return profiles.write_customer(
                replace(customer, start=self._less("customer", customer.start), changes=told)
            )
        return value

    def _less(self, owner: str, facts: Facts) -> Facts:
        gone = {name.removeprefix(f"{owner}.") for name in self._fields if name.startswith(f"{owner}.")}
        attributes = {name: each for name, each in facts.attributes.items() if f"attributes.{name}" not in gone}
        names: dict[str, Any] = {name: None for name in gone if not name.startswith("attributes.")}
        return replace(facts, **names, attributes=attributes)
