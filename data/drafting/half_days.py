"""Words of other languages for AM and PM, which ``%p`` stands for at ingest, too."""

import re

MORNING = r"a\.?\s?m\.?|πμ|π\.\s?μ\.?|dop|dopoledne|öö|sa|fm|früh|ص|صباحا|ق\.ظ"
AFTERNOON = r"p\.?\s?m\.?|μμ|μ\.\s?μ\.?|odp|odpoledne|ös|ch|em|م|مساء|ب\.ظ"
JOINED_MORNING, JOINED_AFTERNOON = "上午|午前|오전|凌晨|早上", "下午|午後|오후|晚上"
"""Words of Chinese, Japanese and Korean, which stand beside other letters."""

WORD = re.compile(
    rf"(?<![^\W\d])(?:(?P<am>{MORNING})|(?:{AFTERNOON}))(?![^\W\d])|(?P<joined>{JOINED_MORNING})|(?:{JOINED_AFTERNOON})",
    re.IGNORECASE,
)


def in_english(value: str) -> str:
    """Write the word for half of a day in ``value`` as AM or PM; without one ``value`` stays as it is."""
    return WORD.sub(lambda found: "AM" if found["am"] or found["joined"] else "PM", value, count=1)


def is_one(value: str) -> bool:
    """Whether ``value`` is such a word and nothing else."""
    return WORD.fullmatch(value.strip()) is not None
