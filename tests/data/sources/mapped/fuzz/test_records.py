"""Rows in random layouts come out of the reader as they went in; of damaged files, every lost record is named."""

import csv
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from hypothesis import example, given, note, settings
from hypothesis import strategies as st

from data.errors import UserError
from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.records import inputs, streams
from data.sources.mapped.records.input import FileAccount, Input
from data.sources.session import open_session
from tests.data.sources.mapped.fuzz.damage import EXAMPLES, Damage, broken, damages
from tests.data.sources.mapped.fuzz.layouts import Layout, Row, layouts

SIGNS = "ab12,;|\t\"'\\\n =#"
ALPHABETS = (SIGNS, 'a,"\n', SIGNS + "äöüéß€", SIGNS + "太小了红色", SIGNS + "サイズ小")


@st.composite
def rows_of_text(draw: st.DrawFn) -> list[Row]:
    """Draw a header and records; one column holds the record's id, which stands nowhere else."""
    width, place = draw(st.integers(3, 5)), draw(st.integers(0, 4))
    texts = st.text(draw(st.sampled_from(ALPHABETS)), max_size=7)
    records = draw(st.lists(st.lists(texts, min_size=width - 1, max_size=width - 1), min_size=1, max_size=12))
    rows = [["id", *(f"c{number}" for number in range(1, width))]]
    rows += [[f"R{number:03}", *cells] for number, cells in enumerate(records)]
    return [(*row[1 : 1 + place], row[0], *row[1 + place :]) for row in rows]


@dataclass(frozen=True)
class Found:
    """What the reader made of a file: the rows by id, the lines of the rejects, and the account."""

    rows: list[Row]
    rejected: set[int]
    account: FileAccount


def read(layout: Layout, names: Row, content: bytes) -> Found:
    """Read a file of ``layout`` through the stage of inputs."""
    with tempfile.TemporaryDirectory() as name, patch.object(streams, "BLOCK", layout.block):
        folder = Path(name)
        (folder / layout.name).write_bytes(content)
        with open_session(folder) as connection:
            source = Input("lines", FileRule.model_validate(layout.rule), names, "order_lines")
            (account,) = inputs.stage(connection, source, folder, folder)
            columns = ", ".join(f"coalesce({column}, '')" for column in names)
            rows = connection.execute(f"SELECT {columns} FROM {source.table} ORDER BY rowid").fetchall()
            keys = [str(key) for (key,) in connection.execute("SELECT key FROM rejects").fetchall()]
    return Found(rows, {int(re.findall(r"(?:line|row) (\d+)$", key)[0]) for key in keys}, account)


def outcome(layout: Layout, names: Row, content: bytes) -> Found | UserError:
    """Read a file, or give its refusal."""
    try:
        return read(layout, names, content)
    except UserError as error:
        return error


def fitting(layout: Layout, rows: list[Row]) -> list[Row]:
    """Take the signs out of ``rows`` that ``layout`` can't hold."""
    return [tuple("".join(sign for sign in cell if layout.holds(sign)) for cell in row) for row in rows]


def lines_of(layout: Layout, text: bytes) -> list[str]:
    """Count the lines of a text in a simple way."""
    return text.decode(layout.encoding, "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def is_a_line(layout: Layout, lines: list[str], row: Row) -> bool:
    """Whether one of ``lines`` is the record ``row``, as Python's own reader sees it."""
    escape = "\\" if layout.backslash else None
    for line in lines:
        with suppress(csv.Error):
            cells = csv.reader(
                [line],
                delimiter=layout.delimiter,
                quotechar=layout.quote,
                doublequote=escape is None,
                escapechar=escape,
                strict=True,
            )
            if list(cells) == [[*row]]:
                return True
    return False


def looks_like_records(layout: Layout, cell: str) -> bool:
    """Whether a line within ``cell`` could be a record by itself, with a quote in it or not."""
    return all(sign in cell for sign in ("\n", layout.delimiter))


def assert_each_record_came_out_or_is_named(
    layout: Layout, content: bytes, rows: list[Row], found: Found | UserError
) -> None:
    """Check a whole file with a text that looks like records: no other row came out, and none is lost in silence."""
    note(repr(found))
    if isinstance(found, UserError):
        assert found.fix
        return
    names, *records = rows
    lines = lines_of(layout, content)
    assert set(found.rows) <= {*records}
    for row in {*records} - {*found.rows}:
        place = next(number for number, line in enumerate(lines, start=1) if row[names.index("id")] in line)
        spans = "".join(row).count("\n")
        assert found.rejected & set(range(place - spans, place + 1)), row


NAMES = ("c1", "id", "c2")


@example(rows=[NAMES, ("", "R000", "")], layout=Layout(footer=2, blank_end=2))
@example(rows=[NAMES, ("a\n=b", "R000", "x"), ("", "R001", "")], layout=Layout())
@example(rows=[NAMES, ("", "R000", "a\n,,\n,,b")], layout=Layout())  # nobody knows whether these are records
@example(rows=[NAMES, ("a\n,,\nb", "R000", ""), ("", "R001", "")], layout=Layout())
@settings(max_examples=EXAMPLES)
@given(rows=rows_of_text(), layout=layouts())
def test_rows_come_out_as_they_were_written(rows: list[Row], layout: Layout) -> None:
    rows = fitting(layout, rows)
    content = layout.write(rows)
    note(repr(content))
    found = outcome(layout, rows[0], layout.pack(content))
    if layout.kind == "csv" and any(looks_like_records(layout, cell) for row in rows[1:] for cell in row):
        assert_each_record_came_out_or_is_named(layout, content, rows, found)
        return
    assert isinstance(found, Found), found
    assert found.rows == rows[1:]
    assert found.rejected == set()
    assert found.account.records == len(rows) - 1 == found.account.loaded


@example(
    rows=[NAMES, ("a\n=b", "R000", "x"), ("", "R001", "b, c")],
    layout=Layout(enclose="always"),
    damage=Damage("stray quote", 19),
)
@example(
    rows=[("c1", "c2", "id", "c3", "c4"), ("", "", "R000", "|", ""), ("a|a", "=", "R001", "=", "")],
    layout=Layout(delimiter="|", quote="'"),
    damage=Damage("lost quote", 2),
)
@example(  # the third quote of three makes a whole record of a line
    rows=[NAMES, ('a",\nb', "R000", "\n"), ("", "R001", "")], layout=Layout(), damage=Damage("stray quote", 14)
)
@example(  # a NUL instead of the quote that ends a cell
    rows=[("c1", "c2", "id"), ("", '"', "R000"), ("", ";\n", "R001")],
    layout=Layout(delimiter=";", backslash=True),
    damage=Damage("byte", 13),
)
@example(  # the same, and the rest of the next record has fewer cells
    rows=[("id", "c1", "c2"), ("R000", "", ";"), ("R001", "\n", "\n")],
    layout=Layout(delimiter=";"),
    damage=Damage("byte", 17),
)
@example(  # a quote behind a blank, in a cell too many
    rows=[("id", "c1", "c2", "c3"), ("R000", "", "", ", "), ("R001", "", "", "")],
    layout=Layout(last_end=False),
    damage=Damage("lost quote", 0),
)
@example(  # a line with two empty cells too many
    rows=[("id", "c1", "c2"), ("R000", ",,,\n", "1")], layout=Layout(), damage=Damage("lost quote", 0)
)
@example(  # without its first quote, each of two lines is a valid record
    rows=[("c1", "id", "c2", "c3"), (",,,\n", "R000", "", ",,,1")], layout=Layout(), damage=Damage("lost quote", 0)
)
@example(  # a quote too many behind a cell of several lines: the next record's quote ends the cell
    rows=[("id", "c1", "c2", "c3", "c4"), ("R000", "", "", "\n", '"'), ("R001", "", "", "", "\n")],
    layout=Layout(last_end=False),
    damage=Damage("stray quote", 27),
)
@example(  # without one of its quotes, the record has as many cells, and a quote at the end of one
    rows=[("id", "c1", "c2", "c3"), ("R000", '"\n",', "", ",1")],
    layout=Layout(last_end=False),
    damage=Damage("lost quote", 3),
)
@example(  # the record has all its cells without the last line, which is the rest of its text
    rows=[("id", "c1", "c2"), ("R001", '1111"\n",', '"\n')],
    layout=Layout(last_end=False),
    damage=Damage("lost quote", 3),
)
@example(  # the record has all its cells without the first line, which is the begin of its text
    rows=[("c1", "c2", "id"), ('"', '"', "R000"), ("\n,", "\n", "R001")],
    layout=Layout(last_end=False),
    damage=Damage("stray quote", 29),
)
@example(  # the same, with another line of that text between
    rows=[("c1", "c2", "id"), ("\n1\n,", "\n", "R001")], layout=Layout(last_end=False), damage=Damage("stray quote", 16)
)
@settings(max_examples=EXAMPLES)
@given(rows=rows_of_text(), layout=layouts(), damage=damages())
def test_a_record_of_a_damaged_file_is_kept_whole_or_named(rows: list[Row], layout: Layout, damage: Damage) -> None:
    rows = fitting(layout, rows)
    text, content = broken(layout, rows, damage)
    note(repr(text))
    found = outcome(layout, rows[0], content)
    if isinstance(found, UserError):
        assert found.fix
        assert "to be rows or refused ones" not in found.expected  # the reader and the count of records agree
        return
    note(repr(found))
    key = rows[0].index("id")
    truth = {row[key]: row for row in rows[1:]}
    altered = {row for row in found.rows if row[key] in truth and row != truth[row[key]]}
    assert len(altered) <= (damage.kind in ("stray quote", "lost quote", "cut", "byte"))
    lines = lines_of(layout, text) if layout.kind == "csv" else []
    for row in altered:
        if is_a_line(layout, lines, row):  # a valid record: no reader can know that more belonged to it
            continue
        ((was, now),) = [pair for pair in zip(truth[row[key]], row, strict=True) if pair[0] != pair[1]]
        assert len(now.replace(layout.quote, "")) <= len(was) + 1
        assert not re.search(r"R\d{3}", now)
    if layout.kind == "xlsx":
        assert {row[key] for row in found.rows} == set(truth)
        return
    kept = {row[key] for row in found.rows}
    lines = lines_of(layout, text)
    places = {record: [number for number, line in enumerate(lines, start=1) if record in line] for record in truth}
    # A line that is a valid record without its neighbours: no reader can know that its id is no part of a text.
    valid = ["".join(row) for row in found.rows if row[key] not in truth and is_a_line(layout, lines, row)]
    renamed = {(*row[:key], "", *row[key + 1 :]) for row in found.rows if row[key] not in truth}
    lost = [
        record
        for record, row in truth.items()
        if record not in kept
        and places[record]
        and (*row[:key], "", *row[key + 1 :]) not in renamed
        and not any(record in row for row in valid)
    ]
    if damage.kind == "cut" and layout.footer:  # the last lines are taken for the footer that was cut off
        lost = lost[: -layout.footer]
    for record in lost:
        spans = "".join(truth[record]).count("\n")
        assert found.rejected & set(range(places[record][0] - spans, places[record][0] + 1)), record
