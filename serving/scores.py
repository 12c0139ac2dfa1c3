"""What the service says of a basket."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineScore:
    """One line: shares in [0, 1], and money in minor units.

    ``probability`` that it comes back, ``low`` and ``high`` the ends of the interval around it, ``expected_cost_minor``
    what its return is expected to cost: the probability times the cost of a return.
    """

    probability: float
    low: float
    high: float
    expected_cost_minor: float


@dataclass(frozen=True, slots=True)
class Degraded:
    """Why an answer had to fall back: ``cause`` is one of a few short words, ``detail`` a sentence for people."""

    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class BasketScore:
    """The lines in the order in which they were asked, and what the answer rests on.

    ``model_version``: None where priors answered. ``data_as_of``: microseconds since 1970, UTC, of the latest fact that
    the state knew; None where the state was not read. ``degraded``: empty where nothing had to fall back.
    """

    lines: tuple[LineScore, ...]
    model_version: str | None
    data_as_of: int | None
    degraded: tuple[Degraded, ...] = ()
