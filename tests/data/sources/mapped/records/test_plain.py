"""Runs of plain lines: what passes without a closer look, and what they count."""

import pytest

from data.sources.mapped.records.plain import PlainLines
from data.sources.mapped.records.quoting import Quoting

COMMAS = Quoting(b",", b'"', b'"')


@pytest.mark.parametrize("line", [b"a,b,c", b'a,"b, c",d', b'"a ""b""",,c', b",,", b'"",a,b', "é,ö,ü".encode()])
def test_lines_of_whole_cells_are_plain(line: bytes) -> None:
    assert PlainLines(COMMAS, 3).end(line + b"\n", 0) == len(line) + 1


@pytest.mark.parametrize("line", [b"", b"a,b", b"a,b,c,", b'a,5",c', b'a,"b,c', b'a,"b"x,c', b'a,b",c'])
def test_a_run_ends_before_any_other_line(line: bytes) -> None:
    assert PlainLines(COMMAS, 3).end(b"a,b,c\n" + line + b"\n", 0) == len(b"a,b,c\n")


@pytest.mark.parametrize(
    ("quoting", "line", "plain"),
    [
        (Quoting(b",", b"", b""), b'a,5",c', True),
        (Quoting(b",", b'"', b"\\"), b'a,"b\\"",c', False),
        (Quoting(b",", b'"', b"\\"), b'a,"b",c', True),
        (Quoting(b"||", b'"', b'"'), b'a|x||"b||c"||d', True),
        (Quoting(b"||", b'"', b'"'), b"a||b", False),
    ],
)
def test_quotes_escapes_and_delimiters_of_the_rule_decide(quoting: Quoting, line: bytes, plain: bool) -> None:  # noqa: FBT001
    assert (PlainLines(quoting, 3).end(line + b"\n", 0) > 0) == plain


def test_enclosed_lines_and_delimiters_within_cells_are_counted() -> None:
    run = b'a,"b, c",d\na,b,c\n"a",b,"c,,"\n'
    plain = PlainLines(COMMAS, 3)
    assert plain.end(run, 0) == len(run)
    assert (plain.enclosed(run), plain.hold_delimiters(run)) == (2, 3)


def test_a_file_of_one_column_has_no_empty_record() -> None:
    assert PlainLines(COMMAS, 1).end(b"a\n\nb\n", 0) == 2
