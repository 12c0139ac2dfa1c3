"""Stage card: the model card of this run.

It is made before the registration, which logs it and links it to the version. A model that the gate refused has one,
too.
"""

from pathlib import Path

from data import params
from data.files import read_json, write_text
from data.outcome import OutcomeParams
from data.sources.params import DataParams
from data.stage import run
from data.tables import RAW
from features.recipe import Recipe
from training.audit import card
from training.audit.card import Content
from training.audit.criteria import Fairness
from training.audit.files import CARD, FAIRNESS
from training.model import bundle as bundles
from training.model.bundle import Bundle
from training.model.split import SPLIT_FILE
from training.products.params import ProductParams
from training.registry import provenance
from training.registry.contact import CardParams

REPORTS = Path("reports")


def main() -> None:
    """Write the card from the files of the run.

    Raises
    ------
    UserError
        A file of an earlier stage is missing.
    """
    bundle = Bundle.load()
    of_score = [entry for entry in bundle.catalog if not entry.only_reasons]
    content = Content(
        shop=params.load("data", DataParams).shop,
        currency=params.load("products", ProductParams).currency,
        window_days=params.load("outcome", OutcomeParams).return_window_days,
        contact=params.load("card", CardParams).contact,
        evaluation=read_json(REPORTS / "evaluation.json"),
        backtest=read_json(REPORTS / "backtest.json"),
        verdict=read_json(REPORTS / "gate.json"),
        spans=read_json(SPLIT_FILE),
        source=read_json(RAW / "source.json"),
        built=bundle.built,
        features=len(of_score),
        factors=sorted({entry.factor for entry in of_score}),
        demographics=Recipe.from_json(bundle.recipe).params.demographics,
        score_parts=(
            "gradient-boosted trees",
            *(("a linear part",) if bundle.linear is not None else ()),
            *(("posteriors of customers, products and kinds",) if bundle.posterior is not None else ()),
        ),
        reasons=bundle.reasons is not None,
        fairness=Fairness.from_json(read_json(FAIRNESS)),
        digests={
            "bundle (SHA-256)": provenance.folder_digest(bundles.FOLDER),
            "raw tables (SHA-256)": provenance.folder_digest(RAW),
        },
    )
    write_text(card.write(content), CARD)


if __name__ == "__main__":
    run(main)
