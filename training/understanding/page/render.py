"""Rendering of templates: the same look and the same formats of numbers as the report of the evaluation."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jinja2

from data.number_format import ENGLISH
from data.writing.unseen import shown_in_html
from training.report.page import TEMPLATES


def render(template: str, content: Mapping[str, Any]) -> str:
    """Render ``template`` as one HTML page without external resources."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([Path(__file__).parent, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=ENGLISH.number,
        percent=ENGLISH.percent,
        points=ENGLISH.points,
        loss=partial(ENGLISH.number, digits=4),
        signed=partial(ENGLISH.difference, digits=4),
        moved=partial(ENGLISH.difference, digits=2),
        number=ENGLISH.number,
    )
    return shown_in_html(environment.get_template(template).render(**content)) + "\n"
