"""What the nowcast tells of faults that are planted in a shop's tables, when, and in which words.

``python -m tests.benchmarks.planted_faults`` copies the last ``dvc repro`` of this folder once for each fault. It
plants the fault in the validated tables from a week after the test began, computes the features anew, scores the lines
with the trained bundle as the service would have, and looks day by day. Of broken champions, the scores are changed.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from scipy.special import expit, logit

from data import params, tables
from data.arrays import Floats
from data.outcome import OutcomeParams
from data.schema import ORDER_LINES, PRODUCTS, RETURNS
from data.tables import VALIDATED
from features import build
from features.catalog import MATRIX
from features.params import FeatureParams
from training.costs import Costs
from training.held_out.lines import BACKTEST
from training.model import split
from training.model.bundle import Bundle
from training.model.split import DAY
from training.monitoring.alarms import alarm_table
from training.monitoring.known import latest_moment
from training.monitoring.params import MonitoringParams
from training.monitoring.scored import watched_lines
from training.products.params import ProductParams

AFTER = 7 * DAY
"""After the beginning of the test."""
SEED = 1
EXTRA = 0.2
"""The share of kept lines of the faulty brand that come back all the same."""
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True)
class Fault:
    """A fault with its name; one of the two is None.

    ``plant`` changes order lines and returns, given those and the products, from a time on; ``scores`` changes the
    probabilities of the lines from that time on.
    """

    name: str
    plant: Callable[[Tables, pd.Timestamp], Tables] | None = None
    scores: Callable[[pd.Series], Floats] | None = None


def main() -> None:
    """Print for each fault the alarms that were told after it began."""
    console = Console(width=120)
    since = split.load().test_from + AFTER
    for fault in FAULTS:
        found = _alarms(fault, since)
        told = found[pd.to_datetime(found["told_at"]) > since].sort_values("told_at")
        console.rule(f"{fault.name}, from {since:%Y-%m-%d} on: {len(told)} alarms")
        sure = told[told["direction"].str.endswith(("sure", "enough"))]
        for row in pd.concat([told.head(3), sure.head(1)]).drop_duplicates().to_dict("records"):
            days = (pd.Timestamp(row["told_at"]) - since).days
            console.print(f"after {days} days: {row['text']}")


def _alarms(fault: Fault, since: pd.Timestamp) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        _copy(Path(folder))
        stack.enter_context(contextlib.chdir(folder))
        if fault.plant is not None:
            _plant(fault.plant, since)
            _build()
        times = split.read_times()
        scored = watched_lines(times)
        if fault.scores is not None:
            later = (scored["ordered_at"] >= since).to_numpy()
            scored.loc[later, "probability"] = fault.scores(scored.loc[later, "probability"])
        money = params.load("costs", Costs), params.load("products", ProductParams).currency
        return alarm_table(scored, times, latest_moment(times), params.load("monitoring", MonitoringParams), money)


def _copy(folder: Path) -> None:
    """Copy what the features and the look read of the last run."""
    for name in ("data/validated", "features/matrix", "training/bundle"):
        shutil.copytree(name, folder / name)
    for file in (Path("params.yaml"), Path("dvc.yaml"), split.SPLIT_FILE, BACKTEST, Path("data/raw/source.json")):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / file)


def _build() -> None:
    """Compute the features as the service does for the trained bundle, which knows the labels of its training alone."""
    labels = Bundle.load().known_labels
    build.build(
        VALIDATED, MATRIX, params.load("features", FeatureParams), params.load("outcome", OutcomeParams), labels
    )


def _plant(plant: Callable[[Tables, pd.Timestamp], Tables], since: pd.Timestamp) -> None:
    all_tables = (ORDER_LINES, RETURNS, PRODUCTS)
    read = [pq.read_table(tables.path(table, tables.VALIDATED)) for table in all_tables]
    lines, returns, products = (each.to_pandas() for each in read)
    changed = plant((lines, returns, products), since)
    for table, schema, frame in zip(all_tables, read, changed, strict=True):
        written = pa.Table.from_pandas(frame, schema=schema.schema, preserve_index=False)
        pq.write_table(written, tables.path(table, tables.VALIDATED))


def _without_payment(found: Tables, since: pd.Timestamp) -> Tables:
    lines, returns, products = found
    lines.loc[lines["ordered_at"] >= since, "payment_method"] = None
    return lines, returns, products


def _renamed(found: Tables, since: pd.Timestamp) -> Tables:
    lines, returns, products = found
    later = lines["ordered_at"] >= since
    for name in ("channel", "payment_method"):
        lines.loc[later, name] = "v2 " + lines.loc[later, name]
    return lines, returns, products


def _in_another_unit(found: Tables, since: pd.Timestamp) -> Tables:
    lines, returns, products = found
    for name in ("price_minor", "list_price_minor"):
        lines.loc[lines["ordered_at"] >= since, name] *= 100
    return lines, returns, products


def _channel_lost(found: Tables, since: pd.Timestamp) -> Tables:
    lines, returns, products = found
    lost = set(lines.loc[lines["channel"] == "app", "line_id"])
    gone = (returns["returned_at"] >= since) & returns["line_id"].isin(lost)
    return lines, returns[~gone], products


def _faulty_brand(found: Tables, since: pd.Timestamp) -> Tables:
    lines, returns, products = found
    brand = products["brand"].value_counts().sort_index().sort_values(kind="stable").index[-3]
    its = lines[lines["product_id"].isin(products.loc[products["brand"] == brand, "product_id"])]
    latest = pd.Timestamp(returns["returned_at"].max())
    kept = its[(its["ordered_at"] >= since) & ~its["line_id"].isin(returns["line_id"]) & its["delivered_at"].notna()]
    more = kept.sample(frac=EXTRA, random_state=SEED)
    back = more["delivered_at"] + pd.to_timedelta(np.random.default_rng(SEED).integers(2, 12, len(more)), unit="D")
    extra = pd.DataFrame(
        {
            "return_id": "planted " + more["line_id"],
            "line_id": more["line_id"],
            "returned_at": back,
            "quantity": more["quantity"],
            "reason": "DEFECTIVE",
            "reason_detail": None,
        }
    )
    return lines, pd.concat([returns, extra[extra["returned_at"] <= latest]], ignore_index=True), products


def _too_sure(p: pd.Series) -> Floats:
    return np.asarray(expit(2 * logit(p)), dtype=np.float64)


def _drawn(p: pd.Series) -> Floats:
    return np.random.default_rng(SEED).permutation(p.to_numpy())


FAULTS = (
    Fault("nothing"),
    Fault("the payment method stops coming", _without_payment),
    Fault("channels and payment methods are renamed", _renamed),
    Fault("prices come in another unit, a hundred times as large", _in_another_unit),
    Fault("the returns of the channel app are lost", _channel_lost),
    Fault("a brand is faulty: a fifth of its kept lines come back, too", _faulty_brand),
    Fault("a new champion is too sure: its log-odds are twice as large", scores=_too_sure),
    Fault("a new champion tells nothing: its scores are drawn from those of other lines", scores=_drawn),
)


if __name__ == "__main__":
    main()
