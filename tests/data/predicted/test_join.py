"""Scores find their order lines and outcomes, and no others."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import tables
from data.logged.predictions import Prediction
from data.outcome import OutcomeParams
from data.predicted.columns import FILE, OUTCOMES, SCHEMA
from data.predicted.join import join
from data.schema import ORDER_LINES, RETURNS, Table
from data.times import to_us

DAY = timedelta(days=1)
T = datetime(2024, 3, 1, 12)
RULE = OutcomeParams(return_window_days=14, delivery_allowance_days=7, returned_from_share=0)
SCORE = Prediction(
    scored_at=to_us(T),
    request_id="r",
    basket=0,
    basket_id=None,
    customer="hash of c",
    ordered_at=to_us(T),
    line=0,
    line_id=None,
    lines=1,
    product_id="p",
    size="m",
    color=None,
    quantity=1,
    price_minor=999,
    probability=0.3,
    low=0.2,
    high=0.4,
    expected_cost_minor=120.0,
    model_version="3",
    data_as_of=None,
    degraded=("stale_data", "no_model"),
)


def line(line_id: str, order_id: str, at: datetime, **more: Any) -> dict[str, Any]:
    facts = {"customer_id": "c", "product_id": "p", "size": "M ", "quantity": 1, "price_minor": 999}
    facts |= {"cancelled_at": None, "outcome_recorded": True}
    return {"line_id": line_id, "order_id": order_id, "ordered_at": at, **facts, **more}


def back(line_id: str, at: datetime) -> dict[str, Any]:
    return {"return_id": f"r{line_id}", "line_id": line_id, "returned_at": at, "quantity": 1, "reason": "COLOR"}


def joined(
    tmp_path: Path, scores: list[Prediction], lines: list[dict[str, Any]], returns: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    write_table(ORDER_LINES, lines, tmp_path)
    write_table(RETURNS, returns, tmp_path)
    join([asdict(each) for each in scores], tmp_path, tmp_path / "out", RULE, 24, lambda own: f"hash of {own}")
    found = pq.read_table(tmp_path / "out" / FILE)
    assert found.schema == SCHEMA
    rows: list[dict[str, Any]] = found.to_pylist()
    assert {row["outcome"] for row in rows} <= set(OUTCOMES)
    return rows


def write_table(table: Table, rows: list[dict[str, Any]], folder: Path) -> None:
    schema = table.arrow(set(rows[0]))
    tables.write(table, pa.Table.from_pylist(rows, schema=schema), folder)


def test_a_label_that_nobody_sees_is_a_missing_one(tmp_path: Path) -> None:
    scores = [replace(SCORE, size="\u200b", color="\u202e"), replace(SCORE, line=1, size="\u2800", color=None)]

    found = joined(tmp_path, scores[:1], [line("l", "o", T, size=None, color="\u200b")], [back("other", T)])
    again = joined(tmp_path, scores[1:], [line("l", "o", T, size="\u034f", color=None)], [back("other", T)])

    assert [row["order_line_id"] for row in (*found, *again)] == ["l", "l"]


def test_outcomes_are_known_no_longer_than_the_tables_were_written(tmp_path: Path) -> None:
    write_table(ORDER_LINES, [line("l", "o", T + DAY, closes_at=T + 30 * DAY)], tmp_path)
    write_table(RETURNS, [back("other", T)], tmp_path)

    join([asdict(SCORE)], tmp_path, tmp_path / "out", RULE, 24, lambda own: f"hash of {own}", T + 9 * DAY)

    (found,) = pq.read_table(tmp_path / "out" / FILE).to_pylist()
    assert (found["outcome"], found["label"], found["tables_until"]) == ("open", None, T + 9 * DAY)


END = [line("end", "end", T + 100 * DAY, customer_id="another")]
BACK = [back("end", T + 101 * DAY)]


def test_a_score_is_joined_by_its_own_id_and_else_by_customer_product_and_time(tmp_path: Path) -> None:
    own, other = replace(SCORE, line_id="l2"), replace(SCORE, request_id="s")
    wrong = replace(SCORE, request_id="t", line_id="l3", customer=None)
    lines = [
        *(line("l1", "o1", T - DAY), line("l2", "o2", T + 40 * DAY), line("l3", "o3", T + DAY, product_id="q")),
        *(line("l4", "o4", T + DAY / 2), line("l5", "o5", T + DAY / 3, size="l"), *END),
    ]

    found = joined(tmp_path, [own, other, wrong], lines, BACK)

    assert [(row["request_id"], row["joined_by"], row["order_line_id"]) for row in found] == [
        *(("r", "line_id", "l2"), ("s", "customer", "l4"), ("t", None, None)),
    ]
    assert [row["outcome"] for row in found] == ["kept", "kept", "not_ordered"]
    assert found[0]["degraded"] == "stale_data,no_model"


@pytest.mark.parametrize(
    ("facts", "returns", "expected"),
    [
        ({}, [back("l", T + 5 * DAY)], ("returned", 1, "COLOR")),
        ({}, [], ("kept", 0, None)),
        ({}, [back("l", T + 90 * DAY)], ("kept", 0, "COLOR")),
        ({"cancelled_at": T + DAY}, [], ("cancelled", None, None)),
        ({"outcome_recorded": False}, [], ("unknown", None, None)),
        ({"ordered_at": T + 95 * DAY}, [], ("open", None, None)),
        ({"ordered_at": T + 95 * DAY}, [back("l", T + 96 * DAY)], ("returned", None, "COLOR")),
    ],
)
def test_the_outcome_is_what_the_tables_know_by_their_end(
    tmp_path: Path, facts: dict[str, Any], returns: list[dict[str, Any]], expected: tuple[Any, ...]
) -> None:
    at = facts.get("ordered_at", T + DAY / 2)
    score = replace(SCORE, scored_at=to_us(at))

    (found,) = joined(tmp_path, [score], [line("l", "o", at) | facts, *END], [*returns, *BACK])

    assert (found["outcome"], found["label"], found["reason"]) == expected
    assert found["tables_until"] == T + 101 * DAY


def test_equal_lines_of_a_basket_are_different_lines_of_the_order(tmp_path: Path) -> None:
    scores = [replace(SCORE, line=place) for place in range(3)]
    lines = [line("b", "o", T + DAY / 2), line("a", "o", T + DAY / 2), *END]

    found = joined(tmp_path, scores, lines, BACK)

    assert [row["order_line_id"] for row in found] == ["a", "b", None]


def test_of_several_scores_of_one_order_line_the_last_is_marked(tmp_path: Path) -> None:
    scores = [
        replace(SCORE, scored_at=to_us(T + minutes * DAY / 100), request_id=f"r{minutes}") for minutes in (1, 3, 2)
    ]

    found = joined(tmp_path, scores, [line("l", "o", T + DAY / 2), *END], BACK)

    assert [(row["request_id"], row["is_last"]) for row in found] == [("r1", False), ("r2", False), ("r3", True)]


def test_a_guest_is_never_joined_with_another_guest(tmp_path: Path) -> None:
    (found,) = joined(
        tmp_path, [replace(SCORE, customer=None)], [line("l", "o", T + DAY / 2, customer_id=None), *END], BACK
    )

    assert found["outcome"] == "not_ordered"
