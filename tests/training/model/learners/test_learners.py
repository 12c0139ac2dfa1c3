"""What holds for every learner that `training.model.learners.known` lists, a new one included."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.model.test_booster import rows
from tests.training.small_matrix import CATALOG, MODEL, SPLIT, TRAINING, matrix_frame, write_matrix
from training.evaluation.metrics import log_loss
from training.model.bundle import Bundle
from training.model.fit import train
from training.model.learners.known import LEARNERS, learner_of
from training.model.matrix import Copies, Rows
from training.model.split import final_split

ROWS, LATER = rows(1, 2.0), rows(2, 2.0)
ODD = np.array([[np.nan, np.nan], [np.inf, -np.inf], [1e300, -1e300], [0.0, 0.0]])

every_learner = pytest.mark.parametrize("name", LEARNERS)


def with_copies(lines: Rows) -> Rows:
    """The lines, and half of them once more without the first feature."""
    places = np.arange(0, len(lines.y), 2)
    return replace(lines, copies=Copies(np.column_stack([np.full(len(places), np.nan), lines.x[places, 1]]), places))


@every_learner
def test_equal_lines_give_equal_text_and_the_text_gives_the_model_back(name: str) -> None:
    learner = learner_of(name)
    model = learner.fit(ROWS, LATER, MODEL)

    again = learner.load(model.text())

    assert learner.fit(ROWS, LATER, MODEL).text() == model.text() == again.text()
    assert (again.features, again.rounds) == (model.features, model.rounds) == (ROWS.features, model.rounds)
    np.testing.assert_array_equal(again.margin(ROWS.x), model.margin(ROWS.x))
    np.testing.assert_array_equal(again.importance(), model.importance())


@every_learner
def test_later_lines_are_told_apart_better_than_by_the_rate(name: str) -> None:
    model = learner_of(name).fit(ROWS, LATER, MODEL)
    fresh = rows(3, 2.0)
    margin = model.margin(fresh.x)

    assert margin.shape == fresh.y.shape
    by_rate = log_loss(fresh.y.astype(int), np.full(len(fresh.y), ROWS.y.mean()))
    assert log_loss(fresh.y.astype(int), 1 / (1 + np.exp(-margin))) < by_rate - 0.05
    signal, noise = model.importance()
    assert signal > noise >= 0


@every_learner
def test_a_row_has_the_same_log_odds_alone_as_among_others_and_finite_ones_whatever_it_holds(name: str) -> None:
    model = learner_of(name).fit(ROWS, LATER, MODEL)
    x = np.vstack([ODD, ROWS.x[:20]])

    alone = np.concatenate([model.margin(row[None], threads=1) for row in x])

    np.testing.assert_allclose(alone, model.margin(x), rtol=0, atol=1e-9)
    assert np.isfinite(alone).all()


@every_learner
def test_fitting_stops_where_later_lines_gain_no_more_and_a_refit_is_as_large(name: str) -> None:
    learner = learner_of(name)
    long, short = (learner.fit(ROWS, later, MODEL) for later in (LATER, rows(2, -2.0)))  # wrong by then

    assert 1 <= short.rounds < long.rounds
    assert learner.refit(ROWS, long, MODEL, None).rounds == long.rounds


@every_learner
def test_a_missing_value_is_learned_from_copies_whose_lines_weigh_less(name: str) -> None:
    learner = learner_of(name)
    lines = with_copies(ROWS)
    first = learner.fit(lines, with_copies(LATER), MODEL)
    plain = Rows(np.vstack(lines.blocks), lines.labels, lines.features)

    model = learner.refit(lines, first, MODEL, None)

    rate = np.log(lines.y.mean() / (1 - lines.y.mean()))
    assert abs(model.margin(np.array([[np.nan, 0.0]]))[0] - rate) < 0.4
    assert model.text() != learner.refit(plain, first, MODEL, None).text()


@every_learner
def test_contributions_add_up_to_the_log_odds(name: str) -> None:
    model = learner_of(name).fit(ROWS, LATER, MODEL)
    found, x = model.contributions(), np.vstack([ODD, ROWS.x[:20]])

    values = found.values(x)

    assert values.shape == x.shape
    np.testing.assert_allclose(found.expected + values.sum(axis=1), model.margin(x), rtol=0, atol=1e-9)
    assert np.abs(values[:, 0]).mean() > np.abs(values[:, 1]).mean()


@every_learner
def test_its_bundle_is_text_that_scores_and_explains_as_it_was_trained(name: str, tmp_path: Path) -> None:
    frame = matrix_frame()
    matrix, cuts = write_matrix(frame, tmp_path / "lines.parquet"), final_split(frame, SPLIT)
    training = replace(TRAINING, model=MODEL.model_copy(update={"learner": name, "refit_below_lines": 1_000_000}))

    trained, _ = train(matrix, frame, cuts, CATALOG, training)
    trained.save(tmp_path / "bundle")
    bundle = Bundle.load(tmp_path / "bundle")

    x = bundle.rows(frame[cuts.test(frame)], bundle.score_features)
    assert all(file.read_text(encoding="utf-8") for file in (tmp_path / "bundle").iterdir())
    assert (bundle.learner, bundle.drivers.exact) == (name, trained.drivers.exact)
    scores = bundle.score_rows(x)
    np.testing.assert_array_equal(scores.margin, trained.score_rows(x).margin)
    log_odds = bundle.drivers.expected + bundle.drivers.of_features(x[:50]).sum(axis=1)
    np.testing.assert_allclose(log_odds, scores.margin[:50], rtol=0, atol=1e-9)
