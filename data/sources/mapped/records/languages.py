"""How likely the letters of a text are in each of some languages, from orders of frequency alone.

A language is given by its letters beyond ASCII, the most frequent first. The chance of a letter falls with its place,
as letters of real texts do.
"""

import math
from collections.abc import Mapping
from functools import cache

LATIN = {
    "German": "üäöß",
    "French": "éèàêçîôûùâïëœ",
    "Spanish": "óíáéñúü",
    "Portuguese": "ãçáéíóõêâúàô",
    "Italian": "àèùòéì",
    "Catalan": "àéèóíçòúïü",
    "Swedish and Finnish": "äöåé",
    "Danish and Norwegian": "øåæé",
    "Dutch": "ëéïöèü",
    "Icelandic": "íáðéóþöúýæ",
    "Polish": "łąęóżśćńź",
    "Czech and Slovak": "íáéěýřžčšůúťňďóľôäĺŕ",
    "Hungarian": "éáőöóüíúű",
    "Romanian": "ăîâşţșț",
    "Croatian and Slovene": "čšžćđ",
    "Turkish": "ıüşçğöİâ",
    "Estonian": "äõüöšž",
    "Latvian": "āīēšžņļķģčū",
    "Lithuanian": "ėšųžūčįąę",
}
OTHERS = {
    "Russian": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "Ukrainian": "оанивіертслкдмупязьгбчйхїшжєюцщґф",
    "Bulgarian": "аоиентрсвлкдпмзгъубячйжшцщюхфь",
    "Greek": "αοιετσνηυρπκμλςωγδάίθέόχήφύβώξζψϊϋΐΰ",
    "Hebrew": "יוהלארתבשמנכםדחעקפגצטסזןךץף",
    "Arabic": "اليمنرتوبةعدسفهكقحجشطصخضذءأإغئثزظىآؤ",
}
RARE = {"Icelandic": -3.0, "Estonian": -1.0, "Latvian": -1.0, "Lithuanian": -1.0, "Catalan": -1.0}
"""Log of how much rarer shops of a language are."""

FOREIGN = math.log(1e-4)
"""Log chance of a letter that the language lacks, as in a foreign name."""


def small(letter: str) -> str:
    """Give the small form of a letter, and the Turkish İ as it is, because its small form is one of ASCII."""
    return letter if letter == "İ" else letter.lower()


def best(letters: Mapping[str, int]) -> float:
    """Give the log chance of so many lower-case ``letters`` beyond ASCII in the language that fits them best."""
    scores = (
        RARE.get(language, 0.0) + sum(count * chances.get(letter, FOREIGN) for letter, count in letters.items())
        for language, chances in _all().items()
    )
    return max(scores)


@cache
def _all() -> dict[str, dict[str, float]]:
    # A script of its own has all its letters beyond ASCII, and so a flatter fall.
    return {name: _chances(order, 2) for name, order in LATIN.items()} | {
        name: _chances(order, 5) for name, order in OTHERS.items()
    }


def _chances(order: str, first: int) -> dict[str, float]:
    total = sum(1 / (place + first) for place in range(len(order)))
    return {letter: -math.log((place + first) * total) for place, letter in enumerate(order)}
