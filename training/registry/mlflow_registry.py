"""Runs, registered models and their champion in MLflow.

`training.registry.store.address` finds the store, `training.registry.mlflow_calls` wraps the calls. Importing mlflow
takes seconds, so the functions that need it import it.
"""

# ruff: noqa: PLC0415 - the import of mlflow takes seconds, which every other command would pay

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data.errors import UserError
from data.times import now_us
from training.registry import alias_history
from training.registry.alias_history import AliasChange, Cause
from training.registry.course import UNKNOWN, Course, Value
from training.registry.logged_data import DataPart
from training.registry.mlflow_calls import be_quiet, current_store, or_none, plain_errors
from training.registry.mlflow_model import BUNDLE_IN_MODEL, PackagedModel, save
from training.registry.mlflow_runs import NOTE, log_data, log_fold, log_values, milliseconds, versions_description
from training.registry.provenance import actor, folder_digest
from training.registry.store import address as store_address
from training.registry.store.address import safe
from training.registry.store.relocation import relocate

CHAMPION: Final = "champion"
"""The alias of the version that scores."""
CHALLENGER: Final = "challenger"
"""The alias of the version in shadow, which scores the same baskets beside the champion and answers none."""

BUNDLE_TAG = "bundle_sha256"
CHOICE_TAG = "choice_sha256"

KIND = {"mlflow.experimentKind": "custom_model_development"}
"""By this tag of an experiment, MLflow's pages show models, and not what belongs to language models."""

PARAMS_IN_A_BATCH = 100


@dataclass(frozen=True)
class RunRecord:
    """The record of one run, as it is logged.

    ``params`` and ``metrics`` are flat, with dots in their names. ``artifacts`` maps the name of a folder in the run
    ("" for the run's top) to the files and folders that are put into it. ``parts``: the data sets that ``dataset``, the
    data as a whole, was divided into. ``course``: times, curves and folds. ``description``: Markdown.
    """

    name: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    artifacts: Mapping[str, Sequence[Path]]
    dataset: str
    dataset_digest: str
    parts: Sequence[DataPart] = ()
    course: Course = UNKNOWN
    description: str = ""


@dataclass(frozen=True)
class Version:
    """A version of a registered model."""

    name: str
    number: int
    run_id: str
    tags: Mapping[str, str]


class Registry:
    """An open tracking store; `connect` opens it. Every error of MLflow is raised as a `UserError`."""

    def __init__(self, uri: str, client: Any) -> None:
        self.uri, self._client = uri, client

    def log(
        self, experiment: str, record: RunRecord, name: str, model: PackagedModel, tags: Mapping[str, str]
    ) -> Version:
        """Log one run with its model and register the model as the next version of ``name``.

        A run that cannot be completed is marked as failed, and no version is registered.
        """
        with self._run(experiment, record) as (owner, run):
            return self._register(owner, run, record, name, model, tags)

    def log_run(self, experiment: str, record: RunRecord) -> str:
        """Log one run without a model, and return its id. A run that cannot be completed is marked as failed."""
        with self._run(experiment, record) as (_, run):
            self._log_metrics(run, record.metrics)
        return run

    def find_run(self, experiment: str, tags: Mapping[str, str]) -> str | None:
        """The id of a finished run of the experiment with these tags; None where there is none."""
        with plain_errors(self.uri):
            wanted = " and ".join(f"tags.{key} = '{value}'" for key, value in sorted(tags.items()))
            query = f"attributes.status = 'FINISHED' and {wanted}"
            found = self._client.search_runs([self._experiment(experiment)], query, max_results=1)
        return str(found[0].info.run_id) if found else None

    def amend(self, run: str, metrics: Mapping[str, float], files: Sequence[Path]) -> None:
        """Add metrics and files to a run that was logged before."""
        with plain_errors(self.uri):
            self._log_metrics(run, metrics)
            for file in files:
                self._client.log_artifact(run, str(file))

    def find(self, name: str, bundle_sha256: str) -> Version | None:
        """Find the version of ``name`` that holds the bundle of this hash, the latest where there are several."""
        with plain_errors(self.uri):
            query = f"name = '{name}' and tags.{BUNDLE_TAG} = '{bundle_sha256}'"
            found = [_version(version) for version in self._client.search_model_versions(query)]
        return max(found, key=lambda version: version.number, default=None)

    def version(self, name: str, number: int) -> Version:
        """Look up a version by its number; `UserError` where there is none."""
        with plain_errors(self.uri):
            found = or_none(lambda: self._client.get_model_version(name, str(number)))
            if found is not None:
                return _version(found)
        known = self.numbers(name)
        raise UserError(
            expected=f"a version of the model {name} in {safe(self.uri)}",
            found=f"no version {number}; there are {', '.join(map(str, known)) or 'none'}",
            fix="name one of these versions",
        )

    def numbers(self, name: str) -> list[int]:
        """List the numbers of all versions, in their order."""
        return [version.number for version in self.versions(name)]

    def versions(self, name: str) -> list[Version]:
        """List all versions, in the order of their numbers."""
        with plain_errors(self.uri):
            page = self._client.search_model_versions(f"name = '{name}'")
            found = [_version(each) for each in page]
            while page.token:
                page = self._client.search_model_versions(f"name = '{name}'", page_token=page.token)
                found += map(_version, page)
        return sorted(found, key=lambda version: version.number)

    def holder(self, name: str, alias: str = CHAMPION) -> Version | None:
        """Look up the version that holds ``alias``; None where no version holds it."""
        with plain_errors(self.uri):
            found = or_none(lambda: self._client.get_model_version_by_alias(name, alias))
        return None if found is None else _version(found)

    def champion(self, name: str) -> Version:
        """Look up the version that holds the alias `CHAMPION`; `UserError` where no version holds it."""
        found = self.holder(name)
        if found is None:
            raise UserError(
                expected=f"a version of the model {name} with the alias {CHAMPION!r} in {safe(self.uri)}",
                found="none",
                fix="make promote, after a run (make repro) that registers a model; or give the alias by hand: "
                'python -m training.champion promote VERSION --why "…"',
            )
        return found

    def history(self, name: str, alias: str = CHAMPION) -> list[AliasChange]:
        """All recorded changes of ``alias``, oldest first."""
        with plain_errors(self.uri):
            model = or_none(lambda: self._client.get_registered_model(name))
        return [] if model is None else alias_history.changes(model.tags, alias)

    def move_alias(self, name: str, number: int, why: str, cause: Cause, alias: str = CHAMPION) -> AliasChange:
        """Give ``alias`` to a version and record it.

        The record is written first. An interrupted change therefore leaves a record without its change, and never a
        change without its record.
        """
        target = self.version(name, number)
        with self._recorded(name, target.number, why, cause, alias) as change:
            self._client.set_registered_model_alias(name, alias, str(number))
        return change

    def take_alias(self, name: str, why: str, cause: Cause, alias: str) -> AliasChange:
        """Take ``alias`` from the version that holds it and record it, the record first, as in `move_alias`."""
        with self._recorded(name, None, why, cause, alias) as change:
            self._client.delete_registered_model_alias(name, alias)
        return change

    @contextmanager
    def _recorded(self, name: str, number: int | None, why: str, cause: Cause, alias: str) -> Iterator[AliasChange]:
        """Record a change of ``alias``, which the ``with`` block then makes."""
        before = self.holder(name, alias)
        change = alias_history.next_change(
            self.history(name, alias),
            alias=alias,
            by=actor(),
            cause=cause,
            previous=None if before is None else before.number,
            version=number,
            why=why,
        )
        with plain_errors(self.uri):
            self._client.set_registered_model_tag(name, *change.tag())
            yield change

    def tag(self, version: Version, key: str, value: str) -> None:
        """Write a tag of a version, and replace a tag with the same key."""
        with plain_errors(self.uri):
            self._client.set_model_version_tag(version.name, str(version.number), key, value)

    def fetch(self, version: Version, to: Path) -> Path:
        """Copy the bundle of a version into the folder ``to`` and return its path.

        Raises
        ------
        UserError
            The artifacts are gone, or differ from the registered ones.
        """
        from mlflow.artifacts import download_artifacts

        with plain_errors(self.uri):
            source = self._client.get_model_version_download_uri(version.name, str(version.number))
            address = f"{source}/{BUNDLE_IN_MODEL}"
            got = Path(download_artifacts(artifact_uri=address, dst_path=str(to), tracking_uri=self.uri))
        if folder_digest(got) != version.tags.get(BUNDLE_TAG):
            raise UserError(
                expected=f"the bundle of {version.name} version {version.number} as it was registered",
                found=f"other content in {source}",
                fix="restore the artifacts from a backup, or roll back: python -m training.champion rollback --why …",
            )
        return got

    def fetch_file(self, version: Version, path: str, to: Path) -> Path | None:
        """Copy a file that the run of a version logged into the folder ``to``; None where the run has no such file."""
        from mlflow.artifacts import download_artifacts

        folder, _, _ = path.rpartition("/")
        with plain_errors(self.uri):
            logged = self._client.list_artifacts(version.run_id, folder or None) if version.run_id else []
            if path not in {file.path for file in logged}:
                return None
            return Path(
                download_artifacts(run_id=version.run_id, artifact_path=path, dst_path=str(to), tracking_uri=self.uri)
            )

    @contextmanager
    def _run(self, experiment: str, record: RunRecord) -> Iterator[tuple[str, str]]:
        """Open a run with its record: the ids of its experiment and of itself; it ends as finished or failed."""
        with plain_errors(self.uri):
            owner = self._experiment(experiment)
            course, tags = (
                record.course,
                {**record.tags, NOTE: record.description} if record.description else record.tags,
            )
            run = self._client.create_run(
                owner, start_time=milliseconds(course.started_us), run_name=record.name, tags=dict(tags)
            ).info.run_id
            try:
                self._log_record(run, record)
                yield owner, run
                for fold in course.folds:
                    log_fold(self._client, owner, run, fold)
            except BaseException as error:
                self._client.set_terminated(run, "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
                raise
            self._client.set_terminated(run, "FINISHED", milliseconds(course.ended_us))

    def _experiment(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        if found is None:
            place = store_address.artifacts(self.uri, name)
            return str(self._client.create_experiment(name, artifact_location=place, tags=KIND))
        if found.lifecycle_stage != "active":
            raise UserError(
                expected=f"the experiment {name!r} in {safe(self.uri)}",
                found="an experiment that was deleted",
                fix=f"mlflow experiments restore --experiment-id {found.experiment_id}, or set registry.experiment",
            )
        return str(found.experiment_id)

    def _log_record(self, run: str, record: RunRecord) -> None:
        from mlflow.entities import Param

        params = [Param(key, value) for key, value in sorted(record.params.items())]
        for start in range(0, len(params), PARAMS_IN_A_BATCH):
            self._client.log_batch(run, params=params[start : start + PARAMS_IN_A_BATCH])
        log_data(self._client, run, record.dataset, record.dataset_digest, record.parts)
        log_values(self._client, run, [*record.course.curves, *record.course.machine])
        for folder, paths in record.artifacts.items():
            for path in paths:
                if path.is_dir():
                    self._client.log_artifacts(run, str(path), artifact_path=f"{folder}/{path.name}".lstrip("/"))
                else:
                    self._client.log_artifact(run, str(path), artifact_path=folder or None)

    def _register(
        self, owner: str, run: str, record: RunRecord, name: str, model: PackagedModel, tags: Mapping[str, str]
    ) -> Version:
        from mlflow.entities import LoggedModelOutput

        logged = self._client.create_logged_model(owner, name=name, source_run_id=run, model_type=model.kind)
        with tempfile.TemporaryDirectory(prefix="return-risk-") as scratch:
            save(model, logged, run, Path(scratch))
            self._client.log_model_artifacts(logged.model_id, str(Path(scratch) / "model"))
        self._client.finalize_logged_model(logged.model_id, "READY")
        self._client.log_outputs(run, [LoggedModelOutput(logged.model_id, 0)])
        self._log_metrics(run, record.metrics, logged.model_id)
        if or_none(lambda: self._client.get_registered_model(name)) is None:
            self._client.create_registered_model(name, description=model.purpose or None)
        with current_store(
            self.uri
        ):  # MLflow looks the logged model up in the current store, not in that of the client
            source = f"models:/{logged.model_id}"
            said = versions_description(record.description, owner, run)
            made = self._client.create_model_version(
                name, source, run, dict(tags), description=said, model_id=logged.model_id
            )
        return _version(made)

    def _log_metrics(self, run: str, metrics: Mapping[str, float], model_id: str | None = None) -> None:
        now = now_us()
        log_values(self._client, run, [Value(key, 0, now, value) for key, value in sorted(metrics.items())], model_id)


def connect(uri: str | None = None) -> Registry:
    """Open the tracking store at ``uri``; without ``uri``, at the address of `training.registry.store.address`.

    Raises
    ------
    UserError
        The server cannot be reached within seconds, or the file is not a database or cannot be written.
    """
    address = store_address.resolve(uri)
    store_address.check(address)
    if address.startswith(store_address.SQLITE):
        relocate(Path(address.removeprefix(store_address.SQLITE)))
    be_quiet()
    from mlflow import MlflowClient

    with plain_errors(address):
        client = MlflowClient(address, address)
        client.search_experiments(max_results=1)
    return Registry(address, client)


def champion(name: str, to: Path, uri: str | None = None) -> tuple[Version, Path]:
    """Fetch the champion of the model ``name``: its version, and the path of its bundle in the folder ``to``.

    Raises
    ------
    UserError
        The store cannot be reached, there is no champion, or its bundle differs from the registered one.
    """
    registry = connect(uri)
    version = registry.champion(name)
    return version, registry.fetch(version, to)


def _version(found: Any) -> Version:
    return Version(found.name, int(found.version), found.run_id or "", dict(found.tags))
