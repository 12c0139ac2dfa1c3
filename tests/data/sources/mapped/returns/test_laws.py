"""Laws of matching, over random lines and returns of a few orders."""

import random
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, Row
from tests.data.sources.mapped.returns.returns_of_a_shop import ReturnsOfAShop, placed, unknown

ORDERS = "abcdefghijkl"
DAYS = st.integers(1, 9)
PIECES = st.sampled_from([1, 1, 1, 2, 3])
LINE = st.tuples(st.sampled_from(ORDERS), st.sampled_from("pq"), st.sampled_from("sml"), PIECES)
RETURN = st.tuples(st.sampled_from(ORDERS + "z"), st.sampled_from("pq-"), st.sampled_from("sm-"), DAYS, PIECES)
MATCHES = st.sampled_from(
    [
        {"by": ["order_id", "product_id"], "prefer": ["size"]},
        {"by": ["order_id", "product_id"]},
        {"by": ["order_id"], "prefer": ["product_id", "size"], "choose": "latest", "within_days": "4"},
    ]
)
CLEAR = ["clear y c z s 2024-03-01 1 10", "back y c z s 2024-03-02 1"]
"""A line and its return, so that some return finds its line."""


def read(match: object, lines: list[str], returns: list[str]) -> dict[str, list[Row]]:
    with tempfile.TemporaryDirectory() as folder:
        return ReturnsOfAShop(FilesOfAShop(Path(folder)), match).read([*lines, CLEAR[0]], [*returns, CLEAR[1]])


@pytest.fixture(autouse=True, scope="module")
def _key(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RETURN_RISK_ID_KEY", "a secret of the tests")
        patch.setenv("RETURN_RISK_CUSTOMER_KEYS", str(tmp_path_factory.mktemp("keys") / "keys.sqlite"))
        yield


@settings(max_examples=4, deadline=None)
@given(
    MATCHES,
    st.lists(LINE, min_size=20, max_size=40),
    st.lists(RETURN, min_size=10, max_size=40),
    st.randoms(use_true_random=False),
)
def test_laws(
    match: dict[str, Any],
    lines: list[tuple[str, str, str, int]],
    back: list[tuple[str, str, str, int, int]],
    rng: random.Random,
) -> None:
    ordered = [f"l{n} {o} c {p} {s} 2024-03-{'03' if o < 'g' else '05'} {q} 10" for n, (o, p, s, q) in enumerate(lines)]
    returns = [f"r{n} {o} c {p} {s} 2024-03-{day:02} {q}" for n, (o, p, s, day, q) in enumerate(back)]
    tables = read(match, ordered, returns)
    line = {row["line_id"]: row for row in tables["order_lines"]}

    pieces: Counter[object] = Counter()
    for row in tables["returns"]:
        pieces[row["line_id"]] += row["quantity"]
        assert row["returned_at"] >= line[row["line_id"]]["ordered_at"]
    assert all(count <= line[name]["quantity"] for name, count in pieces.items())

    refused = {row["key"] for row in tables["rejects"]}
    spread = {name.split("-")[0] for name in placed(tables)}  # parts of one return are numbered behind its id
    assert len(spread) + len(refused) == len(returns) + 1

    lost = {int(key.split(" ")[-1]) - 2 for key in refused}
    doubtful = unknown(tables)
    for number in lost:  # of the lines that it fits and that did not come back, one at least is not called kept
        order, product, _, day, quantity = back[number]
        by_product = "product_id" in match["by"] and product != "-"
        meant = [n for n, (o, p, _, _) in enumerate(lines) if o == order and (p == product or not by_product)]
        ages = {n: (datetime(2024, 3, day) - line[f"l{n}"]["ordered_at"]).days for n in meant}
        in_time = [n for n in meant if 0 <= ages[n] <= int(match.get("within_days", 99))] or meant
        free = {f"l{n}" for n in in_time if lines[n][3] >= quantity} - pieces.keys()
        assert not free or free & doubtful

    again = list(range(len(returns)))
    rng.shuffle(again)
    turned = read(match, ordered[::-1], [returns[n] for n in again])
    assert placed(turned) == placed(tables)
    assert unknown(turned) == doubtful
