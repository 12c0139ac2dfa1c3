"""Small drawings within tables: a rate with its interval beside what is expected, and bars to both sides of zero.

They are SVG with attributes alone, as pages run no inline styles; colors come from the classes of the style sheet.
"""

from typing import Final

from markupsafe import Markup

WIDTH: Final = 120
HEIGHT: Final = 16


def interval(
    item: object,
    top: float = 1.0,
) -> Markup:
    """Draw the rate of a row of the report as a dot, its 80% and 95% intervals, and the expected rate as a tick.

    ``top``: the rate at the right end.
    """

    def place(name: str) -> float | None:
        share: float | None = getattr(item, name, None)
        return None if share is None else round(2 + (WIDTH - 4) * min(1.0, max(0.0, share / top)), 1)

    parts = [f'<line class="axis" x1="2" x2="{WIDTH - 2}" y1="8" y2="8"/>']
    for level in ("95", "80"):
        low, high = place(f"rate_low{level}"), place(f"rate_high{level}")
        if low is not None and high is not None:
            parts.append(f'<line class="within-{level}" x1="{low}" x2="{high}" y1="8" y2="8"/>')
    expected, rate = place("expected_rate"), place("rate")
    if expected is not None:
        parts.append(f'<line class="expected" x1="{expected}" x2="{expected}" y1="2" y2="14"/>')
    if rate is not None:
        parts.append(f'<circle class="rate" cx="{rate}" cy="8" r="3.5"/>')
    return _svg("interval", parts)


def bar(value: float | None, most: float) -> Markup:
    """Draw ``value`` as a bar from the middle, to the left below zero; ``most`` is the largest size of any bar."""
    middle = WIDTH / 2
    length = 0.0 if value is None or most <= 0 else min(1.0, abs(value) / most) * (middle - 2)
    start = middle if value is None or value >= 0 else middle - length
    kind = "up" if value is not None and value >= 0 else "down"
    return _svg(
        "bar",
        [
            f'<rect class="{kind}" x="{start:.1f}" y="2" width="{length:.1f}" height="12"/>',
            f'<line class="axis" x1="{middle}" x2="{middle}" y1="0" y2="{HEIGHT}"/>',
        ],
    )


def _svg(kind: str, parts: list[str]) -> Markup:
    """Put parts together, all of which are made of numbers."""
    opening = (
        f'<svg class="{kind}" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
    )
    return Markup(opening + "".join(parts) + "</svg>")  # noqa: S704 - numbers and names of classes alone
