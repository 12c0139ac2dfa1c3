"""A CSV file, told apart into what stands before the header, the header, its records, and the footer."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.errors import UserError
from data.identity import BLANKS
from data.sources.mapped.mapping.files import NO_QUOTE, FileRule
from data.sources.mapped.records import decoding
from data.sources.mapped.records.input import told_apart
from data.sources.mapped.records.quoting import End, Quoting
from data.sources.mapped.records.scan import Account, Scanner

LONGEST_LINE = 1 << 26
"""Bytes; a longer line is no line of a table."""


@dataclass(frozen=True)
class Head:
    """The header, the number of its first line from 1, the number of the line behind it, and the text behind it."""

    names: list[str]
    line: int
    next_line: int
    rest: bytes


def quoting(rule: FileRule) -> Quoting:
    """Describe how cells of files of ``rule`` are separated and enclosed."""
    quote = b"" if rule.quote == NO_QUOTE else rule.quote.encode()
    return Quoting(rule.delimiter.encode(), quote, quote if rule.escape is None else rule.escape.encode())


def scan(name: str, path: Path, rule: FileRule, target: Path) -> tuple[Head, Account]:
    """Write the good records of ``path`` as UTF-8 into ``target``, readable by this user only, without a header.

    Parameters
    ----------
    name
        The input's name, for errors.

    Raises
    ------
    UserError
        The file is empty or cut, has no header, or is of another encoding.
    """
    head, account = _scan(name, path, rule, target, strict=False)
    if account.loose and _escapes_quotes(account, target, quoting(rule), len(head.names) + rule.trailing_delimiter):
        head, account = _scan(name, path, rule, target, strict=True)
    _check_encoding(name, path, rule, account)
    return head, account


def _scan(name: str, path: Path, rule: FileRule, target: Path, *, strict: bool) -> tuple[Head, Account]:
    blocks = decoding.utf8_blocks(path, rule.encoding, name)
    head = _head(name, path, rule, blocks)
    width = len(head.names) + rule.trailing_delimiter
    target.touch(mode=0o600)
    with target.open("wb") as sink:
        scanner = Scanner(quoting(rule), width, rule.max_cell_lines, head.next_line, sink, strict=strict)
        carry = head.rest
        for block in blocks:
            carry = _scan_whole_lines(scanner, carry + block, rule.footer_lines, path)
        carry = _scan_whole_lines(scanner, carry, rule.footer_lines, path)
        whole, footer = _without_footer(carry, rule.footer_lines)
        scanner.account.footer = footer
        if whole:
            scanner.scan(whole, last=True)
    return head, scanner.account


def _escapes_quotes(account: Account, records: Path, quoting: Quoting, width: int) -> bool:
    """Whether the file encloses most records, or escapes quotes: then a quote in a bare text is a mistake.

    Otherwise it may be a sign of inches, in a file whose writer escapes none.
    """
    if account.quotes_are_text:
        return False
    if 2 * account.enclosed > account.records + len(account.refused):
        return True
    mark = quoting.escape + quoting.quote
    with records.open("rb") as lines:
        for line in lines:
            text = line.rstrip(b"\n")
            if mark in text and not quoting.has_lone(text) and quoting.has_escaped(text):
                end, cells = quoting.split(text)
                if end is End.WHOLE and len(cells) == width:
                    return True
    return False


def header(name: str, path: Path, rule: FileRule) -> Head:
    """Read the header of ``path`` and what stands before it; `UserError` as `scan`."""
    return _head(name, path, rule, decoding.utf8_blocks(path, rule.encoding, name))


def _scan_whole_lines(scanner: Scanner, text: bytes, footer: int, path: Path) -> bytes:
    """Scan the whole lines of ``text`` but for the last ``footer`` ones with a sign; return what is left."""
    cut = text.rfind(b"\n") + 1
    held = 0
    while held < footer and cut:
        start = text.rfind(b"\n", 0, cut - 1) + 1
        held += bool(text[start:cut].strip())
        cut = start
    if len(text) - cut > LONGEST_LINE:
        raise UserError(
            expected=f"{path.name} to have lines of at most {LONGEST_LINE >> 20} MB",
            found="a longer one, or no line end",
            fix="deliver the file as CSV with a record a line",
        )
    return text if cut == 0 else scanner.scan(text[:cut], last=False) + text[cut:]


def _without_footer(text: bytes, footer: int) -> tuple[bytes, int]:
    """Split the last ``footer`` lines with a sign off ``text``; return the rest, and the number of lines left out."""
    lines = text.split(b"\n")
    found = 0
    while found < footer and lines:
        found += bool(lines.pop().strip())
    whole = b"\n".join(lines)
    return (whole + b"\n" if whole and not whole.endswith(b"\n") else whole), found


def _head(name: str, path: Path, rule: FileRule, blocks: Iterator[bytes]) -> Head:
    text, most = b"", rule.skip_lines + rule.max_cell_lines + 1
    for block in blocks:
        text += block
        if text.count(b"\n") > most:
            break
    lines = text.split(b"\n")
    place = rule.skip_lines
    while place < len(lines) and not lines[place].strip():
        place += 1
    if place >= len(lines):
        raise UserError(
            expected=f"a header in {path}",
            found="an empty file" if not text.strip() else f"no line behind the first {rule.skip_lines}",
            fix=f"deliver the file again, or correct skip_lines of files.{name} in the mapping",
        )
    if lines[place].lower().startswith(b"sep=") and len(lines[place].strip()) <= len(b"sep=") + 1:
        _check_separator(name, path, rule, lines[place])
        place += 1
    end = place + 1
    how, cells = quoting(rule).split(b"\n".join(lines[place:end]))
    while how is End.OPEN and end < len(lines) and end - place < rule.max_cell_lines:
        end += 1
        how, cells = quoting(rule).split(b"\n".join(lines[place:end]))
    if how is not End.WHOLE:
        how, cells, end = End.WHOLE, lines[place].split(rule.delimiter.encode()), place + 1
    return Head(_names(name, path, rule, cells, place + 1), place + 1, end + 1, b"\n".join(lines[end:]))


def _names(name: str, path: Path, rule: FileRule, cells: list[bytes], place: int) -> list[str]:
    if any(b"\0" in cell for cell in cells):
        raise decoding.wrong_encoding(name, path, rule.encoding, place, 0)
    try:
        return told_apart([cell.decode().strip(BLANKS) for cell in cells])
    except UnicodeDecodeError as error:
        raise decoding.wrong_encoding(name, path, rule.encoding, place, error.object[error.start]) from None


def _check_separator(name: str, path: Path, rule: FileRule, line: bytes) -> None:
    """Refuse a line ``sep=;`` that names another delimiter than the mapping."""
    found = line.strip()[len(b"sep=") :].decode("utf-8", "replace") or "\t"
    if found != rule.delimiter:
        raise UserError(
            expected=f"{path.name} to be separated by {rule.delimiter!r}, as files.{name}.delimiter says",
            found=f"a first line that names {found!r}: {line.decode('utf-8', 'replace').strip()}",
            fix=f"set delimiter: {found!r} under files.{name} of the mapping",
        )


def _check_encoding(name: str, path: Path, rule: FileRule, account: Account) -> None:
    """Refuse a file whose undecodable records are more than odd ones in a file of the right encoding."""
    if account.beyond_ascii and codecs.lookup(rule.encoding).name not in decoding.UTF_8:
        decoding.refuse_utf_8(path, rule.encoding, name)
    wrong = len(account.wrong_bytes)
    good = account.beyond_ascii - wrong
    if wrong and (good <= 2 * wrong or wrong > max(1, account.records // 100)):
        line = min(account.wrong_bytes)
        raise decoding.wrong_encoding(name, path, rule.encoding, line, account.wrong_bytes[line])
