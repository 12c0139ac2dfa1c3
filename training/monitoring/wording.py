"""An alarm in words: what parts, what it costs, what to look at first, and what moved its scores."""

from collections.abc import Sequence

import numpy as np

from data.arrays import Floats
from data.number_format import ENGLISH
from training.monitoring.estimate import Estimate
from training.monitoring.evidence import DOWN, NOT_SURE_ENOUGH, TOO_SURE, UP
from training.monitoring.moved import Moved

LEVEL = (UP, DOWN)
DIRECTIONS = {UP: "more", DOWN: "fewer", TOO_SURE: "too sure", NOT_SURE_ENOUGH: "not sure enough"}
ADVICE = {
    "all": "Run make level; where the log-loss is worse than that mends, train again: make retrain.",
    "brand": "Look at its items in the product review: a fault, a description or a size may have changed.",
    "category": "Look at its items in the product review, and at what changed in the shop's pages.",
    "channel": "Compare what this channel sends with what it sent before: a field that stops coming, another tracking.",
    "payment method": "Ask what changed at checkout: terms, limits, a provider.",
    "region": "Ask the carrier of this region about late and damaged parcels.",
    "supplier": "Ask the supplier about the latest batches, and look at its items in the product review.",
}
FEWER = "Look first whether returns of these lines still reach the tables: a feed that stopped looks the same."
LACKS = 0.05
"""Features that are missing in a share of lines so much larger than before are said to be."""
SLOPE = (
    "Look at when the champion changed (make history), and give the alias back to the version before if that was it"
    " (make rollback). Else look at which fields stopped coming, and train again: make retrain."
)


def of_level(direction: int, found: Estimate, interval: float, days: int) -> str:
    """Say how many of the lines of so many ``days`` come back, beside what their scores said."""
    percent = ENGLISH.percent
    low, high = found.rate.interval(interval)
    if not shows(direction, found):
        return (
            f"{DIRECTIONS[direction]} returns have become known since then than the scores say. The lines of {days}"
            f" days do not show it yet: {percent(found.rate.value)} ({percent(low)} to {percent(high)}) come back,"
            f" where {percent(found.mean_probability)} was said."
        )
    return (
        f"{DIRECTIONS[direction]} lines come back than the scores say, {percent(found.rate.value)} ({percent(low)} to"
        f" {percent(high)}) of those of {days} days where {percent(found.mean_probability)} was said."
    )


def shows(direction: int, found: Estimate) -> bool:
    """Whether the rate to expect of the lines lies where the evidence says; returns that lack do not show at once."""
    return (found.rate.value - found.mean_probability) * direction > 0


def of_slope(direction: int, margin: Floats, found: Estimate, days: int) -> str:
    """Say what the log-loss of the lines will be, and what it would be with another level and slope."""
    mode, number = found.fitted.mode, ENGLISH.number
    log_odds = mode.level + mode.slope * margin
    mended = float((np.logaddexp(0, log_odds) - found.fitted.outcome * log_odds).mean())
    return (
        f"the scores are {DIRECTIONS[direction]}: the log-loss of those of {days} days will be"
        f" {number(found.log_loss.value, 4)}, and would be {number(mended, 4)} had the log-odds"
        f" {number(mode.slope, 2)} times their size, at another level."
    )


def costs(direction: int, cost: float, currency: str) -> str:
    """Say what an alarm costs a month; ``cost``: minor units, below 0: saves, 0: not known yet."""
    if not cost:
        return "What that costs can't be told yet."
    amount = ENGLISH.money(abs(round(cost)), currency)
    if direction in LEVEL:
        return f"That is {amount} a month {'more' if cost > 0 else 'less'} in returns than planned with these scores."
    return f"That is {amount} a month less from warnings where they pay than with scores that are right."


def advice(kind: str, direction: int) -> str:
    """Say what to look at first; ``kind``: of the slice."""
    if direction not in LEVEL:
        return SLOPE
    return FEWER if direction == DOWN else ADVICE.get(kind, ADVICE["category"])


def moved(features: Sequence[Moved]) -> str:
    """Say which ``features`` moved the scores of an alarm; with none, that what is asked is as before."""
    if not features:
        return "No feature surely moved these scores: what comes back has changed, and not what is asked."
    return f"What moved these scores since then, in log-odds: {', '.join(map(_moved, features))}."


def _moved(one: Moved) -> str:
    said, percent = f"{one.feature} {ENGLISH.difference(one.moved, 2)}", ENGLISH.percent
    if one.missing_after - one.missing_before > LACKS:
        return f"{said} (missing in {percent(one.missing_after, 0)}, before {percent(one.missing_before, 0)})"
    if one.before is None or one.after is None:
        return said
    return f"{said} (mean {ENGLISH.number(one.after, 2)}, before {ENGLISH.number(one.before, 2)})"
