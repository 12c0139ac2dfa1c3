"""Parts of a run in MLflow: its data sets, its values over time, and the runs of its folds below it."""

# ruff: noqa: PLC0415 - the import of mlflow takes seconds, which every other command would pay

import json
from collections.abc import Sequence
from typing import Any, Final

from training.registry.course import FoldRun, Value
from training.registry.logged_data import DataPart

NOTE: Final = "mlflow.note.content"
"""The tag that MLflow shows as the description of a run."""
PARENT: Final = "mlflow.parentRunId"
CARD: Final = "report/model_card.md"
"""The model card among the artifacts of a run."""
METRICS_IN_A_BATCH: Final = 1000
DIGEST_LENGTH: Final = 36
"""Most characters that MLflow takes for the digest of a data set."""


def milliseconds(microseconds: int | None) -> int | None:
    """The time as MLflow has it; None, by which MLflow takes its own clock, for None."""
    return None if microseconds is None else microseconds // 1000


def log_data(client: Any, run: str, name: str, digest: str, parts: Sequence[DataPart]) -> None:
    """Log the data of the run: the raw tables as a whole, or the parts of the matrix where they are known."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    whole = DataPart(name, "training", digest, json.dumps({"uri": name}), "", "")
    inputs = [
        DatasetInput(
            Dataset(part.name, part.digest[:DIGEST_LENGTH], "local", part.source, part.schema, part.profile),
            [InputTag("mlflow.data.context", part.context)],
        )
        for part in parts or [whole]
    ]
    client.log_inputs(run, inputs)


def log_values(client: Any, run: str, values: Sequence[Value], model_id: str | None = None) -> None:
    """Log the values, each at its own time and step; ``model_id``: the logged model that they are of."""
    from mlflow.entities import Metric

    rows = [Metric(each.metric, each.value, each.at_us // 1000, each.step, model_id=model_id) for each in values]
    for start in range(0, len(rows), METRICS_IN_A_BATCH):
        client.log_batch(run, metrics=rows[start : start + METRICS_IN_A_BATCH])


def log_fold(client: Any, experiment: str, parent: str, fold: FoldRun) -> None:
    """Log a fold of the backtest as a run below ``parent``."""
    from mlflow.entities import Metric, Param

    tags = {PARENT: parent, "mlflow.source.name": "training.backtest", "mlflow.source.type": "LOCAL"}
    made = client.create_run(experiment, start_time=milliseconds(fold.started_us), run_name=fold.name, tags=tags)
    run, at = made.info.run_id, made.info.start_time
    params = [Param(key, value) for key, value in fold.params.items()]
    client.log_batch(run, metrics=[Metric(key, value, at, 0) for key, value in fold.metrics.items()], params=params)
    log_values(client, run, fold.curves)
    client.set_terminated(run, "FINISHED", milliseconds(fold.ended_us))


def versions_description(said: str, experiment: str, run: str) -> str | None:
    """Describe a version by what is said of its run, with links to the model card and to the run."""
    if not said:
        return None
    at = f"#/experiments/{experiment}/runs/{run}"
    return f"{said}\n\n[Model card]({at}/artifacts/{CARD}), [run]({at})"
