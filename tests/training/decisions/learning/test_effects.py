"""Effects that were planted are found, with those whom an action harms, and are the same from the same log."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.errors import UserError
from data.files import read_json, write_json
from tests.training.decisions.learning.drawn_log import PARAMS, Drawn, DrawnLog, draw
from training.decisions.learning.effects import LearnedEffects, choose, learn
from training.decisions.learning.exposures import NOTHING
from training.decisions.learning.params import Learner
from training.decisions.learning.stored_effects import DESCRIPTION, OWN_DIGEST, TREES, load, save


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw(DrawnLog(), 1)


@pytest.fixture(scope="module")
def later() -> Drawn:
    return draw(DrawnLog(baskets=3000), 2)


@pytest.fixture(scope="module")
def learned(drawn: Drawn) -> LearnedEffects:
    return learn(drawn.exposures, Learner.DR, PARAMS)


@pytest.mark.parametrize("learner", [each for each in Learner if each is not Learner.POOLED])
def test_each_learner_tells_whom_an_action_helps(drawn: Drawn, later: Drawn, learner: Learner) -> None:
    found = learn(drawn.exposures, learner, PARAMS).predict(later.exposures.covariates)
    truth = later.effects["advice"]

    assert np.corrcoef(found["advice"][:, 0], truth)[0, 1] > 0.6
    sure = found["advice"][:, 0] - 2 * found["advice"][:, 1] > 0
    assert (truth < 0).mean() > 0.4
    assert (truth[sure] < 0).mean() < 0.05


def test_a_policy_of_sure_effects_earns_more_than_nothing_and_more_than_what_ran(
    learned: LearnedEffects, later: Drawn
) -> None:
    target = choose(learned.predict(later.exposures.covariates), later.exposures.eligible, 1.0)

    assert later.value(target) > later.value(later.chosen)
    assert later.value(target) > later.base.mean()


def test_the_deviation_is_as_large_as_what_another_log_changes(drawn: Drawn, later: Drawn) -> None:
    own = learn(drawn.exposures, Learner.DR, PARAMS).predict(later.exposures.covariates)["advice"]
    other = learn(draw(DrawnLog(), 7).exposures, Learner.DR, PARAMS).predict(later.exposures.covariates)["advice"]
    moved = np.median(np.abs(own[:, 0] - other[:, 0]) / np.hypot(own[:, 1], other[:, 1]))

    assert 0.3 < moved < 1.3  # 0.67 for a normal distribution


def test_the_order_of_the_rows_changes_no_byte(drawn: Drawn, learned: LearnedEffects, tmp_path: Path) -> None:
    shuffled = np.random.default_rng(5).permutation(len(drawn.exposures))
    save(learn(drawn.exposures.take(shuffled), Learner.DR, PARAMS), tmp_path / "other")
    save(learned, tmp_path / "one")

    for name in (DESCRIPTION, TREES):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_what_was_saved_predicts_the_same(learned: LearnedEffects, later: Drawn, tmp_path: Path) -> None:
    save(learned, tmp_path / "effects")
    loaded = load(tmp_path / "effects")

    assert sorted(each.name for each in (tmp_path / "effects").iterdir()) == [DESCRIPTION, TREES]
    one, other = (each.predict(later.exposures.covariates, pd.DataFrame()) for each in (learned, loaded))
    assert all(np.array_equal(one[action], other[action]) for action in ("advice", "credit"))


def test_trees_that_were_changed_are_refused(learned: LearnedEffects, tmp_path: Path) -> None:
    save(learned, tmp_path / "effects")
    file = tmp_path / "effects" / TREES
    file.write_text(file.read_text(encoding="utf-8").replace("shrinkage=0.1", "shrinkage=0.2", 1), encoding="utf-8")

    with pytest.raises(UserError, match="as it was written"):
        load(tmp_path / "effects")


UNFIT = [
    ("groups", lambda old: old[1:], "groups, one for each"),
    ("groups", lambda old: [{**each, "factor": "nan"} for each in old], "a factor"),
    ("groups", lambda old: [{**each, "action": "advice"} for each in old], "groups of the actions"),
    ("groups", lambda old: [{**each, "replicate": 0} for each in old], "at least 2 replicates"),
    ("groups", lambda old: [{**each, "replicate": each["replicate"] + 1} for each in old], "counted from 0"),
    ("actions", lambda old: [*old, "another"], "groups of the actions"),
    ("covariates", lambda old: old[1:], "trees by"),
    ("trees", lambda old: [old[0] + 1, *old[1:]], "trees in all"),
    ("learner", lambda _: "guess", "guess"),
]


@pytest.mark.parametrize(("name", "change", "found"), UNFIT)
def test_a_part_that_does_not_fit_the_others_is_refused_when_it_is_read(
    learned: LearnedEffects, tmp_path: Path, name: str, change: Callable[[Any], Any], found: str
) -> None:
    save(learned, tmp_path / "effects")
    content = read_json(tmp_path / "effects" / DESCRIPTION, expected="effects", fix="none")
    del content[OWN_DIGEST]
    write_json({**content, name: change(content[name])}, tmp_path / "effects" / DESCRIPTION)

    with pytest.raises(UserError, match=found):
        load(tmp_path / "effects")


def test_covariates_may_come_in_any_order_and_none_may_lack(learned: LearnedEffects, later: Drawn) -> None:
    given = later.exposures.covariates.head(5)
    mixed = learned.predict(given[given.columns[::-1]])

    assert np.array_equal(mixed["advice"], learned.predict(given)["advice"])
    with pytest.raises(UserError, match="risk"):
        learned.predict(given.drop(columns="risk"))


def test_an_action_that_was_seldom_done_is_not_learned(drawn: Drawn) -> None:
    rare = drawn.exposures.take((drawn.exposures.action != "credit") | (np.arange(len(drawn.exposures)) < 200))
    assert learn(rare, Learner.TWO_MODEL, PARAMS).actions == ("advice",)

    with pytest.raises(UserError, match="least_shown"):
        learn(rare.take(rare.action == NOTHING), Learner.DR, PARAMS)


def test_the_highest_mean_beyond_doubt_is_chosen_among_what_is_eligible() -> None:
    effects = {
        "a": np.array([[10.0, 4.0], [10.0, 6.0], [10.0, 4.0], [-1.0, 0.1]]),
        "b": np.array([[20.0, 12.0], [9.0, 1.0], [30.0, 1.0], [0.0, 0.0]]),
    }
    eligible = pd.DataFrame({"a": [True, True, True, True], "b": [True, True, False, True]})

    assert choose(effects, eligible, 2.0).tolist() == ["a", "b", "a", NOTHING]
