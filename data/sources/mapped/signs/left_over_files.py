"""Files of the shop's folder that no input of the mapping reads: half of an export left out breaks no rule."""

from collections.abc import Iterable
from pathlib import Path

from data.sources.mapped.rows import EXAMPLES, Work

TABLES = (
    ".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".json", ".jsonl", ".ndjson", ".parquet",
    ".xml", ".gz", ".zip",
)  # fmt: skip
"""Endings of files that may hold records."""
NAMED = 10
"""Files that a notice names."""


def note(work: Work, folder: Path, read: Iterable[Path]) -> None:
    """Count the files of the ``folder`` that are not among those ``read``, and give a notice of them."""
    others = names(folder, read)
    work.decide("files", "not_read", len(others), others[:EXAMPLES])
    if others:
        shown = ", ".join(others[:NAMED]) + (", …" if len(others) > NAMED else "")
        work.notice(
            f"files: no input of the mapping reads {shown} ({len(others):,} beside those that are read). Where they "
            "hold orders or returns, name them under files, such as by a pattern for parts of one layout; or else keep "
            "them in another folder"
        )


def names(folder: Path, read: Iterable[Path]) -> list[str]:
    """Name the files in ``folder``, and in the folders within it, that may hold records and are not among ``read``."""
    known = {path.resolve() for path in read}
    others = (path for path in folder.rglob("*") if path.is_file() and path.resolve() not in known)
    shown = (path.relative_to(folder) for path in others if path.suffix.lower() in TABLES)
    return sorted(str(path) for path in shown if not any(part.startswith(".") for part in path.parts))
