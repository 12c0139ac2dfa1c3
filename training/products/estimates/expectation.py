"""Expected rate of a line, given its customer and basket, without its product's own history.

A booster reads features of customer, basket, price, season and category, and no counter by product, brand or supplier.
Its predictions are cross-fitted by product: a line's expectation comes from trees that never saw a line of its product,
so the product's own effect stays in the excess. A change of the whole category in a month is not the product's own
either: the log-odds are shifted so that expected and known returns of each category and month agree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy.special import expit

from data.arrays import Bools, Floats, Ints
from data.errors import UserError
from data.progress.steps import counted
from features.catalog import LINES_FILE, CatalogEntry
from training.model.booster import ModelParams, binned, fit_some
from training.model.learners.trees import Trees
from training.model.matrix import numbers, read_rows
from training.products.estimates.lines import ReportLines
from training.products.params import ProductParams

OWN_KEYS = frozenset({"product", "brand", "supplier"})
"""Words in the key of a counter that mark the counter as the product's own history."""
KIND_KEYS = frozenset({"category", "department", "price", "size", "color"})
"""Words in keys that identify the category; the expectation for categories leaves such features out."""
BUYER_FACTORS = frozenset({"customer", "basket", "bracketing", "season", "context"})
"""Factors of features that describe customer and basket only."""
MONTH_DAYS = 30.0
LEVEL_SPREAD = 0.5
"""Prior standard deviation of a category's monthly shifts, in log-odds: months of few lines are shifted less."""
BATCH_LINES = 250_000
_NEWTON_STEPS = 25


@dataclass(frozen=True)
class Expected:
    """The expected return probability of n lines, shape (n,) each.

    ``alike``: given category, price, customer and basket; for products, variants, brands and suppliers. ``buyers``:
    given customer and basket only, whatever is bought; for categories.
    """

    alike: Floats
    buyers: Floats


def expected(
    lines: ReportLines,
    visible: Floats,
    catalog: Sequence[CatalogEntry],
    products: ProductParams,
    model: ModelParams,
    matrix: Path = LINES_FILE,
) -> Expected:
    """Give each line's expected return probability, cross-fitted by product.

    Parameters
    ----------
    visible
        From `training.products.estimates.settling.visible`, shape (n,).
    catalog
        The catalog of the matrix, whose row ``lines.row`` holds a line.

    Raises
    ------
    UserError
        No line is closed yet, or all closed lines have the same outcome, or one outcome occurs in so few products that
        the training lines of some fold lack it.
    """
    _require_outcomes(lines.returned[lines.closed], "in all products")
    month = np.floor((lines.as_of - lines.day) / MONTH_DAYS).astype(np.int64)
    months = int(month.max()) + 1
    alike = _cross_fitted(lines, features_alike(catalog), products, model, matrix)
    buyers = _cross_fitted(lines, features_of_buyers(catalog), products, model, matrix)
    return Expected(
        alike=levelled(alike, lines.returned, visible, (lines.category + 1) * months + month),
        buyers=levelled(buyers, lines.returned, visible, month),
    )


def features_alike(catalog: Sequence[CatalogEntry]) -> list[str]:
    """Name the features of the score without a counter by product, brand or supplier."""
    return [e.name for e in catalog if not e.only_reasons and not _keys(e) & OWN_KEYS]


def features_of_buyers(catalog: Sequence[CatalogEntry]) -> list[str]:
    """Name the features of customer and basket only, without those of the product or its category."""
    kinds = OWN_KEYS | KIND_KEYS
    return [e.name for e in catalog if not e.only_reasons and e.factor in BUYER_FACTORS and not _keys(e) & kinds]


def levelled(log_odds: Floats, returned: Bools, visible: Floats, group: Ints) -> Floats:
    """Shift the log-odds of each group so that expected and known returns agree, up to a penalty on the shift.

    The shift d of a group solves the penalised score equation sum(R - F p(d)) = d / LEVEL_SPREAD^2, by Newton's method.

    Returns
    -------
    Floats
        The probabilities, shape (n,).
    """
    count = int(group.max()) + 1
    seen = np.bincount(group, weights=returned, minlength=count)
    shift = np.zeros(count)
    for _ in range(_NEWTON_STEPS):
        p = expit(log_odds + shift[group])
        slope = np.bincount(group, weights=visible * p * (1.0 - p), minlength=count) + LEVEL_SPREAD**-2
        gap = seen - np.bincount(group, weights=visible * p, minlength=count) - shift / LEVEL_SPREAD**2
        step = np.clip(gap / slope, -1.0, 1.0)
        shift += step
        if float(np.abs(step).max()) < 1e-8:
            break
    return np.asarray(expit(log_odds + shift[group]), dtype=np.float64)


def _keys(entry: CatalogEntry) -> set[str]:
    """Give the words in the keys of a feature's counters."""
    keys = [name.split("__")[0] for name in entry.source if "__" in name]
    rates = [name for name in entry.source if name.endswith("_return_rate")]
    return {word for name in (*keys, *rates) for word in name.split("_")}


def _cross_fitted(
    lines: ReportLines, names: list[str], products: ProductParams, model: ModelParams, matrix: Path
) -> Floats:
    """Give each line the log-odds from trees that saw no line of its product."""
    rng = np.random.default_rng(products.seed)
    fold = (rng.permutation(len(lines.names.product)) % products.folds)[lines.product]
    learned = _sample(lines.closed, products, rng)
    in_matrix = np.zeros(pq.read_metadata(matrix).num_rows, dtype=bool)
    in_matrix[lines.row[learned]] = True
    # Rows come in the matrix's order, as lines do. y is the outcome as known at the lines' moment: the matrix may hold
    # later outcomes.
    y = lines.returned[learned]
    # All lines share the bounds of the bins, which no outcome moves.
    data = binned(replace(read_rows(matrix, names, in_matrix), y=y.astype(np.int8)), model)
    forests = []
    for held_out in counted(range(products.folds), "expected rates", "folds"):
        kept = fold[learned] != held_out
        _require_outcomes(y[kept], "in the products that one expectation is learned from")
        forests.append(Trees(fit_some(data, kept, model, products.rounds)))
    del data
    return _predicted(lines, names, fold, forests, model.threads, matrix)


def _predicted(
    lines: ReportLines, names: list[str], fold: Ints, forests: list[Trees], threads: int, matrix: Path
) -> Floats:
    out = np.empty(len(lines))
    done = 0
    for first, x in _batches(matrix, names):
        end = done + int(np.searchsorted(lines.row[done:], first + len(x)))
        mine, batch_fold = x[lines.row[done:end] - first], fold[done:end]
        values = np.empty(len(mine))
        for number, forest in enumerate(forests):
            at = batch_fold == number
            if at.any():
                values[at] = forest.margin(mine[at], threads)
        out[done:end] = values
        done = end
    return out


def _batches(matrix: Path, names: list[str]) -> Iterator[tuple[int, Floats]]:
    first = 0
    for batch in pq.ParquetFile(matrix).iter_batches(BATCH_LINES, columns=names):
        yield first, np.column_stack([numbers(batch.column(name)) for name in names])
        first += batch.num_rows


def _sample(closed: Bools, products: ProductParams, rng: np.random.Generator) -> Bools:
    """Sample the lines to learn from among the closed ones, so many that each fold trains on the number in params."""
    most = products.expectation_lines * products.folds // (products.folds - 1)
    places = np.flatnonzero(closed)
    chosen = np.zeros(len(closed), dtype=bool)
    chosen[places if len(places) <= most else rng.choice(places, most, replace=False)] = True
    return chosen


def _require_outcomes(returned: Bools, where: str) -> None:
    """Raise where ``returned``, the outcomes of closed lines, has only one value."""
    if returned.all() or not returned.any():
        raise UserError(
            expected=f"both returned and kept lines whose return window has closed, {where}",
            found=f"{int(returned.sum())} returned of {len(returned)} closed lines",
            fix="check how the source makes a return known: reports/validation.json; a shop needs several products",
        )
