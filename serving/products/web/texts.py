"""Names and meanings of the report's codes and columns on the pages, in English; the languages translate them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from serving.products.web.language import mark

REASONS: Final[Mapping[str, str]] = {
    "SIZE_TOO_SMALL": mark("Too small"),
    "SIZE_TOO_LARGE": mark("Too large"),
    "DEFECTIVE": mark("Defective"),
    "NOT_AS_DESCRIBED": mark("Not as described"),
    "WRONG_ITEM": mark("Wrong item"),
    "COLOR": mark("Color"),
    "STYLE": mark("Style"),
    "UNWANTED": mark("No longer wanted"),
    "OTHER": mark("Other reason"),
    "UNKNOWN": mark("Unknown reason"),
    "ARRIVED_LATE": mark("Arrived late"),
    "INCOMPATIBLE": mark("Doesn't fit the device"),
}
KINDS: Final[Mapping[str, str]] = {
    "excess": mark("More returns than expected"),
    "spike": mark("Sudden rise"),
    "runs_small": mark("Runs small"),
    "runs_large": mark("Runs large"),
    "defective": mark("Defective"),
    "not_as_described": mark("Not as described"),
    "color_differs": mark("Color differs"),
    "one_size": mark("One size stands out"),
    "one_color": mark("One color stands out"),
    "discount": mark("Returned when discounted"),
    "arrives_late": mark("Arrives late"),
    "wrong_item": mark("Wrong item sent"),
    "incompatible": mark("Doesn't fit the device"),
    "ordered_to_choose": mark("Ordered to choose from"),
}
LEVELS: Final[Mapping[str, str]] = {
    "product": mark("Products"),
    "brand": mark("Brands"),
    "category": mark("Categories"),
    "supplier": mark("Suppliers"),
}
STATES: Final[Mapping[str, str]] = {
    "open": mark("Open"),
    "accepted": mark("Accepted"),
    "dismissed": mark("Dismissed"),
    "done": mark("Done"),
    "all": mark("All states"),
}
ACTIVITIES: Final[Mapping[str, str]] = {
    "new": mark("New"),
    "active": mark("Active"),
    "occasional": mark("Occasional"),
    "lapsing": mark("Lapsing"),
    "lost": mark("Lost"),
    "guest": mark("Without an account"),
    "high": mark("High value"),
    "middle": mark("Middle value"),
    "low": mark("Low value"),
}
SEGMENTATIONS: Final[Mapping[str, str]] = {
    "activity": mark("By activity"),
    "value": mark("By value"),
}
DISCOUNTS: Final[Mapping[str, str]] = {
    "none": mark("No discount"),
    "below_15": mark("Below 15%%"),
    "15_to_30": mark("15 to 30%%"),
    "30_to_50": mark("30 to 50%%"),
    "above_50": mark("Above 50%%"),
}
FLAGS: Final[Mapping[str, str]] = {
    "true": mark("Yes"),
    "false": mark("No"),
}
MOVERS: Final[Mapping[str, str]] = {
    "products": mark("Other products were sold"),
    "customers": mark("Other customers bought"),
    "discounts": mark("Other discounts were given"),
    "rate": mark("The rate itself"),
}
VERDICTS: Final[Mapping[str, str]] = {
    "fell": mark("The rate fell"),
    "no_clear_change": mark("No clear change"),
    "rose": mark("The rate rose"),
    "too_early": mark("Too early to say"),
}
REVIEW_PROBLEMS: Final = (
    mark("another state, or a note"),
    mark("why the alert is dismissed"),
    mark("text without control characters"),
)
"""What `serving.products.reviews` expects of a change that it refuses."""


@dataclass(frozen=True)
class Metric:
    """A number on the pages: its name, and its meaning in plain words."""

    label: str
    meaning: str


METRICS: Final[Mapping[str, Metric]] = {
    "closed_rate": Metric(
        mark("Return rate, settled"),
        mark(
            "Of the order lines whose return window has closed, the share that came back. These outcomes are final, so "
            "periods can be compared. An order line is one product in one order."
        ),
    ),
    "rate": Metric(
        mark("Return rate"),
        mark(
            "The share of order lines that come back once all are settled. Lines whose window is still open count with "
            "the probability that they will come back. The rate of an item with few lines is moved towards the "
            "expected rate, so that random variation does not look like a fault."
        ),
    ),
    "interval": Metric(
        mark("Interval"),
        mark(
            "How precise the rate is. With 80%% probability the true rate lies within the thick line, with 95%% within "
            "the thin one. A long line means few orders: wait, or look closer, before you act."
        ),
    ),
    "unsettled_share": Metric(
        mark("Not settled yet"),
        mark(
            "The share of lines that may still come back, as their return window is open. The larger this share, the "
            "more of the rate is estimated."
        ),
    ),
    "expected_rate": Metric(
        mark("Expected"),
        mark(
            "The rate that the same customers, ordering the same kind of baskets, would have had with a usual item of "
            "this category. It is computed by a model that never saw the item's own returns."
        ),
    ),
    "excess_rate": Metric(
        mark("Excess"),
        mark(
            "The return rate minus the expected one, in percentage points (pp): what is the item's own, not its "
            "customers'. Above zero is worse than expected."
        ),
    ),
    "excess_probability": Metric(
        mark("Sure of it"), mark("The probability that the true rate lies above the expected one.")
    ),
    "excess_cost_minor": Metric(
        mark("Money at stake"),
        mark(
            "What the returns above the expected ones cost in the period. This is what could be saved if the item were "
            "as good as others like it; lists begin with the most."
        ),
    ),
    "return_cost_minor": Metric(
        mark("Cost of returns"),
        mark(
            "What all returns of the period's orders cost once settled: a fixed sum for each return plus a share of "
            "the value sent back, as set by the shop."
        ),
    ),
    "returns": Metric(
        mark("Returns"),
        mark(
            "How many order lines of the period come back once all is settled: those returned so far and those still "
            "to be expected."
        ),
    ),
    "returned_lines": Metric(mark("Returned"), mark("Order lines known to be returned so far.")),
    "lines": Metric(mark("Lines"), mark("Order lines placed in the period. One product in one order is one line.")),
    "change": Metric(
        mark("Before"), mark("The rate in the period of the same length before this one, worked out in the same way.")
    ),
    "trend_points": Metric(
        mark("Trend"),
        mark("By how many percentage points a month the excess rises or falls within the period, as a straight line."),
    ),
    "spike": Metric(
        mark("Sudden rise"),
        mark(
            "The rate rose from one week on, against the item's own past and its category, by more than chance "
            "explains. The end of the page How to read it gives the largest expected share of false alarms among all "
            "sudden rises."
        ),
    ),
    "upcoming_returns": Metric(
        mark("Returns to come"),
        mark("How many of the open lines will still come back in the weeks ahead, with an 80%% interval."),
    ),
    "top_reason": Metric(
        mark("Main reason"),
        mark("Why most of the returns came back, as customers said, with its share here and in the category."),
    ),
    "fault": Metric(
        mark("Likely fault"),
        mark(
            "A reason that customers give clearly more often than for other items of the category, with the "
            "probability of this difference."
        ),
    ),
    "movers": Metric(
        mark("What moved the rate"),
        mark(
            "The change of the settled rate in parts that add up: other products sold, other customers, other "
            "discounts, and the rest, which is the rate itself."
        ),
    ),
    "profit_minor": Metric(
        mark("Profit a customer"),
        mark("Margin of what was kept minus the cost of what came back, for a customer, in the longest period."),
    ),
    "effect": Metric(
        mark("Did it help?"),
        mark(
            "After an alert is done, the rate before and after is compared with similar products in which nothing was "
            "done, so that a season or chance does not pass for success."
        ),
    ),
}
