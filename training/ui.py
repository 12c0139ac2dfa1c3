"""MLflow's pages of runs and models, on this machine only: of the store that the pipeline logs to.

It opens the store first, so that a project that was moved or copied shows its own artifacts.
"""

import argparse
import os
import sys

from data.stage import run
from training.registry import mlflow_registry

WORKERS = "1"
"""One person looks. Several are ended and started anew, over and over, where other work keeps them from answering."""


def main() -> None:
    """Become MLflow's server of pages."""
    reader = argparse.ArgumentParser(description="MLflow's pages of runs and models, on this machine only")
    reader.add_argument("--port", type=int, default=5000)
    port = reader.parse_args().port
    uri = mlflow_registry.connect().uri
    given = ["ui", "--backend-store-uri", uri, "--host", "127.0.0.1", "--port", str(port), "--workers", WORKERS]
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")  # eight processes that nothing here asks of
    os.environ["PYTHONWARNINGS"] = "ignore"  # of MLflow's own use of other packages: nobody who looks can mend it
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", *given])  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    run(main)
