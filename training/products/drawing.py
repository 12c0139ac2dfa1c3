"""Small drawings as inline SVG, whose colors and widths come from the style sheet of the page that holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

WIDTH, HEIGHT = 720, 170
"""Of a timeline, in the units of its view box."""
_LEFT, _BOTTOM, _TOP = 44, 22, 10
_BAR_WIDTH = 160
_MANY_WEEKS = 54


@dataclass(frozen=True)
class Rate:
    """A rate with its intervals and what was expected of it, as shares; what is None is not drawn."""

    rate: float
    expected: float | None
    within80: tuple[float, float] | None
    within95: tuple[float, float] | None


@dataclass(frozen=True)
class Week:
    """One week of a timeline, as shares."""

    start: datetime
    rate: float
    low: float
    high: float
    expected: float


def interval(rate: Rate, top: float, label: str) -> Markup:
    """Draw a rate on a scale from 0 to ``top``: a thin bar for 95%, a thick one for 80%, a dot, a tick where expected.

    ``label`` says it in words to those who don't see it.
    """
    shapes = []
    for ends, kind in ((rate.within95, "i95"), (rate.within80, "i80")):
        if ends is not None:
            start, end = (_along(share, top) for share in ends)
            shapes.append(f'<line class="{kind}" x1="{start:.1f}" x2="{end:.1f}" y1="9" y2="9"/>')
    if rate.expected is not None:
        at = _along(rate.expected, top)
        shapes.append(f'<line class="due" x1="{at:.1f}" x2="{at:.1f}" y1="2" y2="16"/>')
    shapes.append(f'<circle class="dot" cx="{_along(rate.rate, top):.1f}" cy="9" r="3.2"/>')
    box = f'class="rate" viewBox="0 0 {_BAR_WIDTH} 18" role="img"'
    return Markup("<svg {} aria-label='{}'>{}</svg>").format(Markup(box), label, Markup("".join(shapes)))  # noqa: S704


def timeline(weeks: Sequence[Week], label: str) -> Markup:
    """Draw rates by week with their 80% band and, dashed, what was expected; nothing for fewer than two weeks."""
    if len(weeks) < 2:
        return Markup("")
    top = 1.15 * max(max(week.high, week.expected) for week in weeks)
    step = (WIDTH - _LEFT - 8) / (len(weeks) - 1)
    across = [_LEFT + place * step for place in range(len(weeks))]

    def points(values: Sequence[float]) -> str:
        return " ".join(f"{x:.1f},{_up(value, top):.1f}" for x, value in zip(across, values, strict=True))

    back = [f"{x:.1f},{_up(week.low, top):.1f}" for x, week in reversed(list(zip(across, weeks, strict=True)))]
    shapes = [
        *_grid(top),
        *_months(weeks, across),
        f'<polygon class="band" points="{points([week.high for week in weeks])} {" ".join(back)}"/>',
        f'<polyline class="due" points="{points([week.expected for week in weeks])}"/>',
        f'<polyline class="line" points="{points([week.rate for week in weeks])}"/>',
    ]
    box = f'class="timeline" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    return Markup("<svg {} aria-label='{}'>{}</svg>").format(Markup(box), label, Markup("".join(shapes)))  # noqa: S704


def _along(share: float, top: float) -> float:
    return 4.0 + (_BAR_WIDTH - 8.0) * min(share / top, 1.0) if top > 0 else 4.0


def _up(share: float, top: float) -> float:
    high = HEIGHT - _BOTTOM
    return high - (high - _TOP) * min(share / top, 1.0) if top > 0 else float(high)


def _grid(top: float) -> list[str]:
    """Lines at whole steps of the scale, so many that they can be told apart."""
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if top / step <= 5)
    shapes = []
    for number in range(int(top / step) + 1):
        y = _up(number * step, top)
        shapes += [
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{100 * number * step:.0f}%</text>',
        ]
    return shapes


def _months(weeks: Sequence[Week], across: Sequence[float]) -> list[str]:
    """Name the first week of each month, of each quarter where months have no room."""
    named = range(1, 13) if len(weeks) <= _MANY_WEEKS else (1, 4, 7, 10)
    return [
        f'<text x="{x:.1f}" y="{HEIGHT - 6}">{week.start:%Y-%m}</text>'
        for before, week, x in zip(weeks, weeks[1:], across[1:], strict=False)
        if week.start.month != before.start.month and week.start.month in named and x < WIDTH - 40
    ]
