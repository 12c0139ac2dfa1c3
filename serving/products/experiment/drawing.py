"""The drawings of the page: a figure with its interval around zero, and a difference over all looks."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from serving.products.experiment.content import Look
from training.products import svg

WIDTH: Final = 150
HEIGHT: Final = 16
COURSE: Final = (640, 220)
LEFT, RIGHT, TOP, BOTTOM = 84.0, 8.0, 10.0, 24.0
"""The room around the course, for its labels."""


def around(value: float, low: float, high: float, most: float, better: int = 1) -> Markup:
    """Draw ``value`` as a bar from zero in the middle, with its interval; ``most``: the farthest end of any interval.

    ``better``: 1 where more is better, else -1. An interval on one side of zero has the color of better or worse.
    """
    middle = WIDTH / 2

    def place(at: float) -> float:
        return middle + (1 if at >= 0 else -1) * svg.along(abs(at), most, 0.0, middle - 4)

    kind = _kind(low, high, better)
    start, end = sorted((middle, place(value)))
    shapes = [
        svg.box(f"amount {kind}", (start, 3), end - start, 10),
        svg.line("axis", (middle, middle), (0, HEIGHT)),
        svg.line("reach", (place(low), place(high)), (8, 8)),
        *(svg.line("reach", (place(at), place(at)), (4, 12)) for at in (low, high)),
    ]
    return svg.drawing("around", (WIDTH, HEIGHT), shapes, None)


def course(looks: Sequence[Look], labels: Sequence[str], dates: Sequence[str], words: str) -> Markup:
    """Draw the difference at each look with its interval, from the first to the last one.

    Parameters
    ----------
    labels
        The texts of the highest end, of zero and of the lowest end.
    dates
        The texts of the first and of the last look.
    words
        What the drawing says, for screen readers.
    """
    width, height = COURSE
    top, bottom = reach(looks)
    first, last = looks[0].at.timestamp(), looks[-1].at.timestamp()

    def across(look: Look) -> float:
        whole = last - first
        return svg.along(look.at.timestamp() - first, whole, LEFT, width - RIGHT) if whole else (LEFT + width) / 2

    def up(value: float) -> float:
        return svg.along(value - bottom, top - bottom, height - BOTTOM, TOP)

    band = [(across(each), up(each.high)) for each in looks] + [(across(each), up(each.low)) for each in looks[::-1]]
    shapes = [
        svg.area("band", band),
        svg.line("zero", (LEFT, width - RIGHT), (up(0.0), up(0.0))),
        svg.path("difference", [(across(each), up(each.difference)) for each in looks]),
        svg.dot("last", (across(looks[-1]), up(looks[-1].difference)), 3.5),
        *(
            svg.label(text, (LEFT - 6, at), to_the_left=True)
            for text, at in _spread(labels, [up(top) + 4, up(0.0) + 4, up(bottom) + 4])
        ),
        svg.label(dates[0], (LEFT, height - 6)),
        svg.label(dates[1], (width - RIGHT, height - 6), to_the_left=True),
    ]
    return svg.drawing("course", COURSE, shapes, words)


def reach(looks: Sequence[Look]) -> tuple[float, float]:
    """The highest and the lowest end of the scale: it has all differences, zero, and the latest interval whole.

    Early intervals may be many times as wide as later ones, and would make a line of all that matters; they are cut off
    at three times the latest one.
    """
    room = 3 * (looks[-1].high - looks[-1].low)
    values = [each.difference for each in looks]
    top = min(max(each.high for each in looks), max(*values, looks[-1].high) + room)
    bottom = max(min(each.low for each in looks), min(*values, looks[-1].low) - room)
    return max(top, 0.0), min(bottom, 0.0)


def _spread(labels: Sequence[str], places: Sequence[float]) -> list[tuple[str, float]]:
    """Labels with their places; one of the ends is left out where it would lie upon zero."""
    zero, near = places[1], 14.0
    return [(text, at) for text, at in zip(labels, places, strict=True) if at == zero or abs(at - zero) > near]


def _kind(low: float, high: float, better: int) -> str:
    if low <= 0 <= high:
        return "open"
    return "better" if (low > 0) == (better > 0) else "worse"
