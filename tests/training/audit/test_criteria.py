from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.params import load
from tests.training.audit.audited_shop import shop
from training.audit import groups
from training.audit.criteria import Audited, Fairness, audit, measures_of_actions
from training.audit.groups import Group, Groups
from training.evaluation.intervals import Draw
from training.registry.gate import Check, Gate, verdict

DRAW = Draw(resamples=100, seed=1)
ROOT = Path(__file__).parents[3]


def audited(folder: Path, predictions: pd.DataFrame) -> Fairness:
    found = groups.read(predictions, folder)
    y, p = (predictions[name].to_numpy(dtype=np.float64) for name in ("label", "probability"))
    return Fairness(audit(found, y, p, {}, DRAW), found.too_small, found.absent)


def group(found: Fairness, attribute: str, name: str) -> Audited:
    return next(each for each in found.groups if (each.attribute, each.name) == (attribute, name))


def checks(found: Fairness) -> dict[str, Check]:
    bounds = load("gate", Gate, ROOT / "params.yaml")
    return {check.name: check for check in verdict({"fairness": found.as_json()}, bounds)}


def test_a_group_that_is_scored_too_low_is_seen_and_one_that_is_scored_rightly_is_not(tmp_path: Path) -> None:
    found = audited(tmp_path, shop(tmp_path, "title", "birth_year"))

    wronged, right = (group(found, "title", name).figures["calibration_gap"] for name in ("ms", "mr"))
    assert wronged.value == pytest.approx(-0.2, abs=0.05)
    assert wronged.high is not None
    assert wronged.high < 0
    assert right.low is not None
    assert right.high is not None
    assert right.low < 0 < right.high
    assert {each.name for each, measure in found.apart() if measure == "calibration_gap"} >= {"ms", "mr"}
    assert (group(found, "title", "mr").lines, group(found, "title", "mr").customers) == (800, 200)


def test_the_gate_refuses_a_model_that_wrongs_a_group_and_names_it(tmp_path: Path) -> None:
    refused = checks(audited(tmp_path, shop(tmp_path, "title")))["scores no group too high or too low"]

    assert not refused.passed
    assert "title m" in refused.message


def test_the_gate_lets_a_fair_model_through(tmp_path: Path) -> None:
    found = checks(audited(tmp_path, shop(tmp_path, "title", "birth_year", too_low=0.0)))

    assert found["scores no group too high or too low"].passed
    assert found["alarms no group falsely"].passed


def test_the_share_of_flagged_lines_is_a_tenth_over_all_groups_of_an_attribute(tmp_path: Path) -> None:
    found = audited(tmp_path, shop(tmp_path, "title"))

    titles = [each for each in found.groups if each.attribute == "title"]
    assert sum(each.figures["flagged"].value * each.lines for each in titles) == pytest.approx(160, abs=1)
    assert all(0 < each.figures["false_alarms"].value < each.figures["flagged"].value for each in titles)


def test_an_action_that_one_group_alone_gets_though_it_keeps_as_much_is_seen() -> None:
    rng, count = np.random.default_rng(4), 2_000
    ours = np.arange(count) % 2 == 0
    found = Groups(
        np.arange(count) // 2 % 500 * 2 + ours, (Group("title", "a", ours), Group("title", "b", ~ours)), (), ()
    )
    y, p = (rng.random(count) < 0.3).astype(np.float64), np.full(count, 0.3)
    acted = ours & (rng.random(count) < 0.3)

    actions = measures_of_actions(acted, np.zeros(count, dtype=bool), np.ones(count, dtype=bool), y == 0)
    report = Fairness(audit(found, y, p, actions, DRAW), (), (), "stern")

    assert {(each.name, measure) for each, measure in report.apart()} >= {("a", "acted_though_kept")}
    assert not checks(report)["acts on no group falsely"].passed
    assert "restricted" not in report.groups[0].figures


def test_among_many_groups_that_differ_by_chance_alone_few_audits_have_an_alarm() -> None:
    alarms, audits = 0, 15
    for seed in range(audits):
        rng = np.random.default_rng(seed)
        number, customer = rng.integers(0, 12, 1_200), np.arange(3_600) // 3
        of_line = number[customer]
        found = Groups(customer, tuple(Group("region", f"r{each}", of_line == each) for each in range(12)), (), ())
        p = rng.uniform(0.2, 0.6, 3_600)
        y = (rng.random(3_600) < p).astype(np.float64)
        alarms += bool(Fairness(audit(found, y, p, {}, Draw(100, seed)), (), ()).apart())

    assert alarms <= 2  # 0.75 are expected; with intervals that each hold 95%, it would be nearly all


def test_a_group_keeps_its_figures_on_the_way_through_the_file(tmp_path: Path) -> None:
    found = audited(tmp_path, shop(tmp_path, "title"))

    assert Fairness.from_json(found.as_json()) == found
