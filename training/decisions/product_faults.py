"""The excess reasons of products, as the product report finds them: an action may need one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import ArrowException

from data.errors import UserError
from data.schema import Reason

TABLE: Final = "reasons.parquet"
"""Its table in the folder of the report."""


def read_faults(table: Path, min_probability: float) -> Mapping[str, frozenset[Reason]]:
    """Read the reasons of each product that are unusual with at least ``min_probability``; none without a report.

    Raises
    ------
    UserError
        The table can't be read.
    """
    if not table.is_file():
        return {}
    wanted = (pc.field("level") == "product") & (pc.field("unusual_probability") >= min_probability)
    try:
        rows = pq.read_table(table, columns=["item_id", "reason"], filters=wanted).to_pylist()
    except (OSError, ArrowException) as error:
        raise UserError(
            expected=f"the reasons of the product report in {table}",
            found=f"{type(error).__name__}: {error}",
            fix="make it again: dvc repro products",
        ) from None
    found: dict[str, set[Reason]] = {}
    for row in rows:
        found.setdefault(row["item_id"], set()).add(Reason(row["reason"]))
    return {product: frozenset(reasons) for product, reasons in found.items()}
