"""Records of a text file: which lines are one, which are refused, and that every line is accounted for."""

import io

import pytest

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


def test_an_empty_cell_too_many_does_not_shift_the_others() -> None:
    written, account = scan("r1,a,\nr2,b,c,\nr3,d,3\n")
    assert written == "r1,a,\nr3,d,3\n"
    assert account.refused == [(2, "malformed_row")]
