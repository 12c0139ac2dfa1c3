"""Figures within a page: the same drawing for paper and for a dark screen."""

from dataclasses import dataclass

import pandas as pd

from training.report.page import uri
from training.report.plots import DARK, HEIGHT, LIGHT, Drawing, drawn


@dataclass(frozen=True)
class PageFigure:
    """One figure as two data URIs, for paper and for a dark screen; ``alt`` says what it shows."""

    alt: str
    light: str
    dark: str


def figure(drawing: Drawing, table: pd.DataFrame, alt: str, height: float = HEIGHT) -> PageFigure:
    """Draw ``table`` for both."""
    light, dark = (uri(drawn(drawing, table, theme, height)) for theme in (LIGHT, DARK))
    return PageFigure(alt, light, dark)
