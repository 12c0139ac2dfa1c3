"""MLflow's pages of runs and models, on this machine only: of the store that the pipeline logs to.

It opens the store first, so that a project that was moved or copied shows its own artifacts.
"""

import argparse
import os
import sys

from data.stage import run
from training.registry import mlflow_registry


def main() -> None:
    """Become MLflow's server of pages."""
    reader = argparse.ArgumentParser(description="MLflow's pages of runs and models, on this machine only")
    reader.add_argument("--port", type=int, default=5000)
    port = reader.parse_args().port
    uri = mlflow_registry.connect().uri
    given = ["ui", "--backend-store-uri", uri, "--host", "127.0.0.1", "--port", str(port)]
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", *given])  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    run(main)
