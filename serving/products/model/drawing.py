"""The drawing of the page: a figure over the weeks, each with its interval, and beside it what was expected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from serving.quality.found import Expected
from training.products import svg

SIZE: Final = (640, 200)
LEFT, RIGHT, TOP, BOTTOM = 64.0, 8.0, 10.0, 24.0
"""The room around the trend, for its labels."""
MARGIN: Final = 0.08
"""Of the height, above and below all that is drawn."""


@dataclass(frozen=True)
class Week:
    """A week of the trend: the text of its Monday, the figure to come, and what the scores themselves expected."""

    label: str
    figure: Expected
    said: float


def trend(weeks: Sequence[Week], written: Callable[[float], str], words: str) -> Markup:
    """Draw the ``weeks`` in their order, one at least.

    Parameters
    ----------
    written
        Writes a figure, for the labels of the scale.
    words
        What the drawing says, for screen readers.
    """
    width, height = SIZE
    ends = [end for each in weeks for end in (each.figure.low, each.figure.high, each.said)]
    room = MARGIN * (max(ends) - min(ends)) or MARGIN
    bottom, top = min(ends) - room, max(ends) + room

    def across(place: int) -> float:
        last = len(weeks) - 1
        return svg.along(place, last, LEFT, width - RIGHT) if last else (LEFT + width) / 2

    def up(value: float) -> float:
        return svg.along(value - bottom, top - bottom, height - BOTTOM, TOP)

    highs = [(across(place), up(each.figure.high)) for place, each in enumerate(weeks)]
    lows = [(across(place), up(each.figure.low)) for place, each in enumerate(weeks)]
    values = [(across(place), up(each.figure.value)) for place, each in enumerate(weeks)]
    shapes = [
        svg.area("band", [*highs, *lows[::-1]]),
        svg.path("said", [(across(place), up(each.said)) for place, each in enumerate(weeks)]),
        svg.path("difference", values),
        *(svg.dot("last", at, 2.5) for at in values),
        *(svg.label(written(each), (LEFT - 6, up(each) + 4), to_the_left=True) for each in (top - room, bottom + room)),
        svg.label(weeks[0].label, (LEFT, height - 6)),
        *([svg.label(weeks[-1].label, (width - RIGHT, height - 6), to_the_left=True)] if len(weeks) > 1 else []),
    ]
    return svg.drawing("course", SIZE, shapes, words)
