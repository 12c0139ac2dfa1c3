import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.drivers import DriverSlice, driver_slice, measure_explained
from training.evaluation.scored_lines import ExplainedLines
from training.evaluation.undefined import Attempts

VALUES = np.array([[1.0, -0.5], [-2.0, 0.5], [0.0, 0.1]])
EXPLAINED = ExplainedLines(np.array([0, 2, 3]), ("product", "price"), -1.0, VALUES)
# Log-odds -1 + 0.5, -1 - 1.5 and -1 + 0.1 of the explained lines; the one between is not explained.
PROBABILITY = 1 / (1 + np.exp(-np.array([-0.5, 9.0, -2.5, -0.9])))


def test_factors_are_measured_over_the_explained_lines() -> None:
    found = measure_explained(EXPLAINED, PROBABILITY, None, Attempts())
    # |1|, |-2|, 0 and their sum -1 for the product; |-0.5|, 0.5, 0.1 and their sum 0.1 for the price.
    assert found.overall.lines == 3
    assert found.overall.mean_absolute == pytest.approx({"product": 1.0, "price": 1.1 / 3})
    assert found.overall.mean == pytest.approx({"product": -1 / 3, "price": 0.1 / 3})
    assert found.overall.top_share == pytest.approx({"product": 2 / 3, "price": 1 / 3})
    assert found.expected == -1.0
    assert found.oracle is None


def test_contributions_that_miss_the_score_show_as_additivity_error() -> None:
    exact = measure_explained(EXPLAINED, PROBABILITY, None, Attempts())
    assert exact.additivity_error == pytest.approx(0, abs=1e-12)
    moved = ExplainedLines(EXPLAINED.places, EXPLAINED.factors, -1.25, VALUES)
    assert measure_explained(moved, PROBABILITY, None, Attempts()).additivity_error == pytest.approx(0.25)


def test_a_slice_without_an_explained_line_has_no_drivers() -> None:
    assert driver_slice(EXPLAINED, np.array([False, True, False, False])) is None
    expected = DriverSlice(
        1, {"product": 2.0, "price": 0.5}, {"product": -2.0, "price": 0.5}, {"product": 1, "price": 0}
    )
    assert driver_slice(EXPLAINED, np.array([False, True, True, False])) == expected


@given(st.lists(st.booleans(), min_size=4, max_size=4).filter(lambda mask: mask[0] and not all(mask[2:])))
def test_two_slices_weighed_by_lines_give_the_whole(mask: list[bool]) -> None:
    whole = measure_explained(EXPLAINED, PROBABILITY, None, Attempts()).overall
    parts = [driver_slice(EXPLAINED, np.array(part)) for part in (mask, [not held for held in mask])]
    found = [part for part in parts if part is not None]
    assert sum(part.lines for part in found) == whole.lines
    for factor in whole.mean:
        total = sum(part.lines * part.mean_absolute[factor] for part in found)
        assert total == pytest.approx(whole.lines * whole.mean_absolute[factor])


def test_true_drivers_are_compared_and_a_factor_that_never_varies_is_undefined() -> None:
    attempts = Attempts()
    truth = np.column_stack([2 * VALUES[:, 0], np.zeros(3)])
    found = measure_explained(EXPLAINED, PROBABILITY, (("product", "price"), truth), attempts).oracle
    assert found is not None
    assert found.correlations == {"product": pytest.approx(1), "price": None}
    assert [one.metric for one in attempts.undefined] == ["drivers.oracle.correlations.price"]
