"""What a tape notes of formulas; `tests.features.language.test_algebra` holds what it computes."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.language.algebra import where
from features.language.tape import Tracing


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (lambda a: 1 if a > 0 else 0, "a branch"),
        (lambda a: max(a, 0), "a branch"),
        (lambda a: a != 0, "a branch"),
        (lambda a: where(a, 1, 0), "found a number"),
        (lambda a: a + "1", "found '1'"),
        (lambda a: a + np.float64(1), "found np.float64"),
    ],
)
def test_a_formula_beyond_the_operators_is_refused(formula: Callable[[Any], Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        formula(Tracing(1).symbol(0))


def test_a_step_that_formulas_share_is_noted_once() -> None:
    tracing = Tracing(2)
    a, b = map(tracing.symbol, range(2))
    assert tracing.place((a + b) * 2) == tracing.place(2.0 * 1 * 1 * (a + b)) - 1  # of the other order: another step
    assert tracing.place(a + b) == tracing.place(a + b)
    assert len(tracing.done([]).steps) == 3


def test_zeros_of_both_signs_and_a_missing_constant_stay_apart() -> None:
    tracing = Tracing(1)
    a = tracing.symbol(0)
    found = [1 / where(a > 0, 0.0, -0.0), where(a > 0, None, 1)]
    tape = tracing.done(found)
    values = tape.rows(2)
    values[:, 0] = [1.0, -1.0]
    np.testing.assert_array_equal(tape.run(values), [[math.inf, math.nan], [-math.inf, 1.0]])


def test_the_steps_that_hang_on_an_input_are_run_again_and_no_others() -> None:
    tracing = Tracing(3)
    a, b, c = map(tracing.symbol, range(3))
    first, second, unread = (a + b) * 2, b - c, c * c
    wanted = [tracing.place(first), tracing.place(second)]
    place = tracing.place(unread)
    tape = tracing.done([first, second, unread])

    assert [step[4] for step in tape.hanging_on([0], wanted).tolist()] == [wanted[0] - 1, wanted[0]]
    assert [step[4] for step in tape.hanging_on([2], wanted).tolist()] == [wanted[1]]
    assert place in tape.steps[:, 4]
