"""The report of a source: the files that it read, and counts of its decisions."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class SourceReport:
    """The files that a source read, and counts of its decisions about cells.

    ``decisions`` maps a table's column to named counts of cells, such as ``placeholder`` (a value that stands for a
    missing one) or ``conflicts`` (keys whose rows disagree, settled by the most frequent value), and to shares.
    """

    files: tuple[Path, ...] = ()
    decisions: dict[str, dict[str, float]] = field(default_factory=dict)
