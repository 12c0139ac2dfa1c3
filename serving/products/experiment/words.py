"""What the read-out calls by a word, in English; the languages translate it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from serving.products.web.language import mark

ADVICE: Final[Mapping[str, str]] = {
    "not_comparable": mark(
        "Use no figure of this page. Find the cause first: customers who got lost in one arm, or something that was"
        " shown in the holdout."
    ),
    "harm": mark("Stop the policy: it cost more than it brought. The holdout shows what happens without it."),
    "earns": mark("Keep the policy, and keep its holdout: it goes on showing whether that stays so."),
    "undecided": mark("Wait. The interval holds zero: the policy may earn money, or cost some."),
    "too_early": mark("Wait. Too few visits are known, counted by the share of their returns that could be known."),
    "nothing_chosen": mark("Look at the rules of its actions: none of them fitted a basket."),
}
AGAINST_POLICY: Final[Mapping[str, str]] = {
    "not_comparable": mark("can't be compared"),
    "harm": mark("earns less than the policy"),
    "earns": mark("earns more than the policy"),
    "undecided": mark("not decided yet"),
    "too_early": mark("too early to say"),
    "nothing_chosen": mark("no action was chosen yet"),
}
REPORTED: Final = frozenset({"abandoned", "contacts"})
"""The measures that a shop reports by events, or does not."""
OWN_ARMS: Final[Mapping[str, str]] = {
    "policy": mark("The policy"),
    "holdout": mark("Holdout"),
    "exploration": mark("Exploration"),
}


@dataclass(frozen=True)
class MeasureName:
    """How a measure is called and written.

    ``kind``: money, share or number. ``better``: 1 where more is better, -1 where less is.
    """

    label: str
    kind: str
    better: int


MEASURES: Final[Mapping[str, MeasureName]] = {
    "profit_minor": MeasureName(mark("Profit of a customer"), "money", 1),
    "return_rate_pieces": MeasureName(mark("Return rate, by pieces"), "share", -1),
    "return_rate_value": MeasureName(mark("Return rate, by value"), "share", -1),
    "conversion": MeasureName(mark("Visits with an order"), "share", 1),
    "basket_value_minor": MeasureName(mark("Value of an order"), "money", 1),
    "repurchase": MeasureName(mark("Customers who order again"), "share", 1),
    "abandoned": MeasureName(mark("Visits reported as abandoned"), "share", -1),
    "contacts": MeasureName(mark("Reported contacts with the shop, a visit"), "number", -1),
}
