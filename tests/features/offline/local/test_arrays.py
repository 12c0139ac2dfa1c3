"""Codes of entities: distinct combinations are numbered in the order of their codes, whichever way counts them."""

import numpy as np
import pytest

from features.offline.local import arrays
from features.offline.local.arrays import MISSING, joined, numbered


@pytest.mark.parametrize("dense", [16, 0])
def test_distinct_rows_are_numbered_in_their_order_and_a_missing_part_is_missing(
    dense: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "DENSE", dense)  # 0: the combinations are sorted, as where a table would be too large
    first, second = np.array([2, 0, 2, MISSING, 0, 2]), np.array([1, 3, 0, 2, MISSING, 1])

    codes, count = numbered(joined([first, second]))

    assert codes.tolist() == [2, 0, 1, MISSING, MISSING, 2]  # (0, 3), (2, 0), (2, 1)
    assert count == 3


def test_nothing_has_no_entities() -> None:
    codes, count = numbered(np.empty(0, dtype=np.int64))

    assert (len(codes), count) == (0, 0)
