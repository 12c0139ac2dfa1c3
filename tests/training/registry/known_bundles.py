"""Bundles whose probabilities are known, in place of trained ones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.arrays import Floats
from tests.training.small_matrix import RECIPE


@dataclass(frozen=True)
class FakeScores:
    probability: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class FakeDrivers:
    """The feature ``x`` is all of the factor product, and moves the log-odds by its weight."""

    weight: float
    factors: tuple[str, ...] = ("customer and product", "product")

    def of_features(self, x: Floats) -> Floats:
        return self.weight * x[:, :1]

    def of_factors(self, of_features: Floats) -> Floats:
        return np.column_stack([0 * of_features, of_features])


@dataclass(frozen=True)
class FakeBundle:
    """A bundle whose probabilities are known: see `tests.training.small_project.write_model`.

    Each of the eleven reasons is as likely as any other.
    """

    features: tuple[str, ...]
    weight: float

    @classmethod
    def load(cls, path: Path) -> "FakeBundle":
        content = json.loads((path / "bundle.json").read_text())
        return cls(tuple(content["features"]), content["weight"])

    @property
    def learned_until(self) -> None:
        """As of a bundle of an earlier version, which has no level."""

    @property
    def recipe(self) -> dict[str, Any]:
        return RECIPE.as_json()

    @property
    def score_features(self) -> tuple[str, ...]:
        return self.features

    @property
    def drivers(self) -> FakeDrivers:
        return FakeDrivers(self.weight)

    def rows(self, frame: pd.DataFrame, names: Sequence[str]) -> Floats:
        return frame[list(names)].to_numpy(dtype=np.float64)

    def score(self, frame: pd.DataFrame, shift: Floats | float = 0.0) -> FakeScores:
        assert not np.any(shift)
        assert set(self.features) <= set(frame.columns)
        return self.score_rows(self.rows(frame, self.features))

    def score_rows(self, x: Floats) -> FakeScores:
        p = 1 / (1 + np.exp(-self.weight * x[:, 0]))
        return FakeScores(p, p - 0.01, p + 0.01)

    def reason_rows(self, x: Floats) -> Floats | None:
        return np.full((len(x), 11), 1 / 11)
