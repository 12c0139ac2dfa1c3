"""The excess reasons of products, as the product report finds them; read again when the report changes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import ArrowException

from data.errors import UserError
from data.schema import Reason
from serving.watched_file import WatchedFile

TABLE: Final = "reasons.parquet"


def _none() -> Mapping[str, frozenset[Reason]]:
    """Give no faults: a broken report never keeps the service from starting."""
    return {}


class ProductFaults:
    """The faults in the report in ``folder``: reasons that are unusual with at least ``min_probability``."""

    def __init__(self, folder: Path, min_probability: float) -> None:
        self._least = min_probability
        self._file = WatchedFile(folder / TABLE, self._read, "the table of faults of products", until_valid=_none)

    def of(self, product_id: str) -> frozenset[Reason]:
        """Give the excess reasons of a product; none where the report does not know it."""
        return self._file.content().get(product_id, frozenset())

    def trouble(self) -> str | None:
        """Say why the report can't be used now, so that the faults stay as they were, or none is known; else None."""
        return self._file.trouble()

    def _read(self, path: Path) -> Mapping[str, frozenset[Reason]]:
        if not path.is_file():  # no report was made yet: no fault is known
            return {}
        wanted = (pc.field("level") == "product") & (pc.field("unusual_probability") >= self._least)
        try:
            table = pq.read_table(path, columns=["item_id", "reason"], filters=wanted)
        except (OSError, ArrowException) as error:
            raise UserError(
                expected=f"the reasons of the product report in {path}",
                found=f"{type(error).__name__}: {error}",
                fix="make it again: dvc repro products",
            ) from None
        found: dict[str, set[Reason]] = {}
        for row in table.to_pylist():
            found.setdefault(row["item_id"], set()).add(Reason(row["reason"]))
        return {product: frozenset(reasons) for product, reasons in found.items()}
