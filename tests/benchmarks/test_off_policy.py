"""The benchmark of learning counts what it says."""

import pytest

from tests.benchmarks.off_policy import evaluated, learners, main, target_of
from tests.training.decisions.learning.drawn_log import DrawnLog, draw

SMALL = DrawnLog(baskets=600)


def test_an_interval_holds_the_truth_and_not_what_lies_far_off() -> None:
    many = draw(DrawnLog(baskets=50_000), 9)
    truth = many.value(target_of(many)), many.value(many.chosen)

    assert evaluated(SMALL, truth, 1).inside["dr"]
    assert not any(evaluated(SMALL, (1e6, 0.0), 1).inside.values())


def test_a_learner_ranks_better_than_chance() -> None:
    lines = list(learners(1, 3000))
    assert len(lines) == 3
    assert all("random" in line and "harms" in line for line in lines)


def test_it_prints_a_line_for_each_estimator(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.benchmarks.off_policy.MANY", 2000)
    monkeypatch.setattr("sys.argv", ["off_policy", "coverage", "--logs", "2", "--baskets", "400"])
    main()
    assert "snips" in capsys.readouterr().out
