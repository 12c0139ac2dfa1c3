"""Attributes in requests: only those that the shop declared, at their place, and each of its kind.

The wire can't know the declarations, as they come with the model; here a body that was read is checked against them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from data.attributes import Attribute, Kind
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS
from serving.http.field_problems import SHOWN, described, pointer
from serving.http.problems import FieldProblem, ProblemError, ProblemKind
from serving.http.wire.requests.baskets import Basket
from serving.http.wire.requests.events import Event
from serving.http.wire.requests.facts import CustomerChanged, ProductChanged
from serving.http.wire.requests.orders import OrderContent
from serving.http.wire.text import GivenValue

Place = tuple[int | str, ...]
Given = Mapping[str, GivenValue]

EXPECTED = {Kind.CATEGORY: "a text", Kind.NUMBER: "a number", Kind.FLAG: "true or false"}
_TYPES: dict[Kind, tuple[type, ...]] = {Kind.CATEGORY: (str,), Kind.NUMBER: (int, float), Kind.FLAG: (bool,)}
_WHERE = {
    ORDER_LINES.name: "attributes of the line",
    PRODUCTS.name: "product.attributes of the line",
    CUSTOMERS.name: "customer.attributes",
}


def check(bodies: Iterable[tuple[Place, Basket | Event]], declared: Sequence[Attribute] | None) -> None:
    """Refuse the attributes of baskets and events that are not declared, or not of their kind.

    Parameters
    ----------
    bodies
        Each basket or event with its place in the request.
    declared
        None where neither the model nor the state could be read: then nothing is refused.

    Raises
    ------
    ProblemError
        It has the first wrong attributes.
    """
    if declared is None:
        return
    known = {each.name: each for each in declared}
    wrong = [problem for place, body in bodies for problem in _wrong(place, body, known)]
    if wrong:
        several = "1 attribute is wrong" if len(wrong) == 1 else f"{len(wrong)} attributes are wrong"
        raise ProblemError(ProblemKind.INVALID, several, wrong[:SHOWN])


def _wrong(place: Place, body: Basket | Event, known: Mapping[str, Attribute]) -> Iterator[FieldProblem]:
    for table, where, given in _given(place, body):
        for name, value in given.items():
            expected = _expected(name, value, table, known)
            if expected:
                yield FieldProblem(pointer=pointer((*where, name)), expected=expected, found=described(value))


def _given(place: Place, body: Basket | Event) -> Iterator[tuple[str, Place, Given]]:
    """Every group of attributes with its table and its place."""
    if isinstance(body, Basket | OrderContent):
        yield from _given_with_lines(place, body)
    elif isinstance(body, ProductChanged | CustomerChanged) and body.attributes:
        table = PRODUCTS.name if isinstance(body, ProductChanged) else CUSTOMERS.name
        yield table, (*place, "attributes"), body.attributes


def _given_with_lines(place: Place, body: Basket | OrderContent) -> Iterator[tuple[str, Place, Given]]:
    if body.customer is not None and body.customer.attributes:
        yield CUSTOMERS.name, (*place, "customer", "attributes"), body.customer.attributes
    for number, line in enumerate(body.lines):
        if line.attributes:
            yield ORDER_LINES.name, (*place, "lines", number, "attributes"), line.attributes
        if line.product is not None and line.product.attributes:
            yield PRODUCTS.name, (*place, "lines", number, "product", "attributes"), line.product.attributes


def _expected(name: str, value: GivenValue, table: str, known: Mapping[str, Attribute]) -> str:
    """What should have been there; empty where the attribute is right. A missing value fits any kind."""
    found = known.get(name)
    if found is None or found.table != table:
        here = ", ".join(each.name for each in known.values() if each.table == table) or "none"
        elsewhere = f"; {name} belongs in {_WHERE[found.table]}" if found is not None else ""
        return f"an attribute of {table.replace('_', ' ')} that the shop declared: {here}{elsewhere}"
    fits = value is None or type(value) in _TYPES[found.kind]
    return "" if fits else EXPECTED[found.kind]
