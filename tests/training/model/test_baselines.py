import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import UserError
from training.model import baselines
from training.model.baselines import BaselineParams, GlobalRate, HistoryRate, Logistic, fit_baselines
from training.model.matrix import Rows

PARAMS = BaselineParams(logistic_lines=400, logistic_c=10.0)
NAMES = ("product_return_rate", "customer_return_rate", "price_minor", "never_known", "constant")


def rows(count: int = 800, seed: int = 1) -> Rows:
    """Lines whose outcome follows the price and the rates; one feature is always missing, one never varies."""
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [
            rng.beta(2, 4, count),
            np.where(rng.random(count) < 0.2, np.nan, rng.beta(2, 4, count)),
            rng.lognormal(8, 1, count),
            np.full(count, np.nan),
            np.full(count, 3.0),
        ]
    )
    logit = 4 * (x[:, 0] - 0.33) + (np.log(x[:, 2]) - 8) - 0.7
    return Rows(x, (rng.random(count) < 1 / (1 + np.exp(-logit))).astype(np.int8), NAMES)


def frame(lines: Rows) -> pd.DataFrame:
    return pd.DataFrame(lines.x, columns=list(lines.features))


def test_the_global_rate_is_the_share_that_came_back_for_every_line() -> None:
    lines = Rows(rows(8).x, np.array([1, 0, 0, 0, 1, 0, 0, 0] * 50, dtype=np.int8)[:8], NAMES)

    assert GlobalRate(float(lines.y.mean())).predict(frame(lines)).tolist() == [0.25] * 8


def test_a_history_rate_is_the_lines_own_and_the_global_rate_where_it_has_none() -> None:
    lines = pd.DataFrame({"rate": pd.array([0.1, None, 0.9], dtype="Float64"), "other": [1, 2, 3]})

    assert HistoryRate("rate", 0.4).predict(lines).tolist() == [0.1, 0.4, 0.9]


def test_the_logistic_takes_signed_logarithms_standardised_and_the_mean_where_missing() -> None:
    logistic = Logistic(("a", "b"), mean=(1.0, 0.0), scale=(2.0, 1.0), coefficients=(3.0, 0.5), intercept=-0.2)
    lines = pd.DataFrame({"b": [0.0, 1 - math.e, np.nan], "a": [math.e - 1, math.e**3 - 1, np.nan]})

    # The logarithms of a are 1 and 3, so it is 0 and 1 standardised; that of b is 0 and -1.
    expected = [1 / (1 + math.exp(-score)) for score in (-0.2, 3.0 - 0.5 - 0.2, -0.2)]
    assert logistic.predict(lines) == pytest.approx(expected)


def test_each_baseline_is_fitted_on_the_lines() -> None:
    lines = rows()

    fitted = fit_baselines(lines, PARAMS)

    rate = float(lines.y.mean())
    assert set(fitted) == {"global_rate", "product_rate", "customer_rate", "logistic"}
    assert fitted["global_rate"] == GlobalRate(rate)
    assert fitted["product_rate"] == HistoryRate("product_return_rate", rate)
    assert fitted["customer_rate"] == HistoryRate("customer_return_rate", rate)


def test_the_logistic_learns_what_drives_returns_and_survives_empty_and_constant_features() -> None:
    lines = rows(4000)

    fitted = fit_baselines(lines, BaselineParams(logistic_lines=4000, logistic_c=10.0))["logistic"]

    assert isinstance(fitted, Logistic)
    weights = dict(zip(NAMES, fitted.coefficients, strict=True))
    assert (weights["never_known"], weights["constant"]) == pytest.approx((0, 0), abs=1e-6)
    later = frame(lines).assign(constant=4.0)  # what never varied while training does so later
    assert fitted.predict(later) == pytest.approx(fitted.predict(frame(lines)), abs=1e-6)
    assert weights["price_minor"] == pytest.approx(1.0, abs=0.15)  # a standard deviation of its logarithm is 1
    assert fitted.predict(frame(lines)).mean() == pytest.approx(lines.y.mean(), abs=1e-3)


def test_the_logistic_learns_from_the_latest_lines_alone() -> None:
    lines = rows()
    turned = lines.y.copy()
    turned[: -PARAMS.logistic_lines] = 1 - turned[: -PARAMS.logistic_lines]

    altered = fit_baselines(Rows(lines.x, turned, NAMES), PARAMS)

    assert altered["logistic"] == fit_baselines(lines, PARAMS)["logistic"]
    assert altered["global_rate"] != fit_baselines(lines, PARAMS)["global_rate"]


def test_what_is_written_is_read_again_and_predicts_alike(tmp_path: Path) -> None:
    lines = rows()
    fitted = fit_baselines(lines, PARAMS)

    baselines.write(fitted, tmp_path / "baselines.json")
    found = baselines.load(tmp_path / "baselines.json")

    assert found == fitted
    for name, baseline in fitted.items():
        assert found[name].predict(frame(lines)).tolist() == baseline.predict(frame(lines)).tolist()


def test_a_missing_file_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="run the train stage: dvc repro"):
        baselines.load(tmp_path / "baselines.json")
