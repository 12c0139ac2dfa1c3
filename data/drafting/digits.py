"""Digits of other scripts, such as those of Arabic, as ingest reads them."""

import re
import unicodedata


def plain_digits(value: str) -> str:
    """Write the digits of ``value`` in ASCII."""
    return value if value.isascii() else re.sub(r"\d", lambda found: str(unicodedata.digit(found[0])), value)
