"""The margin of the score: those of the model, of the linear part and of the posteriors, averaged in log-odds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.arrays import Bools, Floats
from features.compiled import compiled
from training.model.chunks import in_chunks
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
    width, found = len(model.features), np.empty(len(x))

    def blend(rows: slice) -> None:
        own = np.ascontiguousarray(x[rows, :width])
        others = model.margin(own, threads)
        if linear is not None:
            others = (1 - linear.share) * others + linear.share * linear.margin(own)
        if posterior is None:
            found[rows] = others
        else:
            _join(others, np.ascontiguousarray(x[rows, width:]), posterior.share, found[rows])

    in_chunks(blend, len(x), threads)
    return found


@compiled
def _join(others: Floats, posteriors: Floats, share: float, found: Floats) -> None:
    """The ``others`` and the sum of the posteriors, shape (n, columns); the others alone where a row lacks these."""
    for row in range(len(posteriors)):
        own = 0.0
        for place in range(posteriors.shape[1]):
            own += posteriors[row, place]
        found[row] = others[row] if np.isnan(own) else (1 - share) * others[row] + share * own
