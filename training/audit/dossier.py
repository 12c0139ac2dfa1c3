"""Stage dossier: one document for auditors, from the files of the run; it is logged beside the model card."""

from pathlib import Path

import yaml

from data import attributes, params, tables
from data.errors import UserError
from data.files import read_json, write_text
from data.outcome import OutcomeParams
from data.sources.params import DataParams
from data.stage import how_to_write, run
from data.tables import RAW, VALIDATED
from features.recipe import Recipe
from training.audit import document
from training.audit.criteria import Fairness
from training.audit.document import TABLES, Content
from training.audit.files import CARD, DOSSIER, FAIRNESS, MEMBERSHIP
from training.decisions.policy_reading import DecisionParams, read_policy
from training.model import bundle as bundles
from training.model.booster import ModelParams
from training.model.bundle import Bundle
from training.model.calibrate import CalibrationParams
from training.model.joint.fit import JointParams
from training.model.level.level import LevelParams
from training.model.linear.fit import LinearParams
from training.model.reasons.params import ReasonParams
from training.model.split import SPLIT_FILE, SplitParams
from training.model.spread import IntervalParams
from training.products.params import ProductParams
from training.registry import provenance
from training.registry.contact import CardParams
from training.registry.gate import EVALUATION_FILE, VERDICT_FILE


def main() -> None:
    """Write reports/dossier.md.

    Raises
    ------
    UserError
        A file of an earlier stage is missing, or the policy can't be read.
    """
    named = params.load("decisions", DecisionParams).policy
    policy = None if named is None else read_policy(Path(named))
    bundle = Bundle.load()
    declared = [each.column for each in attributes.read(VALIDATED) if each.personal]
    content = Content(
        shop=params.load("data", DataParams).shop,
        contact=params.load("card", CardParams).contact,
        card=_text(CARD),
        verdict=read_json(VERDICT_FILE),
        evaluation=read_json(EVALUATION_FILE),
        source=read_json(RAW / "source.json"),
        validation=read_json(Path("reports/validation.json")),
        spans=read_json(SPLIT_FILE),
        columns={table.name: sorted(tables.columns(table, VALIDATED)) for table in TABLES},
        declared=declared,
        fairness=Fairness.from_json(read_json(FAIRNESS)),
        membership=read_json(MEMBERSHIP),
        policies=() if policy is None else policy.policies,
        policy_digest=None if policy is None else policy.digest,
        demographics=Recipe.from_json(bundle.recipe).params.demographics,
        params=_chosen(bundle),
        digests={
            "bundle": provenance.folder_digest(bundles.FOLDER),
            "raw tables": provenance.folder_digest(RAW),
            "verdict of the gate": provenance.file_digest(VERDICT_FILE),
            "audit of fairness": provenance.file_digest(FAIRNESS),
            "membership attack": provenance.file_digest(MEMBERSHIP),
        },
        currency=params.load("products", ProductParams).currency,
    )
    write_text(document.write(content), DOSSIER)


def _chosen(bundle: Bundle) -> str:
    """The parameters that the model follows from, as YAML."""
    sections = {
        "outcome": params.load("outcome", OutcomeParams),
        "features": Recipe.from_json(bundle.recipe).params,
        "split": params.load("split", SplitParams),
        "model": params.load("model", ModelParams),
        "linear": params.load("linear", LinearParams),
        "reasons": params.load("reasons", ReasonParams),
        "calibration": params.load("calibration", CalibrationParams),
        "level": params.load("level", LevelParams),
        "interval": params.load("interval", IntervalParams),
        "joint": params.load("joint", JointParams),
    }
    content = {name: section.model_dump(mode="json") for name, section in sections.items()}
    return yaml.safe_dump(content, sort_keys=False, width=110).rstrip()


def _text(file: Path) -> str:
    if not file.is_file():
        raise UserError(expected=f"the model card at {file}", found="no such file", fix=how_to_write(file))
    return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    run(main)
