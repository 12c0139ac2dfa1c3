"""Stage validate: reads the raw tables, and writes them without the rows that break a rule, rejects and a report."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data import tables
from data.errors import UserError
from data.files import scratch, whole_folder
from data.logs import log
from data.outcome import OutcomeParams
from data.params import load
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, REJECTS, RETURNS, TABLES, Table
from data.stage import run
from data.tables import RAW, VALIDATED
from data.validation import contracts, findings, rules
from data.validation.cleaning import Cleaned, clean, screen
from data.validation.params import ValidationParams
from data.validation.report import TableReport, ValidationReport, too_many_rejects
from data.validation.screening import Screening, read_source_rejects

REPORT = Path("reports/validation.json")


def validate(raw: Path, validated: Path, report_file: Path, params: ValidationParams, outcome: OutcomeParams) -> None:
    """Write the tables in ``raw`` without their broken rows into ``validated``, with the rejects, and the report.

    When a limit of ``params`` is exceeded, ``validated`` holds the rejects alone; older tables are removed.

    Raises
    ------
    UserError
        A file is missing or cut, a required column is missing, a required table is empty, text holds personal data,
        more rows break a rule than ``params`` allows, or more products or customers are unknown than ``params`` allows.
    """
    with scratch(validated) as beside, _duckdb(beside, params) as backend:
        screenings = {name: Screening(backend, table, raw) for name, table in TABLES.items()}
        refused_by_source = read_source_rejects(backend, raw)
        _refuse_empty(screenings)
        screen(backend, screenings, params)
        found = findings.all_rejects(list(screenings.values()), refused_by_source)
        rejects = backend.create_table("rejects", found, temp=True)
        cleaned = clean(backend, screenings)
        report = _report(backend, screenings, cleaned, rejects, params, outcome)
        written = {} if report.failures else {TABLES[name]: rows for name, rows in cleaned.rows.items()}
        _write(backend, {**written, REJECTS: rejects.drop("found_by")}, validated)
    report.write(report_file)
    _log_or_stop(report, params, report_file, tables.path(REJECTS, validated))


def main() -> None:
    """Run the stage on the folders of the project."""
    validate(RAW, VALIDATED, REPORT, load("validation", ValidationParams), load("outcome", OutcomeParams))


@contextmanager
def _duckdb(folder: Path, params: ValidationParams) -> Iterator[Backend]:
    """Open a separate DuckDB that spills into ``folder`` when it needs more than ``params.memory_gb``."""
    backend = ibis.duckdb.connect(
        folder / "validate.duckdb",
        memory_limit=f"{params.memory_gb}GB",
        threads=params.threads,
        temp_directory=str(folder / "spill"),
    )
    try:
        yield backend
    finally:
        backend.disconnect()


def _refuse_empty(screenings: dict[str, Screening]) -> None:
    # A shop of guests alone has no customers; every other table needs rows, or there is nothing to learn.
    for screening in screenings.values():
        if not screening.count and screening.table is not CUSTOMERS:
            raise UserError(
                expected=f"rows in the table {screening.table.name} ({screening.file})",
                found="the columns, and no row",
                fix="check the source's file, its mapping, and the rows that the source refused, in "
                f"{tables.path(REJECTS, screening.file.parent)}",
            )


def _report(
    backend: Backend,
    screenings: dict[str, Screening],
    cleaned: Cleaned,
    rejects: ir.Table,
    params: ValidationParams,
    outcome: OutcomeParams,
) -> ValidationReport:
    """Count the findings, and list failures (above a limit) and warnings."""
    lines = screenings[ORDER_LINES.name].kept_count
    unknown = {
        table.name: findings.unknown(backend, table, cleaned.unknown[table.name], lines)
        for table in (PRODUCTS, CUSTOMERS)
    }
    broken = findings.broken_rules(backend, rejects, params.examples)
    by_table = {
        name: findings.table_report(backend, screening, rejects, unknown.get(name), broken.get(name, ()))
        for name, screening in screenings.items()
    }
    malformed = tuple(rule for name, found in broken.items() if name not in TABLES for rule in found)
    failures = too_many_rejects(by_table, malformed, params.max_reject_share)
    failures += [str(keys) for keys in unknown.values() if keys.share > params.max_unknown_share]
    warnings = [str(keys) for keys in unknown.values() if 0 < keys.share <= params.max_unknown_share]
    outcomes, isolated = None, None
    if not failures:
        validated = cleaned.rows[ORDER_LINES.name], cleaned.rows[RETURNS.name]
        outcomes = findings.outcome_report(backend, *validated, cleaned.withdrawn, outcome)
        isolated = findings.isolated_end(backend, validated[0])
    return ValidationReport(
        failures=tuple(failures),
        warnings=(*warnings, isolated) if isolated else tuple(warnings),
        tables=by_table,
        malformed=malformed,
        outcomes=outcomes,
        meanings=_meanings(by_table.values()),
    )


def _meanings(reports: Iterable[TableReport]) -> dict[str, str]:
    broken = {rule.rule for report in reports for rule in report.rules}
    return {rule: text for rule, text in {**contracts.MEANINGS, **rules.MEANINGS}.items() if rule in broken}


def _write(backend: Backend, content: dict[Table, ir.Table], folder: Path) -> None:
    """Replace ``folder`` by ``content`` as a whole: tables of two runs must never be mixed."""
    with whole_folder(folder) as unfinished:
        for table, rows in content.items():
            log.info("validate: writing %s", table.name)
            tables.write(table, backend.con.sql(backend.compile(rows)), unfinished)


def _log_or_stop(report: ValidationReport, params: ValidationParams, report_file: Path, rejects_file: Path) -> None:
    for warning in report.warnings:
        log.warning("validate: warning: %s", warning)
    for name, table in report.tables.items():
        log.info("validate: %s: %s rows kept, %s refused", name, f"{table.kept:,}", f"{table.refused:,}")
    if report.failures:
        raise UserError(
            expected=f"at most {params.max_reject_share:.1%} of a table's rows broken (validation.max_reject_share), "
            f"and at most {params.max_unknown_share:.1%} of the lines without their product or customer "
            "(validation.max_unknown_share)",
            found="\n          ".join(report.failures),
            fix=f"see {report_file}, and {rejects_file} for each row; correct files or mapping, or raise the limit",
        )


if __name__ == "__main__":
    run(main)
