"""A block of whole lines, and those that need a closer look: blank ones, undecodable ones, and those of odd quotes."""

import codecs
from functools import cached_property

import numpy as np

from data.arrays import Bools, Bytes, Ints
from data.sources.mapped.records.quoting import Quoting

LINE_END, ASCII = 10, 127


class Lines:
    """The lines of ``text``, which ends in a line end; lines are counted from 0."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.signs = np.frombuffer(text, np.uint8)
        self.ends: Ints = np.flatnonzero(self.signs == LINE_END)
        self.starts: Ints = np.concatenate(([0], self.ends[:-1] + 1)) if len(self.ends) else np.empty(0, np.int64)

    @property
    def count(self) -> int:
        """The number of lines."""
        return len(self.ends)

    def line(self, first: int, last: int | None = None) -> bytes:
        """Cut the lines from ``first`` to ``last`` out, without the last line end."""
        return self.text[self.starts[first] : self.ends[first if last is None else last]]

    def blank(self) -> Ints:
        """Find the lines without a sign."""
        return np.flatnonzero(self.ends == self.starts)

    def undecodable(self) -> dict[int, int]:
        """Find the lines that are not UTF-8, each with its first wrong byte."""
        found: dict[int, int] = {}
        place, view = 0, memoryview(self.text)
        while place < len(self.text):
            try:
                codecs.utf_8_decode(view[place:], "strict", True)
                break
            except UnicodeDecodeError as error:
                wrong = place + error.start
            line = int(np.searchsorted(self.ends, wrong))
            found[line] = self.text[wrong]
            place = int(self.ends[line]) + 1
        return found

    def beyond_ascii(self) -> Ints:
        """Find the lines with a byte beyond ASCII."""
        if self.text.isascii():
            return np.empty(0, np.int64)
        return np.unique(np.searchsorted(self.ends, np.flatnonzero(self.signs > ASCII)))

    def cells(self, delimiter: bytes) -> Ints:
        """Count the cells of each line as if no quote enclosed any."""
        if len(delimiter) > 1:
            return np.array([self.line(number).count(delimiter) + 1 for number in range(self.count)], np.int64)
        found = np.flatnonzero(self.signs == delimiter[0])
        return np.diff(np.searchsorted(found, self.ends), prepend=0) + 1


class Quotes:
    """The quotes of a block of lines, for `quoting` with a quote."""

    def __init__(self, lines: Lines, quoting: Quoting) -> None:
        self._lines, self._quoting = lines, quoting
        places = np.flatnonzero(lines.signs == quoting.quote[0])
        if quoting.escape != quoting.quote:
            places = places[self._sign(places - 1) != quoting.escape[0]]
        self._places = places
        self._line_of = np.searchsorted(lines.ends, places)
        self._per_line = np.bincount(self._line_of, minlength=lines.count)

    @cached_property
    def _opens(self) -> Bools:
        """Whether each quote is the first, third, … of its line."""
        first = np.cumsum(self._per_line) - self._per_line
        opens: Bools = (np.arange(len(self._places)) - first[self._line_of]) % 2 == 0
        return opens

    def enclosed(self) -> Ints:
        """Find the lines with a quote that begins a cell."""
        return np.unique(self._line_of[self._begins])

    def lines(self) -> Ints:
        """Find the lines with a quote."""
        return np.flatnonzero(self._per_line)

    def odd(self) -> Ints:
        """Find the lines whose quotes do not plainly enclose cells: an odd number, or one in the middle of a text.

        With an escape of its own, a line with two escapes in a row is odd, too.
        """
        before, after = self._sign(self._places - 1), self._sign(self._places + 1)
        quote = self._quoting.quote[0]
        stands = np.where(self._opens, self._begins | (before == quote), self._ends_cell(after) | (after == quote))
        odd = np.union1d(self._line_of[~stands], np.flatnonzero(self._per_line % 2 == 1))
        if self._quoting.escape != self._quoting.quote:
            escapes = np.flatnonzero(self._lines.signs == self._quoting.escape[0])
            odd = np.union1d(odd, np.searchsorted(self._lines.ends, escapes))
        return odd

    @cached_property
    def _begins(self) -> Bools:
        before = self._sign(self._places - 1)
        begins: Bools = (before == LINE_END) | self._is_delimiter(self._places - len(self._quoting.delimiter))
        return begins

    def _ends_cell(self, after: Bytes) -> Bools:
        ends: Bools = (after == LINE_END) | self._is_delimiter(self._places + 1)
        return ends

    def _is_delimiter(self, places: Ints) -> Bools:
        found: Bools = np.ones(len(places), bool)
        for offset, sign in enumerate(self._quoting.delimiter):
            found &= self._sign(places + offset) == sign
        return found

    def _sign(self, places: Ints) -> Bytes:
        """The byte at each place; a line end before the first and behind the last."""
        inside = (places >= 0) & (places < len(self._lines.signs))
        return np.where(inside, self._lines.signs[np.clip(places, 0, len(self._lines.signs) - 1)], LINE_END)
