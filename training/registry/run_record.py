"""The record of a run besides the model: flat parameters and metrics, versions of the data, plots and reports."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data import params
from data.files import read_json
from data.sources.params import DataParams
from training.evaluation.at_path import leaves
from training.registry import provenance
from training.registry.course import course
from training.registry.logged_data import data_parts
from training.registry.mlflow_registry import RunRecord

TAGGED = ("test.lines", "test.return_rate", "test.log_loss", "test.brier", "test.roc_auc", "test.ece")
"""Figures of reports/evaluation.json that are tags of the version in the registry."""
FILES = (
    "model_card.md",
    "dossier.md",
    "fairness.json",
    "membership.json",
    "report.html",
    "metrics.json",
    "evaluation.json",
    "gate.json",
    "backtest.json",
    "backtest.csv",
    "stability.json",
    "what_ifs.json",
)
"""Reports that are logged. Not among them: reports/validation.json, which quotes rejected values that may be personal,
and the predictions, which name order lines."""
NO_TIMES = "of the logging: the model came from a cache, or from another machine"
"""Says of a run that its start and end are not those of the training."""
FOLDERS = ("figures", "plots")
SETTINGS = ("params.yaml", "dvc.lock", "training/split.json", "features/matrix/catalog.json")
PACKAGES = (
    "lightgbm",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "pyyaml",
    "rich",
    "scikit-learn",
    "scipy",
    "threadpoolctl",
    "venn-abers",
)
"""Packages that scoring with a bundle imports, for whoever serves the model in an environment of its own."""


def gather(
    reports: Path, raw: Path, matrix: Path, shop: str, tags: Mapping[str, str], description: str = ""
) -> RunRecord:
    """Gather the record of the run in the current folder.

    Parameters
    ----------
    tags
        The tags that identify the model. The run gets them too, with the version of each table of the data.
    description
        What the run is, in Markdown.
    """
    logged, known = read_json(reports / "metrics.json"), course(tags["bundle_sha256"], reports / "backtest.csv")
    source = params.load("data", DataParams).source
    data = {f"data_md5.{file.as_posix()}": _md5(file) for file in [*sorted(raw.glob("*.parquet")), matrix]}
    return RunRecord(
        name=f"{shop} {tags['bundle_sha256'][:8]}",
        params=flat_params(params.read()),
        metrics={name: float(value) for name, value in sorted(logged.items()) if value is not None},
        tags={
            **tags,
            **data,
            "mlflow.user": provenance.actor(),
            "mlflow.source.name": "training.register",
            "mlflow.source.type": "LOCAL",
            "source": source,
            "data_version": tags["data_sha256"][:12],
            "times": "of the training" if known.started_us is not None else NO_TIMES,
            "mlflow.source.git.commit": tags["git_commit"],
        },
        artifacts={
            "report": [path for name in FILES if (path := reports / name).is_file()],
            "": [path for name in FOLDERS if (path := reports / name).is_dir()],
            "settings": [path for name in SETTINGS if (path := Path(name)).is_file()],
        },
        dataset=shop,
        dataset_digest=tags["data_sha256"],
        parts=data_parts(matrix, shop, tags["data_sha256"]),
        course=known,
        description=description,
    )


def flat_params(tree: Mapping[str, Any]) -> dict[str, str]:
    """Flatten params.yaml to ``section.key`` and text, as MLflow takes it; all values but text become JSON.

    Empty mappings are left out.
    """
    said = ((key, value) for key, value in leaves(tree) if value != {})
    return {key: value if isinstance(value, str) else json.dumps(value, default=str) for key, value in said}


def requirements() -> Sequence[str]:
    """Pin the packages that scoring needs to the versions installed here."""
    return [f"{package}=={version(package)}" for package in PACKAGES]


def _md5(file: Path) -> str:
    """MD5 of a file's content, by which DVC names the version of the file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
