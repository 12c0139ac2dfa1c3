"""The margin of the score: those of the model, of the linear part and of the posteriors, averaged in log-odds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.arrays import Bools, Floats
from training.model.learners.learner import MarginModel
from training.model.linear.model import Linear


@dataclass(frozen=True)
class PosteriorPart:
    """The part of the posteriors, whose log-odds are the sum of the last columns of the rows (`features.posteriors`).

    ``share``: its weight beside model and linear part together, which score alone where a row lacks posteriors.
    ``usual``: the mean of each of these columns over the lines learned that have them, shape (columns,). The score is
    linear in them, so the Shapley value of each is what it has above its mean.
    """

    share: float
    usual: Floats

    def absent(self, x: Floats) -> Bools:
        """Whether each row lacks them: one column is missing where all are; shape (n,)."""
        return np.asarray(np.isnan(self.margin(x)), dtype=np.bool_)

    def margin(self, x: Floats) -> Floats:
        """The log-odds of each row, NaN for rows that lack them; shape (n,)."""
        return np.asarray(x[:, x.shape[1] - len(self.usual) :].sum(axis=1), dtype=np.float64)

    def joined(self, others: Floats, x: Floats) -> Floats:
        """The margin of each row with that of the ``others``, which score alone where it lacks posteriors; (n,)."""
        own = self.margin(x)
        return np.where(np.isnan(own), others, (1 - self.share) * others + self.share * own)

    def contributions(self, x: Floats) -> Floats:
        """The Shapley value of each feature for each row, shape (n, features): 0 but for the last ones.

        It is NaN for these where the row lacks them.
        """
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
        margin = posterior.joined(margin, x)
    return margin
