"""Folders that several tests read and none changes: made once a run, by the first worker that asks for them."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from data.files import whole_folder


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Give the folder ``name`` of this run, which ``make`` fills where no worker has made it yet; others wait for it.

    ``name`` tells all that the content depends on. Whoever changes the folder changes it for all: copy it instead.
    """
    base = factory.getbasetemp()
    # Workers of pytest-xdist have a folder each, below one that is of the run.
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made-once"
    shared.mkdir(exist_ok=True)
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with whole_folder(folder) as unfinished:
                make(unfinished)
    return folder
