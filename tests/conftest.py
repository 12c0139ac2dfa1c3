"""What all tests share: how hypothesis draws, one thread for numerics, and where the real orders are."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TOP = Path(__file__).resolve().parents[1]
DATASETS = TOP.parent / "shared" / "datasets"

# On CI every run draws the same examples, half as many, so that a change is judged by itself; at home each run looks
# elsewhere.
settings.register_profile("ci", derandomize=True, database=None, deadline=None, max_examples=50)
settings.register_profile("home", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "home")

# Tests run beside each other, one worker a core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Where a test takes more threads, they sleep while they wait, and leave the cores to the other workers.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# Nothing that a test does is reported to anyone.
os.environ["DVC_NO_ANALYTICS"] = os.environ["MLFLOW_DISABLE_TELEMETRY"] = os.environ["DO_NOT_TRACK"] = "true"


@pytest.fixture(scope="session")
def top() -> Path:
    """The project's top folder."""
    return TOP


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of real orders beside the project; a test that asks for it is skipped where it is absent."""
    if not DATASETS.is_dir():
        pytest.skip("no real orders here: ../shared/datasets is absent")
    return DATASETS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run whole pipelines first, then the long files: one that starts last keeps a worker busy while others wait."""
    items.sort(key=lambda item: ("pipeline" not in item.keywords, "long" not in item.keywords))


def pytest_collection_finish() -> None:
    """Spare the garbage collector the modules and tests themselves, which live to the end.

    They are a million objects, which each full collection would walk again: a fifth of the time of tests that compile
    much SQL.
    """
    gc.collect()
    gc.freeze()
