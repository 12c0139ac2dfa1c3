"""One input of a mapping, and the account of one of its files."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from data import sql
from data.errors import UserError
from data.personal_data.masking import shown
from data.schema import REJECTS
from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.mapping.load import did_you_mean

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def numbered(column: str, place: int) -> str:
    """Name one of several columns of one name, from 1: ``Name (2)``."""
    return f"{column} ({place})"


def told_apart(names: list[str]) -> list[str]:
    """Number the ``names`` that a header has more than once, in any case; empty ones stay.

    Upper and lower case are one, because a table of the engine can't have ``Order No`` beside ``order no``.
    """
    folded, seen = [name.lower() for name in names], dict[str, int]()
    found = []
    for name, same in zip(names, folded, strict=True):
        seen[same] = seen.get(same, 0) + 1
        found.append(numbered(name, seen[same]) if name and folded.count(same) > 1 else name)
    return found


@dataclass(frozen=True)
class Input:
    """One input of a mapping: its name and rule, the columns wanted from it, and the table that rejects name."""

    name: str
    rule: FileRule
    wanted: tuple[str, ...]
    feeds: str

    @property
    def table(self) -> str:
        """The quoted name of the input's DuckDB table, with the wanted columns as text and ``_file``."""
        return sql.name(f"file_{self.name}")

    @property
    def places(self) -> str:
        """The quoted name of a table of places: from each ``_row`` on, its ``place`` (``a.csv:line``) and ``line``."""
        return sql.name(f"places_{self.name}")

    def add_places(self, connection: duckdb.DuckDBPyConnection, rows: list[int], place: str, lines: list[int]) -> None:
        """Record that the rows from each of ``rows`` on stand on ``lines`` and the lines behind; see ``places``."""
        found = {"_row": rows, "place": [place] * len(rows), "line": lines}
        kinds = pa.schema([("_row", pa.int64()), ("place", pa.string()), ("line", pa.int64())])
        connection.from_arrow(pa.table(found, schema=kinds)).insert_into(f"places_{self.name}")

    def reject(
        self, connection: duckdb.DuckDBPyConnection, keys: list[str], rules: list[str], values: list[str]
    ) -> None:
        """Add rejects of records that could not be read."""
        if not keys:
            return
        nothing = pa.nulls(len(keys), pa.string())
        columns = [
            pa.array([self.feeds] * len(keys)),
            pa.array(keys),
            nothing,
            pa.array(rules),
            pa.array(values, pa.string()),
        ]
        connection.from_arrow(pa.table(columns, names=list(REJECTS.names))).insert_into(REJECTS.name)

    def check_columns(self, path: Path, found: list[str], where: str = "") -> None:
        """Refuse a file without a wanted column, or with one more than once.

        Parameters
        ----------
        found
            The names in the header of ``path``.
        where
            A tried advice on where the header stands, which comes first in the fix.
        """
        same = {column: self._numbered(column, found) for column in self.wanted if column not in found}
        if twice := [column for column, names in same.items() if names]:
            raise UserError(
                expected=f"each mapped column once in {path.name}",
                found=f"{', '.join(map(repr, twice))} more than once, where upper and lower case are one",
                fix=f"write in the mapping which of them is meant: {' or '.join(map(repr, same[twice[0]]))}",
            )
        missing = [column for column in self.wanted if column not in found]
        if not missing:
            return
        free = [name for name in found if name not in self.wanted]
        suggestions = " ".join(filter(None, (did_you_mean(column, free) for column in missing)))
        raise UserError(
            expected=f"the mapped column{'s' * (len(missing) > 1)} {', '.join(map(repr, missing))} in {path.name}",
            found=f"the columns {', '.join(repr(shown(name)) for name in found)}, in line {self.rule.skip_lines + 1}",
            fix=where
            or self._other_delimiter(found)
            or suggestions
            or "correct the column's name in the mapping, or remove an optional column from the mapping",
        )

    @staticmethod
    def _numbered(column: str, found: list[str]) -> list[str]:
        """List the columns of the header that `told_apart` numbered and that ``column`` may mean; empty for none."""
        alike = re.compile(re.escape(column) + r" \([0-9]+\)", re.IGNORECASE)
        names = [name for name in found if alike.fullmatch(name)]
        return names if len(names) > 1 else []

    def _other_delimiter(self, found: list[str]) -> str:
        if len(found) > 1 or self.rule.format != "csv":
            return ""
        signs = [sign for sign in DELIMITERS if sign != self.rule.delimiter and sign in found[0]]
        if not signs:
            return ""
        return f"set delimiter: {signs[0]!r} ({DELIMITERS[signs[0]]}) under files.{self.name} of the mapping"


@dataclass
class FileAccount:
    """What became of the records of one file; ``records == loaded + refused``."""

    path: Path
    records: int
    """Records in the file, counted apart from the reader that loads them."""
    loaded: int
    """Rows in the input's table."""
    refused: dict[str, int] = field(default_factory=dict)
    """Records that could not be read, by rule."""
    footer: int = 0
    """Lines left out at the end by ``footer_lines``."""
    loose_quotes: int = 0
    """Records kept with a quote in the text of a cell that no quote encloses, such as a sign of inches."""
    first_loose: list[int] = field(default_factory=list)
    """The lines of some of them."""
    ascii_only: bool = False
    """Whether the file has no sign beyond ASCII; false where that is not known."""
    formulas: bool = True
    """Whether a text may stand in the file as a spreadsheet's formula; true where that is not known."""

    def check(self) -> None:
        """Refuse an account that does not add up: a record would be lost in silence."""
        known = self.loaded + sum(self.refused.values())
        if known != self.records:
            raise UserError(
                expected=f"the {self.records:,} records of {self.path.name} to be rows or refused ones",
                found=f"{self.loaded:,} rows and {sum(self.refused.values()):,} refused ones",
                fix="check quote, escape and delimiter of the file in the mapping; or deliver it again",
            )
