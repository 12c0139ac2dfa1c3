"""The store's keys of all records of a line, made at once: a basket of five lines has more than a hundred."""

from collections.abc import Mapping, Sequence
from operator import itemgetter

from features.online_state.counters.layout import LONGEST_ADDRESS, Layout, Value

_END = "\x1e"
"""Stands between keys while they are one text; a value that has it is taken by itself."""


class Addresses:
    """Gives the keys of a line's records, one for each of ``layouts``, as `Layout.address` does."""

    def __init__(self, layouts: Sequence[Layout]) -> None:
        self._layouts = layouts
        columns = [name for layout in layouts for name in layout.columns]
        # Two columns or more, so that it gives a tuple; a shop without any has lines alone.
        self._values = itemgetter(*columns, *columns[:1]) if columns else lambda _: ()
        self._count = len(columns)
        self._template = _END.join("k" + _literal(each.key.name) + "\0%s" * len(each.columns) for each in layouts)
        self._owners = [place for place, layout in enumerate(layouts) for _ in layout.columns]

    def of(self, line: Mapping[str, Value]) -> list[bytes | None]:
        """Give the key of each record; None where a column of the key is missing."""
        values = self._values(line)[: self._count]
        joined = self._template % values
        found: list[bytes | None] = [*joined.encode("utf-8", "surrogatepass").split(_END.encode())]
        plain = joined.count("\0") == self._count and len(found) == len(self._layouts)
        if not plain or max(map(len, found)) > LONGEST_ADDRESS:  # type: ignore[arg-type]
            return [layout.address(line) for layout in self._layouts]
        if None in values:
            for place, value in zip(self._owners, values, strict=True):
                if value is None:
                    found[place] = None
        return found


def _literal(name: str) -> str:
    return name.replace("%", "%%")
