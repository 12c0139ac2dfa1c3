"""Sentences of the features that posteriors add."""

from collections.abc import Callable

from features.posteriors.design import PosteriorDesign
from features.sentences.sentence import Sentence, Values

NEGLIGIBLE = 0.005
"""Log-odds that would move no probability by more than about a tenth of a percentage point."""
MISSING = "no outcome of this product, or of its category, brand or supplier, is known yet"


def sentences(design: PosteriorDesign | None) -> dict[str, Sentence]:
    """The sentences of the features that posteriors of this ``design`` add."""
    if design is None:
        return {}
    return {name: Sentence(_of(factor), MISSING) for name, factor in zip(design.names, design.factors, strict=True)}


def _of(factor: str) -> Callable[[float, Values], str]:
    def phrase(log_odds: float, _: Values) -> str:
        if abs(log_odds) < NEGLIGIBLE:
            return f"what is known of {factor} by now says neither more nor fewer returns"
        return f"what is known of {factor} by now says {'more' if log_odds > 0 else 'fewer'} returns"

    return phrase
