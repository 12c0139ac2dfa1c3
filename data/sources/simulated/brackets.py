"""Bracketing: how often at most one line of a bracket is kept, which line, and the reasons given for the others."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from data.schema import Reason
from data.sources.simulated import catalogue
from data.sources.simulated.causes import ROW
from data.sources.simulated.lines import Lines
from data.sources.simulated.shop import Shop

_ONE_IS_KEPT = {True: 0.94, False: 0.75}
"""Share of brackets (of sizes: True, of colors: False) of which the customer keeps at most one line."""


@dataclass(frozen=True)
class Brackets:
    """One column a line: the effect of its bracket, if any."""

    one_is_kept: Floats
    """Probability that at most one line of its bracket is kept; 0 for lines that stand alone."""
    preference: Floats
    """Log weight with which a line is the preferred one of its bracket."""
    preferred: Floats
    """Probability that the line is the preferred one, given that at most one is kept."""
    bracket_causes: Floats
    """P(cause | returned for another line of the bracket), one row a cause."""

    @property
    def chosen_against(self) -> Floats:
        """Probability that the line comes back because another line of its bracket is preferred."""
        return np.asarray(self.one_is_kept * (1.0 - self.preferred), dtype=np.float64)


def brackets_of(shop: Shop, lines: Lines) -> Brackets:
    """Compute preferences and probabilities for the lines of each bracket."""
    preference = _preference(shop, lines)
    return Brackets(
        one_is_kept=np.where(lines.by_size, _ONE_IS_KEPT[True], np.where(lines.by_color, _ONE_IS_KEPT[False], 0.0)),
        preference=preference,
        preferred=_softmax_by_item(preference, lines),
        bracket_causes=_bracket_causes(lines),
    )


def _preference(shop: Shop, lines: Lines) -> Floats:
    """Preference for the lines of a bracket: by misfit of the size, or by the customer's liking for the color."""
    liking = shop.draws.normal("customer/color", lines.customer * 64 + lines.color)
    return np.where(lines.by_size, -1.8 * np.abs(lines.misfit), np.where(lines.by_color, 0.9 * liking, 0.0))


def _softmax_by_item(preference: Floats, lines: Lines) -> Floats:
    weight = np.exp(preference)
    count = np.diff(np.append(lines.starts, len(weight)))
    return np.asarray(weight / np.repeat(np.add.reduceat(weight, lines.starts), count), dtype=np.float64)


def _bracket_causes(lines: Lines) -> Floats:
    """Reasons given for the lines of a bracket that are not preferred: too small or too large, color, or unwanted."""
    small = 1.0 / (1.0 + np.exp(3.0 * lines.misfit))
    shares = np.zeros((len(catalogue.CAUSES), len(small)))
    shares[ROW[Reason.SIZE_TOO_SMALL]] = np.where(lines.by_size, 0.7 * small, 0.0)
    shares[ROW[Reason.SIZE_TOO_LARGE]] = np.where(lines.by_size, 0.7 * (1.0 - small), 0.0)
    shares[ROW[Reason.COLOR]] = np.where(lines.by_size, 0.0, 0.6)
    shares[ROW[Reason.UNWANTED]] = np.where(lines.by_size, 0.3, 0.4)
    return shares
