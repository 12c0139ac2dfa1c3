"""A try of a mapping on its files: what comes out, or why nothing does."""

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data import tables
from data.errors import UserError
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, REJECTS, RETURNS
from data.sources import mapped
from data.sources.params import CommentParams

NO_RETURN = "no line came back, so that nothing can be learned: correct returns in the mapping"

RULES = 5
"""Rules of refused rows that are shown."""


def run(mapping: Path, folder: Path, comments: CommentParams) -> tuple[bool, list[str]]:
    """Read the files in ``folder`` by ``mapping``, and keep nothing; return whether it worked, and what to print."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            mapped.write(folder, mapping, Path(scratch), comments)
        except UserError as error:
            return False, str(error).split("\n")
        filled = tables.count(ORDER_LINES, Path(scratch)) > 0, tables.count(RETURNS, Path(scratch)) > 0
        return all(filled), [*_describe(Path(scratch)), *([] if filled[1] else [NO_RETURN])]


def _describe(raw: Path) -> list[str]:
    lines = tables.read(ORDER_LINES, raw)
    orders, back = (pc.count_distinct(column).as_py() for column in (lines["order_id"], _returned(raw)))
    unknown = pc.sum(pc.invert(lines["outcome_recorded"])).as_py() or 0
    worth = pc.sum(pc.multiply(lines["quantity"], lines["price_minor"])).as_py() or 0
    days = " to ".join(f"{moment:%Y-%m-%d}" for moment in pc.min_max(lines["ordered_at"]).as_py().values() if moment)
    products, customers = tables.count(PRODUCTS, raw), tables.count(CUSTOMERS, raw)
    rejects = pq.read_table(tables.path(REJECTS, raw)).group_by(["table", "column", "rule"])
    counts = rejects.aggregate([([], "count_all")]).sort_by([("count_all", "descending")]).to_pylist()
    return [
        f"{lines.num_rows:,} order lines of {orders:,} orders, {days or 'no day'}, {worth:,} minor units",
        f"{products:,} products, {customers:,} customers, {lines['customer_id'].null_count:,} lines of guests",
        f"{back:,} lines came back, {unknown:,} have an unknown outcome, the others were kept",
        *(
            f"refused: {row['count_all']:,} {row['table']}, {row['column'] or 'row'}: {row['rule']}"
            for row in counts[:RULES]
        ),
    ]


def _returned(raw: Path) -> pa.ChunkedArray:
    return tables.read(RETURNS, raw, ["line_id"])["line_id"]
