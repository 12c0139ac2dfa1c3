import numpy as np
import pytest
from sklearn import metrics as reference

from training.evaluation.intervals import Draw, gap_interval, headline_columns, mean_intervals, ranking_intervals
from training.evaluation.metrics import UndefinedMetricError, log_loss, roc_auc


def test_intervals_cover_the_true_mean_as_often_as_they_say() -> None:
    # 150 shops of 120 customers; lines of a customer share a random level, so single lines would cover far too seldom.
    rng = np.random.default_rng(11)
    clusters = np.repeat(np.arange(120), 5)
    covered, covered_by_lines, draw = 0, 0, Draw(resamples=120, seed=2)
    for _ in range(150):
        values = rng.normal(0, 1, 120)[clusters] + rng.normal(0, 0.5, 600)
        by_customer = mean_intervals({"value": values}, clusters, draw)["value"]
        by_line = mean_intervals({"value": values}, np.arange(600), draw)["value"]
        covered += by_customer.low <= 0 <= by_customer.high
        covered_by_lines += by_line.low <= 0 <= by_line.high
    # Binomial(150, 0.95) lies above 132 in 99.9% of cases; percentile intervals of 120 resamples fall short a little.
    assert covered >= 132
    assert covered_by_lines < 120


def test_intervals_are_quantiles_of_the_metrics_with_each_customer_s_weight() -> None:
    rng = np.random.default_rng(14)
    clusters = rng.permutation(np.arange(300) // 3)
    p = rng.beta(2, 3, 300).round(2).clip(0.01, 0.99)
    y = (rng.random(300) < p).astype(np.float64)
    draws = np.random.default_rng(7)
    weights = [draws.poisson(1.0, 100)[clusters] for _ in range(80)]
    expected = {
        "roc_auc": [reference.roc_auc_score(y, p, sample_weight=w) for w in weights],
        "average_precision": [reference.average_precision_score(y, p, sample_weight=w) for w in weights],
        "log_loss": [log_loss(y, p, w) for w in weights],
    }
    draw = Draw(resamples=80, seed=7)
    found = mean_intervals(headline_columns(y, p), clusters, draw) | ranking_intervals(y, p, clusters, draw)
    for name, values in expected.items():
        assert (found[name].low, found[name].high) == pytest.approx(tuple(np.quantile(values, [0.025, 0.975])))


def test_ranking_intervals_hold_the_metric_and_narrow_with_the_square_root_of_the_lines() -> None:
    rng = np.random.default_rng(12)
    widths = []
    for count in (2000, 8000):
        p = rng.beta(2, 3, count)
        y = rng.random(count) < p
        interval = ranking_intervals(y, p, np.arange(count), Draw(resamples=150, seed=3))["roc_auc"]
        assert interval.low < roc_auc(y, p) < interval.high
        widths.append(interval.high - interval.low)
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.25)


def test_a_resample_weighs_every_line_of_a_customer_alike() -> None:
    # Two opposite lines a customer cancel out, in each resample as in the sample.
    clusters = np.repeat(np.arange(50), 2)
    interval = mean_intervals({"value": np.tile([1.0, -1.0], 50)}, clusters, Draw(60, 1))["value"]
    assert (interval.low, interval.high) == (0, 0)


def test_the_mean_lies_in_its_interval_and_the_same_seed_repeats_it() -> None:
    rng = np.random.default_rng(13)
    p = rng.beta(2, 3, 1000)
    y, clusters = rng.random(1000) < p, rng.permutation(np.arange(1000) // 3)
    first, again, other = (mean_intervals(headline_columns(y, p), clusters, Draw(100, seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert first["log_loss"].low < log_loss(y, p) < first["log_loss"].high


def test_too_few_customers_are_said_so() -> None:
    with pytest.raises(UndefinedMetricError, match="too few customers to resample: 1"):
        mean_intervals({"value": np.ones(5)}, np.zeros(5, dtype=np.int64), Draw(60, 1))
    with pytest.raises(UndefinedMetricError, match="one outcome only"):
        ranking_intervals([0, 0, 1], [0.1, 0.2, 0.3], np.array([0, 1, 2]), Draw(60, 1))


@pytest.mark.parametrize("rate", [0.002, 0.01, 0.99])
def test_the_gap_of_a_slice_with_few_returns_or_few_kept_lines_covers_0_where_probabilities_are_right(
    rate: float,
) -> None:
    rng = np.random.default_rng(15)
    p, clusters, draw = np.full(250, rate), np.arange(250), Draw(60, 3)
    covered = 0
    for _ in range(60):
        y = (rng.random(250) < p).astype(np.float64)
        found = gap_interval(mean_intervals({"gap": p - y}, clusters, draw)["gap"], y, p)
        covered += found.low <= 0 <= found.high
    assert covered >= 54


def test_the_gap_of_a_slice_with_many_returns_is_that_of_the_resamples() -> None:
    y = np.repeat([0.0, 1.0], 10)
    resampled = mean_intervals({"gap": 0.4 - y}, np.arange(20), Draw(60, 3))["gap"]

    assert gap_interval(resampled, y, np.full(20, 0.4)) == resampled
    assert gap_interval(resampled, y[:11], np.full(11, 0.4)) != resampled
