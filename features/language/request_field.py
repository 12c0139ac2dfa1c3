"""What a field of a request is to the lines: the columns that are missing without it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

Owner = Literal["order", "line", "product", "customer"]

GUEST, UNKNOWN_PRODUCT = "customer_id", "product"
"""The fields whose lack takes a whole history: the customer's, and that of a product that the shop has never sold."""

Labels = Mapping[str, AbstractSet[str]]
"""The labels that a model knows, by the name of the field; of a field without an entry it knows every label."""
READ = frozenset({"size"})
"""Fields whose labels are read for more than themselves: a size that is new still has a system and a value, and tells
apart the lines of a product in several sizes."""


@dataclass(frozen=True)
class RequestField:
    """A field of a request.

    ``owner``: what it is a fact of. ``columns``: the line columns that are missing without it, the first of them its
    own. ``history_of``: the column whose counters are empty without the field though the column itself is there: a
    product that is new to the shop has an id, and neither facts nor history.
    """

    name: str
    owner: Owner
    columns: tuple[str, ...]
    history_of: str | None = None


ALL_SENT = "all sent"
"""The case in which no field is missing."""


def unsent_cases(fields: Sequence[RequestField]) -> dict[str, tuple[str, ...]]:
    """The cases that are measured, with the names of their unsent fields: single ones, and those that go together."""
    of_order = [field.name for field in fields if field.owner == "order"]
    of_line = [field.name for field in fields if field.owner == "line"]
    return {
        ALL_SENT: (),
        **{field.name: (field.name,) for field in fields},
        "the order's fields": tuple(of_order),
        "the line's fields": tuple(of_line),
        "guest and unknown product": (GUEST, UNKNOWN_PRODUCT),
        "minimal request": (*of_order, *of_line, GUEST),
        "minimal request of an unknown product": (*of_order, *of_line, GUEST, UNKNOWN_PRODUCT),
    }
