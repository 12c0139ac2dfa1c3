"""How MLflow loads the bundle of a registered model: for ``mlflow models serve`` and `mlflow.pyfunc.load_model`.

MLflow calls `_load_pyfunc` in the module that the model names. What it serves is the bundle's own ``score``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from training.bundle import Bundle


@dataclass(frozen=True)
class ServedModel:
    """The bundle behind MLflow's way of asking."""

    bundle: Bundle

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Score lines: a row of features in, ``probability``, ``low`` and ``high`` out, each a share in [0, 1]."""
        return answer(self.bundle, frame)


def answer(bundle: Bundle, frame: pd.DataFrame) -> pd.DataFrame:
    """Score ``frame`` as the served model does: columns ``probability``, ``low``, ``high``, float64, in its order."""
    scores = bundle.score(frame)
    columns = {"probability": scores.probability, "low": scores.low, "high": scores.high}
    return pd.DataFrame(columns, index=frame.index)


def _load_pyfunc(path: str) -> ServedModel:
    """Load the bundle in the folder ``path``: the name and the signature are MLflow's."""
    return ServedModel(Bundle.load(Path(path)))
