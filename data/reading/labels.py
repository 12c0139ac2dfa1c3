"""The normal form of labels: how two labels are compared, such as two payment methods, sizes or brands.

The tables keep a label as the shop writes it. Wherever a label becomes a category or the key of a counter, offline and
online, its normal form stands for it, so that ``Invoice``, ``invoice`` and `` INVOICE`` are one label.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

REMEMBERED: Final = 20_000
"""Labels whose normal form a process remembers; a shop has some hundreds or thousands."""

INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""The signs without a width, within a character class: ``Default_Ignorable_Code_Point``, and the Braille blank."""
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_FRACTION = re.compile(r"\d?[\u00bc-\u00be\u2150-\u215e\u2189]")
"""A fraction in one sign: NFKC alone would read ``37½`` as ``371/2``."""


def is_visible(text: str) -> bool:
    """Whether ``text`` has a sign that can be seen; one without is missing, as a blank one is."""
    return bool((text if text.isascii() else _INVISIBLE.sub("", text)).strip())


@lru_cache(REMEMBERED)
def normal_form(label: str) -> str | None:
    """Give the normal form of ``label``, by Unicode's compatibility caseless matching (definition D146).

    Every blank and every sign without a width is trimmed, runs of blanks become one, compatible signs become one
    (NFKC: full-width letters and digits, ligatures), and upper and lower case become one.

    Returns
    -------
    str or None
        None where the label has no visible sign: it is missing.

    Examples
    --------
    >>> normal_form(" Credit  Card"), normal_form("Größe"), normal_form("37½"), normal_form(" ")
    ('credit card', 'grösse', '37 1/2', None)
    """
    if label.isascii():
        return " ".join(label.lower().split()) or None
    visible = _FRACTION.sub(_spelled_fraction, _INVISIBLE.sub("", label))
    return " ".join(_folded(_folded(unicodedata.normalize("NFD", visible))).split()) or None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text.casefold())


def _spelled_fraction(found: re.Match[str]) -> str:
    whole, sign = found[0][:-1], found[0][-1]
    fraction = unicodedata.normalize("NFKC", sign).replace("\u2044", "/")
    return f"{whole} {fraction}" if whole else fraction
