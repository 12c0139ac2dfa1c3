"""The arithmetic over many baskets chooses as the service's chooser does for one."""

import numpy as np
import pytest

from data.schema import Reason
from data.sources.simulated import catalogue
from tests.benchmarks.closed_loop.counters import SEGMENTS
from tests.benchmarks.closed_loop.example import example
from tests.benchmarks.closed_loop.fitting import about
from tests.benchmarks.closed_loop.score import LEVEL
from tests.benchmarks.closed_loop.valuation import BASKET_SHARE, PRODUCT_SHARE, Valuation
from tests.benchmarks.closed_loop.visits import FAULTS, Lines, PotentialVisits, potential_visits
from tests.training.decisions.examples import COSTS, action, policy
from training.decisions.basket import ScoredBasket, ScoredBasketLine
from training.decisions.choosing import Chooser
from training.decisions.policy import Policy, Segment

BASKETS = 400
HARD = policy(
    action("lost_sales", effects={
        "returns": {"ALL": {"mean": -0.1, "spread": 0.05}, "STYLE": {"mean": 0.02, "spread": 0.03}},
        "bought": {"mean": -0.02, "spread": 0.01}, "basket": {"mean": -0.001, "spread": 0.0005},
        "later": {"mean": 0.001, "spread": 0.002}, "source": "a test",
    }),
    action("offer", kind="offer", lines={"value_minor": {"least": 2000, "most": 20000}, "bracket": "color"},
           cost={"shown_minor": 3, "kept_minor": 5, "kept_share": 0.002}),
    level=0.8, later_margin_minor={"active": 9000},
)  # fmt: skip


@pytest.fixture(scope="module")
def potential() -> PotentialVisits:
    return potential_visits(150, 4)


def service_basket(lines: Lines, segment: Segment) -> ScoredBasket:
    """What the service would make of the same lines."""
    return ScoredBasket(tuple(service_line(lines, row) for row in range(len(lines.value))), segment, LEVEL)


def service_line(lines: Lines, row: int) -> ScoredBasketLine:
    return ScoredBasketLine(
        product_id=f"p{lines.product[row]}",
        value_minor=float(lines.value[row]),
        probability=float(lines.probability[row]),
        low=float(lines.low[row]),
        high=float(lines.high[row]),
        reasons={str(cause): float(p) for cause, p in zip(catalogue.CAUSES, lines.scored[row], strict=True)},
        basket_share=BASKET_SHARE,
        product_share=PRODUCT_SHARE,
        size=str(lines.size[row]),
        color=str(lines.color[row]),
        other_size=("other", 0.1) if lines.other_size[row] else None,
        faults=frozenset[Reason](FAULTS) if lines.faulty[row] else frozenset(),
    )


@pytest.mark.parametrize("given", [example(), HARD])
def test_each_action_is_about_the_same_lines_and_adds_the_same(given: Policy, potential: PotentialVisits) -> None:
    part = slice(0, BASKETS)
    lines = potential.lines.cut(potential.lines_of(part))
    segments = [SEGMENTS[row % len(SEGMENTS)] for row in range(BASKETS)]
    later = np.array([float(given.later_margin_minor.get(segment, 0)) for segment in segments])
    valuation = Valuation(given, COSTS, lines, lines.visit, BASKETS, LEVEL)
    chooser, seen = Chooser(given, COSTS), 0
    ours = {each.name: (about(each, lines), each) for each in given.actions}
    values = {name: valuation.value(each, mine, later) for name, (mine, each) in ours.items()}
    for visit in range(BASKETS):
        choice = chooser.choose(service_basket(lines.cut(potential.lines_of(slice(visit, visit + 1))), segments[visit]))
        for candidate in (*choice.ranked, *choice.doubtful):
            mine = np.flatnonzero(ours[candidate.action.name][0][lines.visit == visit])
            assert mine.tolist() == list(candidate.lines)
            value = values[candidate.action.name]
            found = (value.expected[visit], value.low[visit])
            assert found == pytest.approx((candidate.profit.expected, candidate.profit.low), rel=1e-9, abs=1e-7)
            seen += 1
    assert seen > BASKETS / 4
