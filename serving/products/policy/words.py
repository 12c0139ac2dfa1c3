"""Names of what replays and policies call by a word, in English; the languages translate them."""

from collections.abc import Mapping
from typing import Final

from serving.products.web.language import mark

KINDS: Final[Mapping[str, str]] = {
    "inform": mark("Advice"),
    "offer": mark("Offer"),
    "restrict": mark("Restriction, which a person has to confirm"),
}
WHY_NOT: Final[Mapping[str, str]] = {
    "customers": mark("Not for this segment of customers"),
    "probability": mark("No line with this probability of a return"),
    "value_minor": mark("No line of this value"),
    "categories": mark("No line of these categories"),
    "departments": mark("No line of these departments"),
    "reasons": mark("These reasons are too unlikely"),
    "bracket": mark("No product in several sizes or colors"),
    "features": mark("No line with these features"),
    "faults": mark("No product with such a fault"),
    "drivers": mark("Something else drives the score"),
    "other_size": mark("No size in which the line would come back less"),
    "reasons_unknown": mark("The shop records no reasons"),
    "no_interval": mark("The score has no interval"),
    "profit_in_doubt": mark("In doubt: the interval of its profit does not lie above zero"),
    "another_adds_more": mark("Another action should add more"),
    "per_day": mark("Cap of all customers reached"),
    "per_customer": mark("Cap of the customer for this action reached"),
    "per_customer_of_all": mark("Cap of the customer for all actions reached"),
}
VERDICTS: Final[Mapping[str, str]] = {
    "not_comparable": mark("The arms can't be compared: its figures don't count"),
    "harm": mark("The policy does harm"),
    "earns": mark("The policy earns money"),
    "undecided": mark("Not decided yet"),
    "too_early": mark("Too early to say"),
    "nothing_chosen": mark("No action was chosen yet"),
}
ENDS: Final[Mapping[str, str]] = {"least": mark("at least"), "most": mark("at most")}
"""The ends of a range, which the last part of a field's ``of`` names."""
