"""Reads a size label: the system that the size belongs to, and its place on the scale of that system."""

import re
from dataclasses import dataclass
from functools import lru_cache

LETTERS = {"xxxs": -3, "xxs": -2, "xs": -1, "s": 0, "m": 1, "l": 2, "xl": 3, "xxl": 4, "xxxl": 5, "xxxxl": 6}
ONE_SIZE = {"unsized", "one size", "onesize", "os", "uni", "one", "u", "-"}

REACH, REACH_CM = 2, 6
"""The largest distance of a near size: in steps, and for children's sizes in cm, as these go up by six."""

_COUNTED = {f"{len(x)}x{end}": LETTERS[x + end] for x in ("xx", "xxx", "xxxx") for end in "sl" if x + end in LETTERS}
_HALVES = (".5", "+", ",5", "½", " 1/2")

_MANY_X = re.compile(r"([2-9])x([sl])")
_NUMBER = re.compile(r"(\d{1,3})(\+|\.5|,5|½| 1/2)?")
_WAIST_LENGTH = re.compile(r"(\d{2})\s*[/x-]?\s*(\d{2})")


@dataclass(frozen=True)
class Size:
    """A parsed size label: ``system`` names the scale, ``value`` is the place on it, None where there is no order."""

    system: str
    value: float | None


def read_size(label: str) -> Size:
    """Read one size label in lower case.

    The range of a number decides its system, since a label names no system: below 16 small numbers such as UK and US
    shoe sizes, 16 to 35 inches, 36 to 60 European sizes, above 60 children's heights in cm. A half size (``7+``,
    ``7.5``) is half a step.

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


@lru_cache(maxsize=10_000)
def steps(label: str, other: str) -> float | None:
    """How many steps larger the size ``other`` is, for labels of one product; None where the two have no common order.

    Only the range of a number decides its system, so two near numbers on both sides of a bound count as one scale, too.
    Waist sizes have an order where their length is the same.

    Examples
    --------
    >>> steps("m", "xl"), steps("40", "39+"), steps("35", "36"), steps("7", "41"), steps("32/34", "33/32")
    (2.0, -0.5, 1.0, None, None)
    """
    here, there = read_size(label), read_size(other)
    if here.value is None or there.value is None or _length(label) != _length(other):
        return None
    apart = there.value - here.value
    if here.system == there.system:
        return apart
    letters = "letter" in (here.system, there.system)
    return None if letters or abs(apart) > max(_reach(here), _reach(there)) else apart


@lru_cache(maxsize=10_000)
def nearby(label: str) -> tuple[str, ...]:
    """Labels of the sizes near this one, without the size itself, in the spelling that the same shop may use.

    Where ``label`` doesn't show how the shop writes half sizes, every spelling is given. Empty where the size has no
    place on a scale.

    Examples
    --------
    >>> nearby("s"), nearby("39+")
    (('xxs', 'xs', 'm', 'l', '2xs'), ('37+', '38', '38+', '39', '40', '40+', '41', '41+'))
    """
    size, text = read_size(label), label.strip().lower()
    if size.value is None:
        return ()
    if size.system == "letter":
        near = [(each, value) for each, value in (LETTERS | _COUNTED).items() if 0 < abs(value - size.value) <= REACH]
        return tuple(each for each, _ in near)
    others = [size.value + half / 2 for half in range(-2 * _reach(size), 2 * _reach(size) + 1) if half]
    if size.system == "waist":
        return tuple(f"{value:.0f}{text[2:]}" for value in others if value.is_integer() and 10 <= value < 100)
    number = _NUMBER.fullmatch(text)
    digits, half = (len(number[1]), number[2]) if number else (1, None)
    halves = (half,) if half else () if size.system == "centimetre" else _HALVES
    return tuple(written for value in others if 0 <= value < 1000 for written in _written(value, digits, halves))


def _written(value: float, digits: int, halves: tuple[str, ...]) -> tuple[str, ...]:
    """The spellings of a number; a small number may have a leading zero."""
    whole = int(value)
    ends = ("",) if value == whole else halves
    return tuple(f"{start}{end}" for start in dict.fromkeys((f"{whole}", f"{whole:0{digits}}")) for end in ends)


def _reach(size: Size) -> int:
    return REACH_CM if size.system == "centimetre" else REACH


def _length(label: str) -> str | None:
    """The length in a label of waist and length; None for any other label."""
    text = label.strip().lower()
    waist = None if _NUMBER.fullmatch(text) else _WAIST_LENGTH.fullmatch(text)
    return waist[2] if waist else None
