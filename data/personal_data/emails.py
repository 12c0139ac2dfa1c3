"""Email addresses in texts: how one is found. Each pattern takes linear time, whatever the text."""

import re
from typing import Final

EMAIL: Final = re.compile(r"(?<=[^@＠\s])[@＠][^@＠\s]+\.[^\W\d_]{2,}")
"""From the sign @ on, which has a letter before it: a search from the name's start is quadratic in a long word."""
LOOSE: Final = r"[^\s@＠]+[@＠][^\s@＠]+\.[^\s@＠]+"
"""Whole addresses, for DuckDB, whose engine is linear. It is loose on purpose: a false match hides a harmless text."""
_LOOSE_TAIL: Final = re.compile(r"(?<=[^\s@＠])[@＠][^\s@＠]+\.[^\s@＠]")
LEAST_SHARE: Final = 0.05
"""Least share of texts with an email at which a column counts as one of emails; a smaller share is odd cells."""
SIGNS: Final = "@＠"
"""Hardly any text holds one of these signs, and looking for them is far cheaper than a pattern."""


def holds_email(text: str) -> bool:
    """Whether ``text`` holds an email address with a domain of letters at its end."""
    return any(sign in text for sign in SIGNS) and EMAIL.search(text) is not None


def may_hold_email(text: str) -> bool:
    """Whether ``text`` holds anything that is built like an email address, as `LOOSE` finds it."""
    return any(sign in text for sign in SIGNS) and _LOOSE_TAIL.search(text) is not None
