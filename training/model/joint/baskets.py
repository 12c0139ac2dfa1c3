"""Many baskets with known outcomes: how likely the model finds what became of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats, Ints
from training.model.joint.lines import Lines
from training.model.joint.solving import LEAST, NODES, WEIGHTS
from training.model.joint.states import MOST_LINES, Coupling, Shape, conditional


@dataclass(frozen=True)
class Blocks:
    """All blocks of m lines: ``places`` of their lines, int64 of shape (blocks, m), and the basket of each."""

    shape: Shape
    places: Ints
    basket: Ints
    differ: Bools
    """Pairs of lines of different sizes, shape (blocks, pairs)."""
    state: Ints
    """The state that the block came to, shape (blocks,)."""


@dataclass(frozen=True)
class Baskets:
    """n baskets of two lines and more.

    ``bracketed``: whether some product of the basket has lines of several sizes, shape (n,).
    """

    lines: Lines
    blocks: tuple[Blocks, ...]
    bracketed: Bools

    @classmethod
    def of(cls, lines: Lines, keys: pd.DataFrame) -> "Baskets":
        """Group lines; baskets of a single one are left out.

        Parameters
        ----------
        keys
            ``order_id``, ``product_id`` and ``label`` (0 or 1) of each of the lines.
        """
        frame = pd.DataFrame(
            {
                "basket": pd.factorize(keys["order_id"])[0],
                "product": pd.factorize(keys["product_id"])[0],
                "label": keys["label"].to_numpy(np.int64),
                "place": np.arange(len(keys)),
            }
        )
        frame = frame[frame.groupby("basket")["place"].transform("size") > 1]
        frame["basket"] = pd.factorize(frame["basket"])[0]
        count = int(frame["basket"].max()) + 1 if len(frame) else 0
        blocks = tuple(_blocks(lines, frame))
        bracketed = np.zeros(count, dtype=bool)
        for each in blocks:
            bracketed[each.basket[each.differ.any(axis=1)]] = True
        return cls(lines, blocks, bracketed)

    def given(self, scale: float, coupling: Coupling) -> list[Floats]:
        """The chance of each state of the ``blocks`` at each node, as `states.conditional` gives it."""
        return [
            conditional(
                self.lines.probability[each.places],
                scale * self.lines.reach[each.places],
                coupling.potential(each.shape, each.differ),
            )
            for each in self.blocks
        ]

    def log_chances(self, given: Sequence[Floats], states: Sequence[Ints]) -> Floats:
        """The log of the chance of each basket that its blocks are in ``states``, shape (n,)."""
        logs = np.zeros((len(self.bracketed), len(NODES)))
        for each, chances, state in zip(self.blocks, given, states, strict=True):
            np.add.at(logs, each.basket, np.log(chances[np.arange(len(chances)), :, state]))
        return np.asarray(np.log(np.exp(logs) @ WEIGHTS))

    def log_likelihoods(self, scale: float, coupling: Coupling) -> Floats:
        """The log of the chance of what became of each basket, shape (n,)."""
        return self.log_chances(self.given(scale, coupling), [each.state for each in self.blocks])

    def log_likelihoods_apart(self) -> Floats:
        """The same where lines are taken as independent of each other."""
        p = np.clip(self.lines.probability, LEAST, 1 - LEAST)
        logs = np.zeros(len(self.bracketed))
        for each in self.blocks:
            back = each.shape.states[each.state] == 1
            chance = p[each.places]
            np.add.at(logs, each.basket, np.log(np.where(back, chance, 1 - chance)).sum(axis=1))
        return logs


def _blocks(lines: Lines, frame: pd.DataFrame) -> Iterator[Blocks]:
    """Make blocks of at most `MOST_LINES` lines of one product in a basket."""
    key = ["basket", "product"]
    frame = frame.assign(chunk=frame.groupby(key).cumcount() // MOST_LINES)
    key = [*key, "chunk"]
    frame = frame.assign(m=frame.groupby(key)["place"].transform("size")).sort_values([*key, "place"])
    for m, of_size in frame.groupby("m"):
        shape = Shape.of(int(str(m)))
        width = shape.states.shape[1]
        places = of_size["place"].to_numpy().reshape(-1, width)
        labels = of_size["label"].to_numpy().reshape(-1, width)
        yield Blocks(
            shape=shape,
            places=places,
            basket=of_size["basket"].to_numpy().reshape(-1, width)[:, 0],
            differ=lines.differ(places[:, shape.first], places[:, shape.second]),
            state=(labels << np.arange(width)).sum(axis=1),
        )
