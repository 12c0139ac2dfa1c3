"""Lines of a block that need a closer look: none that is not plain is passed over."""

from hypothesis import given
from hypothesis import strategies as st

from data.sources.mapped.records.lines import Lines, Quotes
from data.sources.mapped.records.quoting import End, Quoting

BLOCKS = st.lists(st.text('ab," \\'), min_size=1, max_size=6).map(
    lambda lines: "".join(f"{x}\n" for x in lines).encode()
)


@given(BLOCKS, st.sampled_from([b'"', b"\\"]))
def test_a_line_that_is_not_odd_is_whole(block: bytes, escape: bytes) -> None:
    quoting, lines = Quoting(b",", b'"', escape), Lines(block)
    odd = set(Quotes(lines, quoting).odd().tolist())
    assert all(quoting.split(lines.line(number))[0] is End.WHOLE for number in set(range(lines.count)) - odd)


@given(BLOCKS)
def test_cells_are_counted_as_a_split_does(block: bytes) -> None:
    lines = Lines(block)
    assert lines.cells(b",").tolist() == [line.count(b",") + 1 for line in block.split(b"\n")[:-1]]


@given(st.lists(st.binary(max_size=4).map(lambda line: line.replace(b"\n", b"")), min_size=1, max_size=8))
def test_each_undecodable_line_is_found_with_its_first_wrong_byte(found: list[bytes]) -> None:
    expected = {}
    for number, line in enumerate(found):
        try:
            (line + b"\n").decode()
        except UnicodeDecodeError as error:
            expected[number] = line[error.start]
    assert Lines(b"".join(line + b"\n" for line in found)).undecodable() == expected


def test_blank_lines_and_those_beyond_ascii_are_found() -> None:
    lines = Lines("a\n\nö ö\n\n".encode())
    assert lines.blank().tolist() == [1, 3]
    assert lines.beyond_ascii().tolist() == [2]
