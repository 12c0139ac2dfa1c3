"""Records of a text file: which lines are one, which are refused, and that every line is accounted for."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sources.mapped.records import scan as scan_module
from data.sources.mapped.records.plain import PlainLines
from data.sources.mapped.records.quoting import Quoting
from data.sources.mapped.records.scan import Account, Scanner

COMMAS = Quoting(b",", b'"', b'"')


def scan(text: str, width: int = 3, most_lines: int = 10, block: int = 1 << 20) -> tuple[str, Account]:
    """Scan ``text`` in blocks of whole lines; give what was written, and the account."""
    sink = io.BytesIO()
    scanner = Scanner(COMMAS, width, most_lines, 1, sink)
    carry = b""
    for start in range(0, len(text), block):
        carry += text[start : start + block].encode()
        cut = carry.rfind(b"\n") + 1
        carry = scanner.scan(carry[:cut], last=False) + carry[cut:] if cut else carry
    if carry:
        scanner.scan(carry, last=True)
    return sink.getvalue().decode(), scanner.account


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_a_cell_of_several_lines_is_one_record_whatever_the_block(block: int) -> None:
    text = 'r1,"a\nb\n\nc",1\nr2,x,2\n'
    written, account = scan(text, block=block)
    assert written == text
    assert (account.records, account.spanning, account.refused) == (2, 1, [])
    assert [account.line_of(record) for record in range(2)] == [1, 5]


@pytest.mark.parametrize("text", ['"a\nb",r1,1\n', '"a\nb\nc",r1,1\n', '"a\nb",r1,1\n"c\nd",r2,1\n'])
def test_the_first_cell_of_a_record_may_span_lines(text: str) -> None:
    written, account = scan(text)
    assert written == text
    assert account.refused == []


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_a_stray_quote_costs_its_line_alone(block: int) -> None:
    written, account = scan('r1,"a,1\nr2,b,2\nr3,"c, d",3\n', block=block)
    assert written == 'r2,b,2\nr3,"c, d",3\n'
    assert account.refused == [(1, "open_quote")]


def test_the_rest_of_a_refused_record_is_no_record() -> None:
    written, account = scan('"a"x\nb",r1,1\nr2,c,2\n')
    assert written == "r2,c,2\n"
    assert account.refused == [(1, "text_after_quote"), (2, "rest_of_record")]


def test_a_quote_within_a_text_is_text_behind_a_good_record() -> None:
    text = 'r1,a,1\nr2,5" pipe,2\nr3,"b\nc",3\nr4,6",4\n'
    written, account = scan(text)
    assert written == text
    assert account.refused == []


def test_a_cell_spans_at_most_so_many_lines() -> None:
    assert scan('r1,"a\nb\nc",1\n', most_lines=3)[1].refused == []
    assert scan('r1,"a\nb\nc",1\n', most_lines=2)[1].refused[0] == (1, "open_quote")


def test_each_line_is_written_refused_or_blank() -> None:
    text = 'r1,a,1\n\nr2,"b,2\nr3,c,3\n\n'
    written, account = scan(text)
    assert written.count("\n") + len(account.refused) + account.blank == text.count("\n")
    assert account.blank == 2


@pytest.mark.parametrize("more", [",", ",,", ',""', ',"",', ',,""', ', "'])
def test_cells_too_many_do_not_shift_the_others(more: str) -> None:
    written, account = scan(f"r1,a,\nr2,b,c{more}\nr3,d,3\n")
    assert written == "r1,a,\nr3,d,3\n"
    assert account.refused == [(2, "malformed_row")]


@pytest.mark.parametrize("places", [(50, 140), (99, 103), (99, 100), (20, 40, 60, 80), (7, 8, 9)])
def test_lone_quotes_cost_their_own_records_alone(places: tuple[int, ...]) -> None:
    rows = [f"s{n % 7},L{n},O{n},c,p,{chr(34) if n in places else 'note'},2024-01-01,1,5.00" for n in range(200)]
    written, account = scan("\n".join(rows) + "\n", width=9)

    assert sorted(line - 1 for line, _ in account.refused) == list(places)
    assert written == "".join(row + "\n" for n, row in enumerate(rows) if n not in places)


def test_a_lost_quote_at_the_start_of_two_records_costs_both() -> None:
    rows = ['"s4,L1,O1,c,p,2024-01-01', 's0",L2,O2,c,p,2024-01-01', "s1,L3,O3,c,p,2024-01-01"]
    written, account = scan("\n".join(rows) + "\n", width=6)

    assert written == rows[2] + "\n"
    assert [line for line, _ in account.refused] == [1, 2]


LINES = st.sampled_from(
    [
        *("r,a,1", "r,é,1", "", "r,a", "r,a,1,"),
        'r,"a, b",1',
        'r,"a ""b""",1',
        '"r",,',
        'r,"a',
        'b",1',
        'r,5",1',
        '"a"x,b,1',
    ]
)


@given(st.lists(LINES, max_size=12), st.booleans())
def test_runs_of_plain_lines_change_neither_records_nor_account(lines: list[str], ends: bool) -> None:  # noqa: FBT001
    text = "\n".join(lines) + "\n" * ends
    text += "\n" * (not text.endswith("\n") and bool(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan_module, "CLOSELY", 1)
        written, account = scan(text)
        patch.setattr(PlainLines, "end", lambda _, __, start: start)
        patch.setattr(scan_module, "CLOSELY", 1 << 20)
        closely, expected = scan(text)
    assert written == closely
    account.need_quotes, expected.need_quotes = min(account.need_quotes, 1), min(expected.need_quotes, 1)
    assert account == expected


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_a_lost_quote_does_not_take_the_next_record_the_other_way_round(block: int) -> None:
    written, account = scan('a,a,r1\n,"b,r2\n,",\n",r3\nd,d,r4\n', block=block)
    assert written == 'a,a,r1\n,",\n",r3\nd,d,r4\n'
    assert account.refused == [(2, "open_quote")]


def test_a_text_of_a_few_lines_that_could_be_records_is_refused_whole() -> None:
    written, account = scan('r1,x,"a\nb,c,d\ne,f,g"\nr2,y,2\n')
    assert written == "r2,y,2\n"
    assert account.refused == [(1, "open_quote"), (2, "rest_of_record"), (3, "rest_of_record")]


def test_more_lines_than_a_text_has_by_chance_are_records() -> None:
    records = "".join(f"r{number},b,{number}\n" for number in range(2, 9))
    written, account = scan(f'r1,"a,1\n{records}r9,5",9\n')
    assert written == f'{records}r9,5",9\n'
    assert account.refused == [(1, "open_quote")]


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_a_record_that_ends_by_a_quote_of_the_next_one_is_refused_and_the_next_one_kept(block: int) -> None:
    written, account = scan('r1,"\n","x""\nr2,,"\n"\n', block=block)
    assert written == 'r2,,"\n"\n'
    assert account.refused == [(1, "open_quote"), (2, "rest_of_record")]


def test_a_lone_quote_in_a_text_is_kept_and_counted() -> None:
    text = 'r1,24" tv,1\nr2,"b, c",2\nr3,L99",3\n'
    written, account = scan(text)
    assert written == text
    assert (account.loose, account.first_loose) == (2, [1, 3])


@pytest.mark.parametrize("text", ['r1,"a"" b",L99"\n', 'r1,"a\nb",L99"\n'])
def test_a_lone_quote_beside_a_text_whose_quotes_are_right_is_a_mistake(text: str) -> None:
    written, account = scan(text + "r2,c,2\n")
    assert written == "r2,c,2\n"
    assert account.refused[0] == (1, "quote_within_text")


@pytest.mark.parametrize(
    ("text", "escape", "formulas"),
    [
        ('a,="0012",b\n', '"', True),
        ('a,"=""0012""",b\n', '"', True),
        ('a,"=\\"0012\\"",b\n', "\\", True),
        ('a,=1+1,"b"\n', '"', False),
    ],
)
def test_texts_that_may_be_formulas_of_a_spreadsheet_are_noticed(text: str, escape: str, *, formulas: bool) -> None:
    scanner = Scanner(Quoting(b",", b'"', escape.encode()), 3, 10, 1, io.BytesIO())

    scanner.scan(text.encode(), last=True)

    assert scanner.account.formulas is formulas
