"""The shape of a value, which shows how it is written and never what it says."""

import re

LONGEST = 24


def shape(value: str) -> str:
    """Write every digit as 9 and every letter as a, and cut: ``Ab-12`` is ``aa-99``."""
    plain = re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", value))
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"
