"""Feature families, the same for many keys: the return rate over all time, and the recent return rate."""

from collections.abc import Iterator
from dataclasses import dataclass

from features.language.algebra import shrink
from features.language.nodes import Counter, Feature, Key, LineEvent


def ordered(key: Key) -> Counter:
    """Lines ordered."""
    return Counter(key, LineEvent.ORDERED)


def returned(key: Key, half_life_days: float | None = None) -> Counter:
    """Lines that came back."""
    return Counter(key, LineEvent.RETURNED, half_life_days=half_life_days)


def kept(key: Key, half_life_days: float | None = None) -> Counter:
    """Lines that were kept: their return window closed."""
    return Counter(key, LineEvent.KEPT, half_life_days=half_life_days)


@dataclass(frozen=True)
class RateOf:
    """The return rates of one key.

    Each rate is shrunk towards ``parent``, as if ``prior_lines`` more lines had come back at the parent's rate.
    """

    key: Key
    factor: str
    missing: str
    parent: Feature
    prior_lines: float

    def settled(self) -> Feature:
        """The settled lines of the key: the more, the more certain is its rate."""
        return Feature(
            name=f"{self.key.name}_settled_lines",
            factor=self.factor,
            unit="lines",
            meaning=f"settled lines of the same {self.label}",
            missing=self.missing,
            reads=(returned(self.key), kept(self.key)),
            formula=lambda returned, kept: returned + kept,
            whole=True,
        )

    def rate(self) -> Feature:
        """Returned over settled lines, shrunk towards the parent's rate."""
        strength = self.prior_lines
        return Feature(
            name=f"{self.key.name}_return_rate",
            factor=self.factor,
            unit="share",
            meaning=f"return rate of the same {self.label}, shrunk towards {self.parent.name}",
            missing=self.missing,
            reads=(returned(self.key), kept(self.key), self.parent),
            formula=lambda returned, kept, parent: shrink(returned, returned + kept, parent, strength),
        )

    def recent(self, half_life_days: float) -> Feature:
        """The recent rate: lines fade with a half-life, and the rate is shrunk towards the key's own long-run rate."""
        strength = self.prior_lines
        return Feature(
            name=f"{self.key.name}_return_rate_{half_life_days:g}d",
            factor=self.factor,
            unit="share",
            meaning=f"return rate of the same {self.label}, halved every {half_life_days:g} days",
            missing=self.missing,
            reads=(returned(self.key, half_life_days), kept(self.key, half_life_days), self.rate()),
            formula=lambda returned, kept, long_run: shrink(returned, returned + kept, long_run, strength),
        )

    def all(self, *half_lives: float) -> Iterator[Feature]:
        """The count, the rate, and the recent rate for each half-life."""
        yield self.settled()
        yield self.rate()
        for half_life in half_lives:
            yield self.recent(half_life)

    @property
    def label(self) -> str:
        """The key's name in words."""
        return self.key.name.replace("_", " ")
