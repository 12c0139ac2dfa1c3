"""Metrics that may have no value: what was tried, and why some of it could not be computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from training.evaluation.metrics import UndefinedMetricError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Undefined:
    """A metric that has no value, and why: ``metric`` is its path in the report, such as ``test.roc_auc``."""

    metric: str
    reason: str


class Attempts:
    """Computes metrics and keeps account of those that have no value."""

    def __init__(self) -> None:
        self.undefined: list[Undefined] = []

    def value(
        self, paths: str | tuple[str, ...], compute: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Give what ``compute`` gives, or None, with the reason noted under each of ``paths``."""
        try:
            return compute(*args, **kwargs)
        except UndefinedMetricError as error:
            self.undefined += [Undefined(path, str(error)) for path in ([paths] if isinstance(paths, str) else paths)]
            return None
