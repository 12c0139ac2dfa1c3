import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.arrays import Floats
from data.errors import UserError
from serving.decisions.learned import DESCRIPTION, FILES, LearnedFolders
from tests.training.decisions.examples import COSTS, action, basket, policy
from tests.training.decisions.learning.drawn_history import ACTIONS, KINDS, draw_history
from tests.training.decisions.learning.drawn_log import PARAMS, DrawnLog, draw
from training.decisions.choosing import Chooser
from training.decisions.covariates import ABOUT_CUSTOMERS, NAMES, covariates_of
from training.decisions.earlier_reactions import EarlierReactions
from training.decisions.learned import UNMEASURED, choose
from training.decisions.learning import stored_effects
from training.decisions.learning.effects import learn
from training.decisions.learning.params import Learner
from training.decisions.learning.pooled_effects import learn_pooled
from training.decisions.learning.stored_effects import load, save
from training.decisions.profit import Valuation

FEW = PARAMS.model_copy(update={"replicates": 2})


class Effects:
    """Effects whose mean is the text of their file."""

    def __init__(self, folder: Path) -> None:
        path = folder / DESCRIPTION
        self.mean = path.read_text() if path.exists() else "broken"
        if self.mean == "broken":
            raise UserError(expected="effects", found="broken", fix="learn again")

    def predict(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> Mapping[str, Floats]:
        assert tuple(covariates.columns) == NAMES
        assert len(stakes) == len(covariates)
        if self.mean == "others":
            raise UserError(expected="covariates", found="others", fix="learn again")
        return {"hint": np.array([[float(self.mean), 1.0]])}

    predict_mean = predict


def write(folder: Path, text: str) -> None:
    (folder / "first").mkdir(exist_ok=True)
    (folder / "first" / DESCRIPTION).write_text(text)


def test_effects_are_read_from_the_folder_of_their_name_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, clock = LearnedFolders(tmp_path, Effects), iter(range(0, 10**6, 10))
    monkeypatch.setattr("serving.watched_file.time.monotonic", lambda: float(next(clock)))
    assert found.of("first") is None

    write(tmp_path, "5")
    first = found.of("first")
    write(tmp_path, "60")
    second = found.of("first")

    assert isinstance(first, Effects)
    assert isinstance(second, Effects)
    assert (first.mean, second.mean) == ("5", "60")


def test_effects_that_get_broken_are_none_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10**6, 10))
    monkeypatch.setattr("serving.watched_file.time.monotonic", lambda: float(next(clock)))
    write(tmp_path, "5")
    found = LearnedFolders(tmp_path, Effects)
    assert found.of("first") is not None

    write(tmp_path, "broken")

    assert found.of("first") is None


@pytest.mark.parametrize("order", [FILES, FILES[::-1]])
def test_effects_that_are_copied_file_by_file_are_read_once_all_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[str, ...]
) -> None:
    now = [0.0]
    monkeypatch.setattr("serving.watched_file.time.monotonic", lambda: now[0])
    drawn = draw(DrawnLog(baskets=2000), 1).exposures
    known = drawn.covariates.set_axis(list(NAMES[: drawn.covariates.shape[1]]), axis=1)
    save(learn(replace(drawn, covariates=known), Learner.DR, FEW), tmp_path / "whole")
    (tmp_path / "first").mkdir()
    found = LearnedFolders(tmp_path, load)

    for name in order:
        assert found.of("first") is None
        shutil.copy(tmp_path / "whole" / name, tmp_path / "first" / name)
        now[0] += 1.5  # the next look is due, the next retry of what is broken and unchanged is not

    assert found.of("first") is not None


def test_every_file_of_effects_is_watched() -> None:
    assert set(FILES) == set(stored_effects.FILES)


@pytest.mark.parametrize("text", ["broken", "others"])
def test_effects_that_can_not_be_used_are_none_and_the_log_says_why(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, text)
    assert LearnedFolders(tmp_path, Effects).of("first") is None
    assert text in caplog.text


def test_effects_as_they_are_learned_and_saved_are_those_by_which_a_challenger_chooses(tmp_path: Path) -> None:
    exposures = draw(DrawnLog(baskets=3000), 1).exposures
    known = exposures.covariates.set_axis(list(NAMES[: exposures.covariates.shape[1]]), axis=1)
    effects = learn(replace(exposures, covariates=known.reindex(columns=list(NAMES))), Learner.DR, PARAMS)
    save(effects, tmp_path / "first")
    covariates = covariates_of(basket())
    fitting = Chooser(policy(action("advice"), action("new")), COSTS).choose(basket())

    found = choose(fitting, covariates, LearnedFolders(tmp_path, load).of("first"), z=1.0)

    mean, deviation = effects.predict(pd.DataFrame([covariates]))["advice"][0]
    (advice,) = (*found.ranked, *found.doubtful)
    assert advice.profit == pytest.approx((mean, mean - deviation, mean + deviation))
    assert bool(found.ranked) == (mean - deviation > 0)
    assert found.ruled_out == {"new": UNMEASURED}


def test_pooled_effects_are_served_from_the_covariates_and_stakes_of_a_basket(tmp_path: Path) -> None:
    drawn = draw_history(1500, 1)
    known = drawn.customers.set_axis(["shown_before", "dismissed_before"], axis=1).reindex(columns=ABOUT_CUSTOMERS)
    effects = learn_pooled(replace(drawn, customers=known), KINDS, dict.fromkeys(ACTIONS, 0.1), PARAMS)
    save(effects, tmp_path / "first")
    own = replace(basket(), reacted=EarlierReactions(2, 1))
    fitting = Chooser(policy(action("advice"), action("new")), COSTS).choose(own)
    stake = Valuation(policy(action("advice")), COSTS, own).stake(action("advice"), (0,)).minor

    found = choose(fitting, covariates_of(own), LearnedFolders(tmp_path, load).of("first"), z=1.0)

    row = pd.DataFrame([covariates_of(own)]), pd.DataFrame({"advice": [stake]})
    mean, deviation = effects.predict(*row)["advice"][0]
    (advice,) = (*found.ranked, *found.doubtful)
    assert advice.profit == pytest.approx((mean, mean - deviation, mean + deviation))
    assert found.ruled_out == {"new": UNMEASURED}
