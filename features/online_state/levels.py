"""The levels of posteriors in the online state: the key of each."""

from dataclasses import dataclass

from features.online_state.basket_nodes import Row
from features.online_state.counters.layout import Layout
from features.online_state.records import level_key
from features.posteriors.kinds import Kind


@dataclass(frozen=True)
class LevelKeys:
    """Gives the keys of the levels of a kind, which are those of the counters of the same entity but for a letter."""

    kind: Kind
    layout: Layout

    @classmethod
    def of(cls, kind: Kind) -> "LevelKeys":
        """Make it for a ``kind``."""
        return cls(kind, Layout(kind.key, ()))

    def key(self, row: Row) -> bytes | None:
        """The key of the level of a line; None where a column of the key is missing."""
        address = self.layout.address(row)
        return None if address is None else level_key(address)
