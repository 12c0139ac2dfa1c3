"""Improbable ids of customers: they are hashed, so their source counted them before."""

from collections.abc import Iterator, Mapping

from data.schema import CUSTOMERS, ORDER_LINES
from data.validation.improbable import ids
from data.validation.improbable.finding import Improbable


def search(
    decisions: Mapping[str, Mapping[str, float]], examples: Mapping[str, Mapping[str, list[str]]], lines: int
) -> Iterator[Improbable]:
    """Look at the customers' ids that the source found damaged before it hashed them.

    Parameters
    ----------
    decisions, examples
        By ``table.column``, what the source counted, and shapes of some ids.
    lines
        The order lines.
    """
    place = f"{ORDER_LINES.name}.{CUSTOMERS.key}"
    counts, shapes = decisions.get(place, {}), examples.get(place, {})

    def found(name: str, figure: str, meaning: str, fix: str, *, grave: bool) -> Improbable:
        shape = f"'{shapes[name][0]}', each digit shown as 9" if shapes.get(name) else None
        return Improbable(name, figure, shape, meaning, fix, grave)

    if (cut := counts.get("scientific_ids", 0)) and cut >= ids.LEAST_SHARE * lines:
        figure = f"{cut:,.0f} of {lines:,} values of {CUSTOMERS.key} in {ORDER_LINES.name} are in scientific notation"
        yield found("scientific_ids", figure, ids.CUT, ids.KEEP_TEXT, grave=True)
    if both := counts.get("ids_in_two_forms", 0):
        figure = f"{both:,.0f} ids of customers stand in two forms in the files"
        meaning = "One customer is two, and a checkout sends one of the forms"
        yield found("ids_in_two_forms", figure, meaning, ids.AS_TEXT, grave=True)
    elif decimal := counts.get("decimal_ids", 0):
        figure = f"{decimal:,.0f} of {lines:,} values of {CUSTOMERS.key} in {ORDER_LINES.name} are decimal numbers"
        meaning = "A script wrote the ids as numbers (float), and the checkout, which sends 12000, would be of another"
        fix = "write them as text, or set extract: '^(.+?)(?:\\.0)?$' under the columns customer_id in the mapping"
        yield found("decimal_ids", figure, meaning, fix, grave=False)
