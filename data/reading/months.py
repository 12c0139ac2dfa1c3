"""Names of months in other languages, which ``%b`` and ``%B`` read as the English ones."""

import re
from functools import cache, lru_cache

from data import sql

CODES = ("%b", "%B")

LETTER = re.compile(r"[^\W\d_]")

ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip

NAMES = (
    "jan jän janv jänner januar janvier enero ene gennaio gen janeiro januari styczeń stycznia sty",
    "feb febr fév févr februar février febrero febbraio fevereiro fev februari luty lutego lut",
    "mar märz mär mrz mars marzo março maart mrt marzec marca",
    "apr april avr avril abril abr aprile kwiecień kwietnia kwi",
    "may mai mayo maggio mag maio mei maj maja",
    "jun june juni juin junio giugno giu junho czerwiec czerwca cze",
    "jul july juli juil juillet julio luglio lug julho lipiec lipca lip",
    "aug august août aout agosto ago augustus augusti sierpień sierpnia sie",
    "sep sept september septembre septiembre settembre set setembro wrzesień września wrz",
    "oct oktober okt octobre octubre ottobre ott outubro out październik października paź",
    "nov november novembre noviembre novembro listopad listopada lis",
    "dec dezember dez déc décembre diciembre dic dicembre dezembro december grudzień grudnia gru",
)
"""German, French, Spanish, Italian, Portuguese, Dutch, Swedish and Polish, beside English short forms."""


def has_name(layout: str) -> bool:
    """Whether a format of ``strftime`` has a month in letters."""
    return any(code in layout for code in CODES)


def english(text: str, layout: str) -> str:
    """SQL: ``text`` with its month in English, in the form that ``layout`` reads; other texts stay as they are."""
    for pattern, name in _patterns(_form(layout)):
        month = sql.text(f"\\1{name}\\2")
        text = f"regexp_replace({text}, {sql.text(pattern)}, {month}, 'i')"
    return text


def in_english(value: str, layout: str) -> str:
    """Write a ``value`` as `english` does."""
    return value if LETTER.search(value) is None else _in_english(value, _form(layout))


@lru_cache(maxsize=16_384)
def _in_english(value: str, form: str) -> str:
    """Write a value in English; a draft tries dozens of formats on each value, and few forms of a month."""
    for pattern, name in _compiled(form):
        value = pattern.sub(rf"\g<1>{name}\g<2>", value, count=1)
    return value


def _form(layout: str) -> str:
    """The code of the month in ``layout``, with the dot that stands behind it."""
    code = "%B" if "%B" in layout else "%b"
    return f"{code}." if any(f"{each}." in layout for each in CODES) else code


@cache
def _compiled(form: str) -> list[tuple[re.Pattern[str], str]]:
    """Compile `_patterns` for Python, which has no letters of Unicode by class."""
    own = [
        (pattern.replace(r"[^\pL.]", r"(?!\.)[\W\d_]").replace(r"[^\pL]", r"[\W\d_]"), name)
        for pattern, name in _patterns(form)
    ]
    return [(re.compile(pattern, re.IGNORECASE), name) for pattern, name in own]


@cache
def _patterns(layout: str) -> list[tuple[str, str]]:
    """Give the pattern of each month's names, whole words and with a dot or none, and its English name.

    A dot that ``layout`` has behind the month is no part of the name.
    """
    full = "%B" in layout
    end = r"($|[^\pL])" if any(f"{code}." in layout for code in CODES) else r"\.?($|[^\pL.])"
    return [
        (
            rf"(^|[^\pL])(?:{'|'.join(sorted(names.split(), key=len, reverse=True))})" + end,
            name if full else name[:3],
        )
        for names, name in zip(NAMES, ENGLISH, strict=True)
    ]
