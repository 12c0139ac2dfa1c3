"""What scoring needs of a bundle, prepared once: online features, explainer, and the digest of their state."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from data.errors import UserError
from features.online.features import OnlineFeatures
from features.online_state.contents import is_read_from
from features.online_state.order import Order, OrderLine, ProductFacts
from features.online_state.records import StateAbout
from features.recipe import Recipe
from serving.scores import Explain
from serving.scoring.asked import AskedAgainst
from serving.scoring.explainer import Asked, Explainer
from serving.scoring.missing import Missing
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
"""Test basket that a model has to score before it serves: a line with all fields, a line of the same product in another
size, so that there is a what-if, and a line with the fewest fields."""


@dataclass(frozen=True)
class Prepared:
    """The online features and the explainer of a bundle; the state must have been built for ``state_digest``.

    ``missing`` finds what requests lack; None where the bundle does not know what fields are worth. ``asked`` compares
    them with training lines; None where the bundle does not know what these asked with.
    """

    online: OnlineFeatures
    explainer: Explainer
    state_digest: str
    missing: Missing | None = None
    asked: AskedAgainst | None = None

    def fits(self, about: StateAbout | None) -> bool:
        """Whether the state was built for these features; True also while the state was not read yet."""
        return about is None or is_read_from(self.state_digest, about.state_digest)


def prepare(bundle: Bundle) -> Prepared:
    """Prepare a bundle for scoring.

    Raises
    ------
    UserError
        From the bundle's recipe, this version of the code makes other features than those of the bundle's catalog.
    """
    recipe = Recipe.from_json(bundle.recipe)
    online = OnlineFeatures(recipe, bundle.known_labels)
    if online.names != bundle.features:
        lacking, more = (
            sorted(set(bundle.features) - set(online.names)),
            sorted(set(online.names) - set(bundle.features)),
        )
        raise UserError(
            expected=f"the {len(bundle.features)} features of the bundle's catalog",
            found=f"{len(online.names)} made here; missing: {lacking or 'none'}; not in the catalog: {more or 'none'}",
            fix="serve it with the code that trained it, or train it anew: dvc repro",
        )
    missing = None if bundle.unsent is None else Missing(recipe.request_fields(), bundle.unsent)
    asked = None if bundle.asked is None else AskedAgainst(bundle.asked)
    return Prepared(online, Explainer(bundle, online), online.contents.digest, missing, asked)


def rehearse(bundle: Bundle, prepared: Prepared, shift: float = 0.0) -> None:
    """Score and explain the test basket without any history, at the level ``shift``.

    Raises
    ------
    UserError
        The scores are not probabilities, or their explanations don't add up to them.
    """
    state = prepared.online.empty_state()
    features = state.read(lambda snapshot: prepared.online.ask(snapshot, [REHEARSAL], reasons=True)).features
    of_score = features[:, : len(bundle.score_features)]
    scores = bundle.score_rows(of_score, threads=1, shift=shift)
    bounds = np.array([scores.low, scores.probability, scores.high])
    if not (np.all(bounds >= 0) and np.all(bounds <= 1) and np.all(np.diff(bounds, axis=0) >= 0)):
        raise UserError(
            expected="low <= probability <= high, between 0 and 1, for a test basket",
            found=str(bounds.T.tolist()),
            fix="train it anew: dvc repro",
        )
    scored_rows = Asked([REHEARSAL], features, scores.probability, REHEARSAL.ordered_at, shift)
    if bundle.joint is not None:
        products, values = [line.product_id for line in REHEARSAL.lines], np.ones(len(REHEARSAL.lines))
        bundle.joint.outcomes(bundle.lines(scores, of_score), products, values)
    whys = prepared.explainer.explain(state, scored_rows, Explain.ALL)
    log_odds = [each.drivers.log_odds for each in whys if each.drivers is not None]
    _expect("drivers", "log-odds", scores.margin, log_odds)
    reasons = [each.reasons for each in whys if each.reasons is not None]
    if bundle.reasons is not None:
        _expect("reasons", "probabilities", scores.probability, [sum(each.values()) for each in reasons])


def _expect(what: str, of_what: str, expected: Floats, found: list[float]) -> None:
    """Refuse a model whose explanations don't add up to its scores; NaN is refused, too."""
    if not np.allclose(found, expected, rtol=0, atol=1e-6):
        raise UserError(
            expected=f"{what} that add up to the {of_what} {expected.tolist()} of a test basket",
            found=str(found),
            fix="train it anew: dvc repro",
        )
