from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.training.registry.known_bundles import FakeBundle
from tests.training.small_matrix import LEVEL, RECIPE
from tests.training.small_project import write_orders
from training.registry.challenge import Contender, SharedLines
from training.registry.mlflow_registry import Version
from training.registry.paired import over_lines
from training.registry.promotion import Decision, Measured, PromotionParams, decide, read_folds

CHOSEN = PromotionParams(margin=0.03, level=0.95)
FOLDS = (0.51, 0.52, 0.53, 0.54)


@pytest.fixture
def on(tmp_path: Path) -> SharedLines:
    """600 lines of June 2024, whose true probability a model of weight 1 knows."""
    (tmp_path / "features/matrix").mkdir(parents=True)
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "training").mkdir()
    write_orders(tmp_path)
    matrix = tmp_path / "features/matrix/lines.parquet"
    return SharedLines(pd.read_parquet(matrix, columns=["line_id", "ordered_at", "label"]), matrix, RECIPE, LEVEL)


def version(number: int, choice: str, test_from: str = "2024-06-01", test_until: str = "2024-06-25") -> Version:
    tags = {"choice_sha256": choice, "test_from": test_from, "test_until": test_until}
    return Version("shoes", number, "", tags)


def measured(
    number: int,
    weight: float,
    choice: str = "stock",
    folds: tuple[float, ...] = (),
    learned_until: str = "2024-05-20",
    features: tuple[str, ...] = ("x",),
) -> Measured:
    contender = Contender(number, pd.Timestamp(learned_until), lambda: FakeBundle(features, weight))  # type: ignore[arg-type,return-value]
    spans: dict[tuple[str, ...], float] = {(f"fold {place}",): loss for place, loss in enumerate(folds)}
    return Measured(version(number, choice), contender, spans)


def decided(candidate: Measured, champion: Measured, on: SharedLines, *others: Version) -> Decision:
    return decide(candidate, champion, [champion.version, candidate.version, *others], on, CHOSEN)


def test_a_worse_model_is_not_champion_and_is_told_by_how_much(on: SharedLines) -> None:
    decision = decided(measured(2, -1.0), measured(1, 1.0), on)

    # mean log-loss of weight w is that of log(1 + exp(-w x)) over returned lines and log(1 + exp(w x)) over kept ones;
    # between weights 1 and -1 each returned line differs by x and each kept one by -x
    lines = pd.read_parquet(on.matrix)
    worse = np.where(lines["label"] == 1, lines["x"], -lines["x"])
    customers = pd.factorize(lines["customer_id"].fillna(lines["order_id"]))[0]
    bound = over_lines(worse, customers).upper(0.95)
    assert not decision.promote
    assert f"worse by {worse.mean():.6f}, and at 95.00% at most {bound:+.6f}, not within +0.03" in decision.why


def test_the_champions_choice_on_newer_data_has_to_be_no_worse_than_the_margin(on: SharedLines) -> None:
    decision = decided(measured(2, 0.98), measured(1, 0.99), on)

    assert decision.promote
    assert "worse by 0.00008" in decision.why  # lines 0.01 further from the truth
    assert "the champion's parameters and features, trained on other data" in decision.why
    assert "a fair comparison: neither has learned from the test lines" in decision.why


def test_another_choice_that_is_better_on_the_folds_is_confirmed_on_the_test_lines(on: SharedLines) -> None:
    better = (0.509, 0.518, 0.529, 0.538)
    decision = decided(measured(2, 0.98, "own", better), measured(1, 0.99, folds=FOLDS), on)
    refuted = decided(measured(2, -1.0, "own", better), measured(1, 0.99, folds=FOLDS), on)

    assert decision.promote
    assert decision.backtest is not None
    # mean -0.0015, standard deviation 0.000577 over 4 folds; t(3) at 95% is 2.353
    assert decision.backtest.upper == pytest.approx(-0.0015 + 2.353 * 0.000577 / 2, abs=1e-5)
    assert not refuted.promote


@pytest.mark.parametrize("folds", [(0.512, 0.521, 0.532, 0.541), (0.50, 0.53, 0.53, 0.53)], ids=["worse", "by chance"])
def test_another_choice_that_is_not_surely_better_on_the_folds_stays_a_candidate(
    on: SharedLines, folds: tuple[float, ...]
) -> None:
    assert not decided(measured(2, 0.99, "own", folds), measured(1, 0.98, folds=FOLDS), on).promote


def test_another_choice_without_folds_in_common_has_to_be_surely_better_on_the_test_lines(on: SharedLines) -> None:
    little, much = (decided(measured(2, 0.99, "own"), measured(1, weight, folds=FOLDS), on) for weight in (0.98, -1.0))

    assert (little.promote, much.promote) == (False, True)
    assert "fewer than two folds in common" in little.why


def test_each_other_choice_that_was_measured_on_these_days_widens_the_bound(on: SharedLines) -> None:
    others = [version(number, f"choice {number}") for number in (3, 4)]
    again, old, later = version(5, "own"), version(6, "old", test_until="2024-05-31"), version(7, "x", "2024-07-01")
    decision = decided(measured(2, 0.98, "own"), measured(1, 0.99), on, *others, again, old, later)

    assert decision.choices == 3
    assert decision.confirmation is not None
    assert decision.confirmation.level == pytest.approx(1 - 0.05 / 3)
    assert "one of 3 choices measured on these days" in decision.why


def test_a_version_from_before_choices_were_recorded_counts_as_one(on: SharedLines) -> None:
    older = Version("shoes", 9, "", {"test_from": "2024-06-01"})

    assert decided(measured(2, 0.98, "own"), measured(1, 0.99), on, older).choices == 2


def test_a_champion_that_learned_from_the_test_lines_is_told_of(on: SharedLines) -> None:
    decision = decided(measured(2, 1.0), measured(1, -1.0, learned_until="2024-06-10"), on)

    assert decision.promote
    assert "not a fair comparison, in the champion's favour: it learned from outcomes up to 2024-06-10" in decision.why


def test_a_candidate_that_learned_from_the_test_lines_stays_one(on: SharedLines) -> None:
    decision = decided(measured(2, 1.0, learned_until="2024-06-20"), measured(1, -1.0), on)

    assert not decision.promote
    assert "version 2 learned from outcomes up to 2024-06-20, and the test lines begin on 2024-06-01" in decision.why


def test_a_champion_whose_features_are_gone_is_never_replaced_silently(on: SharedLines) -> None:
    decision = decided(measured(2, 1.0), measured(1, -1.0, features=("x", "gone")), on)

    assert not decision.promote
    assert "not comparable with the champion, version 1" in decision.why
    assert "asks for 1 features that the matrix does not have (gone)" in decision.why


def test_a_champion_of_another_recipe_is_not_scored_on_this_matrix(on: SharedLines) -> None:
    other = SharedLines(on.lines, on.matrix, replace(RECIPE, columns=frozenset({"size"})), LEVEL)

    decision = decided(measured(2, 1.0), measured(1, -1.0), other)

    assert not decision.promote
    assert "counts by another recipe than the matrix" in decision.why


def test_a_fold_is_the_same_where_its_span_lines_and_rate_are() -> None:
    columns = {"test_from": ["2024-01-01"], "test_until": ["2024-02-01"], "lines": [100], "return_rate": [0.3]}
    table = pd.DataFrame({**columns, "log_loss": [0.5]})

    assert list(read_folds(table).values()) == [0.5]
    assert set(read_folds(table)) == set(read_folds(table.assign(log_loss=0.4)))
    assert not set(read_folds(table)) & set(read_folds(table.assign(lines=101)))
