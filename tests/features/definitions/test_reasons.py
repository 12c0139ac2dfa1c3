"""Shares of reasons, computed from counters as online."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from data.arrays import Floats, Ints
from features.definitions.keys import CATEGORY, PRODUCT, PRODUCT_SIZE, SHOP
from features.definitions.reasons import Level, features
from features.language.nodes import Counter, walk
from features.online.program import Program
from tests.features.replay import REASONS

KEYS = (SHOP, CATEGORY, PRODUCT, PRODUCT_SIZE)
COUNTS = arrays.arrays(np.int64, (len(KEYS), len(REASONS)), elements=st.integers(0, 10_000))
STRENGTHS = st.lists(st.floats(1e-3, 1e5), min_size=len(KEYS), max_size=len(KEYS))


def shares(counts: Ints, strengths: list[float], missing: set[int], depth: int = 4) -> Floats:
    """The shares of one line, in the order of `REASONS`; the levels ``missing`` have a key that the line lacks."""
    chain = [Level(key, strength) for key, strength in zip(KEYS[:depth], strengths, strict=False)]
    defined = list(features(chain))
    nodes = {node.name: node for feature in defined for node in walk(feature) if isinstance(node, Counter)}
    row = [np.nan if KEYS.index(each.key) in missing else _count(counts, each) for each in nodes.values()]
    found = Program(defined, list(nodes)).run([{}], np.array([row], dtype=np.float64))
    order = [f"reason_share_{code.lower()}" for code in REASONS]
    one: Floats = found[0]
    return one[[[feature.name for feature in defined].index(name) for name in order]]


def _count(counts: Ints, counter: Counter) -> int:
    own = counts[KEYS.index(counter.key)]
    if counter.value == "reason_recorded":
        return int(own.sum())
    return int(own[[f"reason_{code.lower()}" for code in REASONS].index(str(counter.value))])


@given(counts=COUNTS, strengths=STRENGTHS, missing=st.sets(st.integers(1, 3)), depth=st.integers(1, 4))
def test_shares_are_positive_and_add_up_to_one_whatever_was_counted_and_whatever_is_missing(
    counts: Ints, strengths: list[float], missing: set[int], depth: int
) -> None:
    found = shares(counts, strengths, missing, depth)

    assert found.min() > 0
    assert found.sum() == pytest.approx(1, rel=1e-12)


@given(counts=COUNTS, strengths=STRENGTHS)
def test_a_line_without_a_size_has_the_product_s_shares(counts: Ints, strengths: list[float]) -> None:
    np.testing.assert_array_equal(shares(counts, strengths, {3}), shares(counts, strengths, set(), depth=3))


def test_without_any_return_all_reasons_are_alike() -> None:
    found = shares(np.zeros((4, 11), dtype=np.int64), [10, 10, 25, 100], set())

    np.testing.assert_allclose(found, 1 / 11, rtol=1e-12)


def test_each_level_draws_its_shares_towards_the_wider_one_s() -> None:
    counts = np.zeros((4, 11), dtype=np.int64)
    counts[0, :2], counts[2, 0], counts[3, 1] = (30, 15), 5, 1

    found = shares(counts, [10, 6, 4, 3], {1})

    # The shop: (30 + 10/11) / (45 + 10) = 0.561983 and (15 + 10/11) / 55 = 0.289256; no category, so they stand.
    # The product: (5 + 4 * 0.561983) / (5 + 4) = 0.805326 and 4 * 0.289256 / 9 = 0.128558.
    # In its size: 3 * 0.805326 / (1 + 3) = 0.603994 and (1 + 3 * 0.128558) / 4 = 0.346419.
    np.testing.assert_allclose(found[:2], [0.603994, 0.346419], atol=1e-6)
