"""The benchmark of experiments counts what it says."""

import pytest

from tests.benchmarks.experiments import experiment, main, run
from tests.training.decisions.experiment.drawn_shop import DrawnShop

SMALL = DrawnShop(visits_a_day=300, days=20, holdout_share=0.5)


def test_where_nothing_works_a_claim_is_a_miss() -> None:
    found = run(SMALL, 2)
    assert [each.claimed for each in found] == [each.missed for each in found]
    assert {each.true["profit_minor"] for each in found} == {0.0}


def test_the_truth_is_the_difference_between_what_the_units_do_in_either_arm() -> None:
    lost = experiment(DrawnShop(visits_a_day=300, days=20, holdout_share=0.5, loses=1.0, chosen_share=1.0), 1)
    assert lost.true["conversion"] == pytest.approx(-0.7, abs=0.02)
    assert lost.claimed["conversion"]
    assert not lost.missed["conversion"]
    assert lost.first_claim["conversion"] <= lost.first_claim["profit_minor"]


def test_it_prints_a_line_for_each_measure(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    small = ["--experiments", "1", "--visits-a-day", "150", "--holdout-share", "0.5", "--begun"]
    monkeypatch.setattr("sys.argv", ["experiments", "nothing", *small])
    main()
    assert "repurchase" in capsys.readouterr().out
