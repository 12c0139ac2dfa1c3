"""A JSON file that is one list: its items, one after the other, without the whole list in memory."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.errors import UserError
from data.sources.mapped.records import decoding

LONGEST_ITEM = 1 << 26
"""Characters: an item without an end within them is none."""
BLANK = " \t\r\n"
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)


def items(name: str, path: Path, encoding: str, blocks: Iterator[bytes]) -> Iterator[tuple[int, Any]]:
    """Give the items of the list that ``blocks`` of UTF-8 hold, each with the line on which it begins, from 1.

    Parameters
    ----------
    name, encoding
        The input's name, and the encoding of its rule, for errors.

    Raises
    ------
    UserError
        The list is cut, has a fault between or within its items, or something stands behind it.
    """
    text = _Text(name, path, encoding, blocks)
    text.take("[")
    if text.next_sign() == "]":
        text.take("]")
    else:
        sign = ","
        while sign == ",":
            text.next_sign()
            yield text.line, text.item()
            sign = text.next_sign()
            text.take("," if sign == "," else "]")
    if text.next_sign():
        raise text.broken("something behind the end of the list")


class _Text:
    """The text of a file that is read from its begin on: ``line`` is that of the next sign."""

    def __init__(self, name: str, path: Path, encoding: str, blocks: Iterator[bytes]) -> None:
        self._name, self._path, self._encoding = name, path, encoding
        self._blocks, self._decoder = blocks, codecs.getincrementaldecoder("utf-8")()
        self._held, self._at, self.line = "", 0, 1

    def next_sign(self) -> str:
        """Pass the blanks, and give the sign behind them; empty at the end of the file."""
        while True:
            while self._at < len(self._held):
                sign = self._held[self._at]
                if sign not in BLANK:
                    return sign
                self.line += sign == "\n"
                self._at += 1
            if not self._more():
                return ""

    def take(self, sign: str) -> None:
        """Pass ``sign``, which stands next."""
        found = self.next_sign()
        if found != sign:
            raise self.broken(f"{found!r} in the place of {sign!r}" if found else "the end of the file")
        self._at += 1

    def item(self) -> Any:
        """Read the item that stands next."""
        while True:
            try:
                found, end = _DECODER.raw_decode(self._held, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                if len(self._held) - self._at > LONGEST_ITEM or not self._more():
                    raise self.broken(f"an item that can't be read ({error})") from None
                continue
            if end == len(self._held) and not isinstance(found, dict | list) and self._more():
                continue  # a number may go on in the next block
            self.line += self._held.count("\n", self._at, end)
            self._at = end
            return found

    def broken(self, found: str) -> UserError:
        """Describe the fault at the place that is reached."""
        return UserError(
            expected=f"{self._path.name} to be one whole JSON list, as it begins with [",
            found=f"{found}, in line {self.line}",
            fix="deliver the file again; where it is JSON lines, each line is an object, {…}",
        )

    def _more(self) -> bool:
        """Hold one more block, and let go of what was read; false at the end of the file."""
        block = next(self._blocks, None)
        try:
            text = self._decoder.decode(block or b"", final=block is None)
        except UnicodeDecodeError as error:
            wrong = error.object[error.start]
            raise decoding.wrong_encoding(self._name, self._path, self._encoding, self.line, wrong) from None
        self._held, self._at = self._held[self._at :] + text, 0
        return block is not None
