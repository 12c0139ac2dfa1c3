"""What is known of products and customers over time: facts from the start, and changes with the time of each.

The facts at a time are those known before it, the later change over the earlier one, field by field. So the order in
which changes arrive makes no difference, and a line never knows what became known after it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

import orjson

from features.online_state.events import CustomerChanged, CustomerErased, CustomersMerged, ProductChanged
from features.online_state.order import CustomerFacts, ProductFacts
from features.online_state.order_record import lean

Facts = TypeVar("Facts", ProductFacts, CustomerFacts)
NO_PRODUCT, NO_CUSTOMER = ProductFacts(), CustomerFacts()


@dataclass(slots=True)
class ProductRecord:
    """A product: the facts known from the start, and its changes by the id of their event."""

    start: ProductFacts = NO_PRODUCT
    changes: dict[str, ProductChanged] = field(default_factory=dict)

    def at(self, time: int) -> ProductFacts:
        """Give the facts known before ``time``, microseconds since 1970."""
        return _at(self.start, self.changes, time)

    def latest(self) -> ProductFacts:
        """Give the facts after all changes."""
        return _folded(self.start, _in_order(self.changes.values()))


@dataclass(slots=True)
class CustomerRecord:
    """A customer: facts as of a product; ``merged`` and ``erased`` are the statements that hold, None without one."""

    start: CustomerFacts = NO_CUSTOMER
    changes: dict[str, CustomerChanged] = field(default_factory=dict)
    merged: CustomersMerged | None = None
    erased: CustomerErased | None = None

    def at(self, time: int) -> CustomerFacts:
        """Give the facts known before ``time``, microseconds since 1970."""
        return _at(self.start, self.changes, time)


@dataclass(frozen=True)
class Survivor:
    """A customer after all merges; ``erased_at``: orders until then belong to nobody, None where none do."""

    customer_id: str
    record: CustomerRecord
    erased_at: int | None

    def owns(self, ordered_at: int) -> bool:
        """Whether an order of that time belongs to the customer."""
        return self.erased_at is None or ordered_at > self.erased_at


def survivor_of(customer_id: str, record: CustomerRecord, read: Callable[[str], CustomerRecord]) -> Survivor:
    """Find the customer that one was merged into, over any number of merges, or itself; ``read`` gives records."""
    erased = [record.erased]
    while record.merged is not None:
        customer_id = record.merged.into
        record = read(customer_id)
        erased.append(record.erased)
    return Survivor(customer_id, record, max((each.erased_at for each in erased if each is not None), default=None))


def write_product(record: ProductRecord) -> bytes:
    """Write a product; `read_product` reads it. A product without changes is the list of its facts."""
    facts = record.start
    start: list[Any] = [facts.department, facts.category, facts.brand, facts.supplier, facts.launched_at]
    start += [facts.attributes] if facts.attributes else []
    if not record.changes:
        return orjson.dumps(start)
    return orjson.dumps({"start": start, "changes": [_as_json(each) for each in _in_order(record.changes.values())]})


def read_product(value: bytes) -> ProductRecord:
    """Read what `write_product` wrote."""
    content = orjson.loads(value)
    if isinstance(content, list):
        return ProductRecord(ProductFacts(*content))
    changes = [ProductChanged(**{**each, "facts": ProductFacts(**each["facts"])}) for each in content["changes"]]
    return ProductRecord(ProductFacts(*content["start"]), {each.event_id: each for each in changes})


def write_customer(record: CustomerRecord) -> bytes:
    """Write a customer; `read_customer` reads it. A customer without events is the list of the facts."""
    facts = record.start
    start: list[Any] = [facts.registered_at, facts.birth_year, facts.title]
    start += [facts.attributes] if facts.attributes else []
    found: dict[str, Any] = {}
    if record.changes:
        found["changes"] = [_as_json(each) for each in _in_order(record.changes.values())]
    for name in ("merged", "erased"):
        if (told := getattr(record, name)) is not None:
            found[name] = lean(told)
    return orjson.dumps({"start": start, **found} if found else start)


def read_customer(value: bytes) -> CustomerRecord:
    """Read what `write_customer` wrote."""
    content = orjson.loads(value)
    if isinstance(content, list):
        return CustomerRecord(CustomerFacts(*content))
    told = content.get("changes", [])
    changes = [CustomerChanged(**{**each, "facts": CustomerFacts(**each["facts"])}) for each in told]
    return CustomerRecord(
        CustomerFacts(*content["start"]),
        {each.event_id: each for each in changes},
        CustomersMerged(**content["merged"]) if "merged" in content else None,
        CustomerErased(**content["erased"]) if "erased" in content else None,
    )


def _as_json(change: ProductChanged | CustomerChanged) -> dict[str, Any]:
    return {**lean(change), "facts": lean(change.facts)}


def _in_order(changes: Iterable[Any]) -> list[Any]:
    return sorted(changes, key=lambda each: (each.changed_at, each.event_id))


def _at(start: Facts, changes: Mapping[str, Any], time: int) -> Facts:
    if not changes:  # as for most: a score reads every product of its basket
        return start
    return _folded(start, [each for each in _in_order(changes.values()) if each.changed_at < time])


def _folded(start: Facts, changes: Iterable[Any]) -> Facts:
    found = start
    for each in changes:
        given = {name: value for name, value in asdict(each.facts).items() if value is not None}
        found = replace(found, **given | {"attributes": {**found.attributes, **each.facts.attributes}})
    return found
