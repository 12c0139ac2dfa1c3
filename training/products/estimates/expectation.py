"""What return rate is to be expected of a line, given who bought it and in which basket, but not how the product did.

A booster reads what is known of customer, basket, price, season and category, and nothing that counts by product, brand
or supplier. It is cross-fitted by product: a line's expectation comes from trees that never saw a line of its product,
so nothing of the product's own is explained away. What the rate of the whole category did in a month is no product's
own either: the log-odds are shifted so that each category's months add up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow.parquet as pq
from scipy.special import expit

from data.arrays import Bools, Floats, Ints
from data.errors import UserError
from features.catalog import LINES_FILE, CatalogEntry
from training.model.booster import ModelParams, fit, margins
from training.model.matrix import Rows, numbers, read_rows
from training.products.estimates.lines import ReportLines
from training.products.params import ProductParams

OWN_KEYS = frozenset({"product", "brand", "supplier"})
"""Words in the name of a counter's key that make it part of the product's own history."""
KIND_KEYS = frozenset({"category", "department", "price", "size", "color"})
"""Words of keys that tell the category; the expectation for categories does without them."""
BUYER_FACTORS = frozenset({"customer", "basket", "bracketing", "season", "context"})
"""Factors of features that tell of customer and basket alone."""
MONTH_DAYS = 30.0
LEVEL_SPREAD = 0.5
"""Standard deviation that the monthly shifts of a category are taken to have, in log-odds: few lines move less."""
BATCH_LINES = 250_000
_NEWTON_STEPS = 25


@dataclass(frozen=True)
class Expected:
    """The expected return probability of n lines, shape (n,) each.

    ``alike``: of a line of its category, price and basket; for products, variants, brands and suppliers. ``buyers``: of
    a line of its customer and basket, whatever is bought; for categories.
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
    """Expect each line's return, cross-fitted by product.

    Parameters
    ----------
    visible
        As `training.products.estimates.settling.visible`, shape (n,).
    catalog
        Of the matrix, which holds the lines by ``lines.row``.

    Raises
    ------
    UserError
        No line is closed yet, or all closed lines had the same outcome, or all those of one outcome are of so few
        products that some line's expectation has nothing to learn from.
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
    """Name the features of the score that count nothing by product, brand or supplier."""
    return [e.name for e in catalog if not e.only_reasons and not _keys(e) & OWN_KEYS]


def features_of_buyers(catalog: Sequence[CatalogEntry]) -> list[str]:
    """Name the features that tell of customer and basket alone, not of what is bought."""
    kinds = OWN_KEYS | KIND_KEYS
    return [e.name for e in catalog if not e.only_reasons and e.factor in BUYER_FACTORS and not _keys(e) & kinds]


def levelled(log_odds: Floats, returned: Bools, visible: Floats, group: Ints) -> Floats:
    """Shift the log-odds of each group so that the returns expected to be known by now are those that are.

    The shift d of a group minimises the penalised score: sum(R - F p(d)) = d / LEVEL_SPREAD^2, by Newton's method.

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
    """The words in the names of the keys by which the counters of a feature count."""
    keys = [name.split("__")[0] for name in entry.source if "__" in name]
    rates = [name for name in entry.source if name.endswith("_return_rate")]
    return {word for name in (*keys, *rates) for word in name.split("_")}


def _cross_fitted(
    lines: ReportLines, names: list[str], products: ProductParams, model: ModelParams, matrix: Path
) -> Floats:
    """Give each line log-odds from trees that saw no line of its product."""
    rng = np.random.default_rng(products.seed)
    fold = (rng.permutation(len(lines.names.product)) % products.folds)[lines.product]
    learned = _sample(lines.closed, products, rng)
    in_matrix = np.zeros(pq.read_metadata(matrix).num_rows, dtype=bool)
    in_matrix[lines.row[learned]] = True
    rows = read_rows(matrix, names, in_matrix)
    # Rows come in the matrix's order, as lines do.
    boosters = []
    for held_out in range(products.folds):
        kept = fold[learned] != held_out
        # y as known at the lines' moment: the matrix may know more.
        y = lines.returned[learned][kept]
        _require_outcomes(y, "in the products that one expectation is learned from")
        boosters.append(fit(Rows(rows.x[kept], y.astype(np.int8), rows.features), model, products.rounds))
    del rows
    return _predicted(lines, names, fold, boosters, model.threads, matrix)


def _predicted(
    lines: ReportLines, names: list[str], fold: Ints, boosters: list[lgb.Booster], threads: int, matrix: Path
) -> Floats:
    out = np.empty(len(lines))
    done = 0
    for first, x in _batches(matrix, names):
        end = done + int(np.searchsorted(lines.row[done:], first + len(x)))
        mine, batch_fold = x[lines.row[done:end] - first], fold[done:end]
        values = np.empty(len(mine))
        for number, booster in enumerate(boosters):
            at = batch_fold == number
            if at.any():
                values[at] = margins(booster, mine[at], threads)
        out[done:end] = values
        done = end
    return out


def _batches(matrix: Path, names: list[str]) -> Iterator[tuple[int, Floats]]:
    first = 0
    for batch in pq.ParquetFile(matrix).iter_batches(BATCH_LINES, columns=names):
        yield first, np.column_stack([numbers(batch.column(name)) for name in names])
        first += batch.num_rows


def _sample(closed: Bools, products: ProductParams, rng: np.random.Generator) -> Bools:
    """Choose the lines to learn from among the closed ones: so many that each fold's rest has what was asked for."""
    most = products.expectation_lines * products.folds // (products.folds - 1)
    places = np.flatnonzero(closed)
    chosen = np.zeros(len(closed), dtype=bool)
    chosen[places if len(places) <= most else rng.choice(places, most, replace=False)] = True
    return chosen


def _require_outcomes(returned: Bools, where: str) -> None:
    """Raise where closed lines, whose outcomes these are, have not both of them."""
    if returned.all() or not returned.any():
        raise UserError(
            expected=f"both returned and kept lines whose return window has closed, {where}",
            found=f"{int(returned.sum())} returned of {len(returned)} closed lines",
            fix="check how the source makes a return known: reports/validation.json; a shop needs several products",
        )
