"""The examples of the documentation, in the order in which they stand there."""

import re
from pathlib import Path

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"


def documented(language: str, page: str = "clients.md") -> str:
    """All blocks of code in ``language`` on a page of docs/how-to, one after the other."""
    text = (HOW_TO / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
