"""Provenance of a model: hashes of content, the commit of the code, and the person who ran it."""

import getpass
import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NO_COMMIT = "none"
CODE = ("*.py", "params.yaml", "dvc.yaml", "requirements.lock")
"""The files that determine a run besides its data. Outputs in git change with every run, so they are not among them."""

CHOSEN = (
    "outcome", "features", "split", "model", "linear", "reasons", "calibration", "level", "interval", "joint",
)  # fmt: skip
"""The sections of params.yaml that a model follows from, besides its data."""


@dataclass(frozen=True)
class Code:
    """The commit checked out, `NO_COMMIT` outside git; ``dirty``: code or parameters differ from the commit."""

    commit: str
    dirty: bool


def code(top: Path = Path()) -> Code:
    """Read the state of the code in ``top``; without git or a first commit, `NO_COMMIT` and dirty."""
    commit = _git(top, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return Code(NO_COMMIT, dirty=True)
    return Code(commit, dirty=_git(top, "status", "--porcelain", "--", *CODE) != "")


def actor() -> str:
    """The person who runs this process, as ``git user (OS user)``; without a git user, the OS user alone."""
    try:
        account = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may run as a user id without a name
        account = "unknown account"
    name = _git(Path(), "config", "user.name")
    return f"{name} ({account})" if name else account


def file_digest(file: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_digest(folder: Path) -> str:
    """SHA-256 over the relative names and the contents of all files under ``folder``, in hex."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(f"{file.relative_to(folder).as_posix()}\0{file_digest(file)}\n".encode())
    return total.hexdigest()


def choice_digest(sections: Mapping[str, Any], catalog: Path) -> str:
    """SHA-256 over what was chosen for a model: the parameters that it follows from, and its features; in hex.

    Training again on newer data is the same choice. So is other code behind the same parameters and features.
    """
    chosen = {name: sections.get(name) for name in CHOSEN}
    text = json.dumps([chosen, catalog.read_text(encoding="utf-8")], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def outcomes_digest(line_ids: Iterable[str], labels: Iterable[int]) -> str:
    """SHA-256 over order lines and their outcomes, in hex; it does not depend on their order."""
    total = hashlib.sha256()
    for line, label in sorted(zip(line_ids, labels, strict=True)):
        total.update(f"{line}\0{int(label)}\n".encode())
    return total.hexdigest()


def _git(top: Path, *arguments: str) -> str | None:
    """Run git and return its output without the line end; None where git fails or is not installed."""
    try:
        done = subprocess.run(["git", *arguments], cwd=top, capture_output=True, text=True, check=False)  # noqa: S603, S607
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
