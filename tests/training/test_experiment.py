"""The command, on files as the service and the pipeline leave them."""

import json
import shutil
from collections.abc import Hashable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import tables
from data.logged.decisions import DECISIONS
from data.schema import ORDER_LINES, RETURNS
from data.times import table_time
from tests.training.decisions.experiment.drawn_shop import DrawnShop, draw
from tests.training.decisions.experiment.written_shop import at, log_of, placed_of
from training import experiment
from training.decisions.experiment_files import inputs, report

SHOP = replace(DrawnShop(), visits_a_day=120, holdout_share=0.5, visits_per_unit=1.5, avoids=0.8)
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without a pipeline, whose parameters and policy are this one's."""
    shutil.copy(PROJECT / "params.yaml", tmp_path)
    shutil.copytree(PROJECT / "data/policies", tmp_path / "data/policies")
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "data/raw/source.json").write_text('{"id_key": {"fingerprint": "x"}}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_shop(project: Path, **shop: Any) -> None:
    """The log and the tables of an experiment in which the policy avoids returns."""
    trail = draw(replace(SHOP, **shop), 1)
    log = project / "serving/var/decisions"
    log.mkdir(parents=True)
    rows = [orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) for row in log_of(trail, SHOP.holdout_share)]
    (log / DECISIONS.file_name(1, 1)).write_bytes(b"\n".join(rows[:1000]) + b"\n")
    (log / DECISIONS.file_name(2, 1)).write_bytes(b"\n".join(rows[1000:]) + b'\n{"event_')
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


def test_without_a_log_it_says_so_and_its_files_do(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["experiment"])

    experiment.main()

    assert capsys.readouterr().out == "no decisions yet\n"
    said = json.loads((project / report.SUMMARY).read_text())
    assert (said["state"], said["experiments"], said["as_of"]) == ("no decisions yet", [], None)
    assert pq.read_table(project / report.FOLDER / report.FILE).num_rows == 0


def test_it_reads_log_and_tables_and_writes_money_looks_and_dictionary(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shop(project)
    monkeypatch.setattr("sys.argv", ["experiment"])

    experiment.main()

    first, chosen, action = capsys.readouterr().out.splitlines()
    assert first.startswith("start: earns after ")
    assert chosen.startswith("  chosen: €")
    assert action.startswith("  action:advice: €")
    summary = json.loads((project / report.SUMMARY).read_text())
    assert summary["costs_left_out"] == ["advice"]  # the policy of the project has no such action
    (said,) = summary["experiments"]
    scope = said["scopes"]["chosen"]
    assert (said["verdict"], said["decisions"]) == ("earns", 120 * 28)
    assert scope["earned_a_month"]["low_minor"] > 0
    assert set(scope["measures"]["profit_minor"]) == {"figure", "figure_against", "difference", "low", "high"}
    assert said["scopes"]["all"]["too_early"] == ["repurchase"]
    looks = pq.read_table(project / report.FOLDER / report.FILE)
    assert looks.schema == report.SCHEMA
    rows = looks.select(list(report.KEY)).to_pylist()
    assert len({tuple(row.values()) for row in rows}) == len(rows) > 100
    dictionary = (project / report.FOLDER / report.DICTIONARY).read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in dictionary[1:]] == looks.column_names


def test_a_log_that_lies_elsewhere_gives_the_same_files(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_shop(project, visits_a_day=40)
    experiment.read(project / "serving/var/decisions", project / "data/validated")
    files = (project / report.SUMMARY, project / report.FOLDER / report.FILE)
    first = [file.read_bytes() for file in files]
    (project / "serving/var/decisions").rename(project / "elsewhere")
    monkeypatch.setenv(inputs.LOG_VARIABLE, "elsewhere")
    monkeypatch.setattr("sys.argv", ["experiment"])

    experiment.main()

    assert [file.read_bytes() for file in files] == first
