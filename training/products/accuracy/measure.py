"""Stage: the accuracy of the product report.

Coverage: the report is made again as of earlier moments, from what was known then, and its intervals are compared with
the rates settled later. False alarms: outcomes are drawn anew where nothing is wrong, and the findings counted. For a
simulated shop, whose faults are known, findings are compared with the truth, beside a ranking by raw return rates.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data import params
from data.arrays import Floats
from data.errors import UserError
from data.files import write_json
from data.logs import log
from data.progress.steps import counted
from data.stage import run
from data.tables import TRUTH
from data.truth import TRUTH_FILE, read_true_driver, read_true_reasons, read_truth
from features import catalog
from features.catalog import CATALOG_FILE, LINES_FILE
from features.language.reasons import REASONS
from training.costs import Costs
from training.model.booster import ModelParams
from training.products.accuracy.coverage import MANY_LINES, Coverage, next_lines, raw, same_lines, true_rates
from training.products.accuracy.detection import Detection, detection, truth_of
from training.products.accuracy.params import AccuracyParams
from training.products.accuracy.redrawn import FalseAlarms, false_alarms
from training.products.columns import FAULTS
from training.products.estimates import lines as product_lines
from training.products.estimates.context import Context, Rules, context_of
from training.products.estimates.lines import ReportLines
from training.products.findings.faults import REASON_OF, faults, look
from training.products.findings.spikes import spikes
from training.products.params import ProductParams

FILE = Path("reports/products_accuracy.json")
PRODUCTS_TRUTH = TRUTH / "truth_products.parquet"

SETTLED_SHARE = 0.99
"""Share of lines that have to settle. A few lines take very long; these lines, or their products, are left out."""


@dataclass(frozen=True)
class Moment:
    """Results of one moment, so many days before the end; ``detection`` and ``true_rates``: of simulated shops only."""

    days_ago: int
    coverage: Mapping[str, Coverage]
    false_alarms: FalseAlarms
    detection: Detection | None


def measure(lines: ReportLines, rules: Rules, chosen: AccuracyParams, truth: Path = TRUTH) -> list[Moment]:
    """Make the report's findings as of each moment, and compare them with later outcomes and with the truth.

    Raises
    ------
    UserError
        The shop's history is too short for the moments.
    """
    days_ago = list(_days_ago(lines, rules.products, chosen))
    return [
        _moment(lines, days, rules, chosen, truth) for days in counted(days_ago, "the report as of then", "moments")
    ]


def tree(moments: list[Moment]) -> dict[str, Any]:
    """Lay out the moments and the means over them, for JSON; counts are added up, missing values are left out."""
    each = {str(moment.days_ago): asdict(moment) for moment in moments}
    return {"days_ago": each, "mean": _mean(list(each.values()))}


def _moment(lines: ReportLines, days: int, rules: Rules, chosen: AccuracyParams, truth: Path) -> Moment:
    log.info("the report as of %d days before the end", days)
    context = context_of(lines.at(lines.as_of - days), rules)
    found = {
        "same_lines": same_lines(context, lines),
        "next_lines": next_lines(context, lines, chosen.later_days),
        "next_many_lines": next_lines(context, lines, chosen.later_days, MANY_LINES),
        "raw_next_many_lines": raw(context, lines, chosen.later_days, MANY_LINES),
    }
    detected = None
    if (truth / PRODUCTS_TRUTH.name).is_file():
        detected, found["true_rates"] = _against_truth(context, truth)
    alarms = false_alarms(context, chosen.redraws, chosen.seed)
    return Moment(days, {name: value for name, value in found.items() if value is not None}, alarms, detected)


def _against_truth(context: Context, truth: Path) -> tuple[Detection, Coverage | None]:
    ids = pq.read_table(LINES_FILE, columns=["line_id"])["line_id"].take(pa.array(context.lines.row))
    file = truth / TRUTH_FILE.name
    probability = _required(read_truth(ids, file))
    shares = _required(read_true_reasons(ids, REASONS, file))
    cause = probability[:, None] * shares[:, [REASONS.index(REASON_OF[fault]) for fault in FAULTS]]
    true = truth_of(context, pd.read_parquet(truth / PRODUCTS_TRUTH.name), cause)
    studied = look(context)
    found = faults(studied, context.params.min_probability)
    detected = detection(context, true, found, spikes(context, studied), read_true_driver(ids, "product", file))
    return detected, true_rates(context, probability)


def _required(found: Floats | None) -> Floats:
    if found is None:
        raise UserError(
            expected=f"the truth about lines in {TRUTH_FILE}, beside the truth about products",
            found="no such file",
            fix="make the simulated shop again: dvc repro --force ingest",
        )
    return found


def _days_ago(lines: ReportLines, products: ProductParams, chosen: AccuracyParams) -> Iterator[int]:
    """Give the moments, in days before the end, the latest first; nearly all orders after each moment have settled."""
    open_days = float(np.quantile(lines.closes_day - lines.day, SETTLED_SHARE))
    latest = int(np.ceil(lines.as_of - min(lines.until, lines.as_of - open_days) + chosen.later_days))
    history = lines.as_of - float(lines.day.min(initial=lines.as_of))
    for number in range(chosen.moments):
        days = latest + number * chosen.every_days
        if history - days < products.periods_days[0]:
            if number:
                log.warning("only %d of %d moments lie within the shop's history", number, chosen.moments)
                return
            raise UserError(
                expected=f"a history of {days + products.periods_days[0]} days or more",
                found=f"{history:.0f} days",
                fix="lower products_accuracy.later_days in params.yaml",
            )
        yield days


def _mean(trees: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Take the mean of each number over the moments that have it; counts (integers) are added up."""
    out: dict[str, Any] = {}
    for name in sorted({key for tree in trees for key in tree} - {"days_ago"}):
        values = [tree[name] for tree in trees if tree.get(name) is not None]
        if values and isinstance(values[0], Mapping):
            out[name] = _mean(values)
        elif values:
            out[name] = sum(values) if isinstance(values[0], int) else float(np.mean(values))
    return out


def main() -> None:
    """Measure the product report of the shop whose data `dvc repro` has read."""
    rules = Rules(
        products=params.load("products", ProductParams),
        model=params.load("model", ModelParams),
        costs=params.load("costs", Costs),
        catalog=catalog.read(CATALOG_FILE),
    )
    chosen = params.load("products_accuracy", AccuracyParams)
    write_json(tree(measure(product_lines.read(), rules, chosen)), FILE)


if __name__ == "__main__":
    run(main)
