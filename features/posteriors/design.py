"""The design of the posteriors of a shop: kinds of levels, covariates, and the factor that each counts for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.arrays import Bools, Floats
from features.catalog import POSTERIOR, CatalogEntry
from features.language.nodes import Feature
from features.params import PosteriorPriors
from features.posteriors.covariates import SHARE, names_in
from features.posteriors.kinds import OF_PRODUCT, Kind, kinds_of

OF_CONSTANT = "season"
"""The factor of the constant covariate, which carries the level of the shop."""


@dataclass(frozen=True)
class PosteriorDesign:
    """What the posteriors are about; both executions share it.

    ``kinds``: the kinds of levels. ``covariates``: the features behind all covariates but the constant one.
    """

    kinds: tuple[Kind, ...]
    covariates: tuple[Feature, ...]
    priors: PosteriorPriors

    @classmethod
    def of(cls, priors: PosteriorPriors, features: Sequence[Feature], columns: frozenset[str]) -> "PosteriorDesign":
        """Design them for a source with these ``features`` and line ``columns``."""
        of_score = {feature.name: feature for feature in features if not feature.only_reasons}
        covariates = tuple(of_score[name] for name in names_in(list(of_score)))
        return cls(kinds_of(priors.variances, columns), covariates, priors)

    @cached_property
    def factors(self) -> tuple[str, ...]:
        """The factors that levels and covariates count for, in alphabetical order."""
        return tuple(sorted(set(self._factor_of_terms)))

    @cached_property
    def members(self) -> Floats:
        """Whether each term, first the levels and then the covariates, counts for a factor; 0 or 1."""
        return np.array([[float(own == factor) for factor in self.factors] for own in self._factor_of_terms])

    @cached_property
    def about_product(self) -> Bools:
        """Whether each of the ``kinds`` is about the product: its own, or categories, brands and suppliers."""
        return np.array([kind.factor == OF_PRODUCT for kind in self.kinds], dtype=np.bool_)

    @cached_property
    def shares(self) -> Bools:
        """Whether each of the ``covariates`` is a share."""
        return np.array([feature.unit == SHARE for feature in self.covariates], dtype=np.bool_)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the features that the posteriors add, one for each factor."""
        return tuple(POSTERIOR + factor.replace(" ", "_") for factor in self.factors)

    def entries(self) -> list[CatalogEntry]:
        """The entries of these features in the catalog."""
        return [_entry(name, factor) for name, factor in zip(self.names, self.factors, strict=True)]

    @property
    def _factor_of_terms(self) -> list[str]:
        return [kind.factor for kind in self.kinds] + [OF_CONSTANT] + [feature.factor for feature in self.covariates]


def _entry(name: str, factor: str) -> CatalogEntry:
    return CatalogEntry(
        name=name,
        dtype="double",
        unit="log-odds",
        factor=factor,
        meaning=f"part of the posteriors' log-odds that is due to the {factor}, as of the start of the day",
        missing="no outcome of the product or of its category, brand or supplier is known yet",
        source=("outcomes of all lines",),
        only_reasons=False,
    )
