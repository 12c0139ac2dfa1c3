from types import SimpleNamespace

import pytest

from data.progress.steps import boosting, counted, step, watched
from tests.data.progress.seen import Seen


def test_a_watcher_is_told_of_steps_within_steps() -> None:
    seen = Seen()

    with watched(seen), step("folds", 2, "folds") as outer, step("fold 1"):
        outer.move(1, log_loss=0.5)

    assert seen.began_paths == [("folds",), ("folds", "fold 1")]
    assert seen.moves == [(("folds",), 0.5, {"log_loss": 0.5})]
    assert seen.ended_paths == [("folds", "fold 1"), ("folds",)]


def test_counted_items_are_all_given_and_each_moves_the_step() -> None:
    seen = Seen()

    with watched(seen):
        assert list(counted(["a", "b"], "cases", "cases")) == ["a", "b"]

    assert [share for _, share, _ in seen.moves] == [0.5, 1.0]


def test_a_step_that_breaks_off_ends_and_the_next_one_stands_at_the_top() -> None:
    seen = Seen()

    with watched(seen):
        with pytest.raises(ValueError, match="broken"), step("one"):
            raise ValueError("broken")
        with step("two"):
            pass

    assert seen.ended_paths == [("one",), ("two",)]


def test_nobody_watching_is_told_nothing_afterwards() -> None:
    seen = Seen()
    with watched(seen), step("one"):
        pass

    with step("two") as later:
        later.move(1)

    assert seen.began_paths == [("one",)]


def test_boosting_moves_by_rounds_and_shows_the_loss_where_lines_stop_it() -> None:
    seen = Seen()
    measured = SimpleNamespace(iteration=4, evaluation_result_list=[("stop", "binary_logloss", 0.61, False)])
    alone = SimpleNamespace(iteration=9, evaluation_result_list=[])

    with watched(seen), boosting("boosting", 10, "log_loss") as after_round:
        after_round(measured)
        after_round(alone)

    assert seen.moves == [(("boosting",), 0.5, {"log_loss": 0.61}), (("boosting",), 1.0, {})]
