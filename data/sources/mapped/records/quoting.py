"""One record of a CSV file: its cells, and whether it is whole. It is read as bytes, whatever their encoding."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class End(Enum):
    """How the reading of a record ended."""

    WHOLE = "whole"
    """At the end of a line, outside of an enclosed cell."""
    OPEN = "open_quote"
    """Inside an enclosed cell: the record goes on in the next line, or its quote has no end."""
    BROKEN = "text_after_quote"
    """Text follows the quote that ends an enclosed cell."""


@dataclass(frozen=True)
class Quoting:
    """How cells are separated and enclosed; ``quote`` is empty where quotes are text, ``escape`` precedes a quote."""

    delimiter: bytes
    quote: bytes
    escape: bytes

    def split(self, line: bytes) -> tuple[End, list[bytes]]:
        """Split ``line``, without its line end, into cells; a line end within it belongs to an enclosed cell."""
        if not self.quote or self.quote not in line:
            return End.WHOLE, line.split(self.delimiter)
        cells: list[bytes] = []
        place = 0
        while True:
            if line.startswith(self.quote, place):
                end, cell, place = self._enclosed(line, place + 1)
                cells.append(cell)
                if end is not End.WHOLE:
                    return end, cells
            else:
                stop = line.find(self.delimiter, place)
                stop = len(line) if stop < 0 else stop
                cells.append(line[place:stop])
                place = stop
            if place == len(line):
                return End.WHOLE, cells
            place += len(self.delimiter)

    def is_loose(self, line: bytes) -> bool:
        """Whether a quote stands in the text of a cell of the whole record ``line`` that no quote encloses."""
        return any(self.quote in cell for enclosed, cell in self._each(line) if not enclosed)

    def has_lone(self, line: bytes) -> bool:
        """Whether such a cell has an odd number of quotes: ``L99"``, and not ``="0012"`` or ``the "best" one``."""
        return any(cell.count(self.quote) % 2 == 1 for enclosed, cell in self._each(line) if not enclosed)

    def has_escaped(self, line: bytes) -> bool:
        """Whether an enclosed cell of the whole record ``line`` has an escaped quote: who wrote it escapes quotes."""
        return any(self.quote in cell for enclosed, cell in self._each(line) if enclosed)

    def _each(self, line: bytes) -> Iterator[tuple[bool, bytes]]:
        """Give each filled cell of the whole record ``line``: whether quotes enclose it, and its text."""
        place = 0
        while place < len(line):
            enclosed = line.startswith(self.quote, place)
            if enclosed:
                _, cell, place = self._enclosed(line, place + 1)
            else:
                stop = line.find(self.delimiter, place)
                stop = len(line) if stop < 0 else stop
                cell, place = line[place:stop], stop
            yield enclosed, cell
            place += len(self.delimiter)

    def _enclosed(self, line: bytes, start: int) -> tuple[End, bytes, int]:
        """Read an enclosed cell from ``start``, behind its quote: how it ended, its text, and the place behind it."""
        place = start
        while True:
            stop = line.find(self.quote, place)
            if stop < 0:
                return End.OPEN, line[start:], len(line)
            if self.escape != self.quote and _is_escaped(line, stop, start, self.escape):
                place = stop + 1
            elif self.escape == self.quote and line.startswith(self.quote, stop + 1):
                place = stop + 2
            else:
                behind = stop + 1
                text = self._plain(line[start:stop])
                right = behind == len(line) or line.startswith(self.delimiter, behind)
                return (End.WHOLE if right else End.BROKEN), text, behind

    def _plain(self, text: bytes) -> bytes:
        """Take the escapes out of the text of an enclosed cell."""
        if self.escape == self.quote:
            return text.replace(self.quote * 2, self.quote)
        return text.replace(self.escape + self.quote, self.quote).replace(self.escape * 2, self.escape)


def _is_escaped(line: bytes, place: int, start: int, escape: bytes) -> bool:
    """Whether an odd number of ``escape`` stands right before ``place``."""
    number = 0
    while place - number > start and line[place - number - 1 : place - number] == escape:
        number += 1
    return number % 2 == 1
