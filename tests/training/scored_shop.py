"""A small shop whose true probabilities are known, scored by a good model and by poorer baselines."""

import numpy as np
import pandas as pd

from data.arrays import Floats
from features.catalog import CatalogEntry
from training.costs import Costs
from training.evaluation.measure import Evaluation, Measured, ShopTruth, measure
from training.evaluation.scored_lines import ExplainedLines, ScoredLines, ScoredReasons
from training.evaluation.stability import Agreement, Stability
from training.evaluation.unsent import Unsent, UnsentCase
from training.evaluation.what_ifs import SliceEffects, WhatIfEffect, WhatIfMeasures
from training.report.page import Origin

COSTS = Costs(
    return_fixed_minor=300,
    return_value_share=0.1,
    margin_share=0.4,
    warning_avoids_returns=0.5,
    warning_stops_kept=0.5,
)
PARAMS = Evaluation(
    calibration_bins=10,
    bootstrap_resamples=60,
    bootstrap_seed=1,
    explained_lines=1000,
    price_bands=3,
    max_categories=3,
)
OVERALL = np.arange(11, 0, -1) / 66
"""The whole shop's shares of the eleven reasons, the first the most common."""
CURRENCY = "EUR"
FACTORS = ("product", "customer and product", "customer")


def scored_shop(count: int = 3000, seed: int = 5) -> tuple[pd.DataFrame, Floats]:
    """The scored lines and the true probability of each."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1.5, 3.0, count).clip(0.01, 0.99)
    customer = rng.integers(0, count // 3, count)
    logit = np.log(truth / (1 - truth)) + rng.normal(0, 0.1, count)
    probability = 1 / (1 + np.exp(-logit))
    label = (rng.random(count) < truth).astype("int8")
    names = pd.Series([f"c{number}" for number in customer], dtype="str").where(customer % 5 > 0)
    return pd.DataFrame(
        {
            "line_id": [f"l{number:05d}" for number in range(count)],
            "order_id": [f"o{number // 2}" for number in range(count)],
            "customer_id": names,
            "ordered_at": pd.Timestamp("2013-01-01")
            + pd.to_timedelta(np.arange(count) * 75 * 86400 // count, unit="s"),
            "label": label,
            "quantity": rng.integers(1, 3, count),
            "price_minor": rng.integers(500, 20000, count),
            "category": pd.Series(rng.choice(["dresses", "shoes", "bags", "hats", "belts"], count), dtype="str"),
            "customer_lines": pd.Series(rng.integers(0, 4, count), dtype="float64").where(names.notna()),
            "product_lines": rng.integers(0, 9, count) // 2,
            "basket_lines": rng.integers(1, 12, count),
            "probability": probability,
            "low": (probability - 0.05).clip(0),
            "high": (probability + 0.05).clip(None, 1),
            "shift": np.zeros(count),
            "baseline_global_rate": np.full(count, 0.33),
            "baseline_logistic": probability * 0.3 + 0.33 * 0.7,
        }
    ), truth


def reasons_of(lines: pd.DataFrame, seed: int = 6) -> tuple[ScoredReasons, Floats]:
    """The reasons of the lines, and the true P(reason | returned): the model is nearer to it than the shares are."""
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet(4 * OVERALL, len(lines)).clip(1e-3)
    truth /= truth.sum(axis=1, keepdims=True)
    drawn = (truth.cumsum(axis=1) < rng.random((len(lines), 1))).sum(axis=1).clip(max=10)
    told = (lines["label"] == 1).to_numpy() & (rng.random(len(lines)) < 0.8)
    recorded = np.where(told, drawn, -1)
    shares = 0.3 * truth + 0.7 * OVERALL
    return ScoredReasons(0.8 * truth + 0.2 * OVERALL, recorded, shares[recorded >= 0]), truth


def explained_of(lines: pd.DataFrame) -> ExplainedLines:
    """Every third line, explained by three factors: one moves it by half, one not at all, one by the rest."""
    places = np.arange(0, len(lines), 3)
    p = lines["probability"].to_numpy()[places]
    moved = np.log(p / (1 - p)) + 0.7
    return ExplainedLines(places, FACTORS, -0.7, np.column_stack([moved / 2 - 0.1, 0 * moved, moved / 2 + 0.1]))


def scored_of(lines: pd.DataFrame, *, reasons: bool = True) -> ScoredLines:
    """The lines as the evaluation reads them."""
    return ScoredLines(lines, reasons_of(lines)[0] if reasons else None, explained_of(lines))


def measured_shop(lines: pd.DataFrame, truth: Floats | None, currency: str = CURRENCY, **params: int) -> Measured:
    """Measure the lines with PARAMS, with what is known of their reasons and drivers, but for its truth."""
    chosen = PARAMS.model_copy(update=params)
    return measure(scored_of(lines), OVERALL, ShopTruth(probability=truth), chosen, COSTS, currency)


def unsent() -> Unsent:
    """Cases of unsent fields: all are sent, one is missing at a price, and one without which a metric has no value."""
    whole = UnsentCase("all sent", 1234, 0.5432, 0.7443, 0.0123, 0.296, 0.0)
    guest = UnsentCase("customer_id", 1234, 0.5534, 0.7321, 0.0211, 0.286, -0.0104)
    return Unsent((whole, guest, UnsentCase("<size>", 1234, 0.5475, None, 0.0123, 0.296, 0.0)), 0.0104)


def origin() -> Origin:
    """What a report says of where the model came from."""
    entry = CatalogEntry(
        "product_return_rate",
        "double",
        "share",
        "product",
        "<rate> of the product",
        "never",
        ("returns",),
        only_reasons=False,
    )
    return Origin(
        source={"source": "simulated", "lines": 200_000, "tables": {"orders": 3}, "columns": ["a", "b"]},
        split={"test_from": "2013-01-01T00:00:00", "test_until": "2013-02-01T00:00:00"},
        built={"trees": 120, "versions": {"lightgbm": "4.7.0"}},
        catalog=(entry,),
        currency=CURRENCY,
        rejects=pd.DataFrame({"table": ["order_lines"], "rule": ["price is not negative"], "rows": [12]}),
        stability=Stability(lines=1234, seeds=(1, 2), agreement=agreement(0.93), chance=agreement(0.27)),
        what_ifs=what_ifs(),
    )


def what_ifs() -> WhatIfMeasures:
    """Changes of which one lowers the scores of a few lines, one does nothing to them, and one is nowhere possible."""
    helps = WhatIfEffect(lines=8, share=0.016, now=0.6123, then=0.4011, difference=-0.2112, lowered=0.875)
    nowhere = WhatIfEffect(lines=0, share=0.0, now=None, then=None, difference=None, lowered=None)
    nothing = WhatIfEffect(lines=250, share=0.5, now=0.3, then=0.29996, difference=-0.00004, lowered=0.0)
    changes = {"without_other_sizes": helps, "without_other_colors": nowhere, "other_size": nothing}
    dresses = SliceEffects("category", "dresses", "", 300, changes)
    bags = SliceEffects("category", "bags", "", 200, dict.fromkeys(changes, nowhere))
    alone = SliceEffects("basket_size", "1", "alone in its basket", 200, changes)
    return WhatIfMeasures(321, 500, "2013-02-01T09:30:00", changes, (alone, dresses, bags))


def agreement(top_driver: float) -> Agreement:
    """How two models agree that name the same top driver so often."""
    return Agreement(0.01, 0.04, top_driver, 0.91, 0.85, 0.99, 0.94, {"product": 0.08, "season": 0.83}, 0.92, 0.05)


def plot_backtest() -> pd.DataFrame:
    """The backtest's own table."""
    return pd.DataFrame(
        {
            "fold": [1, 2],
            "test_from": ["2012-11-01T00:00:00", "2012-12-01T00:00:00"],
            "test_until": ["2012-12-01T00:00:00", "2013-01-01T00:00:00"],
            "train_lines": [1000, 2000],
            "lines": [300, 400],
            "return_rate": [0.31, 0.35],
            "log_loss": [0.61, 0.62],
            "roc_auc": [0.66, 0.67],
            "brier": [0.2, 0.21],
            "ece": [0.01, 0.02],
            "baseline_log_loss": [0.65, 0.66],
        }
    )
