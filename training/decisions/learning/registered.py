"""Learned effects in the registry: a version for each proposal that passed its checks, with record, alias and rollback.

They are registered as models are, under a name of their own. The alias is on the version whose effects are installed
for a challenger arm. It never moves the policy itself: the lines of the arm are put into the policy by a person.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from data import params
from data.errors import UserError
from training.decisions.learning import stored_effects
from training.registry import alias_history, provenance, run_record
from training.registry.alias_history import Cause
from training.registry.mlflow_model import PackagedModel
from training.registry.mlflow_registry import BUNDLE_TAG, Registry, RunRecord, Version
from training.registry.names import RegistryParams

EXAMPLE_ROWS: Final = 5


@dataclass(frozen=True)
class Candidate:
    """What is registered: the ``name`` in the registry, the folder of the effects, and what is known of them.

    ``example``: some rows of covariates, and of stakes as `stored_effects.EffectsModel` takes them. ``metrics``: flat,
    with dots in their names. ``files``: what else is logged.
    ``data_sha256``: of the decision log. ``why``: in a sentence, why it was proposed.
    """

    name: str
    shop: str
    effects: Path
    example: pd.DataFrame
    metrics: Mapping[str, float]
    files: tuple[Path, ...]
    data_sha256: str
    why: str


@dataclass(frozen=True)
class Entry:
    """What became of a candidate: its version, whether it has the alias now, and the ``outcome`` as a phrase.

    Only what has the alias can be installed.
    """

    version: Version
    has_alias: bool
    outcome: str


def register(candidate: Candidate, chosen: RegistryParams, registry: Registry) -> Entry:
    """Register the candidate, and give it the alias.

    The same effects are registered once. A version that was rolled back does not get the alias again by itself.
    """
    digest = provenance.folder_digest(candidate.effects)
    version = registry.find(candidate.name, digest) or _log(candidate, digest, chosen, registry)
    has_alias, outcome = _alias(candidate, version, registry)
    registry.tag(version, "decision", outcome)
    return Entry(version, has_alias, outcome)


def install(registry: Registry, name: str, folder: Path) -> tuple[Version, Path]:
    """Copy the effects with the alias to the folder of their version in ``folder``; return version and path.

    Raises
    ------
    UserError
        Nothing was registered yet, or the artifacts differ from the registered ones.
    """
    version = registry.holder(name)
    if version is None:
        raise UserError(
            expected=f"learned effects called {name} in the registry",
            found="none with the alias",
            fix="learn them first (make learn-policy); a proposal is registered when it passes its checks",
        )
    path = folder / installed_name(version)
    with tempfile.TemporaryDirectory(prefix="return-risk-") as scratch:
        stored_effects.save(stored_effects.load(registry.fetch(version, Path(scratch))), path)
    return version, path


def installed_name(version: Version) -> str:
    """The name by which the policy's file calls a version: each has its own, so that the log tells them apart."""
    return f"learned_v{version.number}"


def _log(candidate: Candidate, digest: str, chosen: RegistryParams, registry: Registry) -> Version:
    effects = stored_effects.load(candidate.effects)
    example = effects.frame(candidate.example).head(EXAMPLE_ROWS)
    model = PackagedModel(
        bundle=candidate.effects,
        code=[Path("data"), Path("features"), Path("training")],
        example=example,
        answer=stored_effects.EffectsModel(effects).predict(example),
        requirements=run_record.requirements(),
        kind="regressor",
    )
    tags = _tags(candidate, digest)
    record = RunRecord(
        name=f"{candidate.shop} policy {digest[:8]}",
        params=run_record.flat_params(params.read()),
        metrics=candidate.metrics,
        tags={
            **tags,
            "mlflow.user": provenance.actor(),
            "mlflow.source.name": "training.learn_policy",
            "mlflow.source.git.commit": tags["git_commit"],
        },
        artifacts={"report": [file for file in candidate.files if file.is_file()]},
        dataset=candidate.shop,
        dataset_digest=candidate.data_sha256,
    )
    return registry.log(chosen.experiment, record, candidate.name, model, tags)


def _tags(candidate: Candidate, digest: str) -> dict[str, Any]:
    code = provenance.code()
    return {
        "shop": candidate.shop,
        BUNDLE_TAG: digest,
        "data_sha256": candidate.data_sha256,
        "git_commit": code.commit,
        "git_dirty": str(code.dirty).lower(),
        **{name: repr(value) for name, value in sorted(candidate.metrics.items()) if name.startswith("gain.")},
    }


def _alias(candidate: Candidate, version: Version, registry: Registry) -> tuple[bool, str]:
    """Give the version the alias where it may have it; return whether it has it now, and why."""
    holder = registry.holder(candidate.name)
    by_hand = f'by hand: python -m training.champion --model {candidate.name} promote {version.number} --why "…"'
    if holder is not None and holder.number == version.number:
        return True, "has the alias already: the same effects"
    rollback = alias_history.withdrawn(registry.history(candidate.name), version.number)
    if rollback is not None:
        return False, f"does not get the alias: it was rolled back at {rollback.at} ({rollback.why}); {by_hand}"
    cause = Cause.FIRST if holder is None else Cause.COMPARED
    registry.move_alias(candidate.name, version.number, candidate.why, cause)
    return True, f"has the alias now: {candidate.why}"
