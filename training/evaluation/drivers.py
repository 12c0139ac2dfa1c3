"""Drivers of the test lines: how far each factor moves the log-odds, and which factor moves them most.

Contributions explain the model's score only: they are neither causes nor a customer's reasons.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats
from training.evaluation.oracle import DriverAgreement, measure_drivers
from training.evaluation.scored_lines import ExplainedLines
from training.evaluation.undefined import Attempts, Undefined

TrueDrivers = tuple[tuple[str, ...], Floats]


@dataclass(frozen=True)
class DriverSlice:
    """The contributions in some explained lines, by factor.

    ``mean_absolute``: the mean absolute contribution to a line's log-odds. ``mean``: the mean contribution, above 0
    towards a return. ``top_share``: share of lines that this factor moves more than any other factor does.
    """

    lines: int
    mean_absolute: dict[str, float]
    mean: dict[str, float]
    top_share: dict[str, float]


@dataclass(frozen=True)
class DriverMeasures:
    """The drivers of the test lines.

    ``expected``: the log-odds that contributions are added to. ``additivity_error``: the largest absolute difference
    between the log-odds of an explained line's probability and ``expected`` plus the line's level and contributions.
    ``oracle``: agreement with the true drivers of a simulated shop.
    """

    expected: float
    additivity_error: float
    overall: DriverSlice
    oracle: DriverAgreement | None


def measure_explained(
    explained: ExplainedLines, probability: Floats, truth: TrueDrivers | None, attempts: Attempts
) -> DriverMeasures:
    """Measure the drivers of the explained lines; ``attempts`` notes what has no value below ``drivers``.

    Parameters
    ----------
    probability
        The calibrated probability of each of the n test lines.
    truth
        The true factors, and their contributions to each of the m explained lines, on a simulated shop.
    """
    return DriverMeasures(
        expected=explained.expected,
        additivity_error=_additivity_error(explained, probability[explained.places]),
        overall=_slice(explained, np.ones(len(explained.places), dtype=bool)),
        oracle=None if truth is None else _agreement(explained, truth, attempts),
    )


def driver_slice(explained: ExplainedLines, mask: Bools) -> DriverSlice | None:
    """Measure the explained lines among the test lines ``mask``, bool of shape (n,); None where there is none."""
    chosen = mask[explained.places]
    return _slice(explained, chosen) if chosen.any() else None


def _slice(explained: ExplainedLines, chosen: Bools) -> DriverSlice:
    values, count = explained.contributions[chosen], len(explained.factors)
    tops = np.bincount(explained.top[chosen], minlength=count) / len(values)

    def named(numbers: Floats) -> dict[str, float]:
        return dict(zip(explained.factors, numbers.tolist(), strict=True))

    return DriverSlice(len(values), named(np.abs(values).mean(axis=0)), named(values.mean(axis=0)), named(tops))


def _additivity_error(explained: ExplainedLines, probability: Floats) -> float:
    log_odds = np.log(probability) - np.log1p(-probability)
    return float(np.abs(explained.expected + explained.shift + explained.contributions.sum(axis=1) - log_odds).max())


def _agreement(explained: ExplainedLines, truth: TrueDrivers, attempts: Attempts) -> DriverAgreement | None:
    found = attempts.value("drivers.oracle", measure_drivers, explained.factors, explained.contributions, *truth)
    for name, correlation in (found.correlations if found else {}).items():
        if correlation is None:
            path = f"drivers.oracle.correlations.{name}"
            attempts.undefined.append(Undefined(path, "the model or the truth gives it the same part on all lines"))
    return found
