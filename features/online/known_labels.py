"""Labels that a model does not know: a line with one has the features of a line without the field.

A shop renames the labels of a column, or writes them in another language. Counters of a new label are empty at first,
and then hold returns alone, as kept lines settle later. Trees have seen no such rates, so their answer would be
arbitrary. They have learned what a missing field means. `features.offline.requests.as_known` is the same for tables.
"""

from collections.abc import Sequence

from features.language.nodes import LineNode
from features.language.request_field import Labels, RequestField
from features.online_state.basket import hang_on
from features.online_state.basket_nodes import Row


class KnownLabels:
    """Takes from rows the fields whose label is not among the known ``labels``.

    ``nodes``: the basket counters and derived columns of the rows.
    """

    def __init__(self, labels: Labels, fields: Sequence[RequestField], nodes: Sequence[LineNode]) -> None:
        self._fields = [
            (
                field.columns[0],
                frozenset({None, *labels[field.name]}),
                dict.fromkeys((*field.columns, *(node.name for node in hang_on(field.columns, nodes)))),
            )
            for field in fields
            if field.name in labels
        ]

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """Give the rows in their order; one whose labels are all known is given as it is.

        Other lines of the basket count a line whose label is not known as they count any.
        """
        return [self._of(row) for row in rows]

    def _of(self, row: Row) -> Row:
        found = row
        for column, known, nothing in self._fields:
            if row[column] not in known:
                found = {**found, **nothing}
        return found
