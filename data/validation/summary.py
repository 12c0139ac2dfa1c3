"""The summary of a validation: what was counted, what failed, and what is to be warned of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.outcome import OutcomeParams
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS
from data.validation import contracts, findings, limits, reconciliation, rules
from data.validation.cleaning import Cleaned
from data.validation.improbable import outcomes as improbable_outcomes
from data.validation.improbable.search import Searched, marked, search
from data.validation.params import ValidationParams
from data.validation.reconciliation import Figures, Reconciliation
from data.validation.report import BrokenRule, OutcomeReport, TableReport, UnknownKeys, ValidationReport
from data.validation.screening import Screening


@dataclass(frozen=True)
class Validated:
    """What validation worked out: the screened and the cleaned tables, the rejects, and the source's description."""

    screenings: Mapping[str, Screening]
    cleaned: Cleaned
    rejects: ir.Table
    description: Mapping[str, Any]
    """The content of source.json; empty where there is none."""

    @property
    def lines(self) -> Screening:
        """The order lines."""
        return self.screenings[ORDER_LINES.name]


def summarize(
    backend: Backend, validated: Validated, params: ValidationParams, outcome: OutcomeParams
) -> ValidationReport:
    """Count the findings, and list failures (limits broken, grave findings) and warnings."""
    lines = validated.lines.kept_count
    unknown = {
        table.name: findings.unknown(backend, table, validated.cleaned.unknown[table.name], lines)
        for table in (PRODUCTS, CUSTOMERS)
    }
    broken = findings.broken_rules(backend, validated.rejects, params.examples)
    by_table = {
        name: findings.table_report(
            backend,
            screening,
            validated.rejects,
            unknown.get(name),
            broken.get(name, ()),
            params.max_reject_share_by_rule,
        )
        for name, screening in validated.screenings.items()
    }
    malformed = tuple(rule for name, found in broken.items() if name not in by_table for rule in found)
    written = reconciliation.figures(backend, validated.lines.kept)
    improbable = marked(search(backend, _searched(validated, unknown, broken, written)), params.accepted)
    failures = limits.exceeded(by_table, malformed, params)
    failures += [str(keys) for keys in unknown.values() if keys.share > params.max_unknown_share]
    warnings = [str(keys) for keys in unknown.values() if 0 < keys.share <= params.max_unknown_share]
    warnings += [f"from ingest: {notice}" for notice in validated.description.get("notices", [])]
    outcomes, reconciled, accounts = None, None, None
    if not failures and not any(finding.stops for finding in improbable):
        outcomes = _outcomes(backend, validated, outcome)
        accounts = findings.account_report(backend, validated.cleaned.accounts, validated.lines.kept)
        improbable += marked(improbable_outcomes.search(outcomes, by_table[RETURNS.name].kept), params.accepted)
        reconciled = _reconciled(backend, validated, written)
        warnings += reconciliation.lost_between(reconciled.source, reconciled.read)
        warnings += filter(None, [findings.isolated_end(backend, validated.cleaned.rows[ORDER_LINES.name])])
    return ValidationReport(
        failures=(*failures, *(str(finding) for finding in improbable if finding.stops)),
        warnings=(*warnings, *(str(finding) for finding in improbable if not finding.stops and not finding.accepted)),
        tables=by_table,
        malformed=malformed,
        outcomes=outcomes,
        accounts=accounts,
        improbable=tuple(improbable),
        reconciliation=reconciled,
        meanings=_meanings(by_table.values()),
    )


def _searched(
    validated: Validated,
    unknown: Mapping[str, UnknownKeys],
    broken: Mapping[str, tuple[BrokenRule, ...]],
    written: Figures,
) -> Searched:
    returns = validated.screenings[RETURNS.name]
    lost = any(rule.rule == rules.UNKNOWN_LINE for rule in broken.get(RETURNS.name, ()))
    of_no_line = returns.refused.filter(returns.refused["rule"] == rules.UNKNOWN_LINE)
    return Searched(
        rows={name: screening.rows for name, screening in validated.screenings.items()},
        all_lines=validated.lines.count,
        lines=validated.lines.kept,
        kept_lines=written["lines"],
        orders=written["orders"],
        unmatched_lines=of_no_line.select(line_id="value") if lost else None,
        unmatched_products=validated.cleaned.unknown[PRODUCTS.name] if unknown[PRODUCTS.name].keys else None,
        description=validated.description,
    )


def _outcomes(backend: Backend, validated: Validated, outcome: OutcomeParams) -> OutcomeReport:
    rows = validated.cleaned.rows
    lines, returns = rows[ORDER_LINES.name], rows[RETURNS.name]
    return findings.outcome_report(backend, lines, returns, validated.cleaned.withdrawn, outcome)


def _reconciled(backend: Backend, validated: Validated, written: Figures) -> Reconciliation:
    whole = validated.lines.count == written["lines"]
    read = written if whole else reconciliation.figures(backend, validated.lines.rows)
    source = reconciliation.of_source(validated.description.get("accounts", []))
    if validated.cleaned.accounts is not None:
        written = reconciliation.figures(backend, validated.cleaned.rows[ORDER_LINES.name])
    return reconciliation.reconcile(source, read, written)


def _meanings(reports: Iterable[TableReport]) -> dict[str, str]:
    broken = {rule.rule for report in reports for rule in report.rules}
    return {rule: text for rule, text in {**contracts.MEANINGS, **rules.MEANINGS}.items() if rule in broken}
