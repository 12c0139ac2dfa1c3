"""Source simulated: a shop with fashion and electronics, and a separate file with the truth about every line."""

from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.writer import write

__all__ = ["SimulatorParams", "write"]
