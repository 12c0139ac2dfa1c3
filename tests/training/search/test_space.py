import pytest

from data.errors import UserError
from tests.training.small_matrix import LEVEL, LINEAR, MODEL, TRAINING
from training.search.space import Range, SearchParams, dimensions
from training.search.trained import Trained

STOCK = Trained(MODEL, LINEAR, TRAINING.calibration, LEVEL)


def chosen(section: str, key: str, low: float, high: float, *, log: bool = False) -> SearchParams:
    ranges = {section: {key: Range(low=low, high=high, log=log)}}
    return SearchParams(trials=5, lines=0, whole=False, finalists=2, seeds=1, seed=1, ranges=ranges)


def test_a_whole_number_stays_one_and_others_are_rounded_to_what_can_be_read() -> None:
    (leaves,) = dimensions(chosen("model", "num_leaves", 2, 64, log=True), STOCK)
    (share,) = dimensions(chosen("linear", "share", 0.0, 0.6), STOCK)

    assert (leaves.path, leaves.whole, leaves.rounded(7)) == ("model.num_leaves", True, 7)
    assert (share.whole, share.rounded(0.123456), share.rounded(1.23456e-5)) == (False, 0.123, 1.23e-5)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (chosen("model", "num_leafs", 2, 64), "did you mean 'num_leaves'"),
        (chosen("model", "num_leaves", 1, 64), "greater than or equal to 2"),
        (chosen("model", "num_leaves", 8, 64), "that holds its value 4"),
        (chosen("linear", "share", 0.0, 0.6, log=True), "above 0 where log is true"),
        (chosen("model", "learn_unsettled", 0, 1), "a number at model.learn_unsettled"),
        (chosen("features", "start_rate", 0.1, 0.5), "which can be tried on the present matrix"),
        (SearchParams(trials=5, lines=0, whole=False, finalists=2, seeds=1, seed=1, ranges={}), "ranges of parameters"),
    ],
)
def test_a_range_that_does_not_fit_is_one_message_with_a_fix(given: SearchParams, part: str) -> None:
    with pytest.raises(UserError) as caught:
        dimensions(given, STOCK)

    assert part in str(caught.value)
