"""The formulas of all features as one tape, run over the lines of baskets.

What was computed for a line can be run again where some of its inputs change: then only the steps run that hang on
these.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from data.arrays import Floats
from features.language import tape
from features.language.nodes import Counter, Feature, walk
from features.language.tape import Steps, Tracing
from features.online_state.basket import inputs
from features.online_state.basket_nodes import Row


class Program:
    """Computes features from line columns and counters.

    Parameters
    ----------
    features
        The features to compute, in the order of the output columns.
    counters
        The names of the counters, in the order of the input columns.

    Raises
    ------
    TypeError
        A formula uses more than the operators of `features.language.algebra`.
    """

    def __init__(self, features: Sequence[Feature], counters: Sequence[str]) -> None:
        every = {node.name: node for feature in features for node in walk(feature) if isinstance(node, Feature)}
        self._inputs = inputs(tuple(every.values()))
        self._columns = _columns(self._inputs)
        names = [("line", name) for name in self._inputs] + [("counter", name) for name in counters]
        self._places: dict[tuple[str, str], int] = {name: place for place, name in enumerate(names)}
        tracing = Tracing(len(names))
        results = {name: tracing.symbol(place) for name, place in self._places.items()}
        for name, feature in every.items():
            results["feature", name] = feature.formula(*[results[_kind(part), part.name] for part in feature.reads])
        self._tape = tracing.done([results["feature", feature.name] for feature in features])

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

    def worked(self, lines: Sequence[Row], counters: Floats) -> tuple[Floats, Floats]:
        """Compute as `run` does, and give what was computed on the way, a row for each line, for `again`."""
        values = self._tape.rows(len(lines))
        first = len(self._inputs)
        values[:, :first] = [self._columns(line) for line in lines]
        values[:, first : self._tape.inputs] = counters
        return self._tape.run(values), values

    def again(self, columns: Iterable[str], counters: Iterable[str], outputs: int) -> "Again":
        """Prepare what runs the first ``outputs`` features again where the line ``columns`` and ``counters`` change."""
        names = [name for name in self._inputs if name in set(columns)]
        changed = [self._places["line", name] for name in names]
        changed += [self._places["counter", name] for name in counters]
        wanted = self._tape.outputs[:outputs]
        return Again(names, changed, self._tape.hanging_on(changed, wanted.tolist()), wanted)


class Again:
    """Runs the steps of a program that hang on some of its inputs; made by `Program.again`."""

    def __init__(self, names: Sequence[str], changed: Sequence[int], steps: Steps, outputs: Any) -> None:
        self._columns, self._split = _columns(names), len(names)
        self._changed, self._steps, self._outputs = np.array(changed, dtype=np.intp), steps, outputs

    def run(self, values: Floats, lines: Sequence[Row], counters: Floats) -> Floats:
        """Give the features of ``lines``, whose other inputs are those of ``values``; these stay as they are.

        Parameters
        ----------
        values
            A row of `Program.worked` for each line, shape (lines, width of the tape).
        counters
            Those that change, in the order in which they were named to `Program.again`; shape (lines, counters).

        Returns
        -------
        Floats
            Shape (lines, outputs).
        """
        now = values.copy()
        now[:, self._changed[: self._split]] = [self._columns(line) for line in lines]
        now[:, self._changed[self._split :]] = counters
        tape.run(self._steps, now)
        return now[:, self._outputs]


def _columns(names: Sequence[str]) -> Any:
    """What gives these columns of a row as a tuple, whatever their number."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: tuple(row[name] for name in names)


def _kind(part: Any) -> str:
    if isinstance(part, Feature):
        return "feature"
    return "counter" if isinstance(part, Counter) else "line"
