"""Text of any encoding as UTF-8 with one kind of line end, and the errors of a file that is of another encoding."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from data.errors import UserError
from data.sources.mapped.records import advice, streams

UTF_8 = frozenset({"utf-8", "utf-8-sig", "ascii"})
NO_CHANCE, MOST_SIGNS = 5, 1 << 20
"""So many letters of UTF-8 are hardly ever the bytes of another text; and most signs of a block that are counted."""


def utf8_blocks(path: Path, encoding: str, name: str) -> Iterator[bytes]:
    r"""Read ``path`` as UTF-8 with line ends ``\n``; bytes that ``encoding`` can't decode stay as they are.

    A line ends in a line feed, a carriage return, or both; within an enclosed cell, all of them become ``\n``.

    Parameters
    ----------
    name
        The input's name, for the error.

    Raises
    ------
    UserError
        The file begins with the mark of another encoding, or is cut.
    """
    return _one_line_end(_utf8(path, encoding, name))


def _utf8(path: Path, encoding: str, name: str) -> Iterator[bytes]:
    plain = codecs.lookup(encoding).name in UTF_8
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    first = True
    for block in streams.blocks(path):
        marked = next((bom for bom in advice.BOMS if block.startswith(bom)), None) if first else None
        if marked and plain and advice.BOMS[marked] != "utf-8":
            raise wrong_encoding(name, path, encoding, 1)
        if plain:
            yield block.removeprefix(codecs.BOM_UTF8) if first else block
        else:
            yield (
                _decode(decoder, block, path, encoding, name)
                .removeprefix("\ufeff" if first else "")
                .encode("utf-8", "surrogateescape")
            )
        first = False
    if not plain:
        yield _decode(decoder, b"", path, encoding, name, final=True).encode("utf-8", "surrogateescape")


def _decode(
    decoder: codecs.IncrementalDecoder, block: bytes, path: Path, encoding: str, name: str, *, final: bool = False
) -> str:
    try:
        return decoder.decode(block, final)
    except UnicodeError:  # UTF-16 can't be decoded beyond a wrong byte
        raise wrong_encoding(name, path, encoding, None) from None


def _one_line_end(found: Iterator[bytes]) -> Iterator[bytes]:
    held = b""
    for block in found:
        text = held + block
        held = b"\r" if text.endswith(b"\r") else b""
        text = text.removesuffix(b"\r")
        yield text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
    if held:
        yield b"\n"


def wrong_encoding(name: str, path: Path, encoding: str, line: int | None, byte: int | None = None) -> UserError:
    """Build the error of a file that is not in ``encoding``; every proposed encoding reads the whole file as words."""
    place = "bytes that are not in this encoding"
    if line is not None and byte is not None:
        place = f"the byte 0x{byte:02x} in line {line}"
    found = advice.of(path, encoding)
    key = f"under files.{name} of the mapping"
    if not found.encodings:
        fix = f"ask for the file's encoding and set it {key}: none of {', '.join(advice.NARROW)} reads it as words"
    elif found.clear:
        fix = f"set the file's encoding {key}: encoding: {found.encodings[0]}"
    else:
        first, second = found.encodings
        fix = (
            f"set encoding: {first} or encoding: {second} {key}, whichever reads the names rightly: {found.difference}"
        )
    return UserError(expected=f"{path.name} to be {encoding}", found=place, fix=fix)


def refuse_utf_8(path: Path, encoding: str, name: str) -> None:
    """Refuse a file that is UTF-8 while the mapping says another ``encoding``, which reads each letter as two.

    Raises
    ------
    UserError
        All bytes beyond ASCII are those of UTF-8, and too many for chance.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    beyond = 0
    try:
        for block in streams.blocks(path):
            text = decoder.decode(block)
            beyond += 0 if text.isascii() else sum(sign > "\x7f" for sign in text[:MOST_SIGNS])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return
    if beyond >= NO_CHANCE:
        raise UserError(
            expected=f"{path.name} to be {encoding}, as files.{name}.encoding says",
            found="UTF-8: its bytes beyond ASCII are letters in it, and signs without a sense in the other",
            fix=f"set encoding: utf-8 under files.{name} of the mapping",
        )
