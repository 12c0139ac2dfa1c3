"""The formulas of all features in the order of their dependencies, run over the lines of baskets.

Up to `FEW` lines run one by one on Python's numbers; more lines run at once on NumPy arrays. Formulas take both. What
was computed for a line can be run again where some of its inputs change: then only the steps run that hang on these.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from data.arrays import Floats
from features.language.nodes import Counter, Feature, walk
from features.online_state.basket import Row, inputs, number

Step = tuple[Callable[..., Any], int, Callable[[Any], tuple[Any, ...]] | None]

Values = list[Any]
"""All that was computed of one line: its inputs, its counters, and the result of each step."""

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
        self._places, self._first = places, first
        self._steps: list[Step] = []
        self._reads: list[tuple[int, ...]] = []
        for name, feature in every.items():
            parts = [places[_kind(part), part.name] for part in feature.reads]
            if _copies(feature):
                places["feature", name] = parts[0]
                continue
            getter = itemgetter(*parts) if len(parts) > 1 else None
            self._steps.append((feature.formula, parts[0], getter))
            self._reads.append(tuple(parts))
            places["feature", name] = first + len(self._steps) - 1
        self._output_places = [places["feature", feature.name] for feature in features]
        self._outputs = itemgetter(*self._output_places)

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
        return self.worked(lines, counters)[0]

    def worked(self, lines: Sequence[Row], counters: Floats) -> tuple[Floats, list[Values]]:
        """Compute as `run` does, and give what was computed on the way, by line; nothing for more than `FEW` lines."""
        if len(lines) > FEW:
            return self._at_once(lines, counters), []
        values = [self._one(line, row) for line, row in zip(lines, counters.tolist(), strict=True)]
        return np.array([self._outputs(each) for each in values]), values

    def again(self, columns: Iterable[str], counters: Iterable[str], outputs: int) -> "Again":
        """Prepare what runs the first ``outputs`` features again where the line ``columns`` and ``counters`` change."""
        names = [name for name in self._inputs if name in set(columns)]
        changed = [self._places["line", name] for name in names]
        changed += [self._places["counter", name] for name in counters]
        wanted = self._output_places[:outputs]
        needed, moved = set(wanted), set(changed)
        for place, reads in reversed(list(enumerate(self._reads, self._first))):
            needed.update(reads if place in needed else ())
        steps: list[tuple[int, Step]] = []
        for (place, reads), step in zip(enumerate(self._reads, self._first), self._steps, strict=True):
            if place in needed and not moved.isdisjoint(reads):
                moved.add(place)
                steps.append((place, step))
        return Again(names, changed, steps, wanted)

    def _one(self, line: Row, counters: list[float]) -> Values:
        values: Values = [number(line[name]) for name in self._inputs]
        values += counters
        self._compute(values)
        return values

    def _at_once(self, lines: Sequence[Row], counters: Floats) -> Floats:
        values: Values = [_column([number(line[name]) for line in lines]) for name in self._inputs]
        values += list(np.ascontiguousarray(counters.T))
        with np.errstate(divide="ignore", invalid="ignore"):
            self._compute(values)
        return np.column_stack(self._outputs(values)).astype(np.float64, copy=False)

    def _compute(self, values: Values) -> None:
        for formula, first, several in self._steps:
            values.append(formula(values[first]) if several is None else formula(*several(values)))


class Again:
    """Runs the steps of a program that hang on some of its inputs; made by `Program.again`."""

    def __init__(
        self, names: Sequence[str], changed: Sequence[int], steps: Sequence[tuple[int, Step]], outputs: Sequence[int]
    ) -> None:
        self._names, self._changed, self._steps, self._outputs = names, changed, steps, itemgetter(*outputs)

    def run(self, values: Values, line: Row, counters: Sequence[float]) -> tuple[Any, ...]:
        """Give the features of ``line``, whose other inputs are those of ``values``; these stay as they are.

        ``counters``: those that change, in the order in which they were named to `Program.again`.
        """
        now = list(values)
        given = [*(number(line[name]) for name in self._names), *counters]
        for place, value in zip(self._changed, given, strict=True):
            now[place] = value
        for place, (formula, first, several) in self._steps:
            now[place] = formula(now[first]) if several is None else formula(*several(now))
        outputs: tuple[Any, ...] = self._outputs(now)
        return outputs


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
