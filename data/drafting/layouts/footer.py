"""How many lines at the end of a file are no records, such as totals."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from data.identity import BLANKS
from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.records import text_file
from data.sources.mapped.records.quoting import End, Quoting


@dataclass(frozen=True)
class Record:
    """The cells of a record, without blanks, and how many of its lines have a sign."""

    cells: tuple[str, ...]
    lines: int

    @property
    def filled(self) -> tuple[bool, ...]:
        """Which cells are filled."""
        return tuple(map(bool, self.cells))


def count(lines: list[str], rule: FileRule) -> int:
    """Count those of the last ``lines`` that stand behind the last record; they may begin within a record.

    A row is no record where it has another width than the rows before it, or at most half of their filled cells. Many
    shops write the cells of an order on its first row alone: a row that is filled as rows before the end are, or that
    repeats the order of a fuller row in the first cell, is a record all the same. The latter has cells like those of
    fuller rows: words in a column of numbers are a note, though a number of records may stand before them.
    """
    found = list(_records(lines, rule))
    if not found:
        return 0
    width = Counter(len(record.cells) for record in found).most_common(1)[0][0]
    full = sorted(sum(record.filled) for record in found)[len(found) // 2]
    fuller = [len(record.cells) == width and 2 * sum(record.filled) > full for record in found]
    end = max((place + 1 for place, whole in enumerate(fuller) if whole), default=len(found))
    shapes = {record.filled for record in found[:end]}
    whole_records = [record for record, whole in zip(found, fuller, strict=True) if whole]
    keys = {record.cells[0] for record in whole_records if record.cells[0]}
    keys = keys if len(keys) > 1 else set()  # a first column with one value says nothing
    for place in range(end, len(found)):
        record = found[place]
        repeats = record.cells[0] in keys and _fits(record, whole_records)
        if len(record.cells) == width and (record.filled in shapes or repeats):
            end = place + 1
    return sum(record.lines for record in found[end:])


def _fits(record: Record, fuller: list[Record]) -> bool:
    """Whether each filled cell of ``record`` has letters or digits, as some cell above it in ``fuller`` rows has."""
    return all(
        any(_signs(cell) == _signs(other.cells[place]) for other in fuller if other.cells[place])
        for place, cell in enumerate(record.cells)
        if cell and any(other.cells[place] for other in fuller)
    )


def _signs(cell: str) -> tuple[bool, bool]:
    return any(map(str.isalpha, cell)), any(map(str.isdigit, cell))


def _records(lines: list[str], rule: FileRule) -> Iterator[Record]:
    """Put the lines of each record together; a line whose quote has no end is a record by itself."""
    place = 0
    while place < len(lines):
        if not lines[place].strip():
            place += 1
            continue
        cells, used = _record(lines[place : place + rule.max_cell_lines], text_file.quoting(rule))
        signs = sum(bool(line.strip()) for line in lines[place : place + used])
        yield Record(tuple(cell.strip(BLANKS) for cell in cells), signs)
        place += used


def _record(lines: list[str], quoting: Quoting) -> tuple[list[str], int]:
    text = b""
    for used, line in enumerate(lines, 1):
        text += (b"\n" if used > 1 else b"") + line.encode()
        end, cells = quoting.split(text)
        if end is End.WHOLE:
            return [cell.decode() for cell in cells], used
        if end is End.BROKEN:
            break
    return lines[0].split(quoting.delimiter.decode()), 1
