"""The file of a shop's policy, which people change while the service runs."""

from collections.abc import Iterable
from pathlib import Path

from serving.watched_file import WatchedFile
from training.decisions.policy_reading import ReadPolicy
from training.decisions.texts import read_usable

PolicyFile = WatchedFile[ReadPolicy | None]
"""None: no policy could be read since the service started."""


def watch_policy(path: Path) -> PolicyFile:
    """Watch the policy in ``path``, and the files of its challengers; with a broken one nothing is decided."""
    return WatchedFile(path, read_usable, "the policy", _files_of, until_valid=lambda: None)


def _files_of(read: ReadPolicy | None) -> Iterable[Path]:
    return () if read is None else read.files
