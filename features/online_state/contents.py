"""What the online state holds for the features of a recipe: whoever writes, reads or builds it leans on this."""

import hashlib
import json
from functools import cached_property

from features.language.nodes import LineEvent, walk
from features.online_state.basket import line_nodes
from features.online_state.counters.layout import layouts
from features.recipe import Recipe

FORMULAS = 1
"""Goes up when the formula of a derived line column changes, or how sizes are read: old states don't fit then."""


class StateContents:
    """The counters of a recipe's features, and what it takes to keep them.

    ``features`` are all of them, in the order of the catalog; ``layouts`` the records of their counters, a layout a
    key; ``line_nodes`` the columns that a line gets from its basket before it is counted, parts before wholes.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.features = tuple(recipe.features())
        self.layouts = layouts(self.features)
        self.line_nodes = line_nodes([node for feature in self.features for node in walk(feature)])

    @cached_property
    def outcome_columns(self) -> tuple[str, ...]:
        """The line columns that counters of outcomes need: their keys' and those that they sum."""
        counters = (counter for layout in self.layouts for counter in layout.counters)
        outcomes = [counter for counter in counters if counter.event is not LineEvent.ORDERED]
        names = {column.name for counter in outcomes for column in counter.key.columns}
        return tuple(sorted(names | {counter.value for counter in outcomes if counter.value}))

    @cached_property
    def digest(self) -> str:
        """A hash of all this: features of two recipes with the same one can be read from the same state."""
        kept = [
            (each.key.name, each.key.daily, each.columns, [counter.name for counter in each.counters])
            for each in self.layouts
        ]
        content = {
            "formulas": FORMULAS,
            "counters": kept,
            "outcome": self.recipe.outcome.model_dump(),
            "columns": sorted(self.recipe.columns),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
