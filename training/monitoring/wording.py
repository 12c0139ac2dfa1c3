"""An alarm in words: what parts, what it costs, and what to look at first."""

import numpy as np

from data.arrays import Floats
from data.number_format import ENGLISH
from training.monitoring.estimate import Estimate
from training.monitoring.evidence import DOWN, NOT_SURE_ENOUGH, TOO_SURE, UP

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
SLOPE = (
    "Look at when the champion changed (make history), and give the alias back to the version before if that was it"
    " (make rollback). Else look at which fields stopped coming, and train again: make retrain."
)


def of_level(direction: int, found: Estimate, interval: float, days: int) -> str:
    """Say how many of the lines of so many ``days`` come back, beside what their scores said."""
    percent = ENGLISH.percent
    low, high = found.rate.interval(interval)
    return (
        f"{DIRECTIONS[direction]} lines come back than the scores say, {percent(found.rate.value)} ({percent(low)} to"
        f" {percent(high)}) of those of {days} days where {percent(found.mean_probability)} was said."
    )


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
    """Say what an alarm costs a month; ``cost``: minor units, below 0: saves."""
    amount = ENGLISH.money(abs(round(cost)), currency)
    if direction in LEVEL:
        return f"That is {amount} a month {'more' if cost > 0 else 'less'} in returns than planned with these scores."
    return f"That is {amount} a month less from warnings where they pay than with scores that are right."


def advice(kind: str, direction: int) -> str:
    """Say what to look at first; ``kind``: of the slice."""
    if direction not in LEVEL:
        return SLOPE
    return FEWER if direction == DOWN else ADVICE.get(kind, ADVICE["category"])
