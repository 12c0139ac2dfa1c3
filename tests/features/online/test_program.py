"""Formulas give the same features on single lines and on arrays."""

import numpy as np
import pytest

from features.language.nodes import walk
from features.online import program
from features.online.program import Program
from features.online_state.basket import line_nodes, rows
from features.online_state.counters.layout import layouts
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from features.recipe import Recipe
from tests.features.crowded_shop import OUTCOME, PARAMS
from tests.features.definitions.test_selection import EVERY

FEATURES = Recipe(PARAMS.definition, OUTCOME, EVERY).features()
COUNTERS = [counter.name for layout in layouts(FEATURES) for counter in layout.counters]


def basket(lines: int) -> Order:
    sizes = ["s", "m", None, "41+", "unsized"]
    return Order(
        "someone",
        1_700_000_000_000_000,
        tuple(
            OrderLine(f"p{n % 7}", 1 + n % 3, 1000 * (n % 5), None if n % 4 == 0 else 3000, sizes[n % 5], product=KNOWN)
            for n in range(lines)
        ),
        customer=CustomerFacts(registered_at=1_600_000_000_000_000),
    )


KNOWN = ProductFacts(category="shoes", brand="a")


@pytest.mark.parametrize("lines", [1, 5, 40])
def test_a_basket_comes_out_alike_line_by_line_and_all_at_once(lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [node for feature in FEATURES for node in walk(feature)]
    found = rows(basket(lines), line_nodes(nodes), {}, CustomerFacts())
    rng = np.random.default_rng(1)
    counters = np.where(rng.random((lines, len(COUNTERS))) < 0.2, np.nan, rng.integers(0, 9, (lines, len(COUNTERS))))
    runner = Program(FEATURES, COUNTERS)

    monkeypatch.setattr(program, "FEW", 1000)
    one_by_one = runner.run(found, counters)
    monkeypatch.setattr(program, "FEW", 0)
    at_once = runner.run(found, counters)

    assert one_by_one.shape == (lines, len(FEATURES))
    np.testing.assert_allclose(one_by_one, at_once, rtol=1e-12)
