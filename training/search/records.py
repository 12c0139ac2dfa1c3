"""The records of a search in MLflow: a run for the search, and a nested run for each trial."""

from dataclasses import dataclass
from typing import Final

from data import params
from training.registry import mlflow_registry, provenance, run_record
from training.registry.mlflow_registry import Registry, RunRecord
from training.registry.names import RegistryParams
from training.search.conclusion import DIFF, FILE, Found
from training.search.setting import Setting
from training.search.study import Ended

SEARCH: Final = "search"
"""The tag of a search's run, and of its trials' runs: the name of the study."""


@dataclass(frozen=True)
class Records:
    """The records of one search, in the store of the registry."""

    registry: Registry
    experiment: str
    parent: str
    setting: Setting

    @classmethod
    def open(cls, setting: Setting) -> "Records":
        """Find the run of this search, or log it."""
        registry, experiment = mlflow_registry.connect(), params.load("registry", RegistryParams).experiment
        tags = {SEARCH: setting.name, "role": "search"}
        record = _record(setting, f"search {setting.name}", tags, run_record.flat_params(params.read()), {})
        parent = registry.find_run(experiment, tags) or registry.log_run(experiment, record)
        return cls(registry, experiment, parent, setting)

    def add(self, trial: Ended) -> None:
        """Log a trial that ended."""
        tags = {
            SEARCH: self.setting.name,
            "role": "trial",
            "trial": str(trial.number),
            "pruned": str(trial.pruned).lower(),
            "mlflow.parentRunId": self.parent,
        }
        folds = {f"fold_{number}.log_loss": loss for number, loss in enumerate(trial.folds, 1)}
        # A mean over some of the folds is no mean over all: pruned trials have none.
        mean = {} if trial.pruned else {"backtest_log_loss": trial.mean}
        metrics = {**mean, **folds, "seconds": trial.seconds}
        values = {path: repr(value) for path, value in trial.values.items()}
        self.registry.log_run(self.experiment, _record(self.setting, f"trial {trial.number}", tags, values, metrics))

    def end(self, found: Found) -> None:
        """Add what was found to the run of the search."""
        self.registry.amend(self.parent, found.metrics, [file for file in (FILE, DIFF) if file.is_file()])


def _record(
    setting: Setting, name: str, tags: dict[str, str], values: dict[str, str], metrics: dict[str, float]
) -> RunRecord:
    return RunRecord(
        name=name,
        params=values,
        metrics=metrics,
        tags={**tags, "mlflow.user": provenance.actor(), "mlflow.source.name": "training.search"},
        artifacts={},
        dataset=setting.shop,
        dataset_digest=setting.data,
    )
