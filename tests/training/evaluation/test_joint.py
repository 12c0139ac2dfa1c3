"""What the evaluation says of baskets, on outcomes that were drawn from a joint model."""

import numpy as np
import pytest

from tests.training.model.joint.drawn_baskets import drawn
from tests.training.scored_shop import explained_of
from training.evaluation.joint import measure_joint
from training.evaluation.scored_lines import ScoredLines
from training.model.joint.model import Joint
from training.model.joint.states import Coupling

TRUE = Joint(1.0, Coupling(sizes=-0.3, same=0.0, one_kept=0.8))
NOTHING = Joint(0.0, Coupling(0, 0, 0))


@pytest.fixture(scope="module")
def scored() -> ScoredLines:
    lines, keys = drawn(TRUE)
    p = lines.probability
    frame = keys.assign(
        probability=p,
        order_deviation=lines.reach * p * (1 - p) * 0.6,
        customer_deviation=lines.reach * p * (1 - p) * 0.8,
        size_value=lines.size,
        basket_product_other_sizes=lines.other_sizes,
    )
    return ScoredLines(frame, None, explained_of(frame))


def test_lines_are_better_taken_together_where_they_hang_together(scored: ScoredLines) -> None:
    found = measure_joint(scored, TRUE)

    assert found.all.baskets == found.bracketed.baskets == 3000
    assert found.all.difference is not None
    assert found.all.difference < -0.03
    assert found.one_kept.expected == pytest.approx(found.one_kept.observed, abs=0.03)
    assert found.all_returned.expected == pytest.approx(found.all_returned.observed, abs=0.03)


def test_a_model_of_independent_lines_says_what_independent_lines_say(scored: ScoredLines) -> None:
    assert measure_joint(scored, NOTHING).all.difference == pytest.approx(0, abs=1e-6)


def test_a_shop_of_single_lines_has_no_figures(scored: ScoredLines) -> None:
    alone = scored.lines.assign(order_id=np.arange(len(scored.lines)).astype(str))

    found = measure_joint(ScoredLines(alone, None, scored.explained), TRUE)

    assert (found.all.baskets, found.all.log_loss, found.one_kept.expected) == (0, None, None)
