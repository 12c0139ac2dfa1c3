"""Formulas give the same features to the last digit: on a line alone, among others, and on Python's numbers."""

import math
from typing import Any

import numpy as np
import pytest

from data.arrays import Floats
from features.language.nodes import Counter, Feature, Node, walk
from features.online.program import Program
from features.online_state.basket import line_nodes, rows
from features.online_state.basket_nodes import BasketNodes, Row
from features.online_state.counters.layout import layouts
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from features.recipe import Recipe
from tests.features.crowded_shop import OUTCOME, PARAMS
from tests.features.definitions.test_selection import EVERY

FEATURES = Recipe(PARAMS.definition, OUTCOME, EVERY).features()
COUNTERS = [counter.name for layout in layouts(FEATURES) for counter in layout.counters]
KNOWN = ProductFacts(category="shoes", brand="a")


def basket(lines: int) -> list[Row]:
    sizes = ["s", "m", None, "41+", "unsized"]
    order = Order(
        "someone",
        1_700_000_000_000_000,
        tuple(
            OrderLine(f"p{n % 7}", 1 + n % 3, 1000 * (n % 5), None if n % 4 == 0 else 3000, sizes[n % 5], product=KNOWN)
            for n in range(lines)
        ),
        customer=CustomerFacts(registered_at=1_600_000_000_000_000),
    )
    nodes = [node for feature in FEATURES for node in walk(feature)]
    return rows(order, BasketNodes(line_nodes(nodes)), {}, CustomerFacts())


def counters(lines: int) -> Floats:
    rng = np.random.default_rng(1)
    drawn = rng.integers(0, 9, (lines, len(COUNTERS)))
    return np.where(rng.random(drawn.shape) < 0.2, np.nan, drawn).astype(np.float64)


def on_numbers(node: Node, line: Row, counted: dict[str, float]) -> Any:
    if isinstance(node, Feature):
        return node.formula(*[on_numbers(part, line, counted) for part in node.reads])
    value = counted[node.name] if isinstance(node, Counter) else line[node.name]
    return math.nan if value is None else value


@pytest.mark.parametrize("lines", [1, 5, 40])
def test_a_line_has_the_features_that_its_formulas_give_on_numbers(lines: int) -> None:
    found, counted = basket(lines), counters(lines)
    program = Program(FEATURES, COUNTERS)

    features = program.run(found, counted)

    by_name = [dict(zip(COUNTERS, row, strict=True)) for row in counted.tolist()]
    expected = [[on_numbers(each, line, row) for each in FEATURES] for line, row in zip(found, by_name, strict=True)]
    np.testing.assert_array_equal(features, np.array(expected, dtype=np.float64))
    alone = [program.run([line], row[None]) for line, row in zip(found, counted, strict=True)]
    np.testing.assert_array_equal(features, np.concatenate(alone))


def test_what_is_run_again_has_the_features_of_a_fresh_run() -> None:
    found, counted = basket(5), counters(5)
    program = Program(FEATURES, COUNTERS)
    again = program.again(["size_value", "quantity"], COUNTERS[3:5], 40)
    _, values = program.worked(found, counted)
    before = values.copy()
    other, changed = [{**line, "quantity": 7, "size_value": None} for line in found], counted.copy()
    changed[:, 3:5] = 2.0

    features = again.run(values, other, changed[:, 3:5])

    np.testing.assert_array_equal(features, program.run(other, changed)[:, :40])
    np.testing.assert_array_equal(values, before)
