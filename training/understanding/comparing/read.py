"""One run of the pipeline, read from its folder, or fetched from a revision or an experiment of DVC."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from data import params, tables
from data.errors import UserError
from data.files import scratch
from features.catalog import LINES_FILE
from training.held_out.lines import TEST
from training.model import bundle
from training.model.bundle import Bundle
from training.understanding.tables import COMPARISON

WORKSPACE = "workspace"
"""The name of what lies in the current folder."""
FILES = (TEST, bundle.FOLDER, LINES_FILE, tables.VALIDATED, params.PARAMS_FILE)
"""What is read of a run."""


@dataclass(frozen=True)
class Run:
    """One run. ``predictions``: ``line_id``, ``ordered_at``, ``label``, ``probability`` and ``shift`` of test lines."""

    name: str
    folder: Path
    predictions: pd.DataFrame
    bundle: Bundle
    params: Mapping[str, Any]

    @property
    def matrix(self) -> Path:
        """The lines of its matrix."""
        return self.folder / LINES_FILE

    @property
    def validated(self) -> Path:
        """The folder of its tables."""
        return self.folder / tables.VALIDATED


@contextmanager
def opened(name: str) -> Iterator[Run]:
    """Open the run ``name``: ``workspace``, a folder, or else a revision or experiment, which is fetched for as long.

    Raises
    ------
    UserError
        There is no such run, or a file of it is missing.
    """
    if name == WORKSPACE or Path(name).is_dir():
        yield _read(name, Path() if name == WORKSPACE else Path(name))
        return
    with scratch(COMPARISON) as folder:
        for file in FILES:
            _fetch(name, file, folder / file)
        yield _read(name, folder)


def _fetch(revision: str, file: Path, into: Path) -> None:
    into.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "dvc", "get", "--rev", revision, "--out", str(into), ".", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - DVC
    if done.returncode:
        said = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise UserError(
            expected=f"{file} of {revision}: a folder, or a revision or experiment of this clone",
            found=said[0] if said else done.stderr.strip() or "nothing",
            fix="see dvc exp list, and git log; dvc pull fetches what was computed elsewhere",
        )


def _read(name: str, folder: Path) -> Run:
    missing = [str(file) for file in FILES if not (folder / file).exists()]
    if missing:
        raise UserError(
            expected=f"a run of the pipeline in {folder.resolve().name}",
            found=f"no {', '.join(missing)}",
            fix="run it there: dvc repro evaluate",
        )
    columns = ["line_id", "ordered_at", "label", "probability", "shift"]
    predictions = pq.read_table(folder / TEST, columns=columns).to_pandas()
    return Run(name, folder, predictions, Bundle.load(folder / bundle.FOLDER), params.read(folder / params.PARAMS_FILE))
