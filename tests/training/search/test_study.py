import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from tests.training.small_matrix import LEVEL, LINEAR, MODEL, TRAINING
from training.search import study
from training.search.folds import Bench, FoldLosses
from training.search.space import Dimension
from training.search.study import Ended, Search
from training.search.trained import Trained

STOCK = Trained(MODEL, LINEAR, TRAINING.calibration, LEVEL)
SHARE, LEAVES = Dimension("linear.share", 0.0, 0.6, False, False), Dimension("model.num_leaves", 2, 16, True, True)
HARDER = (0.1, 0.2, 0.3)  # later folds are harder than earlier ones, for all alike


@dataclass
class Bowl:
    """A bench whose log-loss is least at a linear share of 0.1 and eight leaves. It remembers what it ran."""

    splits: tuple[int, ...] = (0, 1, 2)
    ran: list[tuple[int, float]] = field(default_factory=list)
    fails_at: int | None = None

    def run(self, number: int, trained: Trained) -> FoldLosses:
        if len(self.ran) == self.fails_at:
            raise KeyboardInterrupt
        self.ran.append((number, trained.linear.share))
        loss = 0.5 + HARDER[number] + (trained.linear.share - 0.1) ** 2 + np.log(trained.model.num_leaves / 8) ** 2 / 9
        return FoldLosses(np.full(4, loss), np.arange(4))

    def all(self, trained: Trained) -> list[FoldLosses]:
        return [self.run(number, trained) for number in self.splits]


def search(bowl: Bowl) -> Search:
    return Search(cast("Bench", bowl), STOCK, (SHARE, LEAVES))


def searched(folder: Path, trials: int, bowl: Bowl | None = None, seed: int = 1) -> list[Ended]:
    opened, told = study.open_study("shoes", trials, seed, folder), list[Ended]()
    study.begin(opened, search(bowl or Bowl()))
    study.run(opened, search(bowl or Bowl()), trials, told.append)
    assert told == study.all_ended(opened)[-len(told) :] or not told
    return study.all_ended(opened)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Ended]:
    return searched(tmp_path_factory.mktemp("searches"), 25)


def test_a_search_begins_with_params_yaml_and_finds_what_is_better(found: list[Ended]) -> None:
    assert len(found) == 25
    assert found[0].values == {"linear.share": 0.4, "model.num_leaves": 4}
    assert not found[0].pruned
    assert study.of_start(found, search(Bowl())) == found[0]
    # the start lies 0.09 + 0.0534 above the best that is possible
    assert study.best(found).mean - (0.5 + np.mean(HARDER)) < 0.03
    assert all(set(each.values) == {"linear.share", "model.num_leaves"} for each in found)


def test_trials_that_fall_behind_are_pruned_and_the_best_runs_all_folds(found: list[Ended]) -> None:
    pruned = [each for each in found if each.pruned]
    assert 3 <= len(pruned) <= 20
    assert all(len(each.folds) < 3 for each in pruned)
    assert len(study.best(found).folds) == 3


def test_a_trial_is_held_against_others_on_the_same_folds_alone() -> None:
    others = [Ended(number, {}, (0.5, 0.9, 0.9), pruned=False, seconds=1) for number in range(4)]

    assert not study.falls_behind([0.49], others)
    assert study.falls_behind([0.51], others)
    assert not study.falls_behind([0.49, 0.89], others)
    assert not study.falls_behind([9.0], others[:3])


def test_the_same_seed_proposes_the_same(tmp_path: Path) -> None:
    first, second, other = (
        [each.values for each in searched(tmp_path / name, 8, seed=seed)]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )

    assert first == second != other


def test_a_search_that_was_stopped_goes_on_and_proposes_nothing_twice(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        searched(tmp_path, 12, Bowl(fails_at=14))
    bowl = Bowl()

    found = searched(tmp_path, 12, bowl)

    assert len(found) == 12
    assert len(bowl.ran) < 12 * 3 - 14 + 3
    values = [tuple(each.values.items()) for each in found]
    assert len(set(values)) == len(values)
    assert searched(tmp_path, 12) == found


def test_a_search_that_was_stopped_in_its_first_trial_begins_with_params_yaml_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            searched(tmp_path, 3, Bowl(fails_at=1))

    found = searched(tmp_path, 3)

    assert [dict(each.values) == search(Bowl()).start_values for each in found] == [True, False, False]
    assert "KeyboardInterrupt" not in caplog.text + capfd.readouterr().err  # Optuna's own, with a traceback


def test_params_yaml_is_queued_once_however_often_a_search_is_started(tmp_path: Path) -> None:
    opened = study.open_study("shoes", 5, 1, tmp_path)
    for _ in range(2):
        study.begin(opened, search(Bowl()))

    assert len(opened.trials) == 1


@pytest.mark.parametrize(("process", "queued"), [(2**22 + 1, 1), (os.getpid(), 0)], ids=["gone", "alive"])
def test_a_trial_whose_process_is_gone_runs_again(tmp_path: Path, process: int, queued: int) -> None:
    opened = study.open_study("shoes", 5, 1, tmp_path)
    trial = opened.ask()
    values: dict[str, Any] = {"linear.share": trial.suggest_float("linear.share", 0.0, 0.6)}
    trial.set_user_attr(study.WORKER, f"{socket.gethostname()}:{process}")

    again = study.open_study("shoes", 5, 1, tmp_path)

    waiting: list[Any] = [each for each in again.trials if each.state.name == "WAITING"]
    assert [each.system_attrs["fixed_params"] for each in waiting] == [values] * queued
