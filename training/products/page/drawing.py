"""The drawings of reports/products.html: a rate with its intervals, and rates by week."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from data.number_format import ENGLISH
from training.products import svg

WIDTH, HEIGHT = 720, 170
"""Size of a timeline, in the units of its view box."""
_LEFT, _BOTTOM, _TOP = 44, 22, 10
_BAR_WIDTH = 160
_MANY_WEEKS = 54


@dataclass(frozen=True)
class Rate:
    """A rate with its intervals and its expected rate, as shares; a field that is None is not drawn."""

    rate: float
    expected: float | None
    within80: tuple[float, float] | None
    within95: tuple[float, float] | None


@dataclass(frozen=True)
class TimelineWeek:
    """One week of a timeline, as shares."""

    start: datetime
    rate: float
    low: float
    high: float
    expected: float


def interval(rate: Rate, top: float, words: str) -> Markup:
    """Draw a rate on a scale from 0 to ``top``: a thin bar for 95%, a thick one for 80%, a dot, a tick for expected.

    ``words``: the same as text, for readers who can't see the drawing.
    """
    shapes = []
    for ends, kind in ((rate.within95, "i95"), (rate.within80, "i80")):
        if ends is not None:
            shapes.append(svg.line(kind, (_along(ends[0], top), _along(ends[1], top)), (9, 9)))
    if rate.expected is not None:
        at = _along(rate.expected, top)
        shapes.append(svg.line("due", (at, at), (2, 16)))
    shapes.append(svg.dot("dot", (_along(rate.rate, top), 9), 3.2))
    return svg.drawing("rate", (_BAR_WIDTH, 18), shapes, words)


def timeline(weeks: Sequence[TimelineWeek], words: str) -> Markup:
    """Draw rates by week with their 80% band and, dashed, the expected rate; nothing for fewer than two weeks."""
    if len(weeks) < 2:
        return Markup("")
    top = 1.15 * max(max(week.high, week.expected) for week in weeks)
    step = (WIDTH - _LEFT - 8) / (len(weeks) - 1)
    across = [_LEFT + place * step for place in range(len(weeks))]

    def points(values: Iterable[float]) -> list[svg.Point]:
        return [(x, _up(value, top)) for x, value in zip(across, values, strict=True)]

    back = points(week.low for week in weeks)[::-1]
    shapes = [
        *_grid(top),
        *_months(weeks, across),
        svg.area("band", points(week.high for week in weeks) + back),
        svg.path("due", points(week.expected for week in weeks)),
        svg.path("line", points(week.rate for week in weeks)),
    ]
    return svg.drawing("timeline", (WIDTH, HEIGHT), shapes, words)


def _along(share: float, top: float) -> float:
    return svg.along(share, top, 4.0, _BAR_WIDTH - 4.0)


def _up(share: float, top: float) -> float:
    return svg.along(share, top, float(HEIGHT - _BOTTOM), _TOP)


def _grid(top: float) -> Iterator[Markup]:
    """Draw grid lines at whole steps of the scale, few enough to be distinguished."""
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if top / step <= 5)
    for number in range(int(top / step) + 1):
        y = _up(number * step, top)
        yield svg.line("grid", (_LEFT, WIDTH), (y, y))
        yield svg.label(ENGLISH.percent(number * step, 0), (_LEFT - 6, y + 4), to_the_left=True)


def _months(weeks: Sequence[TimelineWeek], across: Sequence[float]) -> list[Markup]:
    """Label the first week of each month, or of each quarter where months have no room."""
    named = range(1, 13) if len(weeks) <= _MANY_WEEKS else (1, 4, 7, 10)
    return [
        svg.label(f"{week.start:%Y-%m}", (x, HEIGHT - 6))
        for before, week, x in zip(weeks, weeks[1:], across[1:], strict=False)
        if week.start.month != before.start.month and week.start.month in named and x < WIDTH - 40
    ]
