"""A bundle as a model in MLflow's format, of text and code only; MLflow's own server can score with it."""

# ruff: noqa: PLC0415 - the import of mlflow takes seconds, which every other command would pay

import shutil
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

BUNDLE_IN_MODEL = "data/bundle"
"""The folder of the bundle inside a model's artifacts, set by MLflow."""
LOADER = "training.pyfunc"
"""The module with the loader that MLflow calls."""


@dataclass(frozen=True)
class PackagedModel:
    """The content of one version: the bundle, the code that scores with it, and an example of input and output.

    ``example`` holds a few rows of the features, ``answer`` their scores. The signature takes numbers of any dtype as
    features: as doubles, MLflow would refuse whole numbers (int64), which the matrix has wherever none is missing. What
    is no number, the bundle refuses. ``requirements`` are pinned packages. ``kind``: of model, as MLflow lists it.
    ``purpose``: what the registered model is for, in Markdown.
    """

    bundle: Path
    code: Sequence[Path]
    example: pd.DataFrame
    answer: pd.DataFrame
    requirements: Sequence[str]
    kind: str = "classifier"
    purpose: str = ""


def save(model: PackagedModel, logged: Any, run: str, scratch: Path) -> None:
    """Write the model in MLflow's format to ``scratch``/model; the loader is a module of this project."""
    from mlflow.models import Model as Description
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import AnyType

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow warns of type hints in its own modules
        from mlflow.pyfunc import save_model

    bundle = shutil.copytree(model.bundle, scratch / Path(BUNDLE_IN_MODEL).name)
    number = AnyType()  # type: ignore[no-untyped-call]  # MLflow's own lack of types
    inputs = Schema([ColSpec(number, name, required=True) for name in model.example.columns])
    outputs = Schema([ColSpec(DataType.double, name) for name in model.answer.columns])
    place = logged.artifact_location
    save_model(
        str(scratch / "model"),
        mlflow_model=Description(place, run_id=run, model_uuid=logged.model_id, model_id=logged.model_id),
        loader_module=LOADER,
        data_path=str(bundle),
        code_paths=[str(path) for path in _sources(model.code, scratch / "code")],
        signature=ModelSignature(inputs, outputs),
        input_example=model.example,
        pip_requirements=list(model.requirements),
    )


def _sources(packages: Sequence[Path], scratch: Path) -> list[Path]:
    """Copy only the Python files of ``packages``: the data in the same folders never go into a model."""
    for package in packages:
        for file in sorted(package.rglob("*.py")):
            copy = scratch / package.name / file.relative_to(package)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    return [scratch / package.name for package in packages]
