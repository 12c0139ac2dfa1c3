"""Formulas as a tape: elementary steps over the places of a row of numbers, which compiled code runs over many rows.

A formula is called once, on symbols instead of numbers. Each operator on a symbol notes a step, so the tape computes
what the formula would, to the last digit. Steps that say the same are noted once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from data.arrays import Floats
from features.compiled import compiled

Steps = npt.NDArray[np.int32]
"""int32, shape (steps, 5): an operation, the places of three operands (it may read fewer), and that of its result."""

PYTHON_NUMBERS = (float, int)


class Op(IntEnum):
    """An operation; a condition is 1 where it holds and 0 elsewhere."""

    ADD = 0
    SUBTRACT = 1
    MULTIPLY = 2
    DIVIDE = 3
    FLOOR_DIVIDE = 4
    MODULO = 5
    LESS = 6
    LESS_EQUAL = 7
    EQUAL = 8
    MISSING = 9
    WHERE = 10
    RATIO = 11


# Compiled code reads numbers, no members.
_ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _FLOOR_DIVIDE, _MODULO = (int(op) for op in list(Op)[:6])
_LESS, _LESS_EQUAL, _EQUAL, _MISSING, _WHERE, _RATIO = (int(op) for op in list(Op)[6:])
_CONDITIONS = (Op.LESS, Op.LESS_EQUAL, Op.EQUAL, Op.MISSING)


class Symbol:
    """A number that is not known yet: the result of a step, or an input of the tape."""

    __slots__ = ("_condition", "place", "tracing")

    def __init__(self, tracing: "Tracing", place: int, *, condition: bool = False) -> None:
        self.tracing, self.place, self._condition = tracing, place, condition

    def __add__(self, other: object) -> "Symbol":
        """Add."""
        return self.tracing.step(Op.ADD, self, other)

    def __radd__(self, other: object) -> "Symbol":
        """Add to a number."""
        return self.tracing.step(Op.ADD, other, self)

    def __sub__(self, other: object) -> "Symbol":
        """Subtract."""
        return self.tracing.step(Op.SUBTRACT, self, other)

    def __rsub__(self, other: object) -> "Symbol":
        """Subtract from a number."""
        return self.tracing.step(Op.SUBTRACT, other, self)

    def __mul__(self, other: object) -> "Symbol":
        """Multiply."""
        return self.tracing.step(Op.MULTIPLY, self, other)

    def __rmul__(self, other: object) -> "Symbol":
        """Multiply a number."""
        return self.tracing.step(Op.MULTIPLY, other, self)

    def __truediv__(self, other: object) -> "Symbol":
        """Divide."""
        return self.tracing.step(Op.DIVIDE, self, other)

    def __rtruediv__(self, other: object) -> "Symbol":
        """Divide a number."""
        return self.tracing.step(Op.DIVIDE, other, self)

    def __floordiv__(self, other: object) -> "Symbol":
        """Divide and round down."""
        return self.tracing.step(Op.FLOOR_DIVIDE, self, other)

    def __mod__(self, other: object) -> "Symbol":
        """Give what a division leaves over; it has the sign of the divisor."""
        return self.tracing.step(Op.MODULO, self, other)

    def __lt__(self, other: object) -> "Symbol":
        """Compare; a comparison with a missing value is not true."""
        return self.tracing.step(Op.LESS, self, other)

    def __le__(self, other: object) -> "Symbol":
        """Compare, as `__lt__`."""
        return self.tracing.step(Op.LESS_EQUAL, self, other)

    def __gt__(self, other: object) -> "Symbol":
        """Compare, as `__lt__`."""
        return self.tracing.step(Op.LESS, other, self)

    def __ge__(self, other: object) -> "Symbol":
        """Compare, as `__lt__`."""
        return self.tracing.step(Op.LESS_EQUAL, other, self)

    def __eq__(self, other: object) -> "Symbol":  # type: ignore[override]
        """Compare, as `__lt__`."""
        return self.tracing.step(Op.EQUAL, self, other)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        """Refuse: a formula must not branch in Python, as a table has many rows."""
        raise TypeError("expected a formula of the operators of features.language.algebra; found a branch: use where()")

    def missing(self) -> "Symbol":
        """Give the condition that the number is missing."""
        return self.tracing.step(Op.MISSING, self)

    def where(self, yes: object, no: object) -> "Symbol":
        """Choose ``yes`` where this condition holds, else ``no``; None stands for a missing value."""
        if not self._condition:
            raise TypeError("expected a condition, such as a comparison; found a number")
        return self.tracing.step(Op.WHERE, self, *(math.nan if each is None else each for each in (yes, no)))


def ratio(numerator: object, denominator: object) -> Symbol:
    """Divide, missing where the denominator is 0; one of the two is a symbol."""
    (tracing, *_) = (each.tracing for each in (numerator, denominator) if isinstance(each, Symbol))
    return tracing.step(Op.RATIO, numerator, denominator)


class Tracing:
    """Notes the steps of formulas over ``inputs`` numbers, which `symbol` gives."""

    def __init__(self, inputs: int) -> None:
        self._inputs = inputs
        self._steps: dict[tuple[int, ...], int] = {}
        self._constants: dict[str, int] = {}

    def symbol(self, place: int) -> Symbol:
        """Give the input, or the result of an earlier step, at ``place``."""
        return Symbol(self, place)

    def step(self, op: Op, *operands: object) -> Symbol:
        """Note a step, and give its result.

        Raises
        ------
        TypeError
            An operand is neither a symbol nor a number.
        """
        places = [self.place(each) for each in operands]
        key = (int(op), *places, *places[:1] * (3 - len(places)))
        place = self._steps.setdefault(key, self._inputs + len(self._steps))
        return Symbol(self, place, condition=op in _CONDITIONS)

    def place(self, operand: object) -> int:
        """Give the place of an operand; that of a constant is below 0 until the tape is done."""
        if isinstance(operand, Symbol):
            return operand.place
        if type(operand) not in PYTHON_NUMBERS:
            raise TypeError(f"expected a formula of the operators of features.language.algebra; found {operand!r}")
        return -1 - self._constants.setdefault(float(operand).hex(), len(self._constants))  # type: ignore[arg-type]

    def done(self, results: Sequence[object]) -> "Tape":
        """Give the tape that computes ``results``; its rows are the inputs, the results of steps, and the constants."""
        last = self._inputs + len(self._steps)

        def final(place: int) -> int:
            return place if place >= 0 else last - 1 - place

        wanted = [final(self.place(each)) for each in results]
        steps = [(key[0], *map(final, key[1:]), to) for key, to in self._steps.items()]
        constants = np.array([float.fromhex(each) for each in self._constants], dtype=np.float64)
        return Tape(self._inputs, np.array(steps, dtype=np.int32).reshape(-1, 5), constants, np.array(wanted, np.intp))


@dataclass(frozen=True)
class Tape:
    """Steps over rows of ``width`` numbers: ``inputs`` of them are given, the last ones are ``constants``.

    ``outputs``: the places of the wanted results, shape (results,).
    """

    inputs: int
    steps: Steps
    constants: Floats
    outputs: npt.NDArray[np.intp]

    @property
    def width(self) -> int:
        """Numbers in a row."""
        return self.inputs + len(self.steps) + len(self.constants)

    def rows(self, count: int) -> Floats:
        """Make ``count`` rows, shape (count, width), in which the inputs are to be set."""
        values = np.empty((count, self.width), dtype=np.float64)
        values[:, self.width - len(self.constants) :] = self.constants
        return values

    def run(self, values: Floats) -> Floats:
        """Set the results of all steps in rows that `rows` made, and give the outputs, shape (rows, results)."""
        run(self.steps, values)
        found: Floats = values[:, self.outputs]
        return found

    def hanging_on(self, inputs: Sequence[int], wanted: Sequence[int]) -> Steps:
        """Pick the steps to run again for the ``wanted`` places where some of the ``inputs`` change."""
        needed, moved = set(wanted), set(inputs)
        steps: list[list[int]] = self.steps.tolist()
        for _, *reads, to in reversed(steps):
            needed.update(reads if to in needed else ())
        chosen = []
        for _, *reads, to in steps:
            again = to in needed and not moved.isdisjoint(reads)
            moved.update([to] if again else ())
            chosen.append(again)
        return self.steps[np.array(chosen, dtype=np.bool_)]


@compiled
def run(  # noqa: C901, PLR0912 - a branch for each operation
    steps: Steps, values: Floats
) -> None:
    """Run ``steps`` over each of ``values``, shape (rows, width); a row gets its results in its own places."""
    for line in range(values.shape[0]):
        row = values[line]
        for number in range(steps.shape[0]):
            op = steps[number, 0]
            a, b = row[steps[number, 1]], row[steps[number, 2]]
            if op == _ADD:
                found = a + b
            elif op == _SUBTRACT:
                found = a - b
            elif op == _MULTIPLY:
                found = a * b
            elif op == _DIVIDE:
                found = a / b
            elif op == _WHERE:
                found = b if a == 1.0 else row[steps[number, 3]]
            elif op == _RATIO:
                found = a / b if b != 0.0 else np.nan
            elif op == _MISSING:
                found = 1.0 if np.isnan(a) else 0.0
            elif op == _LESS:
                found = 1.0 if a < b else 0.0
            elif op == _LESS_EQUAL:
                found = 1.0 if a <= b else 0.0
            elif op == _EQUAL:
                found = 1.0 if a == b else 0.0
            elif op == _FLOOR_DIVIDE:
                found = a // b
            else:
                found = a % b
            row[steps[number, 4]] = found
