"""Features of the attributes that a shop declares: the same families for each, by its kind and its table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.attributes import Attribute, Kind
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS
from features.definitions import line
from features.definitions.families import RateOf
from features.definitions.keys import CUSTOMER, PRODUCT, SIZE_LABEL
from features.language.algebra import Operand, missing, ratio, where
from features.language.nodes import Counter, Derived, Feature, Key, LineColumn, LineEvent
from features.params import PriorLines

FACTORS = {ORDER_LINES.name: "context", PRODUCTS.name: "product", CUSTOMERS.name: "customer"}
"""The factor of an attribute by its table, unless it is personal."""
PERSONAL = "demographics"
MILLION = 1_000_000


def features(attributes: Sequence[Attribute], shop_rate: Feature, prior: PriorLines) -> Iterator[Feature]:
    """Every feature of ``attributes``; rates are shrunk towards the shop's, offsets towards 0."""
    labels = [each for each in attributes if each.kind is not Kind.NUMBER]
    for each in labels:
        yield from _label(each, shop_rate, prior.kind)
    of_goods = [each for each in labels if each.table != CUSTOMERS.name]
    for each in attributes:
        if each.kind is Kind.NUMBER:
            yield _value(each, "as the shop gives it", whole=False)
            yield from _offsets(each, of_goods, prior) if each.table == CUSTOMERS.name else [_against_kept(each)]


def key_of(attribute: Attribute) -> Key:
    """The key of the lines with the same label: a category's text, or a flag."""
    return Key(attribute.column, (LineColumn(attribute.column),), daily=True)


def by_size(attribute: Attribute) -> Key:
    """The key of the lines with the same label in the same size."""
    return Key(f"{attribute.column}_by_size", (LineColumn(attribute.column), line.SIZE), daily=True)


def _label(attribute: Attribute, shop_rate: Feature, prior_lines: float) -> Iterator[Feature]:
    if attribute.kind is Kind.FLAG:
        yield _value(attribute, "0 or 1", whole=True)
    lacks = f"{attribute.words} not recorded"
    own = RateOf(key_of(attribute), _factor(attribute), lacks, shop_rate, prior_lines)
    factor = PERSONAL if attribute.personal else "size"
    yield own.rate()
    yield RateOf(by_size(attribute), factor, f"{lacks}, or no size", own.rate(), prior_lines).rate()


def _value(attribute: Attribute, unit: str, *, whole: bool) -> Feature:
    return Feature(
        name=attribute.column,
        factor=_factor(attribute),
        unit=unit,
        meaning=f"{attribute.words} of the {_OF[attribute.table]}, which the shop declares",
        missing="not recorded",
        reads=(LineColumn(attribute.column),),
        formula=lambda value: value,
        whole=whole,
    )


def _against_kept(attribute: Attribute) -> Feature:
    """A number of a line or product against the mean of what the customer kept."""
    kept = _KeptNumber(attribute)
    return Feature(
        name=f"{attribute.column}_kept_offset",
        factor="customer and product",
        unit="as the shop gives it",
        meaning=f"{attribute.words} against its mean over the lines that the customer kept before",
        missing="guest, nothing kept yet with a number, or not recorded",
        reads=(kept.number, *kept.of(CUSTOMER)),
        formula=lambda number, lines, total: number / MILLION - ratio(total, lines) / MILLION,
    )


def _offsets(attribute: Attribute, labels: Sequence[Attribute], prior: PriorLines) -> Iterator[Feature]:
    """A number of the customer against its mean over the customers who kept such goods, shrunk towards 0."""
    kept = _KeptNumber(attribute)
    groups = [
        (PRODUCT, "product", prior.product),
        (SIZE_LABEL, "size", prior.kind),
        *((key_of(each), each.words, prior.kind) for each in labels),
    ]
    for key, same, strength in groups:
        yield Feature(
            name=f"{attribute.column}_kept_offset_by_{key.name}",
            factor=PERSONAL if attribute.personal else "customer and product",
            unit="as the shop gives it",
            meaning=f"{attribute.words} against its mean over kept lines of the same {same}, shrunk towards 0",
            missing=f"{attribute.words} or {same} not recorded",
            reads=(kept.number, *kept.of(key)),
            formula=_Shrunk(strength),
        )


@dataclass(frozen=True)
class _Shrunk:
    """The offset of a number from the mean of ``lines``, as if so many more lines had had the number itself."""

    strength_lines: float

    def __call__(self, number: Operand, lines: Operand, total: Operand) -> Operand:
        return (number / MILLION * lines - total / MILLION) / (lines + self.strength_lines)


class _KeptNumber:
    """A number in whole millionths, and its sum and count over the lines that were kept.

    Sums of whole numbers are exact in any order, so that counters agree offline and online, also where they are taken
    back. Lines without the number are not counted.
    """

    def __init__(self, attribute: Attribute) -> None:
        column = LineColumn(attribute.column)
        self.number = Derived(f"millionths_of_{attribute.column}", (column,), lambda x: (x * MILLION + 0.5) // 1)
        self._known = Derived(f"known_{attribute.column}", (column,), lambda value: where(missing(value), 0, 1))

    def of(self, key: Key) -> tuple[Counter, Counter]:
        """The kept lines with the number, and their sum in millionths."""
        lines, total = (Counter(key, LineEvent.KEPT, each.name, derived=each) for each in (self._known, self.number))
        return lines, total


_OF = {ORDER_LINES.name: "order line", PRODUCTS.name: "product", CUSTOMERS.name: "customer"}


def _factor(attribute: Attribute) -> str:
    return PERSONAL if attribute.personal else FACTORS[attribute.table]
