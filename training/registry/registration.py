"""Registration: log the candidate of a run, register it, and compare it with the champion."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data import params
from data.errors import UserError
from data.files import read_json, write_text
from data.tables import RAW
from features.catalog import LINES_FILE as MATRIX
from training.evaluation.at_path import number
from training.evaluation.headline import summary
from training.evaluation.level import unshifted
from training.evaluation.scored_lines import SHIFT
from training.model import split
from training.model.bundle import FOLDER as BUNDLE
from training.model.bundle import Bundle
from training.model.level.level import LevelParams
from training.registry import alias_history, provenance, pyfunc, run_record
from training.registry.alias_history import Cause
from training.registry.challenge import Challenger, Champion, Decision, decide, feature_rows
from training.registry.mlflow_model import PackagedModel
from training.registry.mlflow_registry import BUNDLE_TAG, Registry, RunRecord, Version
from training.registry.names import RegistryParams, model_name, shop

REPORTS = Path("reports")


RECEIPT = REPORTS / "registration.json"


EXAMPLE_ROWS = 5


PASSED, REFUSED = {"gate": "passed"}, {"gate": "refused"}
"""Tags of a run by the verdict on its model."""


AGREEMENT = 1e-9
"""Largest difference between a probability in the predictions and the same line scored again."""


@dataclass(frozen=True)
class Candidate:
    """The model of this run: its name in the registry, its bundle, the digests of its data, and its test lines."""

    name: str
    shop: str
    bundle: Bundle
    bundle_sha256: str
    data_sha256: str
    challenger: Challenger
    learned_until: pd.Timestamp


def register(candidate: Candidate, chosen: RegistryParams, registry: Registry) -> tuple[Version, str]:
    """Register the candidate and compare it with the champion; return its version and the outcome as a phrase."""
    version = registry.find(candidate.name, candidate.bundle_sha256)
    if version is None:
        version = _log(candidate, chosen, registry)
    return version, _challenge(candidate, version, chosen, registry)


def note_refused(candidate: Candidate, chosen: RegistryParams, registry: Registry) -> None:
    """Log the run of a candidate that the gate refused, once, so that it can be compared; no version is made."""
    if not registry.has_run(chosen.experiment, {**REFUSED, BUNDLE_TAG: candidate.bundle_sha256}):
        registry.log_run(chosen.experiment, _record(candidate, REFUSED))


def candidate() -> Candidate:
    """Read the model of this run from its files.

    Raises
    ------
    UserError
        A file is missing.
    """
    bundle = Bundle.load(_present(BUNDLE))
    predictions = pd.read_parquet(_present(REPORTS / "predictions.parquet"))
    predictions = predictions[["line_id", "ordered_at", "label", "probability", SHIFT]]
    digest = provenance.outcomes_digest(predictions["line_id"], predictions["label"])
    spans = split.load()
    return Candidate(
        name=model_name(),
        shop=shop(),
        bundle=bundle,
        bundle_sha256=provenance.folder_digest(BUNDLE),
        data_sha256=provenance.folder_digest(_present(RAW)),
        challenger=Challenger(predictions, digest, _present(MATRIX), params.load("level", LevelParams)),
        learned_until=max(spans.train.until, spans.calibration.until),
    )


def _log(candidate: Candidate, chosen: RegistryParams, registry: Registry) -> Version:
    example = feature_rows(MATRIX, candidate.bundle.features, candidate.challenger.predictions.head(EXAMPLE_ROWS))
    answer = pyfunc.answer(candidate.bundle, example)
    _check_agreement(answer, candidate.challenger.predictions)
    model = PackagedModel(
        bundle=BUNDLE,
        code=[Path("data"), Path("features"), Path("training")],
        example=example,
        answer=answer,
        requirements=run_record.requirements(),
        purpose=f"The probability that a line of an order in the shop {candidate.shop} comes back, with reasons and "
        "drivers. The alias champion is on the version that scores.",
    )
    return registry.log(chosen.experiment, _record(candidate, PASSED), candidate.name, model, _tags(candidate))


def _record(candidate: Candidate, verdict: Mapping[str, str]) -> RunRecord:
    said = f"{summary(read_json(REPORTS / 'evaluation.json'))} The gate: {verdict['gate']}."
    return run_record.gather(REPORTS, RAW, MATRIX, candidate.shop, {**_tags(candidate), **verdict}, said)


def _challenge(candidate: Candidate, version: Version, chosen: RegistryParams, registry: Registry) -> str:
    """Decide on the alias, move it or not, and return the outcome, which is also a tag of the version."""
    holder = registry.holder(candidate.name)
    if holder is not None and holder.number == version.number:
        return "is the champion already: the same bundle"
    outcome = _settle(candidate, version, holder, chosen, registry)
    registry.tag(version, "decision", outcome)
    return outcome


def _settle(
    candidate: Candidate, version: Version, holder: Version | None, chosen: RegistryParams, registry: Registry
) -> str:
    decision = _decide(candidate, version, holder, chosen, registry)
    if decision.promote:
        cause = Cause.FIRST if holder is None else Cause.COMPARED
        registry.move_alias(candidate.name, version.number, decision.why, cause)
        return f"is the champion now: {decision.why}"
    return (
        f'is not the champion: {decision.why}. By hand: python -m training.champion promote {version.number} --why "…"'
    )


def _decide(
    candidate: Candidate, version: Version, holder: Version | None, chosen: RegistryParams, registry: Registry
) -> Decision:
    if not chosen.promote:
        return Decision(promote=False, why="registry.promote in params.yaml is false")
    rollback = alias_history.withdrawn(registry.history(candidate.name), version.number)
    if rollback is not None:
        return Decision(promote=False, why=f"this same bundle was rolled back at {rollback.at} ({rollback.why})")
    if holder is None:
        return Decision(promote=True, why="there was no champion to compare with")
    with tempfile.TemporaryDirectory(prefix="return-risk-") as scratch:
        champion = _champion(holder, registry, Path(scratch))
        return decide(candidate.challenger, champion, chosen.tolerance)


def _champion(holder: Version, registry: Registry, scratch: Path) -> Champion:
    return Champion(
        number=holder.number,
        log_loss=float(holder.tags.get("test.log_loss", "nan")),
        test_lines=holder.tags.get("test_lines_sha256", ""),
        learned_until=pd.Timestamp(holder.tags.get("learned_until", "NaT")),
        load=lambda: Bundle.load(registry.fetch(holder, scratch)),
    )


def _tags(candidate: Candidate) -> dict[str, str]:
    code = provenance.code()
    evaluation = read_json(REPORTS / "evaluation.json")
    measured = {path: value for path in run_record.TAGGED if (value := number(evaluation, path)) is not None}
    lines = candidate.challenger.predictions
    return {
        "shop": candidate.shop,
        BUNDLE_TAG: candidate.bundle_sha256,
        "data_sha256": candidate.data_sha256,
        "git_commit": code.commit,
        "git_dirty": str(code.dirty).lower(),
        "learned_until": candidate.learned_until.isoformat(),
        "test_from": lines["ordered_at"].min().isoformat(),
        "test_lines_sha256": candidate.challenger.test_lines,
        **{path: repr(value) for path, value in sorted(measured.items())},
        "test.log_loss": repr(candidate.challenger.log_loss),  # unrounded: the next challenger may be compared with it
    }


def _check_agreement(answer: pd.DataFrame, predictions: pd.DataFrame) -> None:
    first = predictions.head(len(answer))
    filed = unshifted(first["probability"].to_numpy(), first[SHIFT].to_numpy())  # MLflow's own server knows no level
    furthest = float(abs(answer["probability"].to_numpy() - filed).max())
    if not furthest <= AGREEMENT:
        raise UserError(
            expected=f"reports/predictions.parquet to hold the scores of {BUNDLE} for the test lines",
            found=f"probabilities that differ by {furthest:.3g}: the reports are of another model",
            fix="evaluate this bundle first: dvc repro",
        )


def _present(path: Path) -> Path:
    if not path.exists():
        raise UserError(expected=f"{path}, which an earlier stage writes", found="no such file", fix="dvc repro")
    return path


def write_receipt(candidate: Candidate, refusals: Sequence[str]) -> None:
    """Write the hashes of the content, and whether it was registered: the same for the same run on every machine."""
    where = "version, alias and reasons are in the registry: python -m training.champion show"
    content = {
        "model": candidate.name,
        "registered": not refusals,
        BUNDLE_TAG: candidate.bundle_sha256,
        "data_sha256": candidate.data_sha256,
        "test_lines_sha256": candidate.challenger.test_lines,
        **({"refusals": list(refusals)} if refusals else {"where": where}),
    }
    write_text(json.dumps(content, indent=2) + "\n", RECEIPT)
