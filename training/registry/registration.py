"""Registration: log the run of a model, and register its bundle as a candidate. It never moves the champion's alias."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data import params
from data.errors import UserError
from data.files import read_json, write_text
from data.tables import RAW
from features.catalog import CATALOG_FILE
from features.catalog import LINES_FILE as MATRIX
from training.evaluation import metrics
from training.evaluation.at_path import number
from training.evaluation.headline import summary
from training.evaluation.level import unshifted
from training.evaluation.scored_lines import SHIFT
from training.model import split
from training.model.bundle import FOLDER as BUNDLE
from training.model.bundle import Bundle
from training.registry import provenance, pyfunc, run_record
from training.registry.challenge import feature_rows
from training.registry.mlflow_model import PackagedModel
from training.registry.mlflow_registry import BUNDLE_TAG, CHOICE_TAG, Registry, RunRecord, Version
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
    """The model of this run: its name in the registry, its bundle, the digests of its data, and its test lines.

    ``predictions``: columns ``line_id``, ``ordered_at``, ``label``, ``probability`` and ``shift`` of the test lines.
    ``test_lines``: the digest of their outcomes. ``choice``: that of what was chosen (`provenance.choice_digest`).
    """

    name: str
    shop: str
    bundle: Bundle
    bundle_sha256: str
    data_sha256: str
    predictions: pd.DataFrame
    test_lines: str
    choice: str
    learned_until: pd.Timestamp


def register(candidate: Candidate, chosen: RegistryParams, registry: Registry) -> Version:
    """Register the candidate, once, and return its version."""
    return registry.find(candidate.name, candidate.bundle_sha256) or _log(candidate, chosen, registry)


def note_refused(candidate: Candidate, chosen: RegistryParams, registry: Registry) -> None:
    """Log the run of a candidate that the gate refused, once, so that it can be compared; no version is made."""
    if registry.find_run(chosen.experiment, {**REFUSED, BUNDLE_TAG: candidate.bundle_sha256}) is None:
        registry.log_run(chosen.experiment, _record(candidate, REFUSED))


def candidate() -> Candidate:
    """Read the model of this run from its files.

    Raises
    ------
    UserError
        A file is missing.
    """
    bundle = Bundle.load(_present(BUNDLE))
    predictions, spans = read_predictions(), split.load()
    return Candidate(
        name=model_name(),
        shop=shop(),
        bundle=bundle,
        bundle_sha256=provenance.folder_digest(BUNDLE),
        data_sha256=provenance.folder_digest(_present(RAW)),
        predictions=predictions,
        test_lines=provenance.outcomes_digest(predictions["line_id"], predictions["label"]),
        choice=provenance.choice_digest(params.read(), _present(CATALOG_FILE)),
        learned_until=max(spans.train.until, spans.calibration.until),
    )


def read_predictions() -> pd.DataFrame:
    """Read what the last run predicted for its test lines; the columns are those of `Candidate`."""
    return pd.read_parquet(
        _present(REPORTS / "predictions.parquet"), columns=["line_id", "ordered_at", "label", "probability", SHIFT]
    )


def _log(candidate: Candidate, chosen: RegistryParams, registry: Registry) -> Version:
    example = feature_rows(MATRIX, candidate.bundle.features, candidate.predictions.head(EXAMPLE_ROWS))
    answer = pyfunc.answer(candidate.bundle, example)
    _check_agreement(answer, candidate.predictions)
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


def _tags(candidate: Candidate) -> dict[str, str]:
    code = provenance.code()
    evaluation = read_json(REPORTS / "evaluation.json")
    measured = {path: value for path in run_record.TAGGED if (value := number(evaluation, path)) is not None}
    lines = candidate.predictions
    log_loss = metrics.log_loss(lines["label"], lines["probability"])
    return {
        "shop": candidate.shop,
        BUNDLE_TAG: candidate.bundle_sha256,
        "data_sha256": candidate.data_sha256,
        "git_commit": code.commit,
        "git_dirty": str(code.dirty).lower(),
        "learned_until": candidate.learned_until.isoformat(),
        "test_from": lines["ordered_at"].min().isoformat(),
        "test_until": lines["ordered_at"].max().isoformat(),
        "test_lines_sha256": candidate.test_lines,
        CHOICE_TAG: candidate.choice,
        **{path: repr(value) for path, value in sorted(measured.items())},
        "test.log_loss": repr(log_loss),  # unrounded
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
    where = "the version is in the registry as a candidate: make promote"
    content = {
        "model": candidate.name,
        "registered": not refusals,
        BUNDLE_TAG: candidate.bundle_sha256,
        "data_sha256": candidate.data_sha256,
        "test_lines_sha256": candidate.test_lines,
        **({"refusals": list(refusals)} if refusals else {"where": where}),
    }
    write_text(json.dumps(content, indent=2) + "\n", RECEIPT)
