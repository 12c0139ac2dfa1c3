"""What becomes of a basket as a whole: how many of its lines come back, which value, and what is kept of a bracket.

The lines of a basket are not independent: what is not known of its order and customer moves all of them in the same
direction, and of two sizes of one product most often one is kept. Every line keeps the probability of its score, so
that the means are the sums over the lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from data.arrays import Floats, Ints
from training.model.joint.lines import Lines
from training.model.joint.states import MOST_LINES, NODES, WEIGHTS, Coupling, Shape, conditional

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The quantiles that are given of a value."""
MOST_VALUES, BINS = 2048, 128
"""So many different values are told apart; beyond, those of one of so many bins are put together, at their mean."""
FEW = 16
"""States of a block whose values are not looked at for equal ones."""


class Bracket(NamedTuple):
    """The lines of one product in several sizes: the chance that exactly one, none or all of them stay.

    ``lines``: their places in the basket.
    """

    lines: tuple[int, ...]
    one_kept: float
    none_kept: float
    all_kept: float


class Quantile(NamedTuple):
    """A value that is not exceeded with the chance ``share``."""

    share: float
    value: float


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What may become of a basket.

    ``returned_lines``: the chance that 0, 1, … of its n lines come back; n + 1 numbers that add up to 1.
    ``returned_value``: quantiles of the sum of the values of the lines that come back.
    """

    returned_lines: tuple[float, ...]
    returned_value: tuple[Quantile, ...]
    brackets: tuple[Bracket, ...]


@dataclass(frozen=True)
class Joint:
    """The fitted model.

    ``scale``: how much more the lines of a basket have in common than the spread says. ``coupling``: of the lines of
    one product.
    """

    scale: float
    coupling: Coupling

    @classmethod
    def from_json(cls, content: Mapping[str, float]) -> "Joint":
        """Read what `as_json` wrote."""
        couplings = {name: value for name, value in content.items() if name != "scale"}
        return cls(content["scale"], Coupling(**couplings))

    def as_json(self) -> dict[str, float]:
        """All numbers, by name."""
        return {"scale": self.scale, **asdict(self.coupling)}

    def outcomes(self, lines: Lines, products: Sequence[str], values: Floats) -> Outcomes:
        """Say what may become of a basket.

        Parameters
        ----------
        lines
            The n lines of the basket.
        products
            The product of each.
        values
            The value of each, shape (n,).
        """
        if len(products) == 1:
            return _alone(float(lines.probability[0]), float(values[0]))
        counts, worths = _Sum(), _Values()
        brackets = []
        for block in self._blocks(lines, products):
            by_count = _by_count(block.shape.returned, block.given)
            counts.add(by_count)
            worths.add(block.shape.states @ values[block.places], block.given)
            if block.sizes_differ:
                back = WEIGHTS @ by_count
                brackets.append(Bracket(tuple(block.places.tolist()), *(float(back[at]) for at in (-2, -1, 0))))
        returned = WEIGHTS @ counts.by_count
        return Outcomes(tuple(returned.tolist()), worths.quantiles(), tuple(sorted(brackets)))

    def _blocks(self, lines: Lines, products: Sequence[str]) -> Iterator["_Block"]:
        """The blocks of a basket; those of one number of lines are solved together."""
        for m, blocks in _by_size(products).items():
            shape, places = Shape.of(m), np.array(blocks)
            differ = lines.differ(places[:, shape.first], places[:, shape.second])
            potential = self.coupling.potential(shape, differ)
            reach = self.scale * lines.reach[places]
            given = conditional(shape, lines.probability[places], reach, potential)
            for at, states, pairs in zip(places, given, differ, strict=True):
                yield _Block(shape, at, states, bool(pairs.any()))


class _Block(NamedTuple):
    """Lines of one product, at ``places``; ``given``: the chance of each state at each node, (nodes, states)."""

    shape: Shape
    places: Ints
    given: Floats
    sizes_differ: bool


class _Sum:
    """How many lines come back, at each node: shape (nodes, most + 1)."""

    def __init__(self) -> None:
        self.by_count = np.ones((len(NODES), 1))

    def add(self, other: Floats) -> None:
        """Add the lines of another block, which is independent of these at each node."""
        before, more = self.by_count.shape[1], other.shape[1]
        total = np.zeros((len(NODES), before + more - 1))
        for place in range(more):
            total[:, place : place + before] += self.by_count * other[:, place, None]
        self.by_count = total


class _Values:
    """The values that may come back, and how likely each is at each node."""

    def __init__(self) -> None:
        self._values, self._chances = np.zeros(1), np.ones((len(NODES), 1))

    def add(self, values: Floats, chances: Floats) -> None:
        """Add the values of the states of a block, shape (states,), with their chances, shape (nodes, states)."""
        if len(values) > FEW:
            values, places = np.unique(values, return_inverse=True)
            chances = _gathered(chances, places, len(values))
        self._values = (self._values[:, None] + values).ravel()
        self._chances = (self._chances[:, :, None] * chances[:, None, :]).reshape(len(NODES), -1)
        if len(self._values) > MOST_VALUES:
            self._put_together()

    def quantiles(self) -> tuple[Quantile, ...]:
        """The quantiles `SHARES` over all nodes."""
        order = np.argsort(self._values, kind="stable")
        reached = np.cumsum((WEIGHTS @ self._chances)[order])
        # A share is reached with the rounding of the sums.
        places = np.searchsorted(reached, np.array(SHARES) - 1e-9).clip(max=len(order) - 1)
        found = self._values[order][places].tolist()
        return tuple(Quantile(*each) for each in zip(SHARES, found, strict=True))

    def _put_together(self) -> None:
        """Put neighbouring values together in bins of one width, each at its mean."""
        bins = (self._values / max(self._values.max(), 1.0) * (BINS - 1)).astype(np.int64)
        mixed = WEIGHTS @ self._chances
        total = np.bincount(bins, mixed, BINS)
        self._values = np.bincount(bins, mixed * self._values, BINS) / np.maximum(total, np.finfo(np.float64).tiny)
        self._chances = _gathered(self._chances, bins, BINS)


def _gathered(chances: Floats, places: Ints, count: int) -> Floats:
    """Add up the columns of ``chances`` that have one place, shape (nodes, count)."""
    return np.stack([np.bincount(places, each, count) for each in chances])


def _by_count(counts: Ints, given: Floats) -> Floats:
    """The chance of each number of lines at each node, shape (nodes, most + 1), from ``given`` for each state."""
    if len(counts) == 2:
        return given
    return np.asarray(given @ (counts[:, None] == np.arange(int(counts.max()) + 1)).astype(np.float64))


def _alone(probability: float, value: float) -> Outcomes:
    """What becomes of a basket of one line, whose value comes back as a whole or not at all."""
    quantiles = tuple(Quantile(share, value if share > 1 - probability else 0.0) for share in SHARES)
    return Outcomes((1 - probability, probability), quantiles, ())


def _by_size(products: Sequence[str]) -> dict[int, list[list[int]]]:
    """The places of the lines of each product, by their number; more than `MOST_LINES` are several blocks."""
    of_product: dict[str, list[int]] = {}
    for place, product in enumerate(products):
        of_product.setdefault(product, []).append(place)
    blocks: dict[int, list[list[int]]] = {}
    for places in of_product.values():
        for start in range(0, len(places), MOST_LINES):
            block = places[start : start + MOST_LINES]
            blocks.setdefault(len(block), []).append(block)
    return blocks
