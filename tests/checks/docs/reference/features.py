"""docs/reference/features.md, from the definitions of all features."""

from collections.abc import Iterator

from data import params
from data.schema import TABLES
from features.definitions.selection import define
from features.language.nodes import Feature
from features.language.reasons import REASON_COLUMNS
from features.params import FeatureParams
from features.posteriors.design import PosteriorDesign
from tests.checks.docs.reference import markdown

INTRO = """\
Every feature, by the factor that it belongs to, as the catalog of a source with all columns lists them with the stock
parameters. `features/matrix/catalog.json` is the catalog of your own source, without the features that it lacks the
columns for. A missing value means what the last column says. Features for the reason model alone come in a table of
their own. The attributes that a shop declares add more: [Attributes of your
own](../how-to/own-shop.md#attributes-of-your-own) lists them."""
POSTERIORS = """\
With `features.posteriors.learn`. The score adds them up; each counts for the factor that it names.
[Posteriors](../explanation/point-in-time.md#posteriors) says what they are."""
HEAD = ("feature", "unit", "meaning", "missing")
DERIVED = ("size_system", "size_value", "value_minor", "first_in_order")
"""Line columns that `features.offline.lines` makes from the canonical ones."""


def page() -> str:
    """Make the page."""
    found = _all()
    factors = sorted({feature.factor for feature in found if not feature.only_reasons})
    tables = (_table(factor, [f for f in found if f.factor == factor and not f.only_reasons]) for factor in factors)
    reasons = _table("For the reason model alone", [feature for feature in found if feature.only_reasons])
    return markdown.page("Features", INTRO, *(part for table in tables for part in table), *_of_posteriors(), *reasons)


def _all() -> list[Feature]:
    """Every feature that some source can have."""
    return define(params.load("features", FeatureParams).definition, _columns())


def _columns() -> frozenset[str]:
    return frozenset({*(name for table in TABLES.values() for name in table.names), *DERIVED, *REASON_COLUMNS})


def _of_posteriors() -> Iterator[str]:
    priors = params.load("features", FeatureParams).posteriors.definition
    design = PosteriorDesign.of(priors, _all(), _columns())
    yield "## Of posteriors"
    yield POSTERIORS
    rows = ((markdown.code(each.name), each.unit, each.meaning, each.missing) for each in design.entries())
    yield markdown.table(HEAD, rows)


def _table(title: str, features: list[Feature]) -> Iterator[str]:
    yield f"## {title[0].upper()}{title[1:]}"
    rows = ((markdown.code(one.name), one.unit, one.meaning, one.missing) for one in features)
    yield markdown.table(HEAD, rows)
