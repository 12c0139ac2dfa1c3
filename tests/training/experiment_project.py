"""A project whose service kept a decision log, with the tables of the shop: an experiment in which the policy works."""

import shutil
from collections.abc import Hashable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from data import tables
from data.logged.decisions import DECISIONS
from data.schema import ORDER_LINES, RETURNS
from data.times import table_time
from tests.training.decisions.experiment.drawn_shop import DrawnShop, draw
from tests.training.decisions.experiment.written_shop import at, log_of, placed_of

SHOP = replace(DrawnShop(), visits_a_day=120, holdout_share=0.5, visits_per_unit=1.5, avoids=0.8)
PROJECT = Path(__file__).parents[2]


def write_project(folder: Path) -> None:
    """Write a project without a pipeline, whose parameters and policy are this one's."""
    shutil.copy(PROJECT / "params.yaml", folder)
    shutil.copytree(PROJECT / "data/policies", folder / "data/policies")
    (folder / "data/raw").mkdir(parents=True)
    (folder / "data/raw/source.json").write_text('{"id_key": {"fingerprint": "x"}}')


def write_shop(project: Path, **shop: Any) -> None:
    """The log and the tables of an experiment in which the policy avoids returns."""
    trail = draw(replace(SHOP, **shop), 1)
    log = project / "serving/var/decisions"
    log.mkdir(parents=True)
    rows = [orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) for row in log_of(trail, SHOP.holdout_share)]
    half = len(rows) // 2
    (log / DECISIONS.file_name(1, 1)).write_bytes(b"\n".join(rows[:half]) + b"\n")
    (log / DECISIONS.file_name(2, 1)).write_bytes(b"\n".join(rows[half:]) + b'\n{"event_')
    placed = placed_of(trail, at(40))
    lines = [_line(row) for row in placed.lines.to_dict("records")]
    returns: list[dict[str, Any]] = [
        {
            "return_id": f"r{place}",
            "line_id": row["line_id"],
            "returned_at": table_time(row["returned_at"]),
            "quantity": 1,
        }
        for place, row in enumerate(placed.returns[["line_id", "returned_at"]].to_dict("records"))
    ]
    for table, content in ((ORDER_LINES, lines), (RETURNS, returns)):
        schema = table.arrow(set(content[0]))
        tables.write(table, pa.Table.from_pylist(content, schema=schema), project / "data/validated")


def _line(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    facts = {"product_id": "p", "quantity": 1, "price_minor": round(row["value_minor"])}
    names = {"line_id": row["line_id"], "order_id": row["order_id"], "customer_id": row["customer"]}
    return {**names, **facts, "ordered_at": table_time(row["ordered_at"])}
