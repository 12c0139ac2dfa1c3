"""Runs of plain lines: whole records whose cells hold no line end and no odd quote. One pattern finds them in C."""

import re
from dataclasses import dataclass
from functools import cached_property

from data.sources.mapped.records.quoting import Quoting


@dataclass(frozen=True)
class PlainLines:
    """Finds lines of exactly ``width`` cells, each without a quote or enclosed by quotes as ``quoting`` says."""

    quoting: Quoting
    width: int

    def end(self, text: bytes, start: int) -> int:
        """Find the end of the run of plain lines of ``text`` that begins at ``start``, itself the start of a line."""
        found = self._run.match(text, start)
        return start if found is None else found.end()

    def enclosed(self, run: bytes) -> int:
        """Count the lines of ``run``, all plain, with an enclosed cell."""
        quote = self.quoting.quote
        return len(self._quoted.findall(run)) if quote and quote in run else 0

    def hold_delimiters(self, run: bytes) -> int:
        """Count the delimiters within the cells of ``run``, which are all plain lines."""
        return run.count(self.quoting.delimiter) - run.count(b"\n") * (self.width - 1)

    @cached_property
    def _run(self) -> re.Pattern[bytes]:
        # Possessive throughout: a cell has one end, and a line that is not plain must not be read a second time.
        cell, delimiter = self._cell(), re.escape(self.quoting.delimiter)
        return re.compile(b"(?:(?!\n)" + cell + (delimiter + cell) * (self.width - 1) + b"\n)*+")

    @cached_property
    def _quoted(self) -> re.Pattern[bytes]:
        return re.compile(re.escape(self.quoting.quote) + b"[^\n]*\n")

    def _cell(self) -> bytes:
        delimiter, quote, escape = map(re.escape, (self.quoting.delimiter, self.quoting.quote, self.quoting.escape))
        others = b"" if escape == quote else escape
        plain = b"(?:(?!" + delimiter + b")[^\n" + quote + others + b"])*+"
        if len(self.quoting.delimiter) == 1:
            plain = b"[^\n" + delimiter + quote + others + b"]*+"
        if not quote:
            return plain
        within = b"[^\n" + quote + others + b"]*+"
        doubled = b"" if others else b"(?:" + quote * 2 + within + b")*+"
        return b"(?:" + quote + within + doubled + quote + b"|" + plain + b")"
