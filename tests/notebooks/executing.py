"""How a notebook is run for a test: as its reader would, in the folder of a project where the pipeline has run."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

SECONDS_A_CELL = 120


def execute(notebook: Path, project: Path) -> NotebookNode:
    """Run all cells in ``project``; the notebook with what its cells put out.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell failed.
    """
    read = nbformat.read(notebook, as_version=4)
    with (
        tempfile.TemporaryDirectory(prefix="kernel-") as sockets,
        # The kernel's own warnings are not ours; ours are errors in the tests of the packages.
        patch.dict(os.environ, {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}),
    ):
        # Files as sockets: no port that anyone could connect to.
        talk = {"transport": "ipc", "ip": f"{sockets}/kernel"}
        client = NotebookClient(
            read,
            timeout=SECONDS_A_CELL,
            kernel_name="python3",
            resources={"metadata": {"path": str(project)}},
            config=Config({"KernelManager": talk}),
        )
        return client.execute()
