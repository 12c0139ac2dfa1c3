"""Sentences of return rates: whose lines they are of, how many came back of how many, and how it was lately.

A rate among features is shrunk (`features.language.algebra.shrink`), so it is no share that anyone has counted. Where
the settled lines and the parent's rate are among the features too, the returned lines are worked out and said instead.
"""

import math
from dataclasses import dataclass

from features.sentences.sentence import Said, Sentence, Values
from features.sentences.wording import about, count, finite, percent, whole

COUNTED_BELOW = 100
"""From so many settled lines on, a percentage is easier to read than two counts."""

NEARLY = 1e-3
"""How far from a whole number a count that was worked out may be; doubles stay far below it."""


@dataclass(frozen=True)
class History:
    """How to say the features of one `features.definitions.families.RateOf`.

    ``key`` is its key's name, ``place`` says which lines it counts, ``strength_lines`` its prior. ``parents`` are the
    rates it may be shrunk to, each with its name in words: the first that has a value is the one. ``new`` is a count
    of ordered lines and what is said where it is 0. ``within`` is the wider history: where that is empty too, its
    emptiness is the fact to say.
    """

    key: str
    place: str
    strength_lines: float
    parents: tuple[tuple[str, str], ...]
    missing: str
    of_customer: bool = False
    new: tuple[str, str] | None = None
    within: "History | None" = None

    def all(self, *half_lives: float) -> dict[str, Sentence]:
        """The sentences of the count, of the rate, and of the recent rate for each half-life."""
        said = {f"{self.key}_settled_lines": self._settled(), f"{self.key}_return_rate": self._rate()}
        recent = {f"{self.key}_return_rate_{days:g}d": self._recent(days) for days in half_lives}
        return {name: self.sentence(one) for name, one in (said | recent).items()}

    def sentence(self, said: Said) -> Sentence:
        """A sentence about this history, missing where the history is."""
        return Sentence(said, self.missing, self.of_customer)

    def is_empty(self, values: Values) -> bool:
        """True where no line is settled yet: then a rate is no more than its parent's."""
        return values.get(f"{self.key}_settled_lines") == 0

    def empty(self, values: Values) -> str:
        """That no line is settled yet."""
        if self.within is not None and self.within.is_empty(values):
            return self.within.empty(values)
        if self.new is not None and values.get(self.new[0]) == 0:
            return self.new[1]
        return f"{self._has}no settled line{self.place} yet"

    @property
    def _has(self) -> str:
        return "customer has " if self.of_customer else ""

    def _settled(self) -> Said:
        has, place = self._has, self.place

        def said(settled: float, values: Values) -> str:
            return f"{has}{count(settled, 'settled line')}{place}" if settled else self.empty(values)

        return said

    def _rate(self) -> Said:
        settled_lines, strength = f"{self.key}_settled_lines", self.strength_lines
        start, end = ("customer returned ", self.place) if self.of_customer else ("", f"{self.place} came back")

        def said(rate: float, values: Values) -> str:
            settled = values.get(settled_lines, math.nan)
            if settled == 0:
                return f"{self.empty(values)}{self.prior(values)}"
            returned = rate * (settled + strength) - strength * self._parent(values)[0]
            if not -NEARLY < returned < settled + NEARLY or abs(returned - round(returned)) > NEARLY:
                return self._roughly(rate)
            lines = "line" if settled == 1 else "lines"
            return f"{start}{_out_of(round(returned), settled)} settled {lines}{end}"

        return said

    def _recent(self, half_life_days: float) -> Said:
        start = ("customer's " if self.of_customer else "") + f"recent return rate{self.place}"
        end = f"weight halved every {half_life_days:g} {'day' if half_life_days == 1 else 'days'}"

        def said(rate: float, values: Values) -> str:
            return self.empty(values) if self.is_empty(values) else f"{start}: {about(rate)}, {end}"

        return said

    def _parent(self, values: Values) -> tuple[float, str]:
        for name, words in self.parents:
            rate = values.get(name, math.nan)
            if finite(rate):
                return rate, words
        return math.nan, ""

    def prior(self, values: Values) -> str:
        """The rate that stands for an empty history."""
        if self.within is not None and self.within.is_empty(values):
            return self.within.prior(values)
        rate, words = self._parent(values)
        return f"; {words} is {about(rate)}" if finite(rate) else ""

    def _roughly(self, rate: float) -> str:
        if self.of_customer:
            return f"customer returns {about(rate)} of lines{self.place}"
        return f"{about(rate)} of lines{self.place} come back"


def _out_of(returned: int, settled: float) -> str:
    if settled < COUNTED_BELOW or returned in (0, settled):
        return f"{whole(returned)} of {whole(settled)}"
    return f"{percent(returned / settled)} of {whole(settled)}"
