"""Small drawings within tables: a rate with its interval and the expected rate, and bars to both sides of zero."""

from typing import Final

from markupsafe import Markup

from training.products import svg

WIDTH: Final = 120
HEIGHT: Final = 16


def interval(item: object, top: float = 1.0) -> Markup:
    """Draw the rate of a row of the report as a dot, its 80% and 95% intervals, and the expected rate as a tick.

    ``top``: the rate at the right end.
    """

    def place(name: str) -> float | None:
        share: float | None = getattr(item, name, None)
        return None if share is None else svg.along(share, top, 2.0, WIDTH - 2.0)

    shapes = [svg.line("axis", (2, WIDTH - 2), (8, 8))]
    for level in ("95", "80"):
        low, high = place(f"rate_low{level}"), place(f"rate_high{level}")
        if low is not None and high is not None:
            shapes.append(svg.line(f"within-{level}", (low, high), (8, 8)))
    expected, rate = place("expected_rate"), place("rate")
    if expected is not None:
        shapes.append(svg.line("expected", (expected, expected), (2, 14)))
    if rate is not None:
        shapes.append(svg.dot("rate", (rate, 8), 3.5))
    return svg.drawing("interval", (WIDTH, HEIGHT), shapes, None)


def bar(value: float | None, most: float) -> Markup:
    """Draw ``value`` as a bar from the middle, to the left below zero; ``most`` is the largest size of any bar."""
    middle = WIDTH / 2
    length = svg.along(abs(value or 0.0), most, 0.0, middle - 2)
    start = middle if value is None or value >= 0 else middle - length
    kind = "up" if value is not None and value >= 0 else "down"
    shapes = [
        svg.box(kind, (start, 2), length, 12),
        svg.line("axis", (middle, middle), (0, HEIGHT)),
    ]
    return svg.drawing("bar", (WIDTH, HEIGHT), shapes, None)
