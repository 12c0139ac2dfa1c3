"""The page on data protection names all that a decision leaves behind."""

import re
from dataclasses import fields
from pathlib import Path

from data.logged.decisions import Decision

PAGE = Path(__file__).parents[3] / "docs/how-to/decisions-data-protection.md"


def test_every_field_of_the_decision_log_is_on_the_page_and_no_other() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index("| fields | what they are |") : text.index("Beside it stands one line")]
    named = {
        name
        for row in table.splitlines()[2:]
        for name in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
    }

    assert named == {each.name for each in fields(Decision)}
