"""The design: every level has counters, and every term counts for a factor of the catalog."""

from features.language.nodes import Counter, walk
from features.posteriors.design import PosteriorDesign
from features.recipe import Recipe
from tests.features.crowded_shop import OUTCOME, PARAMS
from tests.features.learning import LEARNING
from tests.features.seeds import EVERY_COLUMN

RECIPE = Recipe(PARAMS.definition, OUTCOME, EVERY_COLUMN, posteriors=LEARNING.posteriors.priors)


def design(recipe: Recipe = RECIPE) -> PosteriorDesign:
    found = recipe.posterior_design()
    assert found is not None
    return found


def test_the_columns_of_every_level_are_those_of_a_counter_so_that_requests_lack_them_alike() -> None:
    counted = {node.key for feature in RECIPE.features() for node in walk(feature) if isinstance(node, Counter)}

    assert len(design().kinds) == 12
    assert {kind.key for kind in design().kinds} <= counted


def test_every_term_counts_for_one_factor_of_the_catalog() -> None:
    factors = {feature.factor for feature in RECIPE.features() if not feature.only_reasons}

    assert (design().members.sum(axis=1) == 1).all()
    assert set(design().factors) <= factors
    own = [kind.key.name for kind, about in zip(design().kinds, design().about_product, strict=True) if about]
    assert own == ["product", "product_size", "product_color", "category", "brand", "supplier"]
    assert len(design().members) == len(design().kinds) + 1 + len(design().covariates)


def test_a_source_without_columns_has_none_of_their_levels() -> None:
    few = design(
        Recipe(PARAMS.definition, OUTCOME, frozenset({"product_id", "price_minor"}), posteriors=RECIPE.posteriors)
    )

    assert [kind.key.name for kind in few.kinds] == ["product"]


def test_the_recipe_comes_back_as_it_was_written() -> None:
    assert Recipe.from_json(RECIPE.as_json()) == RECIPE
    assert "posteriors" not in Recipe(PARAMS.definition, OUTCOME, EVERY_COLUMN).as_json()
