"""For whom score and actions are better or worse: calibration, rates and false alarms among groups of customers.

Three criteria of fairness, which no model fulfils at once where groups return at different rates (Chouldechova, Big
Data 5, 2017; Kleinberg, Mullainathan and Raghavan, 2016):

- calibration within groups: of the lines given 30%, 30% come back in each group;
- equal false positive rates: of the lines that were kept, the same share is among the riskiest, or gets an action, in
  each group;
- demographic parity: the same share of all lines is among the riskiest, or gets an action.

A group is compared with the rest of its attribute. Many groups are looked at, so the intervals of these differences
hold all at once: they are as wide as the largest studentised difference of a resample asks for (the single-step max-t
method: Westfall and Young, 1993; Romano and Wolf, Econometrica 73, 2005). Where no group differs, one audit of twenty
has an interval without 0, however many groups it looks at.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from scipy import sparse

from data.arrays import Bools, Floats
from training.audit.groups import Group, Groups
from training.audit.proxies import Proxy
from training.evaluation.intervals import FEW, LEVEL, Draw, gap_interval, resampled_ratios
from training.evaluation.intervals import Interval as Bounds
from training.evaluation.metrics import UndefinedMetricError, roc_auc

RISKIEST = 0.1
"""The share of lines that a rule reaches which takes those of the highest probabilities."""
GAP, FALSE_ALARMS, ACTED_THOUGH_KEPT = "calibration_gap", "false_alarms", "acted_though_kept"
JUDGED = (GAP, FALSE_ALARMS, ACTED_THOUGH_KEPT)
"""The measures whose differences between a group and the rest are one family, and have a bound in the gate."""


@dataclass(frozen=True)
class Measure:
    """The mean of ``values`` over the lines ``inside``; shape (n,) each.

    ``outcome``: 0 or 1 for each line, whose rarer value says how much is known; None: that of ``values``.
    """

    values: Floats
    inside: Bools
    outcome: Floats | None = None


@dataclass(frozen=True)
class Figure:
    """A measure of one group, with an interval of 95%.

    ``difference``: the group minus the rest of its attribute; its interval holds together with those of all groups and
    measures `JUDGED`. None where there is nothing to compare, or too little to say how far it may be off.
    """

    value: float
    low: float | None
    high: float | None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None

    @property
    def surely(self) -> float:
        """How far the interval of the difference stays from 0; 0 where it holds 0, or there is none."""
        if self.difference_low is None or self.difference_high is None:
            return 0.0
        return max(self.difference_low, -self.difference_high, 0.0)


@dataclass(frozen=True)
class Audited:
    """One group, and its figures by the name of the measure; a measure without a line in the group is left out.

    ``roc_auc`` is None where all its lines have the same outcome.
    """

    attribute: str
    name: str
    lines: int
    customers: int
    roc_auc: float | None
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Fairness:
    """The audit: groups by attribute, those left out as too small, and the columns that the shop does not record.

    ``policy``: the name of the policy that was replayed; None: there is none. ``proxies``: how well the features tell
    each group.
    """

    groups: tuple[Audited, ...]
    too_small: tuple[str, ...]
    absent: tuple[str, ...]
    policy: str | None = None
    proxies: tuple[Proxy, ...] = ()

    def worst(self) -> dict[str, dict[str, Any]]:
        """By measure of `JUDGED`: how far, at least, which group is from the rest, with the estimate."""
        found = {}
        for name in JUDGED:
            compared = [each for each in self.groups if name in each.figures and _compared(each.figures[name])]
            if compared:
                most = max(compared, key=lambda each: (each.figures[name].surely, abs(_difference(each.figures[name]))))
                figure = most.figures[name]
                found[name] = {
                    "at_least": figure.surely,
                    "difference": figure.difference,
                    "group": f"{most.attribute} {most.name}",
                }
        return found

    def apart(self) -> list[tuple[Audited, str]]:
        """The groups that surely differ from the rest, with the measure of `JUDGED` in which they do."""
        return [
            (each, name)
            for each in self.groups
            for name in JUDGED
            if name in each.figures and each.figures[name].surely > 0
        ]

    def as_json(self) -> dict[str, Any]:
        """As reports/fairness.json has it."""
        return {**asdict(self), "riskiest": RISKIEST, "surely_apart": len(self.apart()), "worst": self.worst()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read what `as_json` gave."""
        groups = tuple(
            Audited(**{**each, "figures": {name: Figure(**figure) for name, figure in each["figures"].items()}})
            for each in content["groups"]
        )
        proxies = tuple(Proxy.from_json(each) for each in content["proxies"])
        return cls(groups, tuple(content["too_small"]), tuple(content["absent"]), content["policy"], proxies)


def measures_of_scores(y: Floats, p: Floats) -> dict[str, Measure]:
    """The measures of scored lines: outcomes (0 or 1) and probabilities, shape (n,) each."""
    every, riskiest = np.ones(len(y), dtype=bool), _riskiest(p).astype(np.float64)
    return {
        "return_rate": Measure(y, every),
        "mean_probability": Measure(p, every),
        GAP: Measure(p - y, every, y),
        "flagged": Measure(riskiest, every),
        FALSE_ALARMS: Measure(riskiest, y == 0),
    }


def measures_of_actions(acted: Bools, restricted: Bools, replayed: Bools, kept: Bools) -> dict[str, Measure]:
    """The measures of what a policy would do, shape (n,) each.

    ``acted``: an action would be about the line. ``restricted``: such an action would restrict. ``replayed``: the line
    is in a basket that was replayed. ``kept``: it was kept.
    """
    did, forbade = acted.astype(np.float64), restricted.astype(np.float64)
    found = {"acted": Measure(did, replayed), ACTED_THOUGH_KEPT: Measure(did, replayed & kept)}
    return found | ({"restricted": Measure(forbade, replayed)} if restricted.any() else {})


def audit(groups: Groups, y: Floats, p: Floats, actions: Mapping[str, Measure], draw: Draw) -> tuple[Audited, ...]:
    """Measure each large group, and compare it with the rest of its attribute.

    Parameters
    ----------
    groups
        Those of the n lines.
    y, p
        Outcomes (0 or 1) and probabilities of the lines, shape (n,).
    actions
        `measures_of_actions`; empty for a shop without a policy.
    draw
        How customers are drawn for the intervals.
    """
    figures = compare(groups, {**measures_of_scores(y, p), **actions}, JUDGED, draw)
    return tuple(
        Audited(
            group.attribute,
            group.name,
            int(group.mask.sum()),
            len(np.unique(groups.customer[group.mask])),
            _roc_auc(y[group.mask], p[group.mask]),
            figures.get((group.attribute, group.name), {}),
        )
        for group in groups.large
    )


def compare(
    groups: Groups, measures: Mapping[str, Measure], family: Collection[str], draw: Draw
) -> dict[tuple[str, str], dict[str, Figure]]:
    """Compare each large group with the rest of its attribute.

    Parameters
    ----------
    measures
        Of the n lines, by name.
    family
        The names of those whose differences get intervals, which hold all at once.

    Returns
    -------
    dict
        By attribute and name of the group, the figure of each measure that has a line in it.
    """
    cells = [*_cells(groups, measures)]
    if not cells:
        return {}
    own, ratios = _resampled(groups, [(cell.measure, cell.own) for cell in cells], draw)
    rest, of_rest = _resampled(groups, [(cell.measure, cell.rest) for cell in cells], draw)
    differences = np.where([cell.compared for cell in cells], own - rest, np.nan)
    unseen = np.array([cell.unseen for cell in cells])
    half = _half_widths(differences, ratios - of_rest, unseen, [cell.name in family for cell in cells])
    figures: dict[tuple[str, str], dict[str, Figure]] = {}
    for place, cell in enumerate(cells):
        ends = _ends(cell, ratios[:, place])
        figure = Figure(float(own[place]), ends.low, ends.high)
        if np.isfinite(half[place]):
            middle, width = float(differences[place]), float(half[place])
            figure = Figure(figure.value, ends.low, ends.high, middle, middle - width, middle + width)
        figures.setdefault((cell.group.attribute, cell.group.name), {})[cell.name] = figure
    return figures


@dataclass(frozen=True)
class _Cell:
    """One measure of one group: its lines, and those of the rest of the attribute, shape (n,) each."""

    group: Group
    name: str
    measure: Measure
    own: Bools
    rest: Bools

    @property
    def compared(self) -> bool:
        """Whether enough is known of both sides together; with fewer than `FEW` events a resample knows too little."""
        return bool(self.rest.any()) and _rarer(self._outcome[self.own | self.rest]) >= FEW

    @property
    def unseen(self) -> float:
        """The variance of the difference that a resample can't see.

        Where a side has fewer than `FEW` events, resamples of it are too much alike, or all the same: it also gets the
        variance that its lines would have by the spread of both sides together.
        """
        spread = float(self.measure.values[self.own | self.rest].var())
        few = [lines.sum() for lines in (self.own, self.rest) if _rarer(self._outcome[lines]) < FEW]
        return float(sum(spread / count for count in few if count))

    @property
    def _outcome(self) -> Floats:
        return self.measure.values if self.measure.outcome is None else self.measure.outcome


def _cells(groups: Groups, measures: Mapping[str, Measure]) -> Iterator[_Cell]:
    for attribute in groups.attributes:
        every = np.logical_or.reduce([group.mask for group in groups.of(attribute)])
        for group in groups.of(attribute):
            for name, measure in measures.items():
                own, rest = group.mask & measure.inside, every & ~group.mask & measure.inside
                if own.any():
                    yield _Cell(group, name, measure, own, rest)


def _roc_auc(y: Floats, p: Floats) -> float | None:
    with suppress(UndefinedMetricError):
        return roc_auc(y, p)
    return None


def _rarer(outcome: Floats) -> float:
    """How many lines have the rarer outcome."""
    return float(min(outcome.sum(), len(outcome) - outcome.sum()))


def _resampled(groups: Groups, lines: Sequence[tuple[Measure, Bools]], draw: Draw) -> tuple[Floats, Floats]:
    """The mean of each measure over its lines, shape (cells,); and in each resample, shape (resamples, cells)."""
    count = int(groups.customer.max()) + 1
    above = sparse.hstack([_sums(groups, measure.values, chosen, count) for measure, chosen in lines], format="csc")
    below = sparse.hstack([_sums(groups, np.ones(len(chosen)), chosen, count) for _, chosen in lines], format="csc")
    total = np.asarray(below.sum(axis=0), dtype=np.float64)
    means = np.divide(np.asarray(above.sum(axis=0)), total, out=np.full(len(total), np.nan), where=total > 0)
    return means, resampled_ratios(above, below, draw)


def _sums(groups: Groups, values: Floats, chosen: Bools, count: int) -> sparse.csc_array:
    """The sum of each customer, shape (customers, 1)."""
    return sparse.csc_array(np.bincount(groups.customer[chosen], values[chosen], count)[:, None])


def _half_widths(differences: Floats, resampled: Floats, unseen: Floats, judged: Sequence[bool]) -> Floats:
    """Half of the width of each interval, so that those of the family hold at once; NaN where there is none."""
    with np.errstate(invalid="ignore"):
        spread = np.where(np.isfinite(differences), np.sqrt(resampled.var(axis=0, ddof=1) + unseen), np.nan)
    spread = np.where(spread > 0, spread, np.nan)
    family = np.array(judged) & np.isfinite(spread)
    if not family.any():
        return np.full(len(differences), np.nan)
    studentised = np.abs(resampled[:, family] - differences[family]) / spread[family]
    critical = float(np.quantile(studentised.max(axis=1), LEVEL))
    return np.where(family, critical * spread, np.nan)


def _ends(cell: _Cell, ratios: Floats) -> Bounds:
    low, high = np.nanquantile(ratios, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    found = Bounds(float(low), float(high))
    if cell.name != GAP or cell.measure.outcome is None:
        return found
    y = cell.measure.outcome[cell.own]
    return gap_interval(found, y, cell.measure.values[cell.own] + y)


def _riskiest(probability: Floats) -> Bools:
    """The lines of the highest probabilities, as many as the share `RISKIEST`; ties at the edge are left out."""
    if not len(probability):
        return np.zeros(0, dtype=bool)
    found: Bools = probability > np.quantile(probability, 1 - RISKIEST, method="inverted_cdf")
    return found


def _compared(figure: Figure) -> bool:
    return figure.difference is not None


def _difference(figure: Figure) -> float:
    return figure.difference or 0.0
