"""Stage ingest: reads a shop's files, or simulates a shop, and writes the canonical tables into data/raw."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data import attributes, facts, tables
from data.errors import UserError
from data.files import whole_folder, write_text
from data.logs import log
from data.outcome import OutcomeParams
from data.params import load
from data.pseudonyms.pseudonyms import KeyedHashes, from_environment
from data.schema import CUSTOMERS, REJECTS, TABLES
from data.sources import events, mapped, online_retail, simulated
from data.sources.params import DataParams
from data.sources.report import SourceReport
from data.stage import run


def main() -> None:
    """Run the stage with params.yaml, from the project's top."""
    params = load("data", DataParams)
    simulator = _simulator() if params.source == "simulated" else None
    ingest(params, tables.RAW, tables.TRUTH, simulator)


def _simulator() -> simulated.SimulatorParams:
    """Read the simulator's section and check its return window: its truth counts only returns within that window."""
    simulator, outcome = load("simulator", simulated.SimulatorParams), load("outcome", OutcomeParams)
    if simulator.return_window_days != outcome.return_window_days:
        raise UserError(
            expected="simulator.return_window_days and outcome.return_window_days to be the same",
            found=f"{simulator.return_window_days} and {outcome.return_window_days}",
            fix="set both in params.yaml, or with -S on the command line",
        )
    return simulator


def ingest(params: DataParams, raw: Path, truth: Path, simulator: simulated.SimulatorParams | None = None) -> None:
    """Write the canonical tables, rejects.parquet and source.json into ``raw``, and the truth, if any, into ``truth``.

    Both folders are replaced as a whole once everything is written: a failed run leaves them unchanged. source.json has
    the files read with their hashes, the rows and optional columns of each table, the rejects by rule, the counts of
    decisions made while reading with examples, notices of what should be looked at, the account of each file where the
    source gives one, and the fingerprint of the key that hashed the customer ids. Where the mapping reads keys or
    labels in a way of its own, it has that reading, too, which the service applies to requests.

    Parameters
    ----------
    simulator
        The simulated shop, for ``source: simulated``.

    Raises
    ------
    UserError
        The source's files, or the mapping, are missing or can't be read.
    """
    _refuse_own_input(params, raw, truth)
    with whole_folder(truth) as new_truth, whole_folder(raw) as new_raw:
        report = _write(params, new_raw, new_truth, simulator)
        description = _describe(params, report, new_raw)
        write_text(json.dumps(description, indent=2, sort_keys=True) + "\n", new_raw / tables.DESCRIPTION)
    for account in report.accounts:
        log.info("ingest: %s", account)
    _log_summary(description)


def _write(params: DataParams, raw: Path, truth: Path, simulator: simulated.SimulatorParams | None) -> SourceReport:
    if params.source == "mapped":
        return mapped.write(params.path, params.mapping, raw, params.comments)
    if params.source == "online_retail":
        return online_retail.write(params.path, raw)
    if params.source == "events":
        return events.write(params.path, raw)
    if simulator is None:
        raise ValueError("source simulated needs the simulator's parameters")
    simulated.write(simulator, raw, truth)
    tables.write(REJECTS, REJECTS.arrow().empty_table(), raw)
    return SourceReport()


def _refuse_own_input(params: DataParams, raw: Path, truth: Path) -> None:
    """Refuse a source folder that this stage would overwrite with its output."""
    if params.source == "simulated":
        return
    path = params.path.resolve()
    for folder in (raw, truth):
        if path == folder.resolve() or folder.resolve() in path.parents:
            raise UserError(
                expected="data.path to be a folder of the shop's files",
                found=f"{params.path}, which this stage replaces with its own output",
                fix="keep the files in another folder, and set data.path to it",
            )


def _describe(params: DataParams, report: SourceReport, raw: Path) -> dict[str, Any]:
    """Describe what was read and written, without times and machine paths: the same input gives the same text."""
    declared = attributes.read(raw)
    present = (*TABLES.values(), *facts.changes_in(raw))
    written = {table.name: attributes.extended(table, declared) for table in present}
    description: dict[str, Any] = {
        "source": params.source,
        "files": [_fingerprint(file) for file in report.files],
        "rows": {name: tables.count(table, raw) for name, table in written.items()},
        "optional_columns": {
            name: [column for column in tables.columns(table, raw) if not table.column(column).required]
            for name, table in written.items()
        },
        "rejects": _count_rejects(raw),
        "decisions": report.decisions,
    }
    if report.examples:
        description["examples"] = report.examples
    if report.notices:
        description["notices"] = list(report.notices)
    if customers := _count_marked(raw):
        description["customers"] = customers
    if report.accounts:
        description["accounts"] = [account.as_json() for account in report.accounts]
    if key := _id_key(params):
        description["id_key"] = key
    if reading := report.reading.as_json():
        description["reading"] = reading
    return description


def _id_key(params: DataParams) -> dict[str, Any] | None:
    """Describe what gave the customers their pseudonyms; None for a simulated shop, which has none."""
    if params.source == "simulated":
        return None
    if params.source == "events":
        return events.id_key(params.path)
    pseudonyms = from_environment(warn=False)
    return {"public_demo_key": isinstance(pseudonyms, KeyedHashes), "fingerprint": pseudonyms.fingerprint}


def _fingerprint(file: Path) -> dict[str, Any]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": file.name, "bytes": file.stat().st_size, "sha256": digest}


def _count_marked(raw: Path) -> dict[str, int]:
    """Count the customers that the source says were merged or erased; empty where it knows of neither."""
    names = {"merged_into": "merged", "erased_at": "erased"}
    found = tables.read(CUSTOMERS, raw, [name for name in tables.columns(CUSTOMERS, raw) if name in names])
    return {
        names[name]: len(column) - column.null_count
        for name, column in zip(found.column_names, found.columns, strict=True)
    }


def _count_rejects(raw: Path) -> dict[str, int]:
    """Count the refused rows by ``table.rule``."""
    rejects = pq.read_table(tables.path(REJECTS, raw), columns=["table", "rule"])
    counts = pa.TableGroupBy(rejects, ["table", "rule"]).aggregate([([], "count_all")]).to_pylist()
    return {f"{row['table']}.{row['rule']}": row["count_all"] for row in counts}


def _log_summary(description: dict[str, Any]) -> None:
    rows = ", ".join(f"{count} {name}" for name, count in description["rows"].items())
    log.info("ingested %s: %s", description["source"], rows)
    if description["rejects"]:
        refused = ", ".join(f"{count} {rule}" for rule, count in sorted(description["rejects"].items()))
        log.info("rejects, written to rejects.parquet: %s", refused)


if __name__ == "__main__":
    run(main)
