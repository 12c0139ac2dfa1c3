"""Values that shops write for a guest in the place of a customer's id.

Each may be a real id of some shop: it is looked for, and never taken for a guest unasked.
"""

import re

WORDS = (
    "none", "null", "nil", "nan", "na", "n/a", "n / a", "n a", "#n/a", "\\n", "undefined", "false",
    "guest", "guests", "guest_user", "guest user", "guest checkout", "anonymous", "anonym", "anonyme", "anónimo",
    "anonimo", "unknown", "unbekannt", "inconnu", "desconocido", "sconosciuto", "onbekend", "nieznany",
    "gast", "gäste", "gastkunde", "invité", "invite", "invitado", "ospite", "convidado", "gość", "gäst",
    "cash", "walk-in", "walk in", "walkin", "barverkauf",
    "游客", "訪客", "访客", "匿名", "散客", "无", "ゲスト", "非会員", "未登録", "гость", "аноним", "неизвестно",
)  # fmt: skip
"""In lower case, and without accents where shops leave them out."""

SIGNS = ("-", "--", "---", "\u2013", "\u2014", ".", "...", "?", "*", "x", "xxx", "0.0", "-1")
ZEROS = tuple("0" * count for count in range(1, 11))
NUMBERS = ("1", *("9" * count for count in range(1, 8)))
"""Numbers that may well be an id."""

CERTAIN = "|".join(("0+([.]0+)?", "-1", "[-\u2013\u2014.?x*]+", *map(re.escape, WORDS)))
"""A regular expression, also of RE2, of the values in lower case that are hardly an id: words, signs and zeros."""

STANDING_FOR_GUESTS = tuple(
    dict.fromkeys(
        (
            *ZEROS,
            *NUMBERS,
            *SIGNS,
            *(form for word in (*WORDS, "x") for form in (word, word.capitalize(), word.upper())),
        )
    )
)
"""All values as shops spell them, for a search by their hashes."""


def stands_for_guest(value: str) -> bool:
    """Whether ``value`` is hardly a customer's id: a word for a guest or for nothing, a sign, or zeros."""
    return re.fullmatch(CERTAIN, value.strip().lower()) is not None
