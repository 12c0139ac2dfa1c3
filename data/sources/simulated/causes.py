"""Competing risks: a hazard for each cause of a return, and the true probability that follows from all hazards.

A cause with hazard h alone would send the line back with probability 1 - exp(-h). All causes together send it back with
probability 1 - exp(-sum of hazards), and the cause of a return is drawn in proportion to the hazards.
"""

from dataclasses import dataclass, fields

import numpy as np

from data.arrays import Floats
from data.schema import Reason
from data.sources.simulated import catalogue
from data.sources.simulated.terms import Terms

ROW = {reason: row for row, reason in enumerate(catalogue.CAUSES)}
"""Row of each cause in a table of hazards or shares: one row a cause, one column a line."""


@dataclass(frozen=True)
class Causes:
    """One column a line: the hazards and probabilities of its return, known at checkout."""

    hazards: Floats
    """Hazard of each cause but lateness, whose row is 0."""
    late_hazard: Floats
    """Hazard of `Reason.ARRIVED_LATE` if the delivery is late."""
    late: Floats
    """Probability that the delivery is late."""
    chosen_against: Floats
    """Probability that the line comes back because another line of its bracket is preferred."""


@dataclass(frozen=True)
class _Delivered:
    """P(returned for a cause other than the bracket) in each state of the delivery, and the total hazards behind it."""

    total: Floats
    with_late: Floats
    on_time_return: Floats
    """P(on time and returned); ``late_return``: P(late and returned)."""
    late_return: Floats


def causes_of(terms: Terms, return_level: float) -> Causes:
    """Combine the terms of every line; ``return_level`` is the factor of all hazards."""
    return Causes(
        hazards=_hazards(terms, return_level),
        late_hazard=return_level * terms.gift_hurry * (terms.late_level * terms.impatience),
        late=terms.late,
        chosen_against=terms.chosen_against,
    )


def truth_of(causes: Causes, bracket_causes: Floats, undelivered: float) -> tuple[Floats, Floats]:
    """P(returned) and P(cause | returned) of each line at checkout.

    Events after the checkout are integrated out: a late or lost delivery (``undelivered``: P(lost)), and the
    preferred line of a bracket (``bracket_causes``: P(cause | returned for another line), one row a cause).
    """
    delivered = _delivered(causes)
    probability = _if_delivered(causes, delivered)
    own = 1.0 - causes.chosen_against
    # P(cause and returned): in each state of the delivery, returns are split in proportion to its hazards.
    late = delivered.late_return / delivered.with_late
    share = own * (delivered.on_time_return / delivered.total + late) * causes.hazards
    share[ROW[Reason.ARRIVED_LATE]] = own * delivered.late_return / delivered.with_late * causes.late_hazard
    share += causes.chosen_against * bracket_causes
    return (1.0 - undelivered) * probability, share / probability


def probability_of(causes: Causes, undelivered: float) -> Floats:
    """P(returned) of each line at checkout, as `truth_of` has it, without the causes' shares."""
    return (1.0 - undelivered) * _if_delivered(causes, _delivered(causes))


def _delivered(causes: Causes) -> _Delivered:
    total = causes.hazards.sum(axis=0)
    with_late = total + causes.late_hazard
    return _Delivered(
        total=total,
        with_late=with_late,
        on_time_return=(1.0 - causes.late) * -np.expm1(-total),
        late_return=causes.late * -np.expm1(-with_late),
    )


def _if_delivered(causes: Causes, delivered: _Delivered) -> Floats:
    own = 1.0 - causes.chosen_against
    return causes.chosen_against + own * (delivered.on_time_return + delivered.late_return)


def _hazards(terms: Terms, return_level: float) -> Floats:
    person = _person(terms)
    mild = np.sqrt(person)
    taste = terms.taste * person * _taste(terms)
    hazards = np.zeros((len(catalogue.CAUSES), _lines(terms)))
    hazards[ROW[Reason.SIZE_TOO_SMALL]] = terms.fit * terms.small * person
    hazards[ROW[Reason.SIZE_TOO_LARGE]] = terms.fit * terms.large * person
    hazards[ROW[Reason.DEFECTIVE]] = mild * terms.defective
    hazards[ROW[Reason.NOT_AS_DESCRIBED]] = mild * terms.misdescribed
    hazards[ROW[Reason.WRONG_ITEM]] = 0.003
    hazards[ROW[Reason.COLOR]] = 0.25 * taste * terms.hue
    hazards[ROW[Reason.STYLE]] = 0.45 * taste
    hazards[ROW[Reason.UNWANTED]] = 0.30 * taste * np.exp(terms.bargain + terms.gift_impulse)
    hazards[ROW[Reason.OTHER]] = 0.004 * person
    hazards[ROW[Reason.INCOMPATIBLE]] = terms.incompatible * mild * terms.dishonest
    return np.asarray(return_level * hazards, dtype=np.float64)


def _person(terms: Terms) -> Floats:
    """Factor of the customer and of the order (how, where and when), with preferences for categories and brands."""
    of_order = terms.propensity + terms.payment + terms.channel + terms.region + terms.drift
    return np.asarray(np.exp(of_order + terms.liking + terms.loyalty), dtype=np.float64)


def _taste(terms: Terms) -> Floats:
    """Factor of taste: appeal, the customer's affinity to the product, price, and the other lines of the order."""
    factor = terms.affinity - terms.appeal + terms.dear - terms.cheap + terms.others + terms.voucher
    return np.asarray(np.exp(factor), dtype=np.float64)


def _lines(terms: Terms) -> int:
    return max(len(getattr(terms, term.name)) for term in fields(terms))
