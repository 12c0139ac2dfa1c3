"""For whom the model is better or worse: its calibration, ranking and errors among groups of customers.

Three criteria of fairness, which no model fulfils at once where groups return at different rates (Chouldechova, Big
Data 5, 2017; Kleinberg, Mullainathan and Raghavan, 2016):

- calibration within groups: of the lines given 30%, 30% come back in each group;
- equal false positive rates: of the lines that were kept, the same share is among the riskiest in each group;
- demographic parity: the same share of all lines is among the riskiest.

The personal data is read for this audit alone. It is no feature, unless the shop turns demographics on.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from data import attributes, tables
from data.arrays import Bools, Floats, Ints
from data.attributes import Attribute, Kind
from data.schema import CUSTOMERS, ORDER_LINES
from training.evaluation import metrics
from training.evaluation.intervals import Draw, gap_interval, mean_intervals
from training.evaluation.metrics import UndefinedMetricError

RISKIEST = 0.1
"""The share of lines that a rule reaches which takes those of the highest probabilities."""
LEAST_CUSTOMERS = 50
"""Smaller groups are left out: their figures would be noise, and could show what one person did."""
AGES = (25, 35, 45, 55, 65)
"""Lower ends of the age bands but the first, in years at the order."""
MISSING = "not recorded"
T = TypeVar("T")


@dataclass(frozen=True)
class Group:
    """One group of customers, and the model on their test lines.

    ``calibration_gap``: mean probability minus share returned, with an interval of 95%; None where there are too few
    customers to draw from. ``flagged``: share of its lines among the riskiest `RISKIEST`; ``flagged_though_kept``: of
    its kept lines, None where none was kept. ``roc_auc`` is None where all lines have the same outcome.
    """

    attribute: str
    name: str
    lines: int
    customers: int
    return_rate: float
    calibration_gap: float
    calibration_gap_low: float | None
    calibration_gap_high: float | None
    roc_auc: float | None
    flagged: float
    flagged_though_kept: float | None


@dataclass(frozen=True)
class Fairness:
    """The audit: groups by attribute, those left out as too small, and the attributes that the shop does not record."""

    groups: tuple[Group, ...]
    too_small: tuple[str, ...]
    absent: tuple[str, ...]


def audit(predictions: pd.DataFrame, validated: Path, draw: Draw) -> Fairness:
    """Measure the model among customers of each title, age band and personal attribute.

    Parameters
    ----------
    predictions
        ``line_id``, ``ordered_at``, ``label`` and ``probability`` of each test line.
    validated
        The folder of the validated tables.
    draw
        How customers are drawn for the intervals.
    """
    declared = [each for each in attributes.read(validated) if each.personal and each.kind is not Kind.NUMBER]
    lines = _with_people(predictions, validated, declared)
    absent = tuple(name for name in ("title", "birth_year") if name not in lines)
    found = [*_groups(lines, declared)]
    riskiest = _riskiest(lines["probability"].to_numpy(dtype=np.float64))
    people = pd.factorize(lines["customer_id"])[0].astype(np.int64)
    large = [each for each in found if len(np.unique(people[each[2]])) >= LEAST_CUSTOMERS]
    measured = tuple(_group(lines, people, riskiest, draw, *each) for each in large)
    small = tuple(f"{attribute} {name}" for attribute, name, mask in found if (attribute, name) not in _named(large))
    return Fairness(measured, small, absent)


def _named(found: Sequence[tuple[str, str, Bools]]) -> set[tuple[str, str]]:
    return {(attribute, name) for attribute, name, _ in found}


def _with_people(predictions: pd.DataFrame, validated: Path, declared: Sequence[Attribute]) -> pd.DataFrame:
    """Join the customers of the lines; lines of guests are left out, as nothing is known of the person."""
    of_lines = [each.column for each in declared if each.table == ORDER_LINES.name]
    of_people = [each.column for each in declared if each.table == CUSTOMERS.name]
    lines = tables.read(
        attributes.extended(ORDER_LINES, declared), validated, ["line_id", "customer_id", *of_lines]
    ).to_pandas()
    present = tables.columns(CUSTOMERS, validated)
    wanted = [column for column in ("title", "birth_year") if column in present]
    people = tables.read(
        attributes.extended(CUSTOMERS, declared), validated, ["customer_id", *wanted, *of_people]
    ).to_pandas()
    known = predictions[["line_id", "ordered_at", "label", "probability"]].merge(lines, on="line_id")
    return known[known["customer_id"].notna()].merge(people, on="customer_id").reset_index(drop=True)


def _groups(lines: pd.DataFrame, declared: Sequence[Attribute]) -> Iterator[tuple[str, str, Bools]]:
    """Yield attribute, name and lines of each group; the groups of an attribute are a partition."""
    named = {"title": lines["title"]} if "title" in lines else {}
    if "birth_year" in lines:
        named["age"] = _age_band(lines["ordered_at"].dt.year - lines["birth_year"])
    named |= {each.words: lines[each.column] for each in declared}
    for attribute, column in named.items():
        text = column.astype(object).where(column.notna(), MISSING).astype(str)
        for name in _in_order(column, text):
            yield attribute, name, (text == name).to_numpy()


def _in_order(column: pd.Series, text: pd.Series) -> list[str]:
    """The groups: bands from the lowest up, names by the alphabet."""
    bands = list(column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else []
    found = set(text)
    return [*(band for band in bands if band in found), *sorted(found - set(bands))]


def _age_band(age: pd.Series) -> pd.Series:
    names = [f"below {AGES[0]}", *(f"{low} to {high - 1}" for low, high in pairwise(AGES)), f"{AGES[-1]} and above"]
    return pd.cut(age, [-np.inf, *AGES, np.inf], right=False, labels=names)


def _riskiest(probability: Floats) -> Bools:
    """The lines of the highest probabilities, as many as the share `RISKIEST`; ties at the edge are left out."""
    if not len(probability):
        return np.zeros(0, dtype=bool)
    found: Bools = probability > np.quantile(probability, 1 - RISKIEST, method="inverted_cdf")
    return found


def _group(
    lines: pd.DataFrame, people: Ints, riskiest: Bools, draw: Draw, attribute: str, name: str, mask: Bools
) -> Group:
    y = lines["label"].to_numpy(dtype=np.float64)[mask]
    p = lines["probability"].to_numpy(dtype=np.float64)[mask]
    owners = np.unique(people[mask], return_inverse=True)[1].astype(np.int64)
    interval = _or_none(lambda: gap_interval(mean_intervals({"gap": p - y}, owners, draw)["gap"], y, p))
    flagged, kept = riskiest[mask], y == 0
    return Group(
        attribute=attribute,
        name=name,
        lines=len(y),
        customers=int(owners.max()) + 1,
        return_rate=float(y.mean()),
        calibration_gap=float((p - y).mean()),
        calibration_gap_low=None if interval is None else interval.low,
        calibration_gap_high=None if interval is None else interval.high,
        roc_auc=_or_none(lambda: metrics.roc_auc(y, p)),
        flagged=float(flagged.mean()),
        flagged_though_kept=float(flagged[kept].mean()) if kept.any() else None,
    )


def _or_none(measure: Callable[[], T]) -> T | None:
    with suppress(UndefinedMetricError):
        return measure()
    return None
