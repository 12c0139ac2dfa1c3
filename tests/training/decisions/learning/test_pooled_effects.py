"""Pooled effects are learned from a history, are money at checkout, and survive their folder to the last digit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.errors import UserError
from data.files import read_json, write_json
from tests.training.decisions.learning.drawn_history import KINDS, draw_history
from tests.training.decisions.learning.drawn_log import PARAMS
from training.decisions.learning.history import History
from training.decisions.learning.pooled_effects import PooledEffects, enough, learn_pooled
from training.decisions.learning.stored_effects import DESCRIPTION, OWN_DIGEST, EffectsModel, load, save

BELIEFS = {"advice": 0.1, "caveat": 0.1, "credit": 0.1}
STAKES = pd.DataFrame({"advice": [100.0, 100.0, np.nan], "credit": [50.0, 50.0, 50.0]})
CUSTOMERS = pd.DataFrame({"taste": [1.5, -1.5, 1.5], "other": [0.0, np.nan, 0.0]})


@pytest.fixture(scope="module")
def history() -> History:
    return draw_history(6000, 1)


@pytest.fixture(scope="module")
def learned(history: History) -> PooledEffects:
    return learn_pooled(history, KINDS, BELIEFS, PARAMS)


def test_whom_advice_helps_is_told_from_whom_it_harms_in_money(learned: PooledEffects) -> None:
    found = learned.predict(CUSTOMERS, STAKES)
    helped, harmed, none = found["advice"][:, 0]
    assert helped > 10
    assert harmed < 0
    assert np.isnan(none)
    assert np.isnan(found["caveat"]).all()
    alike = learned.predict_mean(CUSTOMERS, STAKES)["advice"][0]
    assert found["advice"][0, 1] == pytest.approx(np.hypot(alike[1], 100 * PARAMS.pooled.individual_spread))


def test_a_kind_of_which_nothing_was_shown_goes_by_beliefs(history: History) -> None:
    found = learn_pooled(history.take(history.action != "credit"), KINDS, BELIEFS, PARAMS)
    assert found.kinds[1].index is None
    assert found.predict(CUSTOMERS, STAKES)["credit"][:, 0] == pytest.approx(5.0)


def test_an_action_that_was_seldom_done_is_not_proposed(history: History) -> None:
    assert enough(history, KINDS, 200) == KINDS
    rare = history.take((history.action != "caveat") | (np.arange(len(history)) < 300))
    assert enough(rare, KINDS, 200) == [["advice"], ["credit"]]


def test_a_decision_for_nothing_is_compared_with_each_action_that_could_have_been_done_and_counts_once() -> None:
    stake = pd.DataFrame({"advice": [10.0, 10.0, np.nan, 10.0], "caveat": [20.0, 20.0, 20.0, 20.0]})
    own = History(
        customers=pd.DataFrame({"taste": np.arange(4.0)}), unit=np.arange(4),
        action=np.array(["", "advice", "", "credit"], dtype=object),
        seen=np.zeros(4, dtype=np.bool_), dismissed=np.zeros(4, dtype=np.bool_), settled=np.ones(4, dtype=np.bool_),
        stake=stake, outcome=stake,
    )  # fmt: skip
    found = own.compared(["advice", "caveat"], np.zeros(4))
    assert found.unit.tolist() == [0, 1, 0, 2]  # at 3, an action of another kind was done
    assert found.done.tolist() == [False, True, False, False]
    assert found.counts.tolist() == [0.5, 1.0, 0.5, 1.0]
    assert found.stake.tolist() == [10, 10, 20, 20]


def test_a_folder_keeps_them_and_a_changed_or_cut_one_is_refused(learned: PooledEffects, tmp_path: Path) -> None:
    save(learned, tmp_path / "effects")
    one, other = (each.predict(CUSTOMERS, STAKES) for each in (learned, load(tmp_path / "effects")))
    assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in learned.actions)

    content = read_json(tmp_path / "effects" / DESCRIPTION, expected="effects", fix="none")
    for number in (9, True, "2"):
        write_json({**content, "format": number}, tmp_path / "effects" / DESCRIPTION)
        with pytest.raises(UserError, match="format 1 or 2"):
            load(tmp_path / "effects")
    write_json({**content, "individual_spread": "0.5"}, tmp_path / "effects" / DESCRIPTION)
    with pytest.raises(UserError, match="as it was written"):
        load(tmp_path / "effects")
    del content["kinds"][0]["mean"], content[OWN_DIGEST]  # an earlier version wrote no digest
    write_json(content, tmp_path / "effects" / DESCRIPTION)
    with pytest.raises(UserError, match="mean"):
        load(tmp_path / "effects")


NAN = ["nan", "inf"]
PLACES = {"kind": lambda content: content["kinds"][0], "all": lambda content: content}
UNFIT = [
    ("kind", "knots", lambda old: old[:1], r"knots .* of shape \(2, 101\)"),
    ("kind", "knots", lambda old: [row[:-1] for row in old], r"knots .* of shape \(2, 101\)"),
    ("kind", "mean", lambda old: old[:2], r"mean .* of shape \(6,\)"),
    ("kind", "mean", lambda old: [*NAN, *old[2:]], "2 that are not finite"),
    ("kind", "covariance", lambda old: [*old[:-1], old[-1][:3]], "several lengths"),
    ("kind", "covariance", lambda old: [row[:3] for row in old], r"shape \(6, 3\)"),
    ("kind", "covariance", lambda old: old[::-1], "symmetric"),
    ("kind", "scale", lambda _: "-1.0", "scale of at least 0"),
    ("kind", "centre", lambda _: "much", "centre, a finite number"),
    ("kind", "actions", lambda old: [*old, "another"], r"mean .* of shape \(7,\)"),
    ("kind", "actions", lambda old: [*old[:-1], "credit"], "credit twice"),
    ("kind", "trees", lambda old: [each + 1 for each in old], "trees in all"),
    ("kind", "trees", lambda old: [sum(old) + 1, -1], "at least 1 each"),
    ("kind", "trees", lambda _: None, "1 texts of trees"),
    ("all", "covariates", lambda old: old[1:], "trees by 1 covariates"),
    ("all", "covariates", lambda old: [*old, "third"], "trees by 3 covariates"),
    ("all", "covariates", lambda _: "taste", "a list of texts"),
    ("all", "individual_spread", lambda _: "-0.5", "individual_spread of at least 0"),
    ("all", "kinds", lambda _: [1], "TypeError"),
    ("all", "kinds", lambda _: {"a": {}}, "TypeError"),
]


@pytest.mark.parametrize(("place", "name", "change", "found"), UNFIT)
def test_a_part_that_does_not_fit_the_others_is_refused_when_it_is_read(
    learned: PooledEffects, tmp_path: Path, place: str, name: str, change: Callable[[Any], Any], found: str
) -> None:
    save(learned, tmp_path / "effects")
    content = read_json(tmp_path / "effects" / DESCRIPTION, expected="effects", fix="none")
    del content[OWN_DIGEST]
    part = PLACES[place](content)
    part[name] = change(part[name])
    write_json(content, tmp_path / "effects" / DESCRIPTION)

    with pytest.raises(UserError, match=found):
        load(tmp_path / "effects")


def test_mlflow_gives_what_checkout_would_from_one_frame(learned: PooledEffects) -> None:
    frame = pd.concat([CUSTOMERS, STAKES.add_prefix("stake_")], axis=1)
    found = EffectsModel(learned).predict(learned.frame(frame))
    assert found["advice_mean"][0] == learned.predict(CUSTOMERS, STAKES)["advice"][0, 0]
    assert found["caveat_mean"].isna().all()


def test_a_covariate_that_baskets_do_not_have_is_refused(learned: PooledEffects) -> None:
    with pytest.raises(UserError, match="other"):
        learned.predict(CUSTOMERS[["taste"]], STAKES)
