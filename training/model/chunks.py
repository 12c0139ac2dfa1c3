"""Work on many rows in chunks, on all cores: compiled functions hold no lock of the interpreter."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

ROWS = 4096
"""Rows of a chunk: enough that a thread is worth its hand-over, few enough that all cores end at nearly one time."""


def in_chunks(work: Callable[[slice], None], rows: int, threads: int = 0) -> None:
    """Call ``work`` with each chunk of so many ``rows``, on ``threads`` threads; 0 for one a core.

    What has at most one chunk, and so each part of ``work`` that comes back here, runs on the thread that calls.
    """
    if rows <= ROWS:
        work(slice(0, rows))
        return
    chunks = [slice(start, start + ROWS) for start in range(0, rows, ROWS)]
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for _ in pool.map(work, chunks):
            pass
