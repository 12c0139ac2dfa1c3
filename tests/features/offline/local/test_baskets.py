"""Basket counters of the arrays: they agree in all columns, and a missing column makes them missing."""

import numpy as np
import pyarrow as pa

from features.language.nodes import BasketCounter, Over
from features.offline.local.arrays import LineArrays
from features.offline.local.baskets import add_baskets


def test_lines_are_counted_summed_and_ranked_within_their_order() -> None:
    nothing = None
    lines = LineArrays(
        pa.table(
            {
                "line_no": [0, 1, 2, 3],
                "code__order_id": pa.array([1, 0, 1, 1], pa.int32()),
                "code__brand": pa.array([5, 5, 5, nothing], pa.int32()),
                "price": [300, 100, 200, 200],
            }
        )
    )

    add_baskets(
        lines,
        [
            BasketCounter("lines"),
            BasketCounter("of_brand", columns=("brand",)),
            BasketCounter("value", value="price"),
            BasketCounter("dearer", value="price", over=Over.ABOVE),
        ],
    )

    found = {name: lines.number(name).tolist() for name in ("lines", "of_brand", "value", "dearer")}
    assert np.isnan(found["of_brand"].pop())  # the brand is not recorded
    assert found == {
        "lines": [3, 1, 3, 3],
        "of_brand": [2, 1, 2],
        "value": [700, 100, 700, 700],
        "dearer": [0, 0, 1, 1],
    }
