"""How MLflow loads the bundle of a registered model: for ``mlflow models serve`` and `mlflow.pyfunc.load_model`.

MLflow calls `training.pyfunc._load_pyfunc`, as each model names that module. What it serves is what the bundle says.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from features.language.reasons import REASONS, flag
from training.model.bundle import Bundle


@dataclass(frozen=True)
class BundleModel:
    """The bundle with the method that MLflow calls."""

    bundle: Bundle

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Score and explain ``frame``, a row of features a line; the result is that of `answer`."""
        return answer(self.bundle, typed(frame))


def answer(bundle: Bundle, frame: pd.DataFrame) -> pd.DataFrame:
    """Score and explain ``frame``, a row of features a line.

    Returns
    -------
    pandas.DataFrame
        A row a line, in its order, all float64: ``probability``, ``low`` and ``high``, each in [0, 1];
        ``reason_CODE``: the probability of a return for this reason, absent where the source records no reasons; the
        reasons of a line add up to ``probability``; ``driver_FACTOR``: the factor's contribution to the log-odds of
        ``probability``.

    Raises
    ------
    UserError
        A feature is missing from the frame, or is not numeric.
    """
    x = bundle.rows(frame, bundle.features)
    scored = x[:, : len(bundle.score_features)]
    scores = bundle.score_rows(scored)
    columns = {"probability": scores.probability, "low": scores.low, "high": scores.high}
    given_return = bundle.reason_rows(x)
    if given_return is not None:
        joint = (given_return * scores.probability[:, None]).T
        columns |= {flag(reason): column for reason, column in zip(REASONS, joint, strict=True)}
    contributions = bundle.drivers.of_factors(bundle.drivers.of_features(scored)).T
    columns |= {_driver(name): column for name, column in zip(bundle.drivers.factors, contributions, strict=True)}
    return pd.DataFrame(columns, index=frame.index)


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give columns of Python objects, as JSON and MLflow make them, the dtype of their values.

    A column without a value becomes float64. Texts stay texts, also those of digits.
    """
    mixed = [name for name in frame.columns if frame[name].dtype == object]
    found = {name: frame[name].convert_dtypes() for name in mixed}
    empty = {name: column.astype("float64") for name, column in found.items() if column.isna().all()}
    return frame.assign(**found | empty)


def _driver(factor: str) -> str:
    return f"driver_{factor.replace(' ', '_')}"


def load(path: str) -> BundleModel:
    """Load the bundle in the folder ``path``."""
    return BundleModel(Bundle.load(Path(path)))
