"""Chunks of rows cover all of them once, on any number of threads."""

import numpy as np
import pytest

from training.model.chunks import ROWS, in_chunks


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("rows", [0, 1, ROWS, 3 * ROWS + 1])
def test_each_row_is_worked_on_once(rows: int, threads: int) -> None:
    counted = np.zeros(rows, dtype=np.int64)

    def work(chunk: slice) -> None:
        counted[chunk] += 1

    in_chunks(work, rows, threads)

    assert (counted == 1).all()


def test_what_fails_in_a_chunk_fails_as_a_whole() -> None:
    def work(chunk: slice) -> None:
        if chunk.start:
            raise ValueError("a bad chunk")

    with pytest.raises(ValueError, match="a bad chunk"):
        in_chunks(work, 2 * ROWS, 2)
