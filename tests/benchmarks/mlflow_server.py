"""MLflow's own model server, the service's rival: it takes ready-made features where ours takes a basket.

``python -m tests.benchmarks.mlflow_server`` saves the bundle that was trained here as `training.register` does, serves
it, asks for 5 lines at a time as fast as it answers, and prints what came of it as JSON.
"""

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from tests.benchmarks import ready_features
from tests.benchmarks.load import Load, run
from tests.benchmarks.ready_features import ReadyFeatures
from tests.benchmarks.server_process import Server, free_port, running
from tests.workspace import TOP, environment
from training.model import bundle
from training.model.bundle import Bundle
from training.registry import mlflow_model, pyfunc
from training.registry.store import address as store_address

PATIENCE = 120.0
"""Seconds that the server gets until it answers for the first time: it imports much."""
BASKETS, LINES = 200, 5


def save(folder: Path, features: ReadyFeatures, to: Path) -> Path:
    """Save the bundle in ``folder`` as a model in ``to``, in the very form in which one is registered; its path."""
    example = pd.DataFrame(features.basket(0, 5), columns=list(features.names))
    answer = pyfunc.answer(Bundle.load(folder), example)
    code = [TOP / name for name in ("data", "features", "training")]
    nowhere = SimpleNamespace(artifact_location=str(to), model_id=None)
    mlflow_model.save(mlflow_model.PackagedModel(folder, code, example, answer, []), nowhere, "", to)
    return to / "model"


@contextmanager
def serve(model: str, log: Path, variables: Mapping[str, str], patience: float = PATIENCE) -> Iterator[str]:
    """Serve ``model`` (a folder, or an address such as models:/NAME@champion) for as long as the block runs.

    Gives the address that rows of features are posted to. ``variables`` is the server's whole environment:
    MLFLOW_TRACKING_URI says where models:/ leads to. What it prints goes to the file ``log``; it runs in that file's
    folder, so that it imports the code that the model carries.

    Raises
    ------
    ProgramFailedError
        It ended, or did not answer within ``patience`` seconds.
    """
    address = f"127.0.0.1:{(port := free_port())}"
    how = ["--model-uri", model, "--host", "127.0.0.1", "--port", str(port), "--env-manager", "local"]
    command = [sys.executable, "-m", "mlflow", "models", "serve", *how]
    with running(Server(command, log.parent, variables, log, f"http://{address}/ping", patience)):
        yield f"http://{address}/invocations"


def body(features: ReadyFeatures, number: int, lines: int) -> bytes:
    """What is posted for one basket: its rows of features, null where missing."""
    basket = features.basket(number, lines)
    data = [[None if math.isnan(value) else value for value in row] for row in basket.tolist()]
    return json.dumps({"dataframe_split": {"columns": list(features.names), "data": data}}).encode()


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.mlflow_server", description=__doc__)
    parser.add_argument("--model", help="another model: a folder, or models:/NAME@ALIAS of the registry that is set")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=1)
    given = parser.parse_args()
    features = ready_features.read(tuple(ready_features.booster().feature_name()), BASKETS * LINES)
    bodies = tuple(body(features, number, LINES) for number in range(BASKETS))
    variables = environment(MLFLOW_TRACKING_URI=store_address.resolve(None))
    with tempfile.TemporaryDirectory(prefix="return-risk-mlflow-") as folder:
        model = given.model or str(save(bundle.FOLDER, features, Path(folder)))
        with serve(model, Path(folder) / "serve.log", variables) as url:
            load = Load(url, bodies, seconds=given.seconds, connections=given.connections)
            print(json.dumps(asdict(run(load))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
