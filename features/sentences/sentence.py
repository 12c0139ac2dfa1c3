"""The parts of the sentence of one feature."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Values = Mapping[str, float]
"""The value of each feature of one line, NaN where it is missing."""

Phrase = Callable[[float, Values], str]
"""Gives the text, from the finite value of the feature and the values of all features of the line."""

CUSTOMER_LINES = "customer_lines"
"""A feature that is missing for guests only: it separates guests from other customers with a missing value."""

GUEST = "guest: no history of this customer"


@dataclass(frozen=True, slots=True)
class Sentence:
    """The text of one feature: ``phrase`` gives the text of a value, ``missing`` is the text of a missing value.

    ``of_customer``: for a guest, the text of a missing value is `GUEST` instead.
    """

    phrase: Phrase
    missing: str
    of_customer: bool = False
