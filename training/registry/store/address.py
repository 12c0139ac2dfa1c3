"""The address of MLflow's tracking store.

It is ``MLFLOW_TRACKING_URI`` where the variable is set (a server, or a database), otherwise the SQLite file mlflow.db
at the project's top, with the artifacts in mlartifacts/ beside it. DVC runs some experiments in a temporary copy of the
project (``dvc exp run --temp`` or ``--queue``: a folder under .dvc/tmp/exps, deleted afterwards). Such an experiment
uses the store of the original project, so that there is one registry. The path of a relative SQLite address starts at
the original project too.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from data.errors import UserError
from data.logs import log

VARIABLE = "MLFLOW_TRACKING_URI"
SQLITE = "sqlite:///"
SQLITE_MAGIC = b"SQLite format 3\0"


def is_server(uri: str) -> bool:
    """Whether ``uri`` is the address of a tracking server."""
    return uri.startswith(("http://", "https://"))


def safe(uri: str) -> str:
    """``uri`` without the user and password that it may contain."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return urlunsplit(parts._replace(netloc=f"***@{parts.netloc.rpartition('@')[2]}"))


def project(folder: Path) -> Path:
    """Find the project of ``folder``: ``folder`` itself, or the original where ``folder`` is DVC's temporary copy."""
    for parent in folder.parents:
        if parent.parts[-3:] == (".dvc", "tmp", "exps"):
            return parent.parents[2]
    return folder


def resolve(given: str | None, environment: Mapping[str, str] = os.environ, folder: Path | None = None) -> str:
    """Resolve the address of the store, seen from ``folder`` (None: the current one), by the variables of a process.

    The path of a SQLite file becomes absolute.
    """
    uri = given or environment.get(VARIABLE) or f"{SQLITE}mlflow.db"
    if not uri.startswith(SQLITE):
        return uri
    return SQLITE + str((project(folder or Path.cwd()) / uri.removeprefix(SQLITE)).resolve())


def artifacts(uri: str, experiment: str) -> str | None:
    """The folder of a new experiment's artifacts, as a URI; None where a server decides."""
    if is_server(uri):
        return None
    top = Path(uri.removeprefix(SQLITE)).parent if uri.startswith(SQLITE) else project(Path.cwd())
    return (top / "mlartifacts" / re.sub(r"[^\w.-]+", "-", experiment)).as_uri()


def check(uri: str) -> None:
    """Check a SQLite file at once, where MLflow would fail only after many attempts.

    Raises
    ------
    UserError
        The file is not a database, or cannot be made.
    """
    if not uri.startswith(SQLITE):
        return
    file = Path(uri.removeprefix(SQLITE))
    if file.is_file():
        with file.open("rb") as stream:
            start = stream.read(len(SQLITE_MAGIC))
        if start not in {b"", SQLITE_MAGIC}:
            raise UserError(
                expected=f"{file} to be the SQLite file of the tracking store",
                found=f"a file that begins with {start!r}",
                fix="move the file away; the next run makes a new one",
            )
        return
    if file.exists() or not os.access(_first_folder(file), os.W_OK):
        raise UserError(
            expected=f"to make the tracking store {file}",
            found="a folder of that name" if file.exists() else f"no right to write in {_first_folder(file)}",
            fix="set MLFLOW_TRACKING_URI to sqlite:///PATH or to a server's address",
        )
    log.info("making the tracking store %s (once, some seconds)", file)


def _first_folder(file: Path) -> Path:
    return next(folder for folder in file.parents if folder.exists())
