"""Baskets whose outcomes are drawn from a joint model."""

import numpy as np
import pandas as pd

from training.model.joint.lines import Lines
from training.model.joint.model import Joint
from training.model.joint.solving import NODES, WEIGHTS
from training.model.joint.states import Shape, conditional


def drawn(joint: Joint, baskets: int = 3000, seed: int = 1) -> tuple[Lines, pd.DataFrame]:
    """Baskets of two sizes of one product and a line of another, drawn from ``joint``."""
    rng = np.random.default_rng(seed)
    p, reach = rng.uniform(0.2, 0.8, (baskets, 3)), np.full((baskets, 3), 0.7)
    at = rng.choice(len(NODES), baskets, p=WEIGHTS)
    returned = np.zeros((baskets, 3), dtype=np.int64)
    for places in ([0, 1], [2]):
        shape = Shape.of(len(places))
        potential = joint.coupling.potential(shape, np.ones((baskets, len(shape.first)), bool))
        given = conditional(p[:, places], joint.scale * reach[:, places], potential)
        reached = given[np.arange(baskets), at].cumsum(axis=1)
        state = (rng.random((baskets, 1)) > reached).sum(axis=1)
        returned[:, places] = shape.states[state]
    keys = pd.DataFrame(
        {
            "order_id": np.repeat([f"o{number}" for number in range(baskets)], 3),
            "product_id": ["a", "a", "b"] * baskets,
            "label": returned.ravel(),
        }
    )
    sizes = np.tile([38.0, 40.0, np.nan], baskets)
    return Lines(p.ravel(), reach.ravel(), sizes, np.zeros(3 * baskets)), keys
