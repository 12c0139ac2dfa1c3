"""The report of validation: rows read, kept and refused, broken rules with examples, and exceeded limits."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.files import write_text
from data.validation.improbable.finding import Improbable
from data.validation.reconciliation import Reconciliation

SOURCE, VALIDATION = "source", "validation"
"""Who found a broken rule."""
SHOWN = 3
"""Examples of a rule in a message, and the worst rules of a table there; the report has more of them."""


@dataclass(frozen=True)
class Example:
    """One row or cell that broke a rule: the row's key, or file and row number without a key, and the value as text."""

    key: str | None
    value: str | None


@dataclass(frozen=True)
class BrokenRule:
    """One rule that rows of a table broke; ``found_by``: the source or validation."""

    rule: str
    column: str | None
    found_by: str
    rows: int
    examples: tuple[Example, ...]

    def __str__(self) -> str:
        """Write the rule, its count and the first examples on one line."""
        shown = ", ".join(f"{example.key}: {example.value!r}" for example in self.examples[:SHOWN])
        place = f" in {self.column}" if self.column else ""
        return f"{self.rule}{place} {self.rows:,} times{f', first {shown}' if shown else ''}"


@dataclass(frozen=True)
class UnknownKeys:
    """The products (or customers) that order lines name and their table lacks; each gets a bare row there."""

    table: str
    keys: int
    lines: int
    """Order lines that name one of these keys."""
    share: float
    """Share of these lines in the kept order lines."""
    example: str | None

    def __str__(self) -> str:
        """Write the counts and an example on one line."""
        return (
            f"{self.lines:,} order lines ({self.share:.2%}) name {self.keys:,} {self.table} that the table "
            f"{self.table} lacks, first {self.example!r}"
        )


@dataclass(frozen=True)
class TableReport:
    """The counts of one table: ``rows == kept + refused``."""

    rows: int
    kept: int
    refused: int
    broken_in_source: int
    """Rows that the source refused as a whole or in one cell."""
    lost_in_source: int
    """Rows that the source refused as a whole: they are not in the raw table."""
    under_own_limit: int
    """Broken rows whose rules all have a limit of their own, in validation.max_reject_share_by_rule."""
    unknown: UnknownKeys | None
    """For products and customers: the keys for which bare rows were added."""
    present: tuple[str, ...]
    """The optional columns that the source delivers."""
    absent: tuple[str, ...]
    """The optional columns that the source lacks."""
    rules: tuple[BrokenRule, ...]

    @property
    def reject_share(self) -> float:
        """The share of rows that broke a rule without a limit of its own, in all rows; 0 for an empty table."""
        broken = self.refused + self.broken_in_source - self.under_own_limit
        return min(1.0, broken / self.whole) if self.whole else 0.0

    @property
    def whole(self) -> int:
        """All rows, those lost in the source included."""
        return self.rows + self.lost_in_source


@dataclass(frozen=True)
class OutcomeReport:
    """The counts of validated order lines by outcome, and ``as_of`` in ISO 8601."""

    as_of: str | None
    lines: int
    returned: int
    """Lines with the label 1: returned within the window."""
    kept: int
    """Lines with the label 0: kept until the window closed."""
    open: int
    """Lines without an outcome as yet: their window closes after ``as_of``."""
    unrecorded: int
    """Lines whose outcome was never recorded."""
    withdrawn: int
    """Unrecorded lines whose outcome validation withdrew, because all of their returns were refused."""
    cancelled: int
    """Lines that were cancelled in time: they have no outcome, and are counted nowhere else here."""
    late_cancellations: int
    """Lines cancelled after a return or after their close: the cancellation changes nothing."""
    late_returns: int
    """Returns after the close of their line: they are no error and don't change the line's outcome."""


@dataclass(frozen=True)
class AccountReport:
    """The counts of customers who were merged or erased, and of the order lines that this changed."""

    merged: int
    """Customers whose account was merged into another."""
    erased: int
    """Customers who were erased, those merged into an erased one included."""
    lines_of_survivors: int
    """Order lines that name the surviving customer instead."""
    lines_without_customer: int
    """Order lines that name nobody any more."""


@dataclass(frozen=True)
class ValidationReport:
    """The content of reports/validation.json; ``failures`` is empty when the tables were written."""

    failures: tuple[str, ...]
    warnings: tuple[str, ...]
    tables: dict[str, TableReport]
    malformed: tuple[BrokenRule, ...]
    """Rows of the source's files that could not be read, so that no table has them."""
    outcomes: OutcomeReport | None
    """Missing when validation failed."""
    accounts: AccountReport | None
    """Missing when validation failed, and where the source knows of no merged or erased customer."""
    improbable: tuple[Improbable, ...]
    """What no shop has: signs that a table is wrong as a whole."""
    reconciliation: Reconciliation | None
    """The figures of the source against those of the tables written; missing when validation failed."""
    meanings: dict[str, str]
    """What the rules of validation that broke mean."""

    def as_json(self) -> str:
        """Write the report as JSON text, the same for the same content."""
        return json.dumps(_with_shares(self), indent=2, ensure_ascii=False) + "\n"

    def write(self, file: Path) -> None:
        """Write the report to ``file``, as a whole."""
        write_text(self.as_json(), file)


def _with_shares(report: ValidationReport) -> dict[str, Any]:
    tree = {"passed": not report.failures, **asdict(report)}
    for name, table in report.tables.items():
        tree["tables"][name]["reject_share"] = round(table.reject_share, 6)
    return tree
