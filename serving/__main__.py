"""Starts the whole service: ``python -m serving``, or ``make serve``. docs/reference/settings.md has the settings."""

import os
import tempfile
from typing import Final

from data.stage import run

ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""One thread a worker: for small baskets, threads cost more time than the trees."""


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="return-risk-metrics-") as metrics:
        # A new folder for each start: else the metrics of earlier processes would still count.
        os.environ.update(ONE_THREAD, PROMETHEUS_MULTIPROC_DIR=metrics)
        from serving.start import start  # noqa: PLC0415 - libraries read these variables when they are imported

        try:
            start()
        except KeyboardInterrupt:  # Ctrl-C before the supervisor handles it
            raise SystemExit(130) from None


if __name__ == "__main__":
    run(main)
