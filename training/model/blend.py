"""The margin of the score: those of the model, of the linear part and of the posteriors, averaged in log-odds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.arrays import Floats
from training.model.learners.learner import MarginModel
from training.model.linear.model import Linear


@dataclass(frozen=True)
class PosteriorPart:
    """The part of the posteriors, whose log-odds are the sum of the last columns of the rows (`features.posteriors`).

    ``share``: its weight beside model and linear part together. ``usual``: the mean of each of these columns over the
    lines learned, shape (columns,). The score is linear in them, so the Shapley value of each is what it has above its
    mean.
    """

    share: float
    usual: Floats

    def margin(self, x: Floats) -> Floats:
        """The log-odds of each row; shape (n,)."""
        return np.asarray(x[:, x.shape[1] - len(self.usual) :].sum(axis=1), dtype=np.float64)

    def contributions(self, x: Floats) -> Floats:
        """The Shapley value of each feature for each row, shape (n, features): 0 but for the last ones."""
        found, first = np.zeros(x.shape), x.shape[1] - len(self.usual)
        found[:, first:] = x[:, first:] - self.usual
        return found

    @property
    def expected(self) -> float:
        """The mean of the log-odds over the lines learned."""
        return float(self.usual.sum())

    def as_json(self) -> dict[str, Any]:
        """All fields, for `from_json` to read."""
        return {"share": self.share, "usual": self.usual.tolist()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "PosteriorPart":
        """Read what `as_json` wrote."""
        return cls(float(content["share"]), np.atleast_1d(np.array(content["usual"], dtype=np.float64)))


def blended(
    model: MarginModel,
    linear: Linear | None,
    x: Floats,
    threads: int = 0,
    posterior: PosteriorPart | None = None,
) -> Floats:
    """The margin of each row of ``x`` (n, features) before calibration, in log-odds; shape (n,), float64.

    ``model``, which a learner fitted, and ``linear`` read the first features, as many as the ``model`` knows. Without a
    ``linear`` part and without a ``posterior`` one it is the model's own.
    """
    own = x[:, : len(model.features)]
    margin = model.margin(own, threads)
    if linear is not None:
        margin = (1 - linear.share) * margin + linear.share * linear.margin(own)
    if posterior is not None:
        margin = (1 - posterior.share) * margin + posterior.share * posterior.margin(x)
    return margin
