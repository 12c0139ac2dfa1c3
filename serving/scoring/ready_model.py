"""What scoring wants of a bundle, made ready once: its features, computed online, and the state that they need."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from data.errors import UserError
from features.online.features import OnlineFeatures
from features.online_state.order import Order, OrderLine, ProductFacts
from features.online_state.records import StateAbout
from features.recipe import Recipe
from features.stores.memory import MemoryStore
from serving.scores import Explain
from serving.scoring.explainer import Asked, Explainer
from training.model.bundle import Bundle

REHEARSAL = Order(
    customer_id="rehearsal",
    ordered_at=1_700_000_000_000_000,
    lines=(
        OrderLine(
            "rehearsal", 1, 4999, 5999, "m", "red", ProductFacts("fashion", "dresses", "brand", "supplier"),
            sizes_on_sale=("s", "m", "l"),
        ),
        OrderLine("rehearsal", 1, 4999, 5999, "l", "red"),
        OrderLine("rehearsal", 2, 4999, None, None, None),
    ),
)  # fmt: skip
"""A basket that every model must be able to score before it serves: a line with all there is, one of the same in
another size, so that there is something to change, and one with the least."""


@dataclass(frozen=True)
class Prepared:
    """The features of a bundle, and what says why; ``state_digest`` is what the state must have been built for."""

    online: OnlineFeatures
    explainer: Explainer
    state_digest: str

    def fits(self, about: StateAbout | None) -> bool:
        """Whether a state can be read for these features; one that was not read yet is given the benefit of doubt."""
        return about is None or about.state_digest == self.state_digest


def prepare(bundle: Bundle) -> Prepared:
    """Make a bundle ready.

    Raises
    ------
    UserError
        This version of the code makes other features of the bundle's recipe than those that it was trained on.
    """
    online = OnlineFeatures(Recipe.from_json(bundle.recipe))
    if online.names != bundle.features:
        lacking, more = (
            sorted(set(bundle.features) - set(online.names)),
            sorted(set(online.names) - set(bundle.features)),
        )
        raise UserError(
            expected=f"the {len(bundle.features)} features of the bundle's catalog",
            found=f"{len(online.names)} made here, without {lacking or 'none'}, with {more or 'none'} besides",
            fix="serve it with the code that trained it, or train it anew: dvc repro",
        )
    return Prepared(online, Explainer(bundle, online), online.contents.digest)


def rehearse(bundle: Bundle, prepared: Prepared) -> None:
    """Score and explain a test basket as if nothing were known.

    Raises
    ------
    UserError
        What comes out are no probabilities, or they are explained by what doesn't add up to them.
    """
    features = prepared.online.without_state([REHEARSAL], reasons=True)
    scores = bundle.score_rows(features[:, : len(bundle.score_features)], threads=1)
    said = np.array([scores.low, scores.probability, scores.high])
    if not (np.all(said >= 0) and np.all(said <= 1) and np.all(np.diff(said, axis=0) >= 0)):
        raise UserError(
            expected="low <= probability <= high, between 0 and 1, for a test basket",
            found=str(said.T.tolist()),
            fix="train it anew: dvc repro",
        )
    asked = Asked([REHEARSAL], features, scores.probability, REHEARSAL.ordered_at)
    whys = prepared.explainer.explain(MemoryStore(), asked, Explain.ALL)
    log_odds = [each.drivers.log_odds for each in whys if each.drivers is not None]
    _expect("drivers", "log-odds", scores.margin, log_odds)
    reasons = [each.reasons for each in whys if each.reasons is not None]
    if bundle.reasons is not None:
        _expect("reasons", "probabilities", scores.probability, [sum(each.values()) for each in reasons])


def _expect(what: str, of_what: str, expected: Floats, found: list[float]) -> None:
    """Refuse a model whose explanations don't add up to what they explain; NaN adds up to nothing."""
    if not np.allclose(found, expected, rtol=0, atol=1e-6):
        raise UserError(
            expected=f"{what} that add up to the {of_what} {expected.tolist()} of a test basket",
            found=str(found),
            fix="train it anew: dvc repro",
        )
