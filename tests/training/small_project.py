"""A small project as the stages before registration leave it, with models whose probabilities are known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from tests.training.small_matrix import RECIPE
from training.model import split
from training.model.split import Span, Split


def write_project(project: Path) -> None:
    """Everything but a model."""
    for folder in ("data/raw", "features/matrix", "training/bundle", "reports/figures", "reports/plots"):
        (project / folder).mkdir(parents=True)
    for package in ("data", "features", "training"):
        (project / package / "__init__.py").touch()
    write_params(project)
    write_orders(project)
    (project / "reports/gate.json").write_text('{"passed": true, "checks": []}')
    (project / "reports/report.html").write_text("<p>report</p>")
    (project / "reports/figures/lift.png").write_bytes(b"png")
    (project / "reports/plots/lift.csv").write_text("share,lift\n")
    (project / "features/matrix/catalog.json").write_text("[]")
    (project / "features/matrix/recipe.json").write_text(json.dumps(RECIPE.as_json()))
    (project / "reports/backtest.json").write_text('{"log_loss": {"mean": 0.65, "spread": 0.01}}')


def write_params(project: Path, *, source: str = "simulated", seed: int = 1, **registry: Any) -> None:
    chosen = {"experiment": "return-risk", "model": "return-risk", **registry}
    comments = {"min_confidence": 0.8, "min_examples": 200}
    data = {"source": source, "path": "../shop", "mapping": "data/mappings/bads.yaml", "comments": comments}
    promotion = {"margin": 0.03, "level": 0.95}
    shadow = {"alpha": 0.05, "least_days": 14, "least_lines": 2000, "gain": 0.0, "tolerance": 0.001}
    shadow |= {"former_days": 60, "act": True, "retrained": True}
    level = {"deviation": 0.04, "days": 30, "most_a_month": 0.2, "max_age_days": 3}
    (project / "params.yaml").write_text(
        yaml.safe_dump(
            {"data": data, "registry": chosen, "promotion": promotion, "level": level, "model": {"seed": seed}}
            | {"shadow": shadow}
        )
    )


def write_orders(project: Path, *, seed: int = 1, test_from: str = "2024-06-01") -> None:
    """600 lines an hour apart of a feature ``x`` with P(return) = 1 / (1 + exp(-x)), and ``spare``, which is noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=600)
    frame = pd.DataFrame(
        {
            "line_id": [f"s{seed}-{number:04d}" for number in range(600)],
            "ordered_at": pd.date_range(test_from, periods=600, freq="h").astype("datetime64[us]"),
            "closes_at": pd.date_range(test_from, periods=600, freq="h").astype("datetime64[us]"),
            "settled_at": pd.date_range(test_from, periods=600, freq="h").astype("datetime64[us]"),
            "customer_id": [None if number % 10 == 0 else f"c{number // 2}" for number in range(600)],
            "order_id": [f"o{number}" for number in range(600)],
            "label": (rng.random(600) < 1 / (1 + np.exp(-x))).astype("int8"),
            "x": x,
            "spare": np.where(rng.random(600) < 0.1, np.nan, rng.normal(size=600)),
        }
    )
    frame.to_parquet(project / "features/matrix/lines.parquet", index=False)
    frame[["line_id"]].to_parquet(project / "data/raw/order_lines.parquet", index=False)
    (project / "data/raw/source.json").write_text("{}")
    day = pd.Timestamp("2024-05-01")
    span = Span(day, pd.Timestamp("2024-05-20"), closed_by=day)
    start = pd.Timestamp(test_from)
    split.write(Split(span, span, span, span, start, start + pd.Timedelta(days=31)), project / "training/split.json")


def write_backtest(project: Path, *log_losses: float) -> None:
    """A fold for each log-loss, the same spans and lines in every run."""
    rows = [f"{n},2024-0{n}-01,2024-0{n + 1}-01,9000,1000,0.3,{loss}" for n, loss in enumerate(log_losses, 1)]
    header = "fold,test_from,test_until,train_lines,lines,return_rate,log_loss"
    (project / "reports/backtest.csv").write_text("\n".join([header, *rows]) + "\n")


def write_model(project: Path, weight: float, features: tuple[str, ...] = ("x", "spare")) -> None:
    """A model that says 1 / (1 + exp(-weight·x)): the true probability for weight 1, ever worse away from it."""
    (project / "training/bundle/booster.txt").write_text("tree\n")
    (project / "training/bundle/bundle.json").write_text(json.dumps({"features": features, "weight": weight}))
    lines = pd.read_parquet(project / "features/matrix/lines.parquet")
    lines["probability"] = 1 / (1 + np.exp(-weight * lines["x"]))
    columns = ["line_id", "ordered_at", "label", "probability", "shift"]
    lines.assign(shift=0.0)[columns].to_parquet(project / "reports/predictions.parquet", index=False)
    metrics = {"test": {"lines": 600, "roc_auc": 0.7, "brier": None}, "baselines": {"global_rate": {"log_loss": 0.69}}}
    (project / "reports/evaluation.json").write_text(json.dumps(metrics))
    headline = {"log_loss": 0.6, "roc_auc": 0.7, "reasons_log_loss": None}
    (project / "reports/metrics.json").write_text(json.dumps(headline))
