"""Reads a size label: which system it belongs to, and where it stands on that system's scale."""

import re
from dataclasses import dataclass

LETTERS = {"xxxs": -3, "xxs": -2, "xs": -1, "s": 0, "m": 1, "l": 2, "xl": 3, "xxl": 4, "xxxl": 5, "xxxxl": 6}
ONE_SIZE = {"unsized", "one size", "onesize", "os", "uni", "one", "u", "-"}

_MANY_X = re.compile(r"([2-9])x([sl])")
_NUMBER = re.compile(r"(\d{1,3})(\+|\.5|,5|½| 1/2)?")
_WAIST_LENGTH = re.compile(r"(\d{2})\s*[/x-]?\s*(\d{2})")


@dataclass(frozen=True)
class Size:
    """A size label read: ``system`` names the scale, ``value`` is the place on it (None where there is no order)."""

    system: str
    value: float | None


def read_size(label: str) -> Size:
    """Read one size label in lower case.

    Numbers are told apart by their range, since a label carries no more than itself: below 16 shoes of the UK or
    US and letters' like, 16 to 35 inches, 36 to 60 European sizes, above that children's heights in cm. Half
    sizes (``7+``, ``7.5``) count as half a step.

    Examples
    --------
    >>> read_size("xl"), read_size("39+"), read_size("32/34"), read_size("unsized")
    (Size(system='letter', value=3.0), Size(system='european', value=39.5), Size(system='waist', value=32.0), \
Size(system='one', value=None))
    """
    text = label.strip().lower()
    if text in ONE_SIZE:
        return Size("one", None)
    if many := _MANY_X.fullmatch(text):
        text = "x" * int(many[1]) + many[2]
    if text in LETTERS:
        return Size("letter", float(LETTERS[text]))
    if number := _NUMBER.fullmatch(text):
        return _read_number(int(number[1]) + (0.5 if number[2] else 0.0))
    if waist := _WAIST_LENGTH.fullmatch(text):
        return Size("waist", float(waist[1]))
    return Size("other", None)


def _read_number(value: float) -> Size:
    for system, below in (("small number", 16), ("inch", 36), ("european", 61)):
        if value < below:
            return Size(system, value)
    return Size("centimetre", value)
