"""Shapes of inline SVG for the drawings of the pages; colors and widths come from style sheets.

Shapes have attributes and no inline styles, as the service's pages forbid these. Coordinates are in units of the view
box: whole numbers are written as they are, others with one decimal.
"""

from collections.abc import Iterable

from markupsafe import Markup, escape

Coordinate = int | float
Point = tuple[Coordinate, Coordinate]


def along(share: float, top: float, start: float, end: float) -> float:
    """Place a share on a scale from 0 at ``start`` to ``top`` at ``end``; a share outside is clipped to the scale."""
    return start + (end - start) * min(1.0, max(0.0, share / top)) if top > 0 else start


def line(kind: str, across: Point, up: Point) -> Markup:
    """Draw a line of a class: ``across`` is where it begins and ends from left to right, ``up`` from the top down."""
    return _shape("line", kind, x1=across[0], x2=across[1], y1=up[0], y2=up[1])


def dot(kind: str, center: Point, radius: float) -> Markup:
    """Draw a filled circle."""
    return _shape("circle", kind, cx=center[0], cy=center[1], r=radius)


def box(kind: str, corner: Point, width: Coordinate, height: Coordinate) -> Markup:
    """Draw a rectangle; ``corner`` is the one at the top left."""
    return _shape("rect", kind, x=corner[0], y=corner[1], width=width, height=height)


def path(kind: str, points: Iterable[Point]) -> Markup:
    """Draw a line through points."""
    return _shape("polyline", kind, points=_points(points))


def area(kind: str, points: Iterable[Point]) -> Markup:
    """Fill the area within points."""
    return _shape("polygon", kind, points=_points(points))


def label(text: str, at: Point, *, to_the_left: bool = False) -> Markup:
    """Write a text that begins at a point, or ends there."""
    anchor = ' text-anchor="end"' if to_the_left else ""
    return _made(f'<text x="{_written(at[0])}" y="{_written(at[1])}"{anchor}>{escape(text)}</text>')


def drawing(kind: str, size: tuple[int, int], shapes: Iterable[Markup], words: str | None) -> Markup:
    """Combine shapes into one drawing; ``words`` describe the drawing to screen readers.

    Without words the drawing is hidden from screen readers, as the text beside it has the same content, and is as large
    as its view box.
    """
    width, height = size
    hidden = f'width="{width}" height="{height}" aria-hidden="true"'
    seen = hidden if words is None else f"role=\"img\" aria-label='{escape(words)}'"
    return _made(f'<svg class="{kind}" viewBox="0 0 {width} {height}" {seen}>{"".join(shapes)}</svg>')


def _shape(tag: str, kind: str, **attributes: Coordinate | str) -> Markup:
    written = [f' {name}="{_written(value)}"' for name, value in attributes.items()]
    return _made(f'<{tag} class="{kind}"{"".join(written)}/>')


def _made(written: str) -> Markup:
    """Mark as safe a text that consists of numbers, of classes named in code, and of escaped texts."""
    return Markup(written)  # noqa: S704 - see above


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_written(x)},{_written(y)}" for x, y in points)


def _written(value: Coordinate | str) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
