from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.arrays import Floats
from data.errors import UserError
from serving.decisions.learned import DESCRIPTION, LearnedFolders
from tests.training.decisions.examples import COSTS, action, basket, policy
from tests.training.decisions.learning.drawn_log import PARAMS, DrawnLog, draw
from training.decisions.choosing import Chooser
from training.decisions.covariates import NAMES, covariates_of
from training.decisions.learned import UNMEASURED, choose
from training.decisions.learning.effects import LearnedEffects, learn
from training.decisions.learning.params import Learner


class Effects:
    """Effects whose mean is the text of their file."""

    def __init__(self, folder: Path) -> None:
        path = folder / DESCRIPTION
        self.mean = path.read_text() if path.exists() else "broken"
        if self.mean == "broken":
            raise UserError(expected="effects", found="broken", fix="learn again")

    def predict(self, covariates: pd.DataFrame) -> Mapping[str, Floats]:
        assert tuple(covariates.columns) == NAMES
        if self.mean == "others":
            raise UserError(expected="covariates", found="others", fix="learn again")
        return {"hint": np.array([[float(self.mean), 1.0]])}


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
    effects.save(tmp_path / "first")
    covariates = covariates_of(basket())
    fitting = Chooser(policy(action("advice"), action("new")), COSTS).choose(basket())

    found = choose(fitting, covariates, LearnedFolders(tmp_path, LearnedEffects.load).of("first"), z=1.0)

    mean, deviation = effects.predict(pd.DataFrame([covariates]))["advice"][0]
    (advice,) = (*found.ranked, *found.doubtful)
    assert advice.profit == pytest.approx((mean, mean - deviation, mean + deviation))
    assert bool(found.ranked) == (mean - deviation > 0)
    assert found.ruled_out == {"new": UNMEASURED}
