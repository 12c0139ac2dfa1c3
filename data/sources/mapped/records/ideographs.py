"""Ideographs and syllables of East Asia: how common each is among those of an encoding's national set."""

import math
from enum import Enum

_FIRST = 0x2E80
_PUNCTUATION = ((0x3000, 0x303F), (0xFF01, 0xFF65), (0xFFE0, 0xFFE6))
_KANA = ((0x3040, 0x30FF), (0xFF66, 0xFF9F))
_HANGUL = (0xAC00, 0xD7A3)
_COMMON = {
    "gb18030": ("gb2312", 0xD7),
    "cp932": ("shift_jis", 0x97),
    "euc_jp": ("euc_jp", 0xCF),
    "big5": ("big5", 0xC6),
    "euc_kr": ("euc_kr", 0xC8),
}
"""The national set of an encoding, and the last lead byte of its common signs: rare ones follow."""
_OWN = {"cp932": "kana", "euc_jp": "kana", "euc_kr": "hangul"}
"""The syllables that the texts of an encoding have; another encoding has them by mistake."""


class Kind(Enum):
    """Kinds of signs, each with the log of the chance of one of them."""

    PUNCTUATION = math.log(1 / 200)
    KANA = math.log(1 / 250)
    HANGUL = math.log(1 / 2350)
    COMMON = math.log(1 / 3755)
    RARE = math.log(1 / 200_000)


def is_one(sign: str) -> bool:
    """Whether ``sign`` is an ideograph, a syllable or a sign of East Asia."""
    return ord(sign) >= _FIRST


def kind(sign: str, encoding: str) -> Kind:
    """Give the kind of a sign that was read by ``encoding``."""
    place = ord(sign)
    if _within(place, *_PUNCTUATION):
        return Kind.PUNCTUATION
    for name, found, ranges in (("kana", Kind.KANA, _KANA), ("hangul", Kind.HANGUL, (_HANGUL,))):
        if _within(place, *ranges):
            own = encoding not in _COMMON or (_OWN.get(encoding) == name and _is_common(sign, encoding))
            return found if own else Kind.RARE
    if encoding in _COMMON:
        return Kind.COMMON if _is_common(sign, encoding) and encoding != "euc_kr" else Kind.RARE
    return Kind.COMMON if any(_is_common(sign, name) for name in _COMMON) else Kind.RARE


def _within(place: int, *ranges: tuple[int, int]) -> bool:
    return any(first <= place <= last for first, last in ranges)


def _is_common(sign: str, encoding: str) -> bool:
    """Whether ``sign`` is among the common ones of the national set of ``encoding``."""
    charset, last = _COMMON[encoding]
    try:
        lead = sign.encode(charset)
    except UnicodeEncodeError:
        return False
    return lead[0] <= last
