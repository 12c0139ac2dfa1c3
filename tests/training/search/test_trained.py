import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from tests.training.small_matrix import LEVEL, LINEAR, MODEL, TRAINING
from training.search.trained import Trained, assignments

STOCK = Trained(MODEL, LINEAR, TRAINING.calibration, LEVEL)


def test_values_are_read_as_dvc_reads_them_and_change_nothing_else() -> None:
    changed = STOCK.with_values(assignments("model.num_leaves=20 linear.share=0.3 model.learn_unsettled=true"))

    assert (changed.model.num_leaves, changed.linear.share, changed.model.learn_unsettled) == (20, 0.3, True)
    assert changed.with_values({"model.num_leaves": 4, "linear.share": 0.4, "model.learn_unsettled": False}) == STOCK
    assert changed.value("linear.share") == 0.3


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ("model.num_leafs=20", "did you mean 'num_leaves'"),
        ("features.half_life.short_days=20", 'make experiment S="features.half_life.short_days=…"'),
        ("model.num_leaves=1", "greater than or equal to 2"),
        ("model.num_leaves", "section.key=value"),
        ("model.num_leaves=5 model.num_leaves=6", "each parameter once"),
        ("model.num_leaves=[", "section.key=value"),
        ("model.num_leaves=true", "should be a valid integer"),
        ("", 'S="model.num_leaves=20"'),
    ],
)
def test_what_can_not_be_tried_is_one_message_with_a_fix(given: str, part: str) -> None:
    with pytest.raises(UserError) as caught:
        STOCK.with_values(assignments(given))

    assert part in str(caught.value)


def test_a_power_of_ten_is_a_number_as_dvc_takes_it() -> None:
    assert STOCK.with_values(assignments("model.learning_rate=1e-2")).model.learning_rate == 0.01


@given(st.integers(1, 1000))
def test_a_fast_training_never_has_more_rounds_than_the_parameters_say(most: int) -> None:
    assert STOCK.fast(most).model.max_rounds == min(most, MODEL.max_rounds)
