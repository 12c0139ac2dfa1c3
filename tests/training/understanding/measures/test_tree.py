import numpy as np
import pandas as pd
import pytest

from tests.training.understanding.scored_frame import scored_frame
from training.understanding.measures.tree import Column, columns, find_rules, follows

NUMBERS = ["price_minor", "product_age_days"]


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return scored_frame(3000)


def test_the_rules_part_the_lines(lines: pd.DataFrame) -> None:
    target = np.where(lines["product_age_days"].isna(), 1.0, 0.0) + (lines["brand"] == "Bolt") * (
        lines["price_minor"] > 4000
    )
    chosen = columns(lines, NUMBERS, ["brand", "channel"], 5)

    rules = find_rules(lines, np.asarray(target, dtype=float), chosen, 3, 50)

    assert len(rules) >= 4
    assert (np.sum([follows(lines, rule) for rule in rules], axis=0) == 1).all()


def test_a_rule_is_one_that_pandas_reads_also_where_a_value_is_missing(lines: pd.DataFrame) -> None:
    target = lines["product_age_days"].isna().to_numpy(dtype=float) + (lines["product_age_days"] > 200)

    rules = find_rules(lines, np.asarray(target, dtype=float), columns(lines, NUMBERS, [], 1), 1, 50)

    for rule in rules:
        assert len(lines.query(rule)) == follows(lines, rule).sum()
    with_missing = [rule for rule in rules if lines.query(rule)["product_age_days"].isna().any()]
    assert len(with_missing) == 1
    assert "not (`product_age_days`" in with_missing[0]


def test_a_leaf_holds_the_least_number_of_lines_and_without_enough_there_is_no_rule(lines: pd.DataFrame) -> None:
    target, chosen = lines["label"].to_numpy(dtype=float), columns(lines, NUMBERS, [], 1)

    assert all(follows(lines, rule).sum() >= 700 for rule in find_rules(lines, target, chosen, 3, 700))
    assert find_rules(lines, target, chosen, 3, 1501) == []
    assert find_rules(lines, np.zeros(len(lines)), chosen, 3, 10) == []


def test_the_most_frequent_labels_are_tried_each_by_itself(lines: pd.DataFrame) -> None:
    assert columns(lines, ["price_minor"], ["brand"], 2) == [
        Column("price_minor"),
        Column("brand", "Acme"),
        Column("brand", "Bolt"),
    ]


def test_labels_with_quotes_and_names_with_dots_are_read_back() -> None:
    lines = pd.DataFrame({"the.brand": ["O'Neill", "B", None, "B"] * 10})
    target = np.asarray(lines["the.brand"] == "O'Neill", dtype=float)

    rules = find_rules(lines, target, [Column("the.brand", "O'Neill")], 1, 5)

    assert sorted(follows(lines, rule).sum() for rule in rules) == [10, 30]
