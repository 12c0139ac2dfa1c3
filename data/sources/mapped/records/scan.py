"""The records of a text file, told apart line by line: one stray quote costs one record, and every line is counted.

A reader that trusts quotes takes everything up to the next quote for one cell. Here a cell goes on in the next line
only if the record that comes out has as many cells as the header, and the lines that it swallows are not all records
themselves. Otherwise the line of the open quote is refused, and the reading goes on in the next line. The last line of
a refused record can have as many cells as a record: it is refused by the quote within it.

Lines are looked at in blocks by NumPy; single lines are read in Python only where their quotes are not plain.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from data.arrays import Ints
from data.sources.mapped.records.lines import Lines, Quotes
from data.sources.mapped.records.quoting import End, Quoting

UNDECODABLE = "undecodable_text"
REST = "rest_of_record"
TOO_WIDE = "malformed_row"
"""A record with one cell more than the header, and that one empty: DuckDB would drop it, though a cell in the middle is
the one too many."""

FEWEST_CELLS = 2
"""A swallowed line counts as a record of its own only in files of at least so many columns: a text has commas, too."""


@dataclass
class Account:
    """What became of the lines of one file."""

    records: int = 0
    """Records written."""
    spanning: int = 0
    """Records among them with a cell that spans lines."""
    blank: int = 0
    """Lines without a sign: they are no records."""
    footer: int = 0
    """Lines left out at the end."""
    refused: list[tuple[int, str]] = field(default_factory=list)
    """The line of each refused record, from 1, and its rule."""
    wrong_bytes: dict[int, int] = field(default_factory=dict)
    """The first wrong byte of each undecodable record, by its line."""
    places: list[tuple[int, int]] = field(default_factory=list)
    """Pairs of a record, from 0, and its line, from 1; the records behind it follow line by line up to the next
    pair."""
    beyond_ascii: int = 0
    """Lines with a byte beyond ASCII."""
    need_quotes: int = 0
    """Lines that have another number of cells when quotes are taken for text."""
    enclosed: int = 0
    """Lines with a cell that begins with a quote."""

    def line_of(self, record: int) -> int:
        """Give the first line of ``record``, both counted as in ``places``."""
        first, line = self.places[bisect_right(self.places, record, key=lambda place: place[0]) - 1]
        return line + record - first

    @property
    def broken_by_quotes(self) -> list[tuple[int, str]]:
        """The refused records, as in ``refused``, that their quotes break."""
        return [(line, rule) for line, rule in self.refused if rule not in (UNDECODABLE, TOO_WIDE)]

    @property
    def quotes_are_text(self) -> bool:
        """Whether quotes break records, and no record needs them: the file has no quoting."""
        broken = len(self.broken_by_quotes)
        return broken > 0 and self.need_quotes == 0 and 2 * self.enclosed <= self.records + broken


class Scanner:
    """Tells records apart in blocks of lines, and writes the good ones.

    Parameters
    ----------
    quoting
        How cells are separated and enclosed.
    width
        The number of cells of the header.
    most_lines
        The most lines of one record.
    line
        The number of the first line that comes, from 1.
    sink
        Where the good records are written.
    """

    def __init__(self, quoting: Quoting, width: int, most_lines: int, line: int, sink: IO[bytes]) -> None:
        self.account = Account()
        self._quoting, self._width, self._most_lines, self._sink = quoting, width, most_lines, sink
        self._line = line
        self._sound = True
        """Whether the line before the next one belongs to a good record."""

    def scan(self, text: bytes, *, last: bool) -> bytes:
        """Take whole lines in, the ``last`` ones or not; return those of an unfinished record: they must come again."""
        lines = Lines(text)
        quotes = self._quotes(lines)
        wrong = lines.undecodable()
        odd = np.union1d(np.empty(0, np.int64) if quotes is None else quotes.odd(), self._wide(lines))
        done = 0
        for number in map(int, np.union1d(np.union1d(odd, lines.blank()), np.array(sorted(wrong), np.int64))):
            if number < done:
                continue
            self._write(lines, done, number)
            self._sound = self._sound if number == done else self._is_record(lines, number - 1)
            behind = self._behind(lines, number, wrong, last=last)
            if behind is None:
                self._count(lines, quotes, number)
                return text[int(lines.starts[number]) :]
            done = behind
        self._write(lines, done, lines.count)
        self._sound = self._sound if lines.count == done else self._is_record(lines, lines.count - 1)
        self._count(lines, quotes, lines.count)
        return b""

    def _wide(self, lines: Lines) -> Ints:
        """Find the lines that may have one cell too many, an empty one at the end."""
        ends = lines.signs[np.maximum(lines.ends - 1, 0)] == self._quoting.delimiter[-1]
        if not ends.any():
            return np.empty(0, np.int64)
        return np.flatnonzero(ends & (lines.cells(self._quoting.delimiter) > self._width))

    def _quotes(self, lines: Lines) -> Quotes | None:
        quote = self._quoting.quote
        return Quotes(lines, self._quoting) if quote and quote in lines.text else None

    def _count(self, lines: Lines, quotes: Quotes | None, behind: int) -> None:
        """Count the lines before ``behind``, which are done; the others come again."""
        self._line += behind
        self.account.beyond_ascii += int((lines.beyond_ascii() < behind).sum())
        if quotes is None:
            return
        quoted = quotes.lines()
        self.account.enclosed += int((quotes.enclosed() < behind).sum())
        wide = lines.cells(self._quoting.delimiter)[quoted] != self._width
        self.account.need_quotes += int((wide & (quoted < behind)).sum())

    def _behind(self, lines: Lines, number: int, wrong: dict[int, int], *, last: bool) -> int | None:
        """Write, refuse or skip the record in line ``number``; return the next line, or None if the record goes on."""
        if lines.starts[number] == lines.ends[number]:
            self.account.blank += 1
            return number + 1
        end, cells = self._quoting.split(lines.line(number))
        rule, stop = end.value, number
        if end is End.WHOLE and not self._sound and self._quoting.quote and self._quoting.is_loose(lines.line(number)):
            rule = REST
        elif end is End.WHOLE and len(cells) == self._width + 1 and not cells[-1]:
            rule = TOO_WIDE
        if end is End.OPEN:
            found = self._continued(lines, number, first_cell=len(cells) == 1, last=last)
            if found is None:
                return None
            stop = found
            rule = (End.OPEN if stop == number else End.WHOLE).value
        bad = next((line for line in range(number, stop + 1) if line in wrong), None)
        if bad is not None and rule == End.WHOLE.value:
            rule = UNDECODABLE
            self.account.wrong_bytes[self._line + number] = wrong[bad]
        self._sound = rule == End.WHOLE.value and (stop > number or len(cells) == self._width)
        if rule == End.WHOLE.value:
            self._write(lines, number, stop + 1, records=1)
        else:
            self.account.refused.append((self._line + number, rule))
        return stop + 1

    def _continued(self, lines: Lines, number: int, *, first_cell: bool, last: bool) -> int | None:
        """Find the last line of the record whose quote is open in line ``number``, in its ``first_cell`` or another.

        It is ``number`` itself where no good record comes out, and None where the lines end before that is known.
        """
        for stop in range(number + 1, min(number + self._most_lines, lines.count)):
            if self._quoting.quote not in lines.line(stop):
                continue
            end, cells = self._quoting.split(lines.line(number, stop))
            if end is End.BROKEN:
                return number
            if end is End.WHOLE:
                swallows = self._swallows(lines, number, stop, first_cell=first_cell)
                return stop if len(cells) == self._width and not swallows else number
        whole = number + self._most_lines <= lines.count
        return number if whole or last else None

    def _swallows(self, lines: Lines, number: int, stop: int, *, first_cell: bool) -> bool:
        """Whether all lines behind ``number`` to ``stop`` are records by themselves, and so no parts of another.

        Behind a cell that began a record, its last line has as many cells as a record in any case.
        """
        if self._width < FEWEST_CELLS:
            return False
        if first_cell and self._quoting.is_loose(lines.line(stop)):
            stop -= 1
        between = range(number + 1, stop + 1)
        return bool(between) and all(self._is_record(lines, line) for line in between)

    def _is_record(self, lines: Lines, number: int) -> bool:
        """Whether a line is a whole record by itself."""
        end, cells = self._quoting.split(lines.line(number))
        return end is End.WHOLE and len(cells) == self._width

    def _write(self, lines: Lines, first: int, behind: int, records: int | None = None) -> None:
        """Write the lines from ``first`` to before ``behind``: a record each, or so many ``records``."""
        if first == behind:
            return
        account, line = self.account, self._line + first
        known = account.places[-1] if account.places else None
        if known is None or known[1] + account.records - known[0] != line:
            account.places.append((account.records, line))
        account.records += behind - first if records is None else records
        account.spanning += records is not None and behind - first > 1
        whole = first == 0 and behind == lines.count
        self._sink.write(
            lines.text if whole else lines.text[int(lines.starts[first]) : int(lines.ends[behind - 1]) + 1]
        )
