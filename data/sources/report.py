"""The report of a source: its files with their accounts, how it read keys and labels, and counts of its decisions."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from data.errors import UserError
from data.reading.reading import PLAIN, Reading


@dataclass(frozen=True)
class Account:
    """The account of one file of the shop: what became of each of its records.

    ``unread``, ``copies`` and ``left_out`` count records by the rule that applied, each record once.

    Raises
    ------
    UserError
        The parts don't add up to the records: some were lost, or taken twice.
    """

    file: str
    table: str
    """The canonical table that the file feeds."""
    records: int
    """Records in the file without its header, by a count of their own: not the sum of the parts below."""
    kept: int
    refused: int = 0
    """Records that were read and broke a rule; rejects.parquet has each."""
    unread: dict[str, int] = field(default_factory=dict)
    """Records that could not be read, such as one with too few cells."""
    copies: dict[str, int] = field(default_factory=dict)
    """Records left out because another record is the same or is a newer copy."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Records that a named rule of the mapping left out, and the lines of the footer."""
    kept_quantity: int | None = None
    """Pieces of the kept records; None for a table without quantities."""
    kept_money_minor: int | None = None
    """Sum of quantity and price of the kept records, minor units; None for a table without prices."""
    left_out_quantity: int | None = None
    """Pieces of the records left out, copies included."""
    left_out_money_minor: int | None = None
    """Sum of quantity and price of the records left out, copies included; minor units."""

    def __post_init__(self) -> None:
        parts = {name: sum(counts.values()) for name, counts in self._by_rule.items()}
        parts |= {"refused": self.refused, "kept": self.kept}
        if sum(parts.values()) != self.records:
            named = " + ".join(f"{count:,} {name}" for name, count in parts.items())
            raise UserError(
                expected=f"every record of {self.file} to be read, left out or refused once: {self.records:,} records",
                found=f"{named} = {sum(parts.values()):,}",
                fix="look at quotes and line ends of the file: a quote that is never closed joins records",
            )

    def with_footer(self, lines: int) -> "Account":
        """Give the account with so many ``lines`` at the file's end, which ``footer_lines`` leaves out."""
        left_out = {**self.left_out, "footer_lines": lines} if lines else self.left_out
        return replace(self, records=self.records + lines, left_out=left_out)

    @property
    def _by_rule(self) -> dict[str, dict[str, int]]:
        return {"unread": self.unread, "copies": self.copies, "left out": self.left_out}

    def as_json(self) -> dict[str, Any]:
        """Give the account as named values, without those that the table lacks."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def __str__(self) -> str:
        """Write the account on one line: what is 0 is left out."""
        parts = [f"{self.kept:,} kept"]
        parts += [f"{self.refused:,} refused"] if self.refused else []
        for name, counts in self._by_rule.items():
            rules = ", ".join(f"{rule} {count:,}" for rule, count in sorted(counts.items()) if count)
            parts += [f"{sum(counts.values()):,} {name} ({rules})"] if rules else []
        return f"{self.file} ({self.table}): {self.records:,} records: {', '.join(parts)}"


@dataclass(frozen=True)
class SourceReport:
    """The files that a source read, its reading of keys and labels, and counts of its decisions about cells.

    ``decisions`` maps a table's column to named counts of cells, such as ``placeholder`` (a value that stands for a
    missing one), ``rounded`` (amounts with more decimals than the currency has) or ``conflicts`` (keys whose rows
    disagree, settled by the most frequent value), and to shares. ``examples`` has places of some of them under the same
    names. ``notices``: what its user should look at, such as a rule that matched no row. ``accounts``: one account for
    each file, where the source gives them.
    """

    files: tuple[Path, ...] = ()
    decisions: dict[str, dict[str, float]] = field(default_factory=dict)
    examples: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    reading: Reading = PLAIN
