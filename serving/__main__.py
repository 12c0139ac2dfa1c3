"""Starts the whole service: ``python -m serving``, or ``make serve``. docs/reference/settings.md has the settings."""

import os
import tempfile
from typing import Final

from data.stage import run

ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Workers are many and baskets small: threads would cost more than the trees."""


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="return-risk-metrics-") as metrics:
        # A folder for each start: the figures of processes that are no more would go on counting.
        os.environ.update(ONE_THREAD, PROMETHEUS_MULTIPROC_DIR=metrics)
        from serving.start import start  # noqa: PLC0415 - libraries read these variables when they are imported

        try:
            start()
        except KeyboardInterrupt:  # before the supervisor listens to it
            raise SystemExit(130) from None


if __name__ == "__main__":
    run(main)
