"""What an ablation leaves out: the features of one factor, or those that need one column of the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.catalog import CatalogEntry
from features.definitions.selection import define
from features.recipe import Recipe

FACTOR, COLUMN = "factor", "column"
DERIVED: Mapping[str, tuple[str, ...]] = {
    "size": ("size_system", "size_value"),
    "price_minor": ("value_minor",),
    "quantity": ("value_minor",),
}
"""Line columns that the project computes from a column of the source: without the one there is none of the others."""
REASONS, REASON = "reason_", "reason"
NEEDED = frozenset({"order_id", "ordered_at"})
"""Columns without which there are no baskets and no times."""


@dataclass(frozen=True)
class LeftOut:
    """``features``: the names of those that go, sorted."""

    kind: str
    name: str
    features: tuple[str, ...]


def factors(entries: Sequence[CatalogEntry]) -> list[LeftOut]:
    """Each factor of the score's catalog, by name; one that holds all features is left in."""
    names = sorted({entry.factor for entry in entries})
    found = [
        LeftOut(FACTOR, name, tuple(sorted(entry.name for entry in entries if entry.factor == name))) for name in names
    ]
    return [one for one in found if len(one.features) < len(entries)]


def columns(entries: Sequence[CatalogEntry], recipe: Recipe) -> list[LeftOut]:
    """Each column of the source without which the catalog lacks features, by name; columns of equal loss together.

    What goes is found by the project's own selection of features, as for a source without the column. The features
    that stay keep their values, also where they would fall back on something wider, such as a brand for a category.
    """
    defined = {feature.name for feature in define(recipe.params, recipe.columns, recipe.attributes)}
    present = {entry.name for entry in entries} & defined
    lost: dict[tuple[str, ...], list[str]] = {}
    for name, own in _sources(recipe.columns).items():
        left = define(recipe.params, recipe.columns - own, recipe.attributes)
        gone = tuple(sorted(present - {feature.name for feature in left}))
        if gone and len(gone) < len(entries):
            lost.setdefault(gone, []).append(name)
    return [LeftOut(COLUMN, ", ".join(names), gone) for gone, names in sorted(lost.items(), key=lambda item: item[1])]


def _sources(present: frozenset[str]) -> dict[str, frozenset[str]]:
    """Each column of the source, with the line columns that there are not without it."""
    derived = {name for names in DERIVED.values() for name in names}
    reasons = frozenset(name for name in present if name.startswith(REASONS))
    own = {
        name: frozenset({name, *DERIVED.get(name, ())})
        for name in sorted(present - derived - reasons - NEEDED - {"first_in_order"})
    }
    return own | ({REASON: reasons} if reasons else {})
