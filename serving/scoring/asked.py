"""What is asked for against training: fields that lines lack, labels that no training line had, figures out of range.

It is looked at for every line, so it only names what it finds.
Counts and shares are left to the metrics.
"""

from collections.abc import Callable, Iterable
from typing import Any

from features.online_state.basket_nodes import Row
from serving.scores import Unusual
from training.model.asked import Asked


class AskedAgainst:
    """Compares lines with what training lines asked with."""

    def __init__(self, asked: Asked) -> None:
        self._fields = [(name, field.column, field.labels) for name, field in asked.fields.items()]
        self._ranges = [(name, each.low, each.high) for name, each in asked.ranges.items()]

    def of_lines(self, rows: Iterable[Row]) -> Unusual:
        """Name what the lines of a basket lack or have that training lines did not; a name once for each line.

        ``rows``: the lines as they were asked about, with the facts that the state filled in.
        """
        lacking: list[str] = []
        unseen: list[str] = []
        outside: list[str] = []
        for row in rows:
            found: Callable[[str], Any] = row.get
            for name, column, labels in self._fields:
                value = found(column)
                if value is None:
                    lacking.append(name)
                elif labels is not None and value not in labels:
                    unseen.append(name)
            for name, low, high in self._ranges:
                value = found(name)
                if value is not None and not low <= value <= high:
                    outside.append(name)
        return Unusual(tuple(lacking), tuple(unseen), tuple(outside))
