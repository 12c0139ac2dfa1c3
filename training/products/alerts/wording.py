"""What alerts say: sentences with {name:format} of their numbers, and how they are filled. Light to import, pure.

A page in another language translates the sentences and brings formats of its own.
"""

from collections.abc import Callable, Mapping
from datetime import date
from string import Formatter

from data.number_format import ENGLISH

Value = str | int | float | list[str]
"""A number of an alert as JSON holds it: a share from 0 to 1, money in minor units, a date as YYYY-MM-DD."""
Formats = Mapping[str, Callable[[Value], str]]

FORMATS = ("percent", "count", "money", "date", "list", "ratio", "text")

_OF_RETURNS = "in {share:percent} of {returns:count} returns with a reason, category {parent_share:percent}"
_WHAT_CUSTOMERS_SAY = {
    "runs_small": "Too small",
    "runs_large": "Too large",
    "defective": "Defective",
    "not_as_described": "Not as described",
    "color_differs": "The color does not please",
    "wrong_item": "The wrong item arrived",
    "arrives_late": "Arrived late",
    "incompatible": "Incompatible",
}
_SINCE = "; more often since {since:date}"

EVIDENCE: dict[str, str] = {
    **{kind: f"{start} {_OF_RETURNS}." for kind, start in _WHAT_CUSTOMERS_SAY.items()},
    **{f"{kind}_since": f"{start} {_OF_RETURNS}{_SINCE}." for kind, start in _WHAT_CUSTOMERS_SAY.items()},
    "one_size": "Size {value:text} comes back in {rate:percent} of {lines:count} lines; {expected_rate:percent} were "
    "to be expected from its other sizes.",
    "one_color": "Color {value:text} comes back in {rate:percent} of {lines:count} lines; {expected_rate:percent} were "
    "to be expected from its other colors.",
    "discount": "Comes back in {rate:percent} of {lines:count} lines sold at a discount; {expected_rate:percent} were "
    "to be expected from those at full price.",
    "ordered_to_choose": "{share:percent} of {lines:count} lines are ordered in several sizes or colors at once, "
    "category {parent_share:percent}.",
    "spike": "Comes back in {rate_after:percent} of lines since {since:date}, in {rate_before:percent} before.",
    "excess": "Comes back in {rate:percent} of {lines:count} lines; {expected_rate:percent} were to be expected of its "
    "customers and baskets. No single cause stands out.",
}
"""What was found: by the kind of alert, with an ending where a kind has several sentences."""

ADVICE: dict[str, str] = {
    "runs_small": "Check the size chart, and say on the page that it runs small.",
    "runs_small_sizes": "Check the size chart of {sizes:list}.",
    "runs_large": "Check the size chart, and say on the page that it runs large.",
    "runs_large_sizes": "Check the size chart of {sizes:list}.",
    "defective": "Have returned pieces checked, and ask the supplier about quality.",
    "defective_values": "Have returned pieces of {values:list} checked first, and ask the supplier about quality.",
    "defective_supplier": "Have returned pieces checked, and speak with {supplier:text}: {others:count} more of its "
    "products are returned as defective too often.",
    "not_as_described": "Compare photos and description with the product.",
    "not_as_described_values": "Compare photos and description of {values:list} with the product.",
    "color_differs": "Compare the photos with the pieces, by daylight.",
    "color_differs_values": "Compare the photos of {values:list} with the pieces, by daylight.",
    "wrong_item": "Check its labels and its place in the warehouse.",
    "wrong_item_values": "Check the labels of {values:list} and their place in the warehouse.",
    "arrives_late": "Check its stock and the delivery time that its page promises.",
    "incompatible": "Say on its page what it fits, and what it does not fit.",
    "one_size": "Measure pieces of size {value:text}, and compare them with the size chart.",
    "one_color": "Compare pieces in {value:text} with their photos, and check their quality.",
    "discount": "Count the cost of its returns into the discount, or give less of it.",
    "ordered_to_choose": "Help customers to choose before they order: measures, a size guide, photos of each color.",
    "spike": "Find out what changed then: the batch, the supplier, the photos, the description or the price.",
    "excess": "Read its reviews and customers' comments, and look at a piece.",
}
"""What to do about it, named like `EVIDENCE`."""


def placeholders(template: str) -> dict[str, str]:
    """Name the numbers of a sentence and the format of each."""
    return {name: form or "" for _, name, form, _ in Formatter().parse(template) if name is not None}


def fill(template: str, numbers: Mapping[str, Value], formats: Formats) -> str:
    """Write a sentence out.

    Parameters
    ----------
    template
        With {name:format} for each number.
    numbers
        By name.
    formats
        How to write a value: by each name of `FORMATS`.

    Raises
    ------
    KeyError
        A number or a format of the sentence is missing.
    """
    parts = []
    for text, name, form, _ in Formatter().parse(template):
        parts.append(text)
        if name is not None:
            parts.append(formats[form or ""](numbers[name]))
    return "".join(parts)


def english(currency: str) -> Formats:
    """Write values in English; ``currency`` is an ISO code."""
    return {
        "percent": lambda value: ENGLISH.rough_percent(number(value)),
        "count": lambda value: ENGLISH.number(number(value)),
        "money": lambda value: f"{currency} {ENGLISH.amount(number(value), currency)}",
        "date": lambda value: _date(str(value)),
        "list": lambda value: _list(value if isinstance(value, list) else [str(value)]),
        "ratio": lambda value: f"{ENGLISH.number(number(value), 1)} times",
        "text": str,
    }


def number(value: Value) -> float:
    """Take a value as the number that a format needs; `TypeError` for a list."""
    if isinstance(value, list):
        raise TypeError(f"a list is no number: {value!r}")
    return float(value)


def _date(value: str) -> str:
    day = date.fromisoformat(value)
    return f"{day.day} {day:%B %Y}"


def _list(values: list[str]) -> str:
    if len(values) <= 1:
        return "".join(values)
    return f"{', '.join(values[:-1])} and {values[-1]}"
