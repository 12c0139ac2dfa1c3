"""Values that shops write for a guest in the place of a customer's id.

Each may be a real id of some shop: it is looked for, and never taken for a guest unasked.
"""

import re

WORDS = (
    "none", "null", "nil", "nan", "na", "n/a", "n / a", "n a", "#n/a", "\\n", "undefined", "false",
    "guest", "guests", "guest_user", "guest user", "guest checkout", "anonymous", "anonym", "anonyme", "anónimo",
    "anonimo", "unknown", "unbekannt", "inconnu", "desconocido", "sconosciuto", "onbekend", "nieznany",
    "gast", "gäste", "gastkunde", "invité", "invite", "invitado", "ospite", "convidado", "gość", "gäst",
    "cash", "walk-in", "walk in", "walkin", "barverkauf", "laufkunde", "laufkundschaft", "barkunde", "counter",
    "walk-in customer", "walk in customer", "cash customer", "cash sale", "counter sale", "store customer",
    "guest customer", "no customer", "without customer", "sin cliente", "sans client", "ohne kunde", "senza cliente",
    "sem cliente", "geen klant", "bez klienta", "public", "público general", "publico general", "consumidor final",
    "consumidor final anonimo", "client de passage", "client comptoir", "cliente mostrador", "cliente generico",
    "cliente genérico", "cliente occasionale", "passant", "deleted", "deleted user", "deleted customer", "gelöscht",
    "geloescht", "supprimé", "supprime", "eliminado", "removed", "anonymized", "anonymised", "anonymisiert",
    "游客", "訪客", "访客", "匿名", "散客", "无", "ゲスト", "非会員", "未登録", "гость", "аноним", "неизвестно",
)  # fmt: skip
"""In lower case, and without accents where shops leave them out."""

SIGNS = ("-", "--", "---", "\u2013", "\u2014", ".", "...", "?", "*", "x", "xxx", "0.0", "-1")
ZEROS = tuple("0" * count for count in range(1, 11))
FEWEST, MOST = 4, 10
"""Digits of a number of one digit repeated, such as 99999: with fewer it is an id as any other."""
REPEATED = tuple(digit * count for digit in "123456789" for count in range(FEWEST, MOST + 1))
NUMBERS = ("1", "9", "99", "999", *REPEATED)
"""Numbers that may well be an id."""

ERROR_CELL = "#(ref|n/a|na|name|value|div/0|num|null|spill|calc|getting_data|wert|bezug|zahl|nv|¡ref|¡valor)[!?]?"
"""A regular expression of what a spreadsheet writes, in any case, where a formula failed; it is never an id."""

MAILBOXES = (
    "guests?|guest[._+-]?(user|order|customer|checkout)?[0-9]{0,2}|gast|g[aä]ste|gaeste|invit[eé]s?|invitado|ospite"
    "|convidado|no[._-]?reply|do[._-]?not[._-]?reply|nobody|none|null|unknown|unbekannt|anonym|anonymous|dummy|fake"
    "|placeholder|no[._-]?e?mail|kein[e._-]{0,2}e?mail|sin[._-]?(correo|email)|sans[._-]?e?mail|n[.]?a|x{3,10}"
    "|walk[._-]?in|laufkunde|kasse|pos|cash|deleted([._-]?user)?|test|asd"
)
"""A regular expression of what stands before the @ of an address that no customer has."""

CERTAIN = "|".join(
    (
        "0+([.]0+)?",
        "-1",
        "[-\u2013\u2014.?x*]{1,5}",
        ERROR_CELL,
        *map(re.escape, WORDS),
        f"({MAILBOXES})@[^@ ]{{1,100}}",
    )
)
"""A regular expression, also of RE2, of the values in lower case that are hardly an id: words, signs, zeros, addresses
such as guest@shop.com, and cells of a formula that failed. More signs than five are a line that a program draws below
its header."""

NOTHING = ("none", "null", "nil", "nan", "na", "n/a", "n / a", "n a", "undefined", "unknown", "deleted", "removed")
"""Words that stand for no product, too."""

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
