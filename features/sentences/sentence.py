"""What the sentence of one feature is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Values = Mapping[str, float]
"""The value of each feature of one line, NaN where it is missing."""

Said = Callable[[float, Values], str]
"""Takes the finite value of the feature, and the values of all of them."""

CUSTOMER_LINES = "customer_lines"
"""Missing for guests alone, so it tells them from customers whose value is missing for another reason."""

GUEST = "guest: no history of this customer"


@dataclass(frozen=True, slots=True)
class Sentence:
    """How one feature is said: by ``said`` where it has a value, otherwise by ``missing``.

    ``of_customer``: for a guest, a missing value is said to be one.
    """

    said: Said
    missing: str
    of_customer: bool = False
