"""Stage validate: reads the raw tables, and writes them without the rows that break a rule, rejects and a report."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data import attributes, facts, tables
from data.errors import UserError
from data.files import read_json, scratch, whole_folder
from data.logs import log
from data.outcome import OutcomeParams
from data.params import load
from data.progress.queries import progress_of
from data.progress.steps import step
from data.reading import fixes
from data.schema import CUSTOMERS, REJECTS, RETURNS, TABLES, Table
from data.stage import run
from data.tables import RAW, VALIDATED
from data.validation import findings, limits
from data.validation.cleaning import clean, screen
from data.validation.params import ValidationParams
from data.validation.report import SHOWN, BrokenRule, ValidationReport
from data.validation.rules import DIFFERS_IN_ORDER
from data.validation.screening import Screening, read_source_rejects
from data.validation.summary import Validated, summarize

REPORT = Path("reports/validation.json")
OF_NO_RETURN = (
    "; where a flag says which lines came back, look at the values under returned and unknown of returns.flag"
)


def validate(raw: Path, validated: Path, report_file: Path, params: ValidationParams, outcome: OutcomeParams) -> None:
    """Write the tables in ``raw`` without their broken rows into ``validated``, with the rejects, and the report.

    When a limit of ``params`` is exceeded, ``validated`` holds the rejects alone; older tables are removed.

    Raises
    ------
    UserError
        A file is missing or cut, a required column is missing, a required table is empty, a column holds personal data,
        more rows break a rule than ``params`` allows, more products or customers are unknown than ``params`` allows, or
        the tables have what no shop has (`data.validation.improbable`).
    """
    declared = attributes.read(raw)
    attributes.check_columns(declared, raw)
    with scratch(validated) as beside, _duckdb(beside, params) as backend:
        screenings = {
            table.name: Screening(backend, attributes.extended(table, declared), raw)
            for table in (*TABLES.values(), *facts.changes_in(raw))
        }
        refused_by_source = read_source_rejects(backend, raw)
        _refuse_empty(backend, screenings, refused_by_source)
        with step("rules", polled=progress_of(backend.con)):
            screen(backend, screenings, params)
        found = findings.all_rejects(list(screenings.values()), refused_by_source)
        rejects = backend.create_table("rejects", found, temp=True)
        cleaned = clean(backend, screenings)
        description = _description(raw)
        with step("figures of the report", polled=progress_of(backend.con)):
            report = summarize(backend, Validated(screenings, cleaned, rejects, description), params, outcome)
        written = {} if report.failures else {screenings[name].table: rows for name, rows in cleaned.rows.items()}
        kept = () if report.failures else declared
        with step("writing tables", polled=progress_of(backend.con)):
            _write(backend, {**written, REJECTS: rejects.drop("found_by")}, kept, validated)
    report.write(report_file)
    decided = fixes.Decided.of(description.get("decisions", {}))
    _log_or_stop(report, params, report_file, tables.path(REJECTS, validated), decided)


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


def _refuse_empty(backend: Backend, screenings: dict[str, Screening], refused_by_source: ir.Table) -> None:
    # A shop of guests alone has no customers, and facts need not change; every other table needs rows, or there is
    # nothing to learn.
    for name, screening in screenings.items():
        if screening.count or name == CUSTOMERS.name or name not in TABLES:
            continue
        rejects = findings.all_rejects([], refused_by_source)
        broken = findings.broken_rules(backend, rejects, SHOWN)
        of_no_table = [rule for other, rules in broken.items() if other not in screenings for rule in rules]
        refused = (*broken.get(name, ()), *of_no_table)
        file = tables.path(REJECTS, screening.file.parent)
        raise UserError(
            expected=f"rows in the table {name} ({screening.file})",
            found=f"no row: the source refused all of them: {limits.worst(refused)}"
            if refused
            else "the columns, and no row, and none that was refused",
            fix=f"{_how_to_read(name, refused)}; {file} has each refused row"
            if refused
            else "check the source's file, and the rules of its mapping that leave rows out"
            f"{OF_NO_RETURN if name == RETURNS.name else ''}",
        )


def _how_to_read(table: str, refused: tuple[BrokenRule, ...]) -> str:
    """Say what to change in the mapping for the rule that most rows break."""
    worst = max(refused, key=lambda rule: rule.rows)
    return fixes.of_rule(table, worst.column, worst.rule, _values(worst)) or (
        "correct the file, or how its mapping reads the columns named above"
    )


def _values(rule: BrokenRule) -> list[str]:
    """The values of a rule's examples."""
    return [example.value for example in rule.examples if example.value is not None]


def _description(raw: Path) -> dict[str, Any]:
    """Read what the source described; empty where the raw tables were written without it."""
    file = raw / tables.DESCRIPTION
    return read_json(file) if file.is_file() else {}


def _write(
    backend: Backend, content: dict[Table, ir.Table], declared: tuple[attributes.Attribute, ...], folder: Path
) -> None:
    """Replace ``folder`` by ``content`` as a whole: tables of two runs must never be mixed."""
    with whole_folder(folder) as unfinished:
        attributes.write(declared, unfinished)
        for table, rows in content.items():
            log.info("validate: writing %s", table.name)
            tables.write(table, backend.con.sql(backend.compile(rows)), unfinished)


def _log_or_stop(
    report: ValidationReport, params: ValidationParams, report_file: Path, rejects_file: Path, decided: fixes.Decided
) -> None:
    """Log the report, or stop where it has a failure; ``decided`` by ingest of the returns."""
    for warning in report.warnings:
        log.warning("validate: warning: %s", warning)
    for name, table in report.tables.items():
        log.info("validate: %s: %s rows kept, %s refused", name, f"{table.kept:,}", f"{table.refused:,}")
    if report.failures:
        raise UserError(
            expected=f"{limits.described(params)}, and no grave sign that the tables are wrong",
            found="\n          ".join(report.failures),
            fix=f"{_known_fixes(report, decided)}; see {report_file}, and {rejects_file} for each row",
        )


def _known_fixes(report: ValidationReport, decided: fixes.Decided) -> str:
    """Say what to change for the rules that most rows break; without such a rule, where to look."""
    broken = [(rule.rows, name, rule) for name, table in report.tables.items() for rule in table.rules]
    worst = sorted(broken, key=lambda item: (-item[0], item[1], item[2].rule))
    # A rule of whole orders breaks for several columns at once, and has one fix.
    once = {(name, rule.rule if rule.rule == DIFFERS_IN_ORDER else rule): rule for _, name, rule in reversed(worst)}
    found = (
        fixes.of_rule(name, rule.column, rule.rule, _values(rule), decided)
        for (name, _), rule in reversed(once.items())
    )
    known = list(dict.fromkeys(filter(None, found)))[:SHOWN]
    return "; ".join([*known, "or correct the files, or raise the limit" if known else "correct files or mapping"])


if __name__ == "__main__":
    run(main)
