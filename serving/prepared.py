"""What scoring wants of a bundle, made ready once: its features, computed online, and the state that they need."""

from dataclasses import dataclass

import numpy as np

from data.errors import UserError
from features.facts import About
from features.online import OnlineFeatures
from features.order import Order, OrderLine, Product
from features.recipe import Recipe
from training.bundle import Bundle

REHEARSAL = Order(
    customer_id="rehearsal",
    ordered_at=1_700_000_000_000_000,
    lines=(
        OrderLine("rehearsal", 1, 4999, 5999, "m", "red", Product("fashion", "dresses", "brand", "supplier")),
        OrderLine("rehearsal", 2, 4999, None, None, None),
    ),
)
"""A basket that every model must be able to score before it serves: one line with all there is, one with the least."""


@dataclass(frozen=True)
class Prepared:
    """The features of a bundle; ``state_digest`` is what the state must have been built for."""

    online: OnlineFeatures
    state_digest: str

    def fits(self, about: About | None) -> bool:
        """Whether a state can be read for these features; one that was not read yet is given the benefit of doubt."""
        return about is None or about.state_digest == self.state_digest


def prepare(bundle: Bundle) -> Prepared:
    """Make a bundle ready.

    Raises
    ------
    UserError
        This version of the code makes other features of the bundle's recipe than those that it was trained on.
    """
    try:
        recipe = Recipe.from_json(bundle.recipe)
    except (ValueError, KeyError, TypeError) as error:
        found = " ".join(str(error).split())
        raise UserError(
            expected="a recipe of features in the bundle", found=found, fix="train it anew: dvc repro"
        ) from None
    online = OnlineFeatures(recipe)
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
    return Prepared(online, recipe.state_digest)


def rehearse(bundle: Bundle, prepared: Prepared) -> None:
    """Score a test basket as if nothing were known.

    Raises
    ------
    UserError
        What comes out are no probabilities.
    """
    scores = bundle.score_rows(prepared.online.without_state([REHEARSAL]), threads=1)
    said = np.array([scores.low, scores.probability, scores.high])
    if not (np.all(said >= 0) and np.all(said <= 1) and np.all(np.diff(said, axis=0) >= 0)):
        raise UserError(
            expected="low <= probability <= high, between 0 and 1, for a test basket",
            found=str(said.T.tolist()),
            fix="train it anew: dvc repro",
        )
