"""Selects the features that the columns of a source allow."""

from collections.abc import Iterable, Sequence

from data.attributes import Attribute
from features.definitions import attributes as attribute_features
from features.definitions import basket, context, crosses, customer, product, reasons, size
from features.definitions.families import kept, returned
from features.definitions.keys import BRAND, CATEGORY, SHOP
from features.language.algebra import coalesce, shrink
from features.language.nodes import PIECES_READ, PIECES_VALUE, Counter, Feature, LineColumn, Node, walk
from features.params import DefinitionParams


def define(params: DefinitionParams, columns: frozenset[str], attributes: Sequence[Attribute] = ()) -> list[Feature]:
    """Every feature that line ``columns`` and the declared ``attributes`` allow, in a fixed order; names are unique.

    The features of the return score come first; those that only the reason model reads come last.
    """
    strength, lives = params.prior_lines, params.half_life
    shop = _shop_rate(params)
    kind = _kind_rate(shop, strength.kind, columns)
    priors = product.ProductPriors(product=strength.product, variant=strength.variant)
    both = (lives.short_days, lives.long_days)
    every = (
        *basket.features(),
        *context.features(demographics=params.demographics),
        *customer.features(shop, strength, both),
        *product.features(kind, priors, both),
        *size.features(params.prior_returns.product),
        *crosses.features(shop, strength.kind, lives.short_days, demographics=params.demographics),
        *attribute_features.features(attributes, shop, strength),
        *reasons.features(_reason_levels(params, columns)),
    )
    found = [feature for feature in every if lacking(feature, columns) == set()]
    return sorted(found, key=lambda feature: feature.only_reasons)


def lacking(node: Node, columns: frozenset[str]) -> set[str]:
    """The line columns that ``node`` needs and that ``columns`` lack."""
    return {name for part in walk(node) for name in _line_columns(part)} - columns


def _line_columns(node: Node) -> Iterable[str]:
    match node:
        case LineColumn():
            return (node.source,)
        case Counter(value=value) if value == PIECES_VALUE:
            return PIECES_READ
        case Counter():
            return (node.value,) if node.derived is None and node.value else ()
        case _:
            return (*getattr(node, "columns", ()), *((v,) if (v := getattr(node, "value", None)) else ()))


def _reason_levels(params: DefinitionParams, columns: frozenset[str]) -> list[reasons.Level]:
    """The levels whose keys the source has; a source without categories or sizes skips their level."""
    return [level for level in reasons.levels(params.prior_returns) if not lacking(returned(level.key), columns)]


def _shop_rate(params: DefinitionParams) -> Feature:
    start, strength = params.start_rate, params.prior_lines.shop
    return Feature(
        name="shop_return_rate",
        factor="season",
        unit="share",
        meaning="return rate of the whole shop lately",
        missing="never missing",
        reads=(returned(SHOP, params.half_life.short_days), kept(SHOP, params.half_life.short_days)),
        formula=lambda returned, kept: shrink(returned, returned + kept, start, strength),
    )


def _kind_rate(shop: Feature, prior_lines: float, columns: frozenset[str]) -> Feature:
    """The parent rate of a product, line by line: that of its category, else of its brand, else of the shop."""
    kind = shop
    for key in (BRAND, CATEGORY):
        rate = crosses.rate_of(key, crosses.KINDS[key], shop, prior_lines).rate()
        if not lacking(rate, columns):
            kind = Feature(
                name=f"{key.name}_or_wider_return_rate",
                factor="product",
                unit="share",
                meaning=f"return rate of the {key.name}; of a wider kind where that is not recorded",
                missing="never missing",
                reads=(rate, kind),
                formula=coalesce,
            )
    return kind
