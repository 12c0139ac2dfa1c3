"""Stability: how far two models that differ only in their seed explain the same lines alike, beside chance."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field
from scipy.stats import rankdata

from data.arrays import Bools, Floats
from data.errors import UserError
from data.files import read_json
from data.params import Section
from training.model.booster import ModelParams
from training.model.bundle import Bundle

FILE = Path("reports/stability.json")


FEWEST_FACTORS = 2


class StabilityParams(Section):
    """The section ``stability`` of params.yaml."""

    lines: Annotated[int, Field(ge=2, le=10_000_000)]
    seed: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class ModelExplanations:
    """One model's scores and explanations of n lines.

    ``probability``: shape (n,). ``contributions``: to the calibrated log-odds, shape (n, factors). ``factors``: their
    names. ``reasons``: P(reason | returned), shape (n, reasons); None where the source records no reasons.
    """

    probability: Floats
    contributions: Floats
    factors: tuple[str, ...]
    reasons: Floats | None


@dataclass(frozen=True)
class Agreement:
    """How far two models explain the same lines alike; None where a figure cannot be computed.

    ``probability_difference`` and ``probability_difference_p95``: mean and 95th percentile of the absolute difference.

    The top driver of a line is the factor with the largest absolute contribution. ``top_driver``: share of lines where
    both models have the same top driver. ``top_driver_and_sign``: share of lines where this driver also moves both
    scores in the same direction. ``top_raising``: share of lines where the same factor raises the score most,
    or lowers it least. ``top_in_first_two``: share of lines where the first model's top driver is among the second
    model's first two.

    ``rank_correlation``: Spearman's, of the factors' contributions to a line, averaged over the lines.
    ``relative_difference``: by factor, the mean absolute difference of the two models' contributions, divided by their
    mean absolute size; 0 where they are equal, 2 at most; None for a factor that contributes nothing.

    ``top_reason``: share of lines with the same most probable reason. ``reason_distance``: mean total variation
    distance of P(reason | returned), half the sum of the absolute differences: 0 where they are equal, 1 at most.
    """

    probability_difference: float
    probability_difference_p95: float
    top_driver: float
    top_driver_and_sign: float
    top_raising: float
    top_in_first_two: float
    rank_correlation: float | None
    relative_difference: dict[str, float | None]
    top_reason: float | None
    reason_distance: float | None


@dataclass(frozen=True)
class Stability:
    """The result of the stage on ``lines`` test lines: the agreement of the two models, and the agreement by chance.

    ``chance`` compares the first model's explanation of a line with the second model's of another, random line.
    """

    lines: int
    seeds: tuple[int, int]
    agreement: Agreement
    chance: Agreement


SHOWN = (
    ("probability_difference", "difference of probabilities, mean", "0 is the same"),
    ("probability_difference_p95", "difference of probabilities, 95th percentile", "0 is the same"),
    ("top_driver", "same top driver", "share of lines"),
    ("top_driver_and_sign", "same top driver, same direction", "share of lines"),
    ("top_raising", "same factor raises the score most", "share of lines"),
    ("top_in_first_two", "top driver among the other's first two", "share of lines"),
    ("rank_correlation", "rank correlation of the factors' contributions", "1 is the same order"),
    ("top_reason", "same most probable reason", "share of lines"),
    ("reason_distance", "distance of the reasons' probabilities", "total variation: 0 is the same, 1 the most"),
)


def compare(one: ModelExplanations, other: ModelExplanations) -> Agreement:
    """Compare two models' explanations of the same lines, at least one."""
    gap = np.abs(one.probability - other.probability)
    top, theirs = _order(np.abs(one.contributions)), _order(np.abs(other.contributions))
    lines = np.arange(len(gap))
    same_top = top[:, 0] == theirs[:, 0]
    same_sign = np.sign(one.contributions[lines, top[:, 0]]) == np.sign(other.contributions[lines, top[:, 0]])
    return Agreement(
        probability_difference=float(gap.mean()),
        probability_difference_p95=float(np.quantile(gap, 0.95)),
        top_driver=float(same_top.mean()),
        top_driver_and_sign=float((same_top & same_sign).mean()),
        top_raising=float((_order(one.contributions)[:, 0] == _order(other.contributions)[:, 0]).mean()),
        top_in_first_two=float((theirs[:, :2] == top[:, :1]).any(axis=1).mean()),
        rank_correlation=_rank_correlation(one.contributions, other.contributions),
        relative_difference=_relative_difference(one, other),
        top_reason=_top_reason(one.reasons, other.reasons),
        reason_distance=_reason_distance(one.reasons, other.reasons),
    )


def explain(bundle: Bundle, x: Floats) -> ModelExplanations:
    """Score and explain ``x``: all features of the catalog, shape (n, features), float64, NaN where missing."""
    scored = x[:, : len(bundle.score_features)]
    drivers = bundle.drivers
    contributions = drivers.of_factors(drivers.of_features(scored))
    return ModelExplanations(
        bundle.score_rows(scored).probability, contributions, drivers.factors, bundle.reason_rows(x)
    )


def measure(one: Bundle, other: Bundle, x: Floats, seeds: tuple[int, int]) -> Stability:
    """Compare two bundles of one catalog on ``x``, rows of all its features; ``seeds`` are those of the models."""
    mine, theirs = explain(one, x), explain(other, x)
    agreement, chance = compare(mine, theirs), compare(mine, _of_other_lines(theirs, seeds[1]))
    return Stability(len(x), seeds, agreement, chance)


def sample(chosen: Bools, most: int, seed: int) -> Bools:
    """Draw at most ``most`` of the lines ``chosen``; both of shape (lines,), bool."""
    places = np.flatnonzero(chosen)
    drawn = np.random.default_rng(seed).choice(places, min(most, len(places)), replace=False)
    found = np.zeros(len(chosen), dtype=np.bool_)
    found[drawn] = True
    return found


def read(file: Path = FILE) -> Stability | None:
    """Read the result of the stage; None where the stage has not run."""
    if not file.is_file():
        return None
    content = read_json(file)
    agreement, chance = Agreement(**content["agreement"]), Agreement(**content["chance"])
    return Stability(content["lines"], tuple(content["seeds"]), agreement, chance)


def table(stability: Stability) -> pd.DataFrame:
    """Lay out the figures: ``measure``, its value between the two ``models``, its value by ``chance``, its ``meaning``.

    A measure without a value is left out, such as those of reasons where the source records none.
    """
    mine, luck = asdict(stability.agreement), asdict(stability.chance)
    rows = [(label, mine[name], luck[name], meaning) for name, label, meaning in SHOWN if mine[name] is not None]
    return pd.DataFrame(rows, columns=["measure", "models", "chance", "meaning"])


def factor_table(stability: Stability) -> pd.DataFrame:
    """Lay out the relative difference of each ``factor``: between ``models``, and by ``chance``; smallest first."""
    mine, luck = stability.agreement.relative_difference, stability.chance.relative_difference
    rows = [(name, value, luck[name]) for name, value in mine.items() if value is not None]
    found = pd.DataFrame(rows, columns=["factor", "models", "chance"])
    return found.sort_values(["models", "factor"], ignore_index=True)


def _order(values: Floats) -> npt.NDArray[np.intp]:
    """Places of each row's values, largest first; equal values keep their order."""
    return np.argsort(-values, axis=1, kind="stable")


def _rank_correlation(one: Floats, other: Floats) -> float | None:
    """The mean of Spearman's correlation of a line's contributions, over the lines where it is defined."""
    if one.shape[1] < FEWEST_FACTORS:
        return None
    ranks, others = (rankdata(values, axis=1) for values in (one, other))
    ranks, others = ranks - ranks.mean(axis=1, keepdims=True), others - others.mean(axis=1, keepdims=True)
    size = np.sqrt((ranks**2).sum(axis=1) * (others**2).sum(axis=1))
    defined = size > 0
    return float(((ranks * others).sum(axis=1)[defined] / size[defined]).mean()) if defined.any() else None


def _relative_difference(one: ModelExplanations, other: ModelExplanations) -> dict[str, float | None]:
    gaps = np.abs(one.contributions - other.contributions).mean(axis=0)
    sizes = (np.abs(one.contributions) + np.abs(other.contributions)).mean(axis=0) / 2
    pairs = zip(one.factors, gaps, sizes, strict=True)
    return {name: float(gap / size) if size > 0 else None for name, gap, size in pairs}


def _top_reason(one: Floats | None, other: Floats | None) -> float | None:
    return None if one is None or other is None else float((one.argmax(axis=1) == other.argmax(axis=1)).mean())


def _reason_distance(one: Floats | None, other: Floats | None) -> float | None:
    return None if one is None or other is None else float(np.abs(one - other).sum(axis=1).mean() / 2)


def _of_other_lines(explained: ModelExplanations, seed: int) -> ModelExplanations:
    """Move each explanation to another line: one step around a circle of the lines in random order."""
    circle = np.random.default_rng(seed).permutation(len(explained.probability))
    taken = np.empty_like(circle)
    taken[circle] = np.roll(circle, 1)
    reasons = None if explained.reasons is None else explained.reasons[taken]
    return ModelExplanations(explained.probability[taken], explained.contributions[taken], explained.factors, reasons)


def other_seed(model: ModelParams, seed: int) -> ModelParams:
    """Copy the parameters of the first model for the second one, with ``seed`` in place of the first one's."""
    if seed == model.seed:
        raise UserError(
            expected="stability.seed to be another seed than model.seed",
            found=f"{seed} for both, which trains the same model twice",
            fix="set stability.seed in params.yaml to another whole number",
        )
    return model.model_copy(update={"seed": seed})
