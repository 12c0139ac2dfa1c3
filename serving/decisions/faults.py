"""The excess reasons of products, as the product report finds them; read again when the report changes."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from data.schema import Reason
from serving.watched_file import WatchedFile
from training.decisions.product_faults import TABLE, read_faults


def _none() -> Mapping[str, frozenset[Reason]]:
    """Give no faults: a broken report never keeps the service from starting."""
    return {}


class ProductFaults:
    """The faults in the report in ``folder``: reasons that are unusual with at least ``min_probability``."""

    def __init__(self, folder: Path, min_probability: float) -> None:
        read = partial(read_faults, min_probability=min_probability)
        self._file = WatchedFile(folder / TABLE, read, "the table of faults of products", until_valid=_none)

    def of(self, product_id: str) -> frozenset[Reason]:
        """Give the excess reasons of a product; none where the report does not know it."""
        return self._file.content().get(product_id, frozenset())

    def trouble(self) -> str | None:
        """Say why the report can't be used now, so that the faults stay as they were, or none is known; else None."""
        return self._file.trouble()
