"""The templates of HTML pages: strict about what is missing, with the formats of numbers that these pages share."""

from functools import partial
from pathlib import Path

import jinja2

from data.number_format import ENGLISH

TEMPLATES = Path(__file__).parent
EVALUATED = Path("reports/evaluation.html")
"""The page of the evaluation, without the audits, which the stage `report` adds."""
AUDITS = "<p>The audit comes after the evaluation: reports/report.html has it.</p>"
"""What stands in this page where they go: they read the predictions, and come later."""


def environment(*folders: Path) -> jinja2.Environment:
    """Give the templates of ``folders``, and those of this folder where they have none of the name."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        number=ENGLISH.number,
        count=ENGLISH.number,
        percent=ENGLISH.percent,
        points=ENGLISH.points,
        loss=partial(ENGLISH.number, digits=4),
        signed=partial(ENGLISH.difference, digits=4),
        moved=partial(ENGLISH.difference, digits=2),
    )
    return found
