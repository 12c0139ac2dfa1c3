"""Learning how lines hang together, from baskets whose truth is drawn."""

import numpy as np
import pytest

from tests.training.model.joint.drawn_baskets import drawn
from training.model.joint.baskets import Baskets
from training.model.joint.fit import JointParams, fit_joint
from training.model.joint.model import Joint
from training.model.joint.states import Coupling

PARAMS = JointParams(baskets=10_000, prior_deviation=1.0)
TRUE = Joint(1.5, Coupling(sizes=-0.3, same=0.0, one_kept=0.8))


def test_the_fit_finds_what_the_baskets_were_drawn_from() -> None:
    found = fit_joint(*drawn(TRUE), PARAMS)

    assert found.scale == pytest.approx(1.5, abs=0.3)
    # Both say how often one of two is kept: a pair of spins that differ, and exactly one line kept.
    assert found.coupling.one_kept - 2 * found.coupling.sizes == pytest.approx(0.8 + 0.6, abs=0.35)
    baskets = Baskets.of(*drawn(TRUE, seed=2))
    gain = baskets.log_likelihoods(found.scale, found.coupling) - baskets.log_likelihoods_apart()
    assert gain.mean() > 0.05
    assert baskets.bracketed.all()


def test_lines_that_are_independent_are_found_so() -> None:
    found = fit_joint(*drawn(Joint(0.0, Coupling(0, 0, 0))), PARAMS)

    assert found.scale < 0.5
    assert abs(found.coupling.one_kept - 2 * found.coupling.sizes) < 0.25


def test_only_the_latest_baskets_of_several_lines_are_read() -> None:
    lines, keys = drawn(TRUE, baskets=40)
    few = PARAMS.model_copy(update={"baskets": 10})
    last = np.arange(len(keys)) >= len(keys) - 30

    assert fit_joint(lines, keys, few) == fit_joint(lines.take(last), keys[last].reset_index(drop=True), PARAMS)


def test_a_shop_of_single_lines_teaches_nothing() -> None:
    lines, keys = drawn(TRUE, baskets=5)

    found = fit_joint(lines, keys.assign(order_id=[str(place) for place in range(15)]), PARAMS)

    assert found == Joint(1.0, Coupling(0, 0, 0))
    assert Baskets.of(lines, keys.assign(order_id="x").head(0)).log_likelihoods_apart().shape == (0,)
