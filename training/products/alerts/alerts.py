"""The table of alerts, by money at stake."""

import hashlib
import json

import numpy as np
import pyarrow as pa

from data.schema import TIME
from data.times import MICROSECONDS_PER_DAY
from training.products.alerts.rules import CAUSES, Facts, Finding, excess
from training.products.columns import ALERTS
from training.products.estimates.context import Context
from training.products.findings.concentration import Carriers
from training.products.findings.reasons import Study
from training.products.findings.spikes import Spikes

_DIGITS = 6
"""Decimals of the numbers in the table: more than any sentence shows."""


def alert_id(product_id: str, kind: str) -> str:
    """Give the id of an alert, the same in every report: 16 hex digits."""
    return hashlib.sha256(f"{product_id}:{kind}".encode()).hexdigest()[:16]


def alerts(context: Context, studied: Study, spikes: Spikes) -> pa.Table:
    """Make the table `columns.ALERTS`, the costliest first.

    Parameters
    ----------
    studied
        The reasons of all products, from `training.products.findings.faults.look`.
    spikes
        From `training.products.findings.spikes.spikes`.
    """
    found = findings(Facts(context, studied, spikes, Carriers(context, studied)))
    product_ids = context.lines.names.product
    rows = [_row(finding, product_ids[finding.product]) for finding in found]
    table = pa.Table.from_pylist(rows, schema=ALERTS.schema)
    return table.sort_by([("cost_minor", "descending"), ("alert_id", "ascending")])


def findings(facts: Facts) -> list[Finding]:
    """Apply all rules: one finding for each product and kind, and `excess` where no rule found a cause."""
    found: dict[tuple[int, str], Finding] = {}
    for rule in CAUSES:
        for finding in rule(facts):
            key = finding.product, finding.kind
            if key not in found or finding.cost_minor > found[key].cost_minor:
                found[key] = finding
    explained = {product for product, _ in found}
    return [*found.values(), *(finding for finding in excess(facts) if finding.product not in explained)]


def _row(finding: Finding, product_id: str) -> dict[str, object]:
    numbers = {name: round(x, _DIGITS) if isinstance(x, float) else x for name, x in finding.numbers.items()}
    since = None if np.isnan(finding.since_day) else int(finding.since_day * MICROSECONDS_PER_DAY)
    return {
        "alert_id": alert_id(product_id, finding.kind),
        "product_id": product_id,
        "kind": finding.kind,
        "cost_minor": finding.cost_minor,
        "probability": finding.probability,
        "since": pa.scalar(since, pa.int64()).cast(TIME).as_py(),
        "evidence": finding.evidence,
        "advice": finding.advice,
        "numbers": json.dumps(numbers, ensure_ascii=False, sort_keys=True, allow_nan=False),
    }
