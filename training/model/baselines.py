"""The baselines: simple predictors that every model has to beat."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from data.arrays import Floats
from data.files import read_json, write_text
from data.params import Section
from training.model.matrix import Rows
from training.model.standardising import moments, signed_logs

FILE = Path("training/baselines.json")
CONSTANT = 1e-9
"""A standard deviation of logarithms below this counts as 0: rounding of the mean leaves a little for equal numbers."""


class BaselineParams(Section):
    """The section ``baselines`` of params.yaml."""

    logistic_lines: Annotated[int, Field(ge=100)]
    logistic_c: Annotated[float, Field(gt=0)]


@dataclass(frozen=True)
class GlobalRate:
    """The return rate of the training lines, for every line."""

    rate: float

    def predict(self, frame: pd.DataFrame) -> Floats:
        """The rate for each row; shape (n,)."""
        return np.full(len(frame), self.rate)


@dataclass(frozen=True)
class HistoryRate:
    """A shrunk return rate that is a feature of the matrix; the global rate where the feature is missing."""

    feature: str
    rate: float

    def predict(self, frame: pd.DataFrame) -> Floats:
        """The rate of each row's history; shape (n,)."""
        history = frame[self.feature].to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isnan(history), self.rate, history)


@dataclass(frozen=True)
class Logistic:
    """Logistic regression on all features, as standardised signed logarithms. A missing value takes the mean."""

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def predict(self, frame: pd.DataFrame) -> Floats:
        """The probability of each row; shape (n,)."""
        x = np.column_stack([frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in self.features])
        z = _standardised(x, np.array(self.mean), np.array(self.scale))
        return np.asarray(expit(z @ np.array(self.coefficients) + self.intercept), dtype=np.float64)


Baseline = GlobalRate | HistoryRate | Logistic
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (GlobalRate, HistoryRate, Logistic)}


def fit_baselines(rows: Rows, params: BaselineParams) -> dict[str, Baseline]:
    """Fit every baseline on the lines that the model is trained on."""
    rate = float(rows.y.mean())
    return {
        "global_rate": GlobalRate(rate),
        "product_rate": HistoryRate("product_return_rate", rate),
        "customer_rate": HistoryRate("customer_return_rate", rate),
        "logistic": _fit_logistic(rows, params),
    }


def write(baselines: dict[str, Baseline], file: Path = FILE) -> None:
    """Write the baselines as JSON."""
    content = {name: {"kind": type(baseline).__name__, **asdict(baseline)} for name, baseline in baselines.items()}
    write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", file)


def load(file: Path = FILE) -> dict[str, Baseline]:
    """Read the baselines that `write` wrote, by name."""
    content = read_json(file, expected=f"baselines at {file}", fix="run the train stage: dvc repro")
    return {name: _baseline(fields) for name, fields in content.items()}


def _baseline(fields: dict[str, Any]) -> Baseline:
    kind = _KINDS[fields["kind"]]
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items() if key != "kind"}
    baseline: Baseline = kind(**given)
    return baseline


def _fit_logistic(rows: Rows, params: BaselineParams) -> Logistic:
    """Fit on the latest ``logistic_lines`` lines: more lines cost more time and soon change the coefficients little."""
    x, y = rows.x[-params.logistic_lines :], rows.y[-params.logistic_lines :]
    mean, scale = moments(signed_logs(x))
    fitted = LogisticRegression(C=params.logistic_c, max_iter=500).fit(_standardised(x, mean, scale), y)
    return Logistic(
        tuple(rows.features), _floats(mean), _floats(scale), _floats(fitted.coef_[0]), float(fitted.intercept_[0])
    )


def _standardised(x: Floats, mean: Floats, scale: Floats) -> Floats:
    return np.nan_to_num((signed_logs(x) - mean) / scale, nan=0.0)


def _floats(values: Sequence[float] | Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
