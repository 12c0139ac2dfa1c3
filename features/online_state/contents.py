"""The contents of the online state for the features of a recipe. Writers, readers and the seed share them."""

import hashlib
import json
from functools import cached_property
from typing import Any

from features.language.nodes import PIECES_VALUE, walk
from features.language.reasons import REASON_COLUMNS
from features.online_state.basket import line_nodes
from features.online_state.basket_nodes import BasketNodes
from features.online_state.counters.layout import layouts
from features.online_state.levels import LevelKeys
from features.recipe import NORMAL, Recipe

FIRST_IN_ORDER = "first_in_order"
"""The column that is 1 on one line of an order, so that its sum counts orders."""
FORMULAS = 2
"""The version of derived line columns and of reading sizes; older states do not fit after it goes up."""

WITH = "+"
"""Stands in a digest between that of the counters and that of the posteriors."""


class StateContents:
    """The counters of a recipe's features, and the columns that these counters need.

    ``features`` are all features that come from counters, in the order of the catalog. ``layouts`` has one layout for
    each key. ``line_nodes`` are the basket counters and derived columns of a line; a node comes after the nodes that it
    reads; ``basket_nodes`` sets them. ``posteriors``: their design, None without them; ``levels``: the keys of their
    levels, by kind.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.features = tuple(recipe.features())
        self.layouts = layouts(self.features)
        self.line_nodes = line_nodes([node for feature in self.features for node in walk(feature)])
        self.basket_nodes = BasketNodes(self.line_nodes)
        self.posteriors = recipe.posterior_design()
        self.levels = tuple(LevelKeys.of(kind) for kind in self.posteriors.kinds) if self.posteriors else ()

    @cached_property
    def counted_columns(self) -> tuple[str, ...]:
        """The columns of a line that counters need: those of their keys, and those that they sum.

        Columns that belong to one event of the line, such as the reason of a return, are left out.
        """
        counters = [counter for layout in self.layouts for counter in layout.counters]
        names = {column.name for counter in counters for column in counter.key.columns}
        names |= {counter.value for counter in counters if counter.value}
        return tuple(sorted(names - {PIECES_VALUE, FIRST_IN_ORDER, *REASON_COLUMNS}))

    @cached_property
    def digest(self) -> str:
        """A hash of the contents: two recipes with the same digest can read their features from the same state.

        That of the posteriors stands behind that of the counters (`is_read_from`).
        """
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
        if self.recipe.normal_labels:
            content["labels"] = NORMAL
        if self.posteriors is None:
            return _hash(content)
        of_posteriors = [
            self.posteriors.priors.model_dump(),
            [kind.key.name for kind in self.posteriors.kinds],
            [feature.name for feature in self.posteriors.covariates],
        ]
        return _hash(content) + WITH + _hash(of_posteriors)


def is_read_from(model: str, state: str) -> bool:
    """Whether a model whose contents have the digest ``model`` finds them all in a state with the digest ``state``.

    A model without posteriors takes no notice of those of a state.
    """
    return state == model or state.startswith(model + WITH)


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
