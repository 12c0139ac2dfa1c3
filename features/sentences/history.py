"""Sentences of return rates: the returned and the settled lines, and the recent rate.

The rate of a feature is shrunk (`features.language.algebra.shrink`), so it is not the raw rate. Where the settled lines
and the parent's rate are features, too, the number of returned lines is computed from them, and the sentence gives it.
"""

import math
from dataclasses import dataclass

from features.sentences.sentence import Phrase, Sentence, Values
from features.sentences.wording import about, count, finite, percent, whole

COUNTED_BELOW = 100
"""Below so many settled lines a sentence gives two counts, from then on a percentage, which is easier to read."""

NEARLY = 1e-3
"""The largest distance of a computed count from a whole number; the error of doubles is far smaller."""


@dataclass(frozen=True)
class History:
    """The sentences of the features of one `features.definitions.families.RateOf`.

    ``key`` is the name of its key, ``place`` the words for its lines, ``strength_lines`` its prior. ``parents`` are the
    possible parent rates, each with its name in words; the parent is the first one with a value. ``new`` is the name of
    a count of ordered lines, with the text for a count of 0. ``within`` is the wider history; where both are empty, the
    sentence is that of the wider one.
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
        rates = {f"{self.key}_settled_lines": self._settled(), f"{self.key}_return_rate": self._rate()}
        recent = {f"{self.key}_return_rate_{days:g}d": self._recent(days) for days in half_lives}
        return {name: self.sentence(one) for name, one in (rates | recent).items()}

    def sentence(self, phrase: Phrase) -> Sentence:
        """A sentence about this history, with the history's text for a missing value."""
        return Sentence(phrase, self.missing, self.of_customer)

    def is_empty(self, values: Values) -> bool:
        """True where no line is settled yet: then the rate equals its parent's."""
        return values.get(f"{self.key}_settled_lines") == 0

    def empty(self, values: Values) -> str:
        """The text of an empty history: no line is settled yet."""
        if self.within is not None and self.within.is_empty(values):
            return self.within.empty(values)
        if self.new is not None and values.get(self.new[0]) == 0:
            return self.new[1]
        return f"{self._has}no settled line{self.place} yet"

    @property
    def _has(self) -> str:
        return "customer has " if self.of_customer else ""

    def _settled(self) -> Phrase:
        has, place = self._has, self.place

        def phrase(settled: float, values: Values) -> str:
            return f"{has}{count(settled, 'settled line')}{place}" if settled else self.empty(values)

        return phrase

    def _rate(self) -> Phrase:
        settled_lines, strength = f"{self.key}_settled_lines", self.strength_lines
        start, end = ("customer returned ", self.place) if self.of_customer else ("", f"{self.place} came back")

        def phrase(rate: float, values: Values) -> str:
            settled = values.get(settled_lines, math.nan)
            if settled == 0:
                return f"{self.empty(values)}{self.prior(values)}"
            returned = rate * (settled + strength) - strength * self._parent(values)[0]
            if not -NEARLY < returned < settled + NEARLY or abs(returned - round(returned)) > NEARLY:
                return self._roughly(rate)
            lines = "line" if settled == 1 else "lines"
            return f"{start}{_out_of(round(returned), settled)} settled {lines}{end}"

        return phrase

    def _recent(self, half_life_days: float) -> Phrase:
        start = ("customer's " if self.of_customer else "") + f"recent return rate{self.place}"
        end = f"weight halved every {half_life_days:g} {'day' if half_life_days == 1 else 'days'}"

        def phrase(rate: float, values: Values) -> str:
            return self.empty(values) if self.is_empty(values) else f"{start}: {about(rate)}, {end}"

        return phrase

    def _parent(self, values: Values) -> tuple[float, str]:
        for name, words in self.parents:
            rate = values.get(name, math.nan)
            if finite(rate):
                return rate, words
        return math.nan, ""

    def prior(self, values: Values) -> str:
        """The words that give the parent's rate, for an empty history."""
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
