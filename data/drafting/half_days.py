"""Words of other languages for AM and PM in Python: those that ``%p`` stands for at ingest."""

import re

from data.reading.day_halves import AFTERNOON, JOINED, MORNING

WORD = re.compile(
    rf"(?<![^\W\d])(?:(?P<am>{'|'.join(MORNING)})|(?:{'|'.join(AFTERNOON)}))\.?(?![^\W\d])"
    rf"|(?P<joined>{'|'.join(JOINED[0])})|(?:{'|'.join(JOINED[1])})",
    re.IGNORECASE,
)


def in_english(value: str) -> str:
    """Write the word for half of a day in ``value`` as AM or PM; without one ``value`` stays as it is."""
    return WORD.sub(lambda found: "AM" if found["am"] or found["joined"] else "PM", value, count=1)


def is_one(value: str) -> bool:
    """Whether ``value`` is such a word and nothing else."""
    return WORD.fullmatch(value.strip()) is not None
