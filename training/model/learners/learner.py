"""What a learner is, and what the model is that it fits; all else of the bundle reads the model's log-odds alone."""

from collections.abc import Sequence
from typing import Protocol

from data.arrays import Floats
from training.model.booster import ModelParams
from training.model.matrix import Rows
from training.model.unsettled import OpenLines


class Contributions(Protocol):
    """Shapley values of a model's log-odds; any thread may ask for them."""

    @property
    def exact(self) -> bool:
        """Whether each value is exact; False: it is an estimate. The sum of a row's values is exact all the same."""

    @property
    def expected(self) -> float:
        """What the values are added to: a row's log-odds are this plus the sum of the row's values."""

    def values(self, x: Floats) -> Floats:
        """The value of each feature of each row; shape (n, features), as ``x``, in log-odds."""


class MarginModel(Protocol):
    """A fitted model of k features; rows ``x`` have shape (n, k), float64, NaN where missing."""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of its features, in order."""

    @property
    def rounds(self) -> int:
        """How often the learner went on to better the model, such as the number of trees."""

    def margin(self, x: Floats, threads: int = 0) -> Floats:
        """The log-odds of each row before calibration, shape (n,); on ``threads`` threads, 0 for as many as it likes.

        A row has the same log-odds alone as among others.
        """

    def contributions(self) -> Contributions:
        """Prepare its Shapley values, which may take about a second.

        `training.model.shapley.sampled` estimates them of any model.
        """

    def importance(self) -> Floats:
        """How much each feature tells it, at least 0, in a unit of its own; shape (k,)."""

    def text(self) -> str:
        """All of it as text, for the bundle; equal models give equal text. `Learner.load` reads it."""


class Learner(Protocol):
    """Fits models. All settings are in ``params``; equal input gives equal models."""

    @property
    def file(self) -> str:
        """The name of the file in the bundle that holds `MarginModel.text`."""

    @property
    def packages(self) -> Sequence[str]:
        """The distributions that the fit depends on, beside LightGBM and NumPy; the bundle records their versions."""

    def fit(self, rows: Rows, stop: Rows, params: ModelParams) -> MarginModel:
        """Fit on ``rows`` and their copies as they are weighted, as many rounds as are best on the lines of ``stop``.

        Raises
        ------
        UserError
            A parameter has a value that this learner does not take, or the rows can't be learned from.
        """

    def learns_open(self, first: MarginModel) -> bool:
        """Whether `refit` after ``first`` learns from lines whose outcome is still open (`model.learn_unsettled`)."""

    def refit(self, rows: Rows, first: MarginModel, params: ModelParams, open_lines: OpenLines | None) -> MarginModel:
        """Fit on all lines, as many rounds as ``first`` has.

        ``open_lines``: those of ``rows`` whose outcome is open; None unless `learns_open`.
        """

    def load(self, text: str) -> MarginModel:
        """Read what `MarginModel.text` wrote. No code of the text is executed."""
