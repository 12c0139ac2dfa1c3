"""A sentence for each feature: the fact behind its value on one line, shown beside the feature's driver.

Each module here has the sentences of the module of the same name in `features.definitions`: a new feature there needs
a sentence here. A sentence starts in lower case and has no full stop. It states a fact only, without judgement or
advice. Amounts of money are in minor units, as the number of the currency's decimals is not known here.
"""

import math
from collections.abc import Mapping

from features.recipe import Recipe
from features.sentences import attributes, basket, context, crosses, customer, posteriors, product, size
from features.sentences.sentence import CUSTOMER_LINES, GUEST, Sentence
from features.sentences.wording import figure, finite


class Sentences:
    """The sentences of the features of one model.

    ``recipe`` is the recipe of these features: with its priors, counts of returns are computed back from shrunk rates.
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
            **attributes.sentences(recipe.attributes),
            **posteriors.sentences(recipe.posterior_design()),
        }

    @property
    def names(self) -> frozenset[str]:
        """The names of the features that have a sentence."""
        return frozenset(self._sentences)

    def say(self, feature: str, values: Mapping[str, float]) -> str:
        """Give the sentence for the value of ``feature``.

        ``values`` has the value of every feature of the line, NaN where missing: one sentence may need several. A
        feature without a sentence (of an older or newer model) is described by its name and value.
        """
        value = values.get(feature, math.nan)
        sentence = self._sentences.get(feature)
        if sentence is None:
            return f"{feature.replace('_', ' ')}: {figure(value) if finite(value) else 'not known'}"
        if finite(value):
            return sentence.phrase(value, values)
        if sentence.of_customer and not finite(values.get(CUSTOMER_LINES, 0.0)):
            return GUEST
        return sentence.missing
