"""The lines of one order as features and counters read them; `features.offline.lines` is the same for tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from data.attributes import Attribute, Kind
from data.reading.labels import REMEMBERED, normal_form
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS
from features.language.nodes import ASKED_AT, BasketCounter, Derived, LineColumn, LineNode, Node
from features.language.sizes import Size, read_size
from features.online_state.basket_nodes import BasketNodes, Row
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from features.recipe import Recipe

ReadLabel = Callable[[str | None], str | None]
_read_size = lru_cache(maxsize=10_000)(read_size)
_NO_SIZE = Size("", None)
SIZE_COLUMNS = ("size", "size_system", "size_value")
"""The line columns that a size label gives."""


@dataclass(frozen=True)
class RowForm:
    """What the recipe says of rows.

    ``normal_labels``: whether labels stand in their normal form, or as they are. ``attributes``: those that the shop
    declares; each is a column of every row.
    """

    normal_labels: bool = True
    attributes: tuple[Attribute, ...] = ()

    @classmethod
    def of(cls, recipe: Recipe) -> "RowForm":
        """Give the form of the rows that ``recipe`` counts."""
        return cls(recipe.normal_labels, recipe.attributes)


_PLAIN = RowForm()


def rows(
    order: Order,
    nodes: BasketNodes,
    products: Mapping[str, ProductFacts],
    customer: CustomerFacts,
    places: Sequence[int] | None = None,
    asked_at: int | None = None,
    form: "RowForm | None" = None,
) -> list[Row]:
    """Give lines of ``order`` as rows: their own columns, and the basket counters and derived columns in ``nodes``.

    Parameters
    ----------
    products, customer
        The facts in the state; a fact that comes with the order has precedence.
    places
        The wanted lines, by their places in the order; None for all. Basket counters always count all lines of the
        order.
    asked_at
        The scoring time; None for the time of the order.
    form
        What the recipe says of rows; None for labels in their normal form and no attributes.

    Raises
    ------
    IndexError
        The order has no line at a given place.
    """
    at = order.ordered_at if asked_at is None else asked_at
    form = _PLAIN if form is None else form
    read = _normal if form.normal_labels else _as_written
    found = [_own(order, line, products.get(line.product_id), customer, at, read) for line in order.lines]
    if form.attributes:
        for row, line in zip(found, order.lines, strict=True):
            row.update(_of_attributes(form.attributes, order, line, products.get(line.product_id), customer, read))
    nodes.set(found, places)
    return found if places is None else [found[place] for place in places]


def in_size(found: Sequence[Row], place: int, size: str, nodes: BasketNodes, form: RowForm) -> Row:
    """Give the row at ``place`` as it would be in another ``size``.

    Parameters
    ----------
    found
        All rows of the order, as `rows` gave them.
    nodes
        Those of the nodes that a size can change (`hang_on`).
    """
    read = _normal if form.normal_labels else _as_written
    row: Row = {**found[place], **_of_size(read(size))}
    nodes.set([*found[:place], row, *found[place + 1 :]], [place])
    return row


def hang_on(columns: Iterable[str], nodes: Sequence[LineNode]) -> tuple[LineNode, ...]:
    """Pick the ``nodes`` that read one of ``columns``, directly or through others; in their order."""
    moved, found = set(columns), list[LineNode]()
    for node in nodes:
        parts = {part.name for part in node.reads} if isinstance(node, Derived) else _columns_of(node)
        if parts & moved:
            moved.add(node.name)
            found.append(node)
    return tuple(found)


def _columns_of(node: LineNode) -> set[str | None]:
    return {*node.columns, node.value} if isinstance(node, BasketCounter) else set()


def line_nodes(nodes: Sequence[Node]) -> tuple[LineNode, ...]:
    """Pick the basket counters and derived columns from ``nodes``, each once, in the same order."""
    chosen = {node.name: node for node in nodes if isinstance(node, BasketCounter | Derived)}
    return tuple(chosen.values())


def _own(
    order: Order, line: OrderLine, known: ProductFacts | None, customer: CustomerFacts, asked_at: int, read: ReadLabel
) -> Row:
    given, known, who = line.product or _NOTHING, known or _NOTHING, order.customer or _NOBODY
    voucher = order.voucher_used
    return {
        "customer_id": order.customer_id,
        "product_id": line.product_id,
        "ordered_at": order.ordered_at,
        ASKED_AT.name: asked_at,
        "quantity": line.quantity,
        "price_minor": line.price_minor,
        "list_price_minor": line.list_price_minor,
        "value_minor": line.price_minor * line.quantity,
        **_of_size(read(line.size)),
        "color": read(line.color),
        "voucher_used": None if voucher is None else int(voucher),
        "payment_method": read(order.payment_method),
        "channel": read(order.channel),
        "region": read(order.region),
        "department": read(given.department) or read(known.department),
        "category": read(given.category) or read(known.category),
        "brand": read(given.brand) or read(known.brand),
        "supplier": read(given.supplier) or read(known.supplier),
        "launched_at": given.launched_at if given.launched_at is not None else known.launched_at,
        "registered_at": who.registered_at if who.registered_at is not None else customer.registered_at,
        "birth_year": who.birth_year if who.birth_year is not None else customer.birth_year,
        "title": read(who.title) or read(customer.title),
    }


_NOTHING, _NOBODY = ProductFacts(), CustomerFacts()


def _of_size(label: str | None) -> Row:
    size = _NO_SIZE if label is None else _read_size(label)
    return dict(zip(SIZE_COLUMNS, (label, size.system or None, size.value), strict=True))


@lru_cache(REMEMBERED)  # one call in C for each label of each line
def _normal(label: str | None) -> str | None:
    return None if label is None else normal_form(label)


def _as_written(label: str | None) -> str | None:
    return label


def _of_attributes(
    attributes: Sequence[Attribute],
    order: Order,
    line: OrderLine,
    known: ProductFacts | None,
    customer: CustomerFacts,
    read: ReadLabel,
) -> Row:
    given, known, who = line.product or _NOTHING, known or _NOTHING, order.customer or _NOBODY
    values = {
        ORDER_LINES.name: line.attributes,
        PRODUCTS.name: {**known.attributes, **given.attributes},
        CUSTOMERS.name: {**customer.attributes, **who.attributes},
    }
    found: Row = {}
    for each in attributes:
        value = values[each.table].get(each.name)
        found[each.column] = read(value) if each.kind is Kind.CATEGORY and isinstance(value, str) else value
    return found


def inputs(nodes: Sequence[Node]) -> tuple[str, ...]:
    """The names of the line columns that ``nodes`` read as numbers, sorted."""
    parts = (part for node in nodes for part in getattr(node, "reads", ()))
    return tuple(sorted({part.name for part in parts if isinstance(part, LineColumn | BasketCounter | Derived)}))
