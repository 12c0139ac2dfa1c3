"""What was measured: the read-out of the running policy's experiment, as the read-out writes it."""

from dataclasses import replace
from pathlib import Path

import pytest

from serving.products.experiment.latest import Latest
from serving.products.policy.measured import measured
from serving.products.policy.words import VERDICTS
from tests.training.decisions.experiment.drawn_shop import COSTS, PARAMS, DrawnShop, draw
from tests.training.decisions.experiment.written_shop import at, log_of, placed_of
from training.decisions.experiment.log import read_rows
from training.decisions.experiment.readout import CHOSEN, Experiment, Verdict, read_out
from training.decisions.experiment_files import report

SHOP = DrawnShop(visits_a_day=120, days=28, holdout_share=0.5, visits_per_unit=1.5, avoids=0.7)


def experiments() -> list[Experiment]:
    trail = draw(SHOP, 1)
    params = PARAMS.model_copy(update={"within_hours": 0.001, "first_look_visits": 100, "repurchase_days": 10})
    return read_out(read_rows(log_of(trail, SHOP.holdout_share)), placed_of(trail, at(30.5)), COSTS, params, {})


def write(folder: Path, found: list[Experiment]) -> None:
    report.write(found, at(30), 0, [], PARAMS, report.OF_COMMAND.under(folder))


def test_the_latest_read_out_of_the_policy_is_shown_with_its_actions(tmp_path):
    (found,) = experiments()
    earlier = replace(found, began_at=found.began_at - 1, units=1)
    write(tmp_path, [earlier, found, replace(found, policy_name="another", began_at=found.began_at + 1)])

    shown = measured(Latest(tmp_path), found.policy_name)

    assert shown is not None
    assert (shown.units, shown.verdict) == (found.units, "earns")
    earned = found.scopes[CHOSEN].earned
    assert earned is not None
    assert shown.whole is not None
    assert shown.whole.a_month_minor == pytest.approx(earned.a_month_minor, abs=1e-5)
    assert set(shown.actions) == {"advice"}
    assert shown.actions["advice"].level == 1 - found.scopes["action:advice"].alpha


def test_without_a_read_out_or_with_a_broken_one_nothing_was_measured(tmp_path):
    assert measured(Latest(tmp_path), "start") is None
    write(tmp_path, [])
    assert measured(Latest(tmp_path), "start") is None
    for broken in ("{", "[]", '{"experiments": [{}]}', '{"experiments": [{"policy_name": "start"}]}'):
        (tmp_path / report.OF_COMMAND.summary).write_text(broken)
        assert measured(Latest(tmp_path), "start") is None


def test_every_verdict_has_a_name():
    assert set(VERDICTS) == set(Verdict)
