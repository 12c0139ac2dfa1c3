from pathlib import Path

import pytest

from data.errors import UserError
from tests.training.small_matrix import LEVEL, LINEAR, MODEL, TRAINING
from training.search.space import Range, SearchParams, dimensions
from training.search.trained import SECTIONS, Trained

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
        (chosen("model", "seed", 0, 9), "the best of several seeds is luck"),
        (chosen("model", "threads", 1, 8), "take model.threads out of search.ranges"),
        (chosen("level", "max_age_days", 1, 9), "no fold reads it"),
        (chosen("model", "unsent_lines", 0, 10**6), "or set search.whole: true"),
        (SearchParams(trials=5, lines=0, whole=False, finalists=2, seeds=1, seed=1, ranges={}), "ranges of parameters"),
    ],
)
def test_a_range_that_does_not_fit_is_one_message_with_a_fix(given: SearchParams, part: str) -> None:
    with pytest.raises(UserError) as caught:
        dimensions(given, STOCK)

    assert part in str(caught.value)


def test_seeds_threads_and_paths_of_all_sections_that_are_searched_are_marked_as_no_choice() -> None:
    technical = {
        f"{section}.{name}"
        for section in SECTIONS
        for name, field in type(getattr(STOCK, section)).model_fields.items()
        if field.annotation is Path or {"seed", "threads", "path", "memory"} & set(name.split("_"))
    }

    assert technical >= {"model.seed", "model.threads"}
    assert [path for path in technical if not STOCK.no_choice(path)] == []
    assert STOCK.no_choice("model.num_leaves") == ""


def test_with_whole_trainings_copies_and_refit_can_be_searched() -> None:
    given = chosen("calibration", "level_carried", 0, 1).model_copy(update={"whole": True})

    assert [each.path for each in dimensions(given, STOCK)] == ["calibration.level_carried"]
