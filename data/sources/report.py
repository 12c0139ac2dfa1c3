"""What a source tells of its reading, beside the tables it writes."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class SourceReport:
    """The files a source read, and figures of what it decided on the way.

    ``decisions`` maps a table's column to named counts of cells, such as ``placeholder`` (a value that stands for a
    missing one) or ``conflicts`` (keys whose rows disagree, settled by the most frequent value), and to shares.
    """

    files: tuple[Path, ...] = ()
    decisions: dict[str, dict[str, float]] = field(default_factory=dict)
