"""One record: its cells come back as they were enclosed, and a quote out of place is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sources.mapped.records.quoting import End, Quoting

CELLS = st.lists(st.text('ab," \\\n;').map(str.encode), min_size=1, max_size=5)


@given(CELLS, st.sampled_from(['"', "\\"]), st.sampled_from([",", ";;"]))
def test_enclosed_cells_come_back(cells: list[bytes], escape: str, delimiter: str) -> None:
    own = escape.encode()
    written = [cell if escape == '"' else cell.replace(own, own * 2) for cell in cells]
    line = delimiter.encode().join(b'"' + cell.replace(b'"', own + b'"') + b'"' for cell in written)
    assert Quoting(delimiter.encode(), b'"', own).split(line) == (End.WHOLE, cells)


@pytest.mark.parametrize(
    ("line", "end", "cells"),
    [
        (b'a,"b', End.OPEN, [b"a", b"b"]),
        (b'a,"b""', End.OPEN, [b"a", b'b""']),
        (b'a,"b"c,d', End.BROKEN, [b"a", b"b"]),
        (b'a,b"c",d', End.WHOLE, [b"a", b'b"c"', b"d"]),
        (b'a,"",', End.WHOLE, [b"a", b"", b""]),
        (b"", End.WHOLE, [b""]),
    ],
)
def test_a_quote_encloses_from_the_start_of_a_cell_to_its_end(line: bytes, end: End, cells: list[bytes]) -> None:
    assert Quoting(b",", b'"', b'"').split(line) == (end, cells)


def test_without_a_quote_every_quote_is_text() -> None:
    assert Quoting(b",", b"", b"").split(b'"a,b"') == (End.WHOLE, [b'"a', b'b"'])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b'a,L99"', {"loose", "lone"}),
        (b'a,="0012"', {"loose"}),
        (b'a,"b"', set()),
        (b'a,"b""c"', {"escaped"}),
        (b'"",b"c,""""', {"loose", "lone", "escaped"}),
        (b'a,"b,",""', set()),
    ],
)
def test_quotes_in_texts_are_loose_or_escaped(line: bytes, found: set[str]) -> None:
    quoting = Quoting(b",", b'"', b'"')
    assert quoting.is_loose(line) is ("loose" in found)
    assert quoting.has_lone(line) is ("lone" in found)
    assert quoting.has_escaped(line) is ("escaped" in found)
