import numpy as np

from tests.training.understanding.scored_frame import scored_frame
from training.held_out.clusters import codes_of
from training.understanding.measures.error_slices import UNSURE, WRONG, error_slices, halves
from training.understanding.measures.tree import follows
from training.understanding.params import SliceParams

SLICES = SliceParams(least_lines=200, most_labels=5, depth=2, false_discovery_rate=0.1)
FEATURES = ["price_minor", "product_age_days", "basket_lines", "customer_lines"]


def test_a_corner_in_which_the_probabilities_are_wrong_is_found() -> None:
    lines = scored_frame(corner_gap=0.2)

    found = error_slices(lines, FEATURES, SLICES, seed=1)

    worst = found[found["question"] == WRONG].iloc[0]
    assert worst["found"]
    assert {"price_minor", "product_age_days"} <= set(worst["rule"].split("`"))
    assert 0.1 < worst["gap"] < 0.3
    assert worst["gap_low"] < worst["gap"] < worst["gap_high"]


def test_of_true_probabilities_few_slices_are_taken_for_wrong() -> None:
    finds = [error_slices(scored_frame(2500, seed), FEATURES, SLICES, seed=1) for seed in range(12)]

    assert sum(bool(one[one["question"] == WRONG]["found"].any()) for one in finds) <= 4


def test_every_figure_is_of_the_half_that_the_tree_has_not_seen() -> None:
    lines = scored_frame(corner_gap=0.2)
    clusters = codes_of(lines)
    second = halves(clusters, 1)
    altered = lines.copy()
    altered.loc[second, "label"] = 1 - altered.loc[second, "label"]

    found, others = (error_slices(frame, FEATURES, SLICES, seed=1) for frame in (lines, altered))

    assert set(found["rule"]) == set(others["rule"])
    for row in found.itertuples():
        inside = lines[second & follows(lines, str(row.rule))]
        assert (row.lines, round(float(str(row.observed)), 9)) == (len(inside), round(inside["label"].mean(), 9))


def test_no_customer_is_in_both_halves() -> None:
    clusters = np.repeat(np.arange(100), 3)

    second = halves(clusters, 3)

    assert not set(clusters[second]) & set(clusters[~second])
    assert 30 < len(set(clusters[second])) < 70


def test_where_the_model_knows_least_the_loss_is_as_expected_if_probabilities_are_right() -> None:
    found = error_slices(scored_frame(), [*FEATURES, "probability"], SLICES, seed=1)

    worst = found[found["question"] == UNSURE].iloc[0]
    assert worst["found"]
    assert worst["beyond"] > 0.05
    assert abs(worst["loss"] - worst["expected_loss"]) < 0.03


def test_too_few_lines_give_a_table_without_rows() -> None:
    found = error_slices(scored_frame(300), FEATURES, SLICES, seed=1)

    assert len(found) == 0
    assert {"rule", "q_value", "found"} <= set(found.columns)
