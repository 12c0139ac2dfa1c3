"""Rendering of templates: the same look and the same formats of numbers as the report of the evaluation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.writing.unseen import shown_in_html
from training.report.templates import environment


def render(template: str, content: Mapping[str, Any]) -> str:
    """Render ``template`` as one HTML page without external resources."""
    templates = environment(Path(__file__).parent)
    return shown_in_html(templates.get_template(template).render(**content)) + "\n"
