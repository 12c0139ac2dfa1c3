"""Metrics that may have no value, and the record of those that could not be computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from training.evaluation.metrics import UndefinedMetricError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Undefined:
    """A metric without a value, and the cause: ``metric`` is its path in evaluation.json, such as ``test.roc_auc``."""

    metric: str
    reason: str


class Attempts:
    """Computes metrics, and records those that have no value."""

    def __init__(self) -> None:
        self.undefined: list[Undefined] = []

    def value(
        self, paths: str | tuple[str, ...], compute: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Return the result of ``compute``; where it has no value, return None and record the cause for ``paths``."""
        try:
            return compute(*args, **kwargs)
        except UndefinedMetricError as error:
            self.undefined += [Undefined(path, str(error)) for path in ([paths] if isinstance(paths, str) else paths)]
            return None
