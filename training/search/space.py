"""What a search may try: ranges of parameters, declared in params.yaml, around the values that stand there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field, FiniteFloat

from data.errors import UserError
from data.params import Section
from training.search.trained import LEFT_OUT, Trained

DIGITS: Final = 3
"""Significant digits of a proposed value: a trial runs with what can be written into params.yaml."""


class Range(Section):
    """The least and the largest value of a parameter, and whether its logarithm is drawn evenly."""

    low: int | FiniteFloat
    high: int | FiniteFloat
    log: bool


class SearchParams(Section):
    """The section ``search`` of params.yaml."""

    trials: Annotated[int, Field(ge=1, le=10_000)]
    lines: Annotated[int, Field(ge=0)]
    whole: bool
    finalists: Annotated[int, Field(ge=1, le=100)]
    seeds: Annotated[int, Field(ge=0, le=20)]
    seed: Annotated[int, Field(ge=0)]
    ranges: dict[str, dict[str, Range]]


@dataclass(frozen=True)
class Dimension:
    """One parameter by its path, with its range; ``whole``: it takes whole numbers."""

    path: str
    low: float
    high: float
    log: bool
    whole: bool

    def rounded(self, value: float) -> int | float:
        """The value as it is tried and written."""
        return int(value) if self.whole else float(f"{value:.{DIGITS}g}")


def dimensions(chosen: SearchParams, start: Trained) -> tuple[Dimension, ...]:
    """Read the ranges.

    Raises
    ------
    UserError
        There is none; one is of no parameter, or of one that no fold can choose; one has bounds that the parameter
        refuses or that are in the wrong order, or does not hold the present value, with which every search begins.
    """
    ranges = list(_ranges(chosen.ranges))
    for path, _ in ranges:  # first of all: what is to be taken out needs no other range
        start.value(path)
        _require_choice(path, start, whole=chosen.whole)
    found = tuple(_dimension(path, range_, start) for path, range_ in ranges)
    if not found:
        raise UserError(
            expected="ranges of parameters in search.ranges of params.yaml",
            found="none",
            fix="name a section, a parameter and its range: model: {num_leaves: {low: 4, high: 48, log: true}}",
        )
    return found


def _ranges(given: Mapping[str, Mapping[str, Range]]) -> Iterator[tuple[str, Range]]:
    for section, keys in given.items():
        for key, range_ in keys.items():
            yield f"{section}.{key}", range_


def _require_choice(path: str, start: Trained, *, whole: bool) -> None:
    if why := start.no_choice(path):
        raise UserError(
            expected="ranges of parameters that make one model better than another",
            found=f"{path} in search.ranges of params.yaml: {why}",
            fix=f"take {path} out of search.ranges",
        )
    if path in LEFT_OUT and not whole:
        raise UserError(
            expected="ranges of parameters that the trials train by",
            found=f"{path} in search.ranges of params.yaml: with search.whole: false they do without {LEFT_OUT[path]}",
            fix=f"take {path} out of search.ranges, or set search.whole: true",
        )


def _dimension(path: str, given: Range, start: Trained) -> Dimension:
    now: Any = start.value(path)
    if isinstance(now, bool) or not isinstance(now, int | float):
        raise UserError(
            expected=f"a number at {path}, for its range in search.ranges", found=repr(now), fix="take the range out"
        )
    for bound in (given.low, given.high):
        start.with_values({path: bound})
    if not given.low <= now <= given.high or given.low == given.high or (given.log and given.low <= 0):
        raise UserError(
            expected=f"a range of {path} from low to high that holds its value {now:g}, above 0 where log is true",
            found=f"low {given.low:g}, high {given.high:g}, log {str(given.log).lower()}",
            fix="widen the range in search.ranges of params.yaml, or set log: false",
        )
    return Dimension(path, given.low, given.high, given.log, isinstance(now, int))
