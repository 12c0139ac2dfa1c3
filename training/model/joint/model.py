"""What becomes of a basket as a whole: how many of its lines come back, which value, and what is kept of a bracket.

The lines of a basket are not independent: what is not known of its order and customer moves all of them in the same
direction, and of two sizes of one product most often one is kept. Every line keeps the probability of its score, so
that the means are the sums over the lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from data.arrays import Floats, Ints
from training.model.joint.lines import Lines
from training.model.joint.solving import SHARES, solve_basket
from training.model.joint.states import MOST_LINES, Coupling


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
        probability, reach = np.ascontiguousarray(lines.probability), self.scale * np.ascontiguousarray(lines.reach)
        sizes, others = np.ascontiguousarray(lines.size), np.ascontiguousarray(lines.other_sizes)
        blocks, values = _blocks(products), np.ascontiguousarray(values)
        returned, worths, kept = solve_basket(probability, reach, sizes, others, blocks, values, self.coupling.numbers)
        return Outcomes(
            tuple(returned.tolist()), tuple(map(Quantile, SHARES, worths.tolist())), _brackets(blocks, kept)
        )


def _brackets(blocks: Ints, kept: Floats) -> tuple[Bracket, ...]:
    """The brackets, from what `solve_basket` found."""
    places, number = blocks.tolist()
    if number[-1] == len(number) - 1:  # no product has several lines
        return ()
    begins = np.flatnonzero(~np.isnan(kept[:, 0])).tolist()
    lines = [
        tuple(place for place, block in zip(places, number, strict=True) if block == number[begin]) for begin in begins
    ]
    return tuple(sorted(Bracket(each, *kept[begin].tolist()) for begin, each in zip(begins, lines, strict=True)))


def _alone(probability: float, value: float) -> Outcomes:
    """What becomes of a basket of one line, whose value comes back as a whole or not at all."""
    quantiles = tuple(Quantile(share, value if share > 1 - probability else 0.0) for share in SHARES)
    return Outcomes((1 - probability, probability), quantiles, ())


def _blocks(products: Sequence[str]) -> Ints:
    """The places of the lines in the order of their blocks, and the number of the block of each; shape (2, n).

    The lines of one product are a block; more than `MOST_LINES` are several. Blocks of equally many lines follow each
    other.
    """
    if len(set(products)) == len(products):
        return _apart(len(products))
    of_product: dict[str, list[int]] = {}
    for place, product in enumerate(products):
        of_product.setdefault(product, []).append(place)
    by_size: dict[int, list[list[int]]] = {}
    for places in of_product.values():
        for start in range(0, len(places), MOST_LINES):
            block = places[start : start + MOST_LINES]
            by_size.setdefault(len(block), []).append(block)
    blocks = [block for of_size in by_size.values() for block in of_size]
    numbers = [number for number, block in enumerate(blocks) for _ in block]
    return np.array([[place for block in blocks for place in block], numbers])


@cache
def _apart(count: int) -> Ints:
    """The blocks of so many lines of different products."""
    return np.tile(np.arange(count), (2, 1))
