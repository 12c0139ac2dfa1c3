"""Text of any encoding as UTF-8 with one kind of line end, and advice on the encoding that was tried on the file."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from data.errors import UserError
from data.sources.mapped.records import streams

UTF_8 = frozenset({"utf-8", "utf-8-sig", "ascii"})
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CANDIDATES = ("utf-8", "utf-16", "gb18030", "cp932", "big5", "euc_kr", "cp1252", "cp1250", "cp1251", "latin-1")
"""Encodings that are tried for advice. gb18030 holds GBK and GB 2312."""

SAMPLE = 100_000
"""Signs beyond ASCII that are judged."""

MOST_WORDS = 0.9
"""Least share of letters among the signs beyond ASCII of a text that looks like words."""


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
        marked = next((bom for bom in BOMS if block.startswith(bom)), None) if first else None
        if marked and plain and BOMS[marked] != "utf-8":
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
    suggested = next((other for other in CANDIDATES if other != encoding and reads_as_words(path, other)), None)
    return UserError(
        expected=f"{path.name} to be {encoding}",
        found=place,
        fix=f"set the file's encoding under files.{name} of the mapping: encoding: {suggested}"
        if suggested
        else f"ask for the file's encoding and set it under files.{name} of the mapping: none of "
        f"{', '.join(CANDIDATES)} reads the whole file as words",
    )


def looks_like_words(signs: str, encoding: str) -> bool:
    """Whether ``signs``, those beyond ASCII of a text read by ``encoding``, are letters of words and no debris.

    A wrong encoding gives control signs, symbols, accented letters in rows, or rare signs of another script.
    """
    if any(unicodedata.category(sign) in ("Cc", "Co", "Cn") for sign in set(signs)):
        return False
    beyond = [sign for sign in signs if sign != " "]
    letters = sum(unicodedata.category(sign)[0] in "LM" or _is_written(sign) for sign in beyond)
    if letters < MOST_WORDS * len(beyond) or len(_DEBRIS.findall(signs)) > len(beyond) / 50:
        return False
    asian = [sign for sign in beyond if ord(sign) >= _ASIAN]
    return sum(_is_common(sign, encoding) for sign in asian) >= MOST_WORDS * len(asian)


_CURRENCIES = frozenset("€£¥°№«»\xa0")
_PUNCTUATION = ((0x2010, 0x201E), (0x2020, 0x202F), (0x3000, 0x303F), (0xFF01, 0xFF5E), (0xFFE5, 0xFFE5))
"""First and last signs of blocks of dashes, quotation marks, blanks, Asian punctuation and full-width signs."""


def _is_written(sign: str) -> bool:
    """Whether ``sign`` is no letter, but stands in texts and amounts."""
    return sign in _CURRENCIES or any(first <= ord(sign) <= last for first, last in _PUNCTUATION)


_DEBRIS = re.compile(r"[ÃÂ][\u0080-\u00bf]|[À-ÿ]{3}")
"""UTF-8 read as Latin-1, or three accented letters in a row, which hardly a word in Latin letters has."""

_ASIAN = 0x2E80
_COMMON = {
    "gb18030": ("gb2312", 0xD7),
    "cp932": ("shift_jis", 0x97),
    "big5": ("big5", 0xC6),
    "euc_kr": ("euc_kr", 0xC8),
}
"""The national set of an encoding, and the last lead byte of its common signs: rare ones follow."""


def _is_common(sign: str, encoding: str) -> bool:
    """Whether ``sign`` is among the common ones of the national set of ``encoding``; true for other encodings."""
    if encoding not in _COMMON:
        return True
    charset, last = _COMMON[encoding]
    try:
        lead = sign.encode(charset)
    except UnicodeEncodeError:
        return False
    return len(lead) > 1 and lead[0] <= last


def reads_as_words(path: Path, encoding: str) -> bool:
    """Whether the whole of ``path`` can be decoded and its texts look like words; UTF-16 only with its mark."""
    decoder = codecs.getincrementaldecoder(encoding)()
    signs = ""
    try:
        for number, block in enumerate(streams.blocks(path)):
            if (
                number == 0
                and encoding == "utf-16"
                and not block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            ):
                return False
            text = decoder.decode(block)
            if len(signs) < SAMPLE:
                signs += " ".join(re.findall(r"[^\x00-\x7f]+|[\x00-\x08\x0e-\x1f]", text.removeprefix("\ufeff")))
        decoder.decode(b"", final=True)
    except (UnicodeError, UserError):
        return False
    return looks_like_words(signs[:SAMPLE], encoding)
