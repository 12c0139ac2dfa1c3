"""A sentence for each feature: the fact behind its value on one line, to be shown beside the driver it belongs to.

A module here stands for the module of the same name in `features.definitions`: who adds a feature there adds its
sentence here. A sentence starts in lower case, has no full stop, states the fact alone and neither judges nor
advises. Amounts of money are in minor units, as the currency's digits are not known here.
"""

import math
from collections.abc import Mapping

from features.recipe import Recipe
from features.sentences import basket, context, crosses, customer, product, size
from features.sentences.sentence import CUSTOMER_LINES, GUEST, Sentence
from features.sentences.wording import figure, finite


class Sentences:
    """The sentences of the features of one model.

    ``recipe`` is what the features were made by: counts of returns are told from rates by its prior strengths.
    """

    def __init__(self, recipe: Recipe) -> None:
        params = recipe.params
        self._sentences: dict[str, Sentence] = {
            **basket.sentences(),
            **context.sentences(),
            **customer.sentences(params),
            **product.sentences(params),
            **size.sentences(params),
            **crosses.sentences(params),
        }

    @property
    def names(self) -> frozenset[str]:
        """The features that have a sentence of their own."""
        return frozenset(self._sentences)

    def say(self, feature: str, values: Mapping[str, float]) -> str:
        """What the value of ``feature`` says, in one sentence.

        ``values`` has the value of every feature of the line, NaN where it is missing: one fact may need several. A
        feature without a sentence of its own, as an older or newer model may have, is said by its name and value.
        """
        value = values.get(feature, math.nan)
        sentence = self._sentences.get(feature)
        if sentence is None:
            return f"{feature.replace('_', ' ')}: {figure(value) if finite(value) else 'not known'}"
        if finite(value):
            return sentence.said(value, values)
        if sentence.of_customer and not finite(values.get(CUSTOMER_LINES, 0.0)):
            return GUEST
        return sentence.missing
