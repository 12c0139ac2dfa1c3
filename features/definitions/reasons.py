"""The share of each reason among the returns of similar lines; only the reason model reads these features."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.schema import Reason
from features.definitions.keys import CATEGORY, PRODUCT, PRODUCT_SIZE, SHOP
from features.language.algebra import coalesce, shrink
from features.language.nodes import Counter, Feature, Key, LineEvent
from features.language.reasons import REASONS, RECORDED, flag, share_name
from features.params import PriorReturns

FACTOR = "reasons"


@dataclass(frozen=True)
class Level:
    """One level of shrinkage, from the whole shop to the product in one size.

    ``strength``: a share is shrunk towards that of the wider level, as if so many more returns had come with reasons
    in the shares of the wider level.
    """

    key: Key
    strength: float


def levels(prior: PriorReturns) -> tuple[Level, ...]:
    """The levels, widest first."""
    return (
        Level(SHOP, prior.shop),
        Level(CATEGORY, prior.kind),
        Level(PRODUCT, prior.product),
        Level(PRODUCT_SIZE, prior.variant),
    )


def features(chain: Sequence[Level]) -> Iterator[Feature]:
    """The share of each reason at the last level of ``chain`` (widest first); on every line they add up to 1.

    They add up to 1 because at each level the counts of all reasons add up to the count of recorded reasons, and the
    shares of the wider level add up to 1. Each share is the posterior mean of a Dirichlet-multinomial model (Gelman et
    al., Bayesian Data Analysis, ch. 3.4). Counts don't fade: a half-life of 180 days predicted reasons no better.
    """
    for reason in REASONS:
        share = None
        for level in chain[:-1]:
            share = _share(reason, level, share, f"{level.key.name}_{flag(reason)}_share")
        yield _share(reason, chain[-1], share, share_name(reason))


def _share(reason: Reason, level: Level, parent: Feature | None, name: str) -> Feature:
    counts = (Counter(level.key, LineEvent.RETURNED, flag(reason)), Counter(level.key, LineEvent.RETURNED, RECORDED))
    strength, alike = level.strength, 1 / len(REASONS)
    of = level.key.name.replace("_", " ")
    towards = "equal shares" if parent is None else parent.name
    return Feature(
        name=name,
        factor=FACTOR,
        unit="share",
        meaning=f"share of {reason.value} in the returns of the {of} with a reason, shrunk towards {towards}",
        missing="never missing",
        reads=counts if parent is None else (*counts, parent),
        formula=(lambda count, recorded: shrink(count, recorded, alike, strength))
        if parent is None
        # Where the line lacks a column of the key, such as its size, the share is that of the wider level.
        else (lambda count, recorded, wider: coalesce(shrink(count, recorded, wider, strength), wider)),
        only_reasons=True,
    )
