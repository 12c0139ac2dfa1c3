"""One improbable finding, and how many rows a search needs."""

from dataclasses import dataclass
from typing import get_args

from data.validation.params import Grave

ENOUGH_LINES = 100
"""With fewer order lines any figure may be chance, so nothing is looked for."""


@dataclass(frozen=True)
class Improbable:
    """One finding: a figure that no shop has, what it means, and what to do."""

    name: str
    figure: str
    example: str | None
    meaning: str
    fix: str
    grave: bool = False
    """Whether it stops validation unless it is accepted."""
    accepted: bool = False
    """Whether ``validation.accepted`` names it."""

    def __post_init__(self) -> None:
        """Hold that the way out which a message offers is one that params.yaml takes."""
        if self.grave and self.name not in get_args(Grave):
            raise ValueError(f"{self.name} stops validation, and is not among the names that can be accepted")

    @property
    def stops(self) -> bool:
        """Whether the finding stops validation."""
        return self.grave and not self.accepted

    def __str__(self) -> str:
        """Write the finding on one line, with its fix."""
        example = f", such as {self.example}" if self.example else ""
        way_out = f"; or, if it is true of this shop, validation.accepted: [{self.name}]" if self.grave else ""
        return f"{self.name}: {self.figure}{example}. {self.meaning}. Fix: {self.fix}{way_out}"
