"""The formulas of all features in the order of their dependencies, run over the lines of baskets.

Up to `FEW` lines run one by one on Python's numbers; more lines run at once on NumPy arrays. Formulas take both.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from data.arrays import Floats
from features.language.nodes import Counter, Feature, walk
from features.online_state.basket import Row, inputs, number

Step = tuple[Callable[..., Any], int, Callable[[Any], tuple[Any, ...]] | None]

FEW = 12
"""The most lines for which Python's numbers are faster than arrays."""


class Program:
    """Computes features from line columns and counters.

    Parameters
    ----------
    features
        The features to compute, in the order of the output columns.
    counters
        The names of the counters, in the order of the input columns.
    """

    def __init__(self, features: Sequence[Feature], counters: Sequence[str]) -> None:
        every = {node.name: node for feature in features for node in walk(feature) if isinstance(node, Feature)}
        self._inputs = inputs(tuple(every.values()))
        places = {("line", name): place for place, name in enumerate(self._inputs)}
        places |= {("counter", name): len(places) + place for place, name in enumerate(counters)}
        first = len(places)
        self._steps: list[Step] = []
        for name, feature in every.items():
            parts = [places[_kind(part), part.name] for part in feature.reads]
            if _copies(feature):
                places["feature", name] = parts[0]
                continue
            getter = itemgetter(*parts) if len(parts) > 1 else None
            self._steps.append((feature.formula, parts[0], getter))
            places["feature", name] = first + len(self._steps) - 1
        self._outputs = itemgetter(*[places["feature", feature.name] for feature in features])

    def run(self, lines: Sequence[Row], counters: Floats) -> Floats:
        """Compute every feature of every line.

        Parameters
        ----------
        counters
            Shape (lines, counters), float64, NaN where missing.

        Returns
        -------
        Floats
            Shape (lines, features), float64, NaN where missing.
        """
        if len(lines) > FEW:
            return self._at_once(lines, counters)
        return np.array([self._one(line, row) for line, row in zip(lines, counters.tolist(), strict=True)])

    def _one(self, line: Row, counters: list[float]) -> tuple[Any, ...]:
        values: list[Any] = [number(line[name]) for name in self._inputs]
        values += counters
        self._compute(values)
        outputs: tuple[Any, ...] = self._outputs(values)
        return outputs

    def _at_once(self, lines: Sequence[Row], counters: Floats) -> Floats:
        values: list[Any] = [_column([number(line[name]) for line in lines]) for name in self._inputs]
        values += list(np.ascontiguousarray(counters.T))
        with np.errstate(divide="ignore", invalid="ignore"):
            self._compute(values)
        return np.column_stack(self._outputs(values)).astype(np.float64, copy=False)

    def _compute(self, values: list[Any]) -> None:
        for formula, first, several in self._steps:
            values.append(formula(values[first]) if several is None else formula(*several(values)))


def _column(values: list[Any]) -> npt.NDArray[Any]:
    """An array of whole numbers where all values are whole, so that times and money stay exact."""
    return np.array(values)


def _copies(feature: Feature) -> bool:
    """Whether the formula returns its argument unchanged, so that it need not run."""
    probe = object()
    try:
        return len(feature.reads) == 1 and feature.formula(probe) is probe
    except TypeError:
        return False


def _kind(part: Any) -> str:
    if isinstance(part, Feature):
        return "feature"
    return "counter" if isinstance(part, Counter) else "line"
