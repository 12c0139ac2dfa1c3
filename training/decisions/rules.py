"""Which lines of a basket an action is about, and why it is ruled out where it is about none."""

from collections.abc import Callable, Sequence
from typing import Final

from training.decisions.basket import ScoredBasket, ScoredBasketLine
from training.decisions.policy import Action, Lines

Check = Callable[[ScoredBasketLine, ScoredBasket], bool]
OF_OTHER_SEGMENT: Final = "customers"
"""Why an action is ruled out that may not reach the customer's segment."""
LATE: Final = ("drivers", "other_size")
"""Conditions that cost an explanation: they are looked at last."""


def ruled_out(action: Action, basket: ScoredBasket) -> str | None:
    """Give the word for why the whole basket is none of the action's; None where its lines decide."""
    return None if basket.segment in action.customers else OF_OTHER_SEGMENT


def lines_of(checks: Sequence[tuple[str, Check]], basket: ScoredBasket) -> tuple[tuple[int, ...], str]:
    """Give the places of the lines for which all ``checks`` hold; and "", or the check that left none."""
    left = list(range(len(basket.lines)))
    for name, check in checks:
        left = [place for place in left if check(basket.lines[place], basket)]
        if not left:
            return (), name
    return tuple(left), ""


def checks_of(lines: Lines, *, late: bool) -> list[tuple[str, Check]]:
    """Make the checks of the conditions that a policy names, each with its name.

    ``late``: those of the conditions `LATE`, and else all others.
    """
    made: dict[str, Callable[[], Check]] = {
        "probability": lambda: _probability(lines),
        "value_minor": lambda: _value(lines),
        "categories": lambda: _member(lines.categories, "category"),
        "departments": lambda: _member(lines.departments, "department"),
        "reasons": lambda: _reasons(lines),
        "bracket": lambda: _other_sizes if lines.bracket == "size" else _other_colors,
        "features": lambda: _features(lines),
        "faults": lambda: _faults(lines),
        "drivers": lambda: _drivers(lines),
        "other_size": lambda: _other_size,
    }
    named = [name for name in made if getattr(lines, name) not in (None, False, {})]
    return [(name, made[name]()) for name in named if (name in LATE) == late]


def _probability(lines: Lines) -> Check:
    bounds = lines.probability
    return lambda line, _: bounds is not None and bounds.hold(line.probability)


def _value(lines: Lines) -> Check:
    bounds = lines.value_minor
    return lambda line, _: bounds is not None and bounds.hold(line.value_minor)


def _member(allowed: Sequence[str] | None, name: str) -> Check:
    known = frozenset(each.casefold() for each in allowed or ())
    return lambda line, _: (getattr(line, name) or "").casefold() in known


def _reasons(lines: Lines) -> Check:
    mass = lines.reasons

    def check(line: ScoredBasketLine, _: ScoredBasket) -> bool:
        if mass is None or line.reasons is None:
            return False
        return sum(line.reasons.get(reason.value, 0.0) for reason in mass.of) >= mass.least

    return check


def _other_sizes(line: ScoredBasketLine, basket: ScoredBasket) -> bool:
    sizes = {other.size for other in basket.lines if other.product_id == line.product_id} - {None}
    return len(sizes) > 1 and line.size is not None


def _other_colors(line: ScoredBasketLine, basket: ScoredBasket) -> bool:
    colors = {other.color for other in basket.lines if other.product_id == line.product_id} - {None}
    return len(colors) > 1 and line.color is not None


def _features(lines: Lines) -> Check:
    ranges = tuple(lines.features.items())
    return lambda line, _: all(bounds.hold(line.features.get(name)) for name, bounds in ranges)


def _faults(lines: Lines) -> Check:
    wanted = frozenset(lines.faults or ())
    return lambda line, _: not wanted.isdisjoint(line.faults)


def _drivers(lines: Lines) -> Check:
    wanted = frozenset(lines.drivers or ())
    return lambda line, _: not wanted.isdisjoint(line.drivers)


def _other_size(line: ScoredBasketLine, _: ScoredBasket) -> bool:
    return line.other_size is not None
