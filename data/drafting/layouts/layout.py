"""How a file is laid out: its kind, encoding, delimiter and quoting, and where its header and its footer stand."""

import codecs
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from data.drafting.layouts import footer, header_rows, nested, workbooks
from data.errors import UserError
from data.identity import BLANKS
from data.sources.mapped.mapping.files import NO_QUOTE, FileRule
from data.sources.mapped.records import advice, decoding, streams, text_file
from data.sources.mapped.records.input import DELIMITERS
from data.sources.mapped.records.quoting import End

FIRST_LINES = 200
"""Lines that are looked at for delimiter and header."""

LAST_LINES = 500
"""Lines that are looked at for a footer."""


@dataclass
class Layout:
    """The keys under ``files`` that a file needs, and what was seen, as comments by key."""

    keys: dict[str, str | int | tuple[str, ...]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    """What the row above the header says of each column, where the names of the header repeat."""
    returns: str | None = None
    """The list of returns within each object of JSON, beside the list of its rows."""

    def set(self, key: str, value: str | int | tuple[str, ...], note: str) -> None:
        """Set a key with the comment that says why."""
        self.keys[key], self.notes[key] = value, note

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets of a workbook with several."""
        found = self.keys.get("sheet", ())
        return found if isinstance(found, tuple) else (str(found),)

    def rule(self, path: str) -> FileRule:
        """The rule of a mapping for the file ``path``."""
        return FileRule.model_validate({"path": path, **self.keys})


def look_at_all(path: Path) -> list[Layout]:
    """Look at ``path``, as `look` does; a workbook with several sheets gives a layout for each that has records.

    JSON with returns in a list of each order or item gives another one for them.
    """
    layouts = []
    for sheet, before in workbooks.tables(path).items() if streams.is_workbook(path) else ():
        layout = Layout()
        layout.set("format", "xlsx", "an Excel workbook by its content")
        if sheet is not None:
            layout.set("sheet", sheet, "one of several sheets")
        if before:
            layout.groups = header_rows.groups(*workbooks.rows(path, sheet, before - 1, before + 1))
            layout.set("skip_lines", before, f"CHECK: the header seems to be row {before + 1}{_grouped(layout)}")
        layouts.append(layout)
    if layouts:
        return layouts
    layout = look(path)
    if layout.returns is None:
        return [layout]
    returned = Layout(dict(layout.keys), dict(layout.notes))
    returned.set("rows_of", layout.returns, "CHECK: the list within each object whose items are the returns")
    return [layout, returned]


def look(path: Path) -> Layout:
    """Look at ``path``; `UserError` where it is no file of records, or of an encoding that is not known."""
    with path.open("rb") as stream:
        start = stream.read(4096)
    layout = Layout()
    if start.startswith(b"PAR1"):
        layout.set("format", "parquet", "seen by its first bytes")
    elif streams.is_workbook(path):
        layout.set("format", "xlsx", "an Excel workbook by its content")
    else:
        _look_at_text(path, layout)
    return layout


def _look_at_text(path: Path, layout: Layout) -> None:
    if path.stat().st_size == 0:
        raise streams.empty(path)
    encoding = _encoding(path, layout)
    first, last = _ends(path, encoding)
    if not any(any(map(str.isalnum, line)) for line in (*first, *last)):
        raise streams.empty(path)
    if (objects := nested.of_list("\n".join(first))) is not None:
        _json(objects, "one list of objects", layout)
        return
    if any(line.startswith("{") for line in first[:1]):
        _json(first, "one object a line", layout)
        return
    _delimiter_and_header(first, layout)
    _footer(last, layout)
    _quoting(path, layout)


def _json(objects: list[str], how: str, layout: Layout) -> None:
    layout.set("format", "jsonl", how)
    returned, items = nested.returns_of(objects), nested.rows_of(objects)
    layout.returns = None if returned == items else returned
    if items is not None:
        layout.set("rows_of", items, "CHECK: the list within each object whose items are the rows")


def _encoding(path: Path, layout: Layout) -> str:
    if _is_utf8(path):
        return "utf-8"
    found = advice.of(path)
    if not found.encodings:
        return "utf-8"  # a file with a few wrong bytes: the reader refuses their records, or the file
    first = found.encodings[0]
    if first != "utf-8":
        clear = "CHECK: the whole file reads as words in it; look at names with accents"
        layout.set("encoding", first, clear if found.clear else f"CHECK: {found.difference}; which one is right?")
    return first


def _is_utf8(path: Path) -> bool:
    """Whether all bytes are UTF-8 and none is zero: a text of another encoding with signs beyond ASCII hardly is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        whole = all(b"\0" not in block and decoder.decode(block) is not None for block in streams.blocks(path))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return whole


def _ends(path: Path, encoding: str) -> tuple[list[str], list[str]]:
    """Read the first and the last lines."""
    head, tail = "", ""
    for block in decoding.utf8_blocks(path, encoding, path.stem):
        text = block.decode("utf-8", "replace")
        head = head if head.count("\n") > FIRST_LINES else head + text
        tail = (tail + text)[-1_000_000:]
    return head.split("\n")[:FIRST_LINES], tail.split("\n")[-LAST_LINES:]


def _delimiter_and_header(lines: list[str], layout: Layout) -> None:
    """Take the delimiter that gives the most lines of one width, and the first line of this width as the header."""
    named = next((line.strip()[4:] or "\t" for line in lines[:3] if re.fullmatch(r"(?i)sep=.?", line.strip())), None)
    widths = {sign: Counter(len(_cells(line, sign)) for line in lines if line.strip()) for sign in DELIMITERS}
    best = max(widths, key=lambda sign: _evenness(widths[sign]))
    sign = named if named in DELIMITERS else best
    if sign != ",":
        why = "named by the line sep=" if named else f"{DELIMITERS[sign]} separates the cells"
        layout.set("delimiter", sign, why)
    width = max(((count, size) for size, count in widths[sign].items()), default=(0, 1))[1]
    place = next((number for number, line in enumerate(lines) if _is_header(_cells(line, sign), width)), 0)
    if place + 1 < len(lines) and header_rows.lower(_cells(lines[place], sign), _cells(lines[place + 1], sign)):
        place += 1
    before = [line for line in lines[:place] if line.strip() and not re.fullmatch(r"(?i)sep=.?", line.strip())]
    if before:
        layout.groups = header_rows.groups(_cells(lines[place - 1], sign), _cells(lines[place], sign))
        layout.set("skip_lines", place, f"CHECK: the header seems to be line {place + 1}{_grouped(layout)}")


def _grouped(layout: Layout) -> str:
    if not layout.groups:
        return ""
    return "; the one before it groups its columns, and says what columns of one name such as Nr. (2) are of"


def _evenness(widths: Counter[int]) -> float:
    """How well a delimiter cuts: the most lines of one width, which counts more where it is larger."""
    return max(((width > 1) * width**0.5 * count for width, count in widths.items()), default=0.0)


def _is_header(cells: list[str], width: int) -> bool:
    named = [cell for cell in cells if cell and not re.fullmatch(r"[\d.,:/ -]+", cell)]
    return len(cells) == width and len(named) > width / 2 and len(set(cells)) > width / 2


def _footer(lines: list[str], layout: Layout) -> None:
    found = footer.count(lines, layout.rule("*"))
    if found:
        layout.set("footer_lines", found, "CHECK: lines at the end that are no records, such as totals")


def _quoting(path: Path, layout: Layout) -> None:
    """Switch quoting off where quotes break records and no record needs them; the whole file is read for it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            _, account = text_file.scan(path.stem, path, layout.rule(path.name), Path(folder) / "records")
        except UserError:
            return
    if account.ends_in_delimiter:
        layout.set(
            "trailing_delimiter", "true", "CHECK: every record has one empty cell more at its end than the header"
        )
    if account.quotes_are_text or (layout.keys.get("delimiter") == "\t" and not account.need_quotes):
        layout.set("quote", NO_QUOTE, "CHECK: no cell needs quotes around it, so that a quote is part of a text")


def _cells(line: str, sign: str) -> list[str]:
    rule = FileRule(path="*", delimiter=sign)
    end, cells = text_file.quoting(rule).split(line.encode())
    if end is not End.WHOLE:
        return [cell.strip(BLANKS) for cell in line.split(sign)]
    return [cell.decode().strip(BLANKS) for cell in cells]
