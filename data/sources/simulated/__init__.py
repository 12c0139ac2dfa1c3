"""A simulated shop with fashion and electronics, and with the truth about every line in a file of its own."""

from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.writer import write

__all__ = ["SimulatorParams", "write"]
