"""The fields that a request may leave out, each with the line columns that are missing without it.

A model that has never seen a field missing answers a request without it at random. So the matrix has a second copy of
each line, as requests that lack fields would have it, and the trees learn from both.
"""

from collections.abc import Iterator, Sequence

from data.attributes import Attribute
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS
from features.definitions import line
from features.language.request_field import GUEST, UNKNOWN_PRODUCT, Owner, RequestField

_OF_ORDER = (line.PAYMENT, line.CHANNEL, line.REGION, line.VOUCHER)
_OF_LINE = (line.COLOR, line.LIST_PRICE)
_SIZE = (line.SIZE, line.SIZE_SYSTEM, line.SIZE_VALUE)
_OF_PRODUCT = (line.CATEGORY, line.DEPARTMENT, line.BRAND, line.SUPPLIER, line.LAUNCHED_AT)
_OF_CUSTOMER = (line.REGISTERED_AT, line.BIRTH_YEAR, line.TITLE)


def request_fields(columns: frozenset[str], attributes: Sequence[Attribute] = ()) -> tuple[RequestField, ...]:
    """List the fields of a shop whose lines have ``columns`` and ``attributes``, in a fixed order; names are unique."""
    return tuple(field for field in _every(attributes) if field.history_of or field.columns[0] in columns)


def _every(attributes: Sequence[Attribute]) -> Iterator[RequestField]:
    of_product = [*_facts("product", (node.name for node in _OF_PRODUCT)), *_own(attributes, PRODUCTS.name, "product")]
    of_customer = [
        *_facts("customer", (node.name for node in _OF_CUSTOMER)),
        *_own(attributes, CUSTOMERS.name, "customer"),
    ]
    yield from (RequestField(node.name, "order", (node.name,)) for node in _OF_ORDER)
    yield from (RequestField(node.name, "line", (node.name,)) for node in _OF_LINE)
    yield RequestField(line.SIZE.name, "line", tuple(node.name for node in _SIZE))
    yield from _own(attributes, ORDER_LINES.name, "line")
    yield from of_product
    yield from of_customer
    facts = (column for field in of_customer for column in field.columns)
    yield RequestField(GUEST, "customer", (line.CUSTOMER_ID.name, *facts))
    facts = (column for field in of_product for column in field.columns)
    yield RequestField(UNKNOWN_PRODUCT, "product", tuple(facts), history_of=line.PRODUCT_ID.name)


def _facts(owner: Owner, columns: Iterator[str]) -> Iterator[RequestField]:
    return (RequestField(f"{owner}.{column}", owner, (column,)) for column in columns)


def _own(attributes: Sequence[Attribute], table: str, owner: Owner) -> Iterator[RequestField]:
    """The attributes of ``table``; those of a line stand at the line itself."""
    prefix = "" if owner == "line" else f"{owner}."
    for each in attributes:
        if each.table == table:
            yield RequestField(f"{prefix}attributes.{each.name}", owner, (each.column,))
