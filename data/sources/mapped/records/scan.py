"""The records of a text file, told apart line by line: one stray quote costs one record, and every line is counted.

A reader that trusts quotes takes everything up to the next quote for one cell. Here a cell goes on in the next line
only if the record that comes out has as many cells as the header, and the lines that it swallows are not all records
themselves. Otherwise the line of the open quote is refused, and the reading goes on in the next line. The last line of
a refused record can have as many cells as a record: it is refused by the quote within it. Where the swallowed lines
are so few that a text could look like records, they are refused with the line of the quote. A record of several lines
is also judged by the one behind it: a lost quote breaks both.

Runs of plain lines pass at once. What follows a run is looked at in blocks by NumPy, and line by line in Python where
its quotes are not plain.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from data.arrays import Ints
from data.sources.mapped.records.lines import Lines, Quotes
from data.sources.mapped.records.plain import PlainLines
from data.sources.mapped.records.quoting import End, Quoting

UNDECODABLE = "undecodable_text"
REST = "rest_of_record"
LOOSE = "quote_within_text"
"""A record with a quote in the text of a cell that no quote encloses, in a file that escapes such quotes: a quote was
lost, or stands there by mistake."""
TOO_WIDE = "malformed_row"
"""A record with more cells than the header. DuckDB would drop empty ones at the end, though cells in the middle are
those too many, and would take a quote behind a blank in one of them for the start of an enclosed cell."""

FORMULA = b"="
"""The sign before the quote of a text as a spreadsheet's formula: ``="0012"``."""

CLOSELY = 1 << 16
"""Bytes behind a run of plain lines that are looked at closely before the next run is looked for."""

CLEAR_CELLS = 5
"""Cells of a record from which on lines with as many are records, and not by chance parts of one text."""
FEWEST_CELLS = 2
"""A swallowed line counts as a record of its own only in files of at least so many columns: a text has commas, too."""


EXAMPLES = 3
"""Lines of kept records with loose quotes that are remembered."""

FEWEST_SIGNS = 13
"""So many delimiters do not stand in a text by chance, just as many in each of its lines as in a record."""


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
    """Lines that have another number of cells when quotes are taken for text, or delimiters within plain lines."""
    enclosed: int = 0
    """Lines with a cell that begins with a quote."""
    formulas: bool = False
    """Whether `FORMULA` stands before a quote anywhere in the records."""

    def line_of(self, record: int) -> int:
        """Give the first line of ``record``, both counted as in ``places``."""
        first, line = self.places[bisect_right(self.places, record, key=lambda place: place[0]) - 1]
        return line + record - first

    one_too_many: int = 0
    """Records refused because of one empty cell too many, at their end."""
    loose: int = 0
    """Records with a quote in the text of a cell that no quote encloses, kept as they are."""
    first_loose: list[int] = field(default_factory=list)
    """The lines of the first of them, at most `EXAMPLES`."""
    escapes: bool = False
    """Whether an enclosed cell of a record refused as `LOOSE` has an escaped quote: the file's quotes are no text."""

    @property
    def broken_by_quotes(self) -> list[tuple[int, str]]:
        """The refused records, as in ``refused``, that their quotes break."""
        return [(line, rule) for line, rule in self.refused if rule not in (UNDECODABLE, TOO_WIDE)]

    @property
    def ends_in_delimiter(self) -> bool:
        """Whether every record has one empty cell more than the header: each row ends in a delimiter."""
        return self.records == self.loose == 0 and 0 < self.one_too_many == len(self.refused)

    @property
    def quotes_are_text(self) -> bool:
        """Whether quotes break records, and no record needs them: the file has no quoting."""
        broken = len(self.broken_by_quotes)
        return broken > 0 and not self.escapes and self.need_quotes == 0 and 2 * self.enclosed <= self.records + broken


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
    strict
        Whether records with a quote in a text that no quote encloses are refused.
    """

    def __init__(
        self, quoting: Quoting, width: int, most_lines: int, line: int, sink: IO[bytes], *, strict: bool = False
    ) -> None:
        self.account = Account()
        self._quoting, self._width, self._most_lines, self._sink = quoting, width, most_lines, sink
        self._plain = PlainLines(quoting, width)
        self._formulas = {FORMULA + b'"', FORMULA + quoting.escape + b'"'}
        self._line, self._strict = line, strict
        self._sound = True
        """Whether the line before the next one belongs to a good record."""
        self._torn = False
        """Whether no record stands since lines that are refused for an open quote and have fewer cells than one: what
        follows may be the rest of their text."""

    def scan(self, text: bytes, *, last: bool) -> bytes:
        """Take whole lines in, the ``last`` ones or not; return those of an unfinished record: they must come again."""
        place, closely = 0, CLOSELY
        while place < len(text):
            behind = self._pass_plain(text, place)
            stop = _line_end(text, behind + closely)
            left = self._look(text[behind:stop], last=last and stop == len(text))
            if stop == len(text):
                return left
            # A record that goes on behind the lines that were looked at comes again with twice as many.
            place, closely = stop - len(left), 2 * closely if left else CLOSELY
        return b""

    def _pass_plain(self, text: bytes, place: int) -> int:
        """Write the run of plain lines of ``text`` from ``place`` on; return its end."""
        end = self._plain.end(text, place)
        run = text[place:end]
        if not run.isascii():
            run = _decodable(run)
            self.account.beyond_ascii += len(Lines(run).beyond_ascii())
        if run:
            lines = run.count(b"\n")
            self._append(run, self._line, records=lines, lines=lines)
            self.account.enclosed += self._plain.enclosed(run)
            self.account.need_quotes += self._plain.hold_delimiters(run)
            self._line += lines
            self._sound, self._torn = True, False
        return place + len(run)

    def _look(self, text: bytes, *, last: bool) -> bytes:
        """Take lines in as `scan`, each that is not plain on its own."""
        if not text:
            return b""
        lines = Lines(text)
        quotes = self._quotes(lines)
        wrong = lines.undecodable()
        odd = np.union1d(np.empty(0, np.int64) if quotes is None else quotes.odd(), self._wide(lines))
        done = 0
        for number in map(int, np.union1d(np.union1d(odd, lines.blank()), np.array(sorted(wrong), np.int64))):
            if number < done:
                continue
            self._write(lines, done, number)
            self._pass(lines, done, number)
            behind = self._behind(lines, number, wrong, last=last)
            if behind is None:
                self._count(lines, quotes, number)
                return text[int(lines.starts[number]) :]
            done = behind
        self._write(lines, done, lines.count)
        self._pass(lines, done, lines.count)
        self._count(lines, quotes, lines.count)
        return b""

    def _pass(self, lines: Lines, first: int, behind: int) -> None:
        """Note that the lines from ``first`` to before ``behind``, written as records of their own, are done."""
        if first < behind:
            self._sound = self._is_record(lines, behind - 1)
            self._torn = self._torn and not any(self._is_record(lines, line) for line in range(first, behind))

    def _wide(self, lines: Lines) -> Ints:
        """Find the lines that may have cells too many, with an empty one at the end, enclosed or not."""
        last, before, third = (lines.signs[np.maximum(lines.ends - back, 0)] for back in (1, 2, 3))
        delimiter = self._quoting.delimiter[-1]
        ends = last == delimiter
        if self._quoting.quote:
            ends |= (third == delimiter) & (before == last) & (last == self._quoting.quote[0])
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
        if end is End.OPEN:
            found = self._continued(lines, number, first_cell=len(cells) == 1, last=last)
            if found is None:
                return None
            stop, rule = found[0], found[1].value
        if rule == End.WHOLE.value:
            rule = self._whole(lines, number, stop)
        bad = next((line for line in range(number, stop + 1) if line in wrong), None)
        if bad is not None and rule == End.WHOLE.value:
            rule = UNDECODABLE
            self.account.wrong_bytes[self._line + number] = wrong[bad]
        self._sound = rule == End.WHOLE.value and (stop > number or len(cells) == self._width)
        delimiters = lines.line(number, stop).count(self._quoting.delimiter)
        self._torn = rule == End.OPEN.value and delimiters + 1 < self._width
        if rule == End.WHOLE.value:
            self._write(lines, number, stop + 1, records=1)
        else:
            self.account.refused.append((self._line + number, rule))
        if rule in (End.OPEN.value, LOOSE):
            self.account.refused += [(self._line + line, REST) for line in range(number + 1, stop + 1)]
        return stop + 1

    def _whole(self, lines: Lines, number: int, stop: int) -> str:
        """Judge the quotes and the width of the whole record of the lines ``number`` to ``stop``: its rule."""
        record = lines.line(number, stop)
        if self._quoting.quote and not self._sound and stop == number and self._quoting.is_loose(record):
            return REST
        if self._torn and stop > number:
            return REST
        if self._quoting.quote and self._quoting.has_lone(record):
            escapes = self._quoting.has_escaped(record)
            if self._strict or escapes or stop > number:
                self.account.escapes = self.account.escapes or escapes or self._strict
                return LOOSE
            self.account.loose += 1
            if len(self.account.first_loose) < EXAMPLES:
                self.account.first_loose.append(self._line + number)
        cells = self._quoting.split(record)[1]
        if stop > number or len(cells) <= self._width:
            return End.WHOLE.value
        self.account.one_too_many += len(cells) == self._width + 1 and not cells[-1]
        return TOO_WIDE

    def _continued(
        self, lines: Lines, number: int, *, first_cell: bool, last: bool, looks_on: bool = True
    ) -> tuple[int, End] | None:
        """Find the last line of the record whose quote is open in line ``number``, in its ``first_cell`` or another.

        With `End.OPEN`, the lines up to the one that is given are refused, because no good record comes out. It is None
        where the lines end before that is known. Whether the record behind it is good counts, too, if it ``looks_on``.
        """
        for stop in range(number + 1, min(number + self._most_lines, lines.count)):
            if self._quoting.quote not in lines.line(stop):
                continue
            end, cells = self._quoting.split(lines.line(number, stop))
            if end is End.BROKEN or (end is End.WHOLE and len(cells) != self._width):
                return number, End.OPEN
            if end is End.WHOLE:
                found = self._judged(lines, number, stop, first_cell=first_cell)
                looks_on = looks_on and found[1] is End.WHOLE
                return self._followed(lines, number, stop, last=last) if looks_on else found
        whole = number + self._most_lines <= lines.count
        return (number, End.OPEN) if whole or last else None

    def _judged(self, lines: Lines, number: int, stop: int, *, first_cell: bool) -> tuple[int, End]:
        """Judge the record of the lines ``number`` to ``stop``, which swallows lines: see `_continued`.

        Behind a cell that began a record, its last line has as many cells as a record in any case.
        """
        if self._are_records(lines, number, stop):
            return (stop if (stop - number) * (self._width - 1) < FEWEST_SIGNS else number), End.OPEN
        behind = stop if first_cell and self._quoting.is_loose(lines.line(stop)) else stop + 1
        swallowed = range(number + 1, behind)
        few = self._width < FEWEST_CELLS or not swallowed
        if few or not all(self._is_record(lines, line) for line in swallowed):
            return stop, End.WHOLE
        return (stop if len(swallowed) * (self._width - 1) < FEWEST_SIGNS else number), End.OPEN

    def _are_records(self, lines: Lines, number: int, stop: int) -> bool:
        """Whether each of the lines ``number`` to ``stop`` has all cells of a record when its quotes are text.

        Lone quotes, such as signs of inches or ditto marks, stand in records of their own. In a narrow file a text of
        several lines has as many delimiters by chance: there only many whole records within tell.
        """
        within = range(number + 1, stop)
        if self._width < CLEAR_CELLS:
            enough = len(within) * (self._width - 1) >= FEWEST_SIGNS
            return enough and all(self._is_record(lines, line) for line in within)
        delimiter = self._quoting.delimiter
        return all(lines.line(line).count(delimiter) + 1 == self._width for line in range(number, stop + 1))

    def _followed(self, lines: Lines, number: int, stop: int, *, last: bool) -> tuple[int, End] | None:
        """Judge a record of the lines ``number`` to ``stop`` by the one behind it: see `_continued`.

        Behind a lost quote, the quotes of the next record are taken the other way round: it ends the cell where its own
        begins, and breaks there. Up to the line of the lost quote, the record has all cells when that quote is text; or
        the broken line behind has fewer cells than a record, as the rest of a text has.
        """
        if stop + 1 == lines.count:
            return (stop, End.WHOLE) if last else None
        behind = lines.line(stop + 1)
        end, cells = self._quoting.split(behind)
        sound = end is End.WHOLE and (len(cells) == self._width or self._quoting.quote not in behind)
        if end is End.OPEN:
            found = self._continued(lines, stop + 1, first_cell=len(cells) == 1, last=last, looks_on=False)
            if found is None:
                return None
            sound = found[1] is End.WHOLE
        if sound:
            return stop, End.WHOLE
        delimiter = self._quoting.delimiter
        opened, cells_up_to = self._last_opened(lines, number, stop)
        if max(cells_up_to, lines.line(number).count(delimiter) + 1) < self._width:
            is_rest = end is not End.WHOLE and behind.count(delimiter) + 1 < self._width
            return stop, End.OPEN if is_rest else End.WHOLE
        records = any(self._is_record(lines, line) for line in range(number + 1, stop))
        return (stop if records else opened), End.OPEN

    def _last_opened(self, lines: Lines, number: int, stop: int) -> tuple[int, int]:
        """Find the line that opens the cell which ends in line ``stop``, and count the record's cells up to its end.

        The quote that opens the cell is taken for text there.
        """
        found = [self._quoting.split(lines.line(number, line))[1] for line in range(number, stop)]
        opened = next(place for place, cells in enumerate(found) if len(cells) == len(found[-1]))
        return number + opened, len(found[opened]) + found[opened][-1].count(self._quoting.delimiter)

    def _is_record(self, lines: Lines, number: int) -> bool:
        """Whether a line is a whole record by itself."""
        end, cells = self._quoting.split(lines.line(number))
        return end is End.WHOLE and len(cells) == self._width

    def _write(self, lines: Lines, first: int, behind: int, records: int | None = None) -> None:
        """Write the lines from ``first`` to before ``behind``: a record each, or so many ``records``."""
        if first == behind:
            return
        text = lines.text[int(lines.starts[first]) : int(lines.ends[behind - 1]) + 1]
        self._append(text, self._line + first, behind - first if records is None else records, behind - first)

    def _append(self, text: bytes, line: int, records: int, lines: int) -> None:
        """Write ``text``: so many ``records`` in so many ``lines``, from ``line`` of the file on."""
        account = self.account
        known = account.places[-1] if account.places else None
        if known is None or known[1] + account.records - known[0] != line:
            account.places.append((account.records, line))
        account.records += records
        account.spanning += records < lines
        account.formulas = account.formulas or any(mark in text for mark in self._formulas)
        self._sink.write(text)


def _line_end(text: bytes, place: int) -> int:
    """Find the end of the line that holds ``place``; the end of ``text`` beyond its last line."""
    found = text.find(b"\n", place)
    return len(text) if found < 0 else found + 1


def _decodable(run: bytes) -> bytes:
    """Cut ``run`` before its first line that is not UTF-8."""
    try:
        run.decode()
    except UnicodeDecodeError as error:
        return run[: run.rfind(b"\n", 0, error.start) + 1]
    return run
