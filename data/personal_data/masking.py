"""How a text of a shop's cell is kept or shown: in rejects, reports, messages, drafts and logs, by one rule.

Whatever writes a text of a cell anywhere but into its own column writes it by `shown`.
"""

import re
from functools import lru_cache
from typing import Final

from data.personal_data import emails
from data.personal_data.cells import possible
from data.personal_data.names import looks_like_person
from data.personal_data.shapes import shape

LONGEST: Final = 200
"""Characters: a longer text may hold the rows of other customers, and so may one of several lines."""
REMEMBERED: Final = 10_000


@lru_cache(REMEMBERED)
def shown(text: str, *, fits: bool = True) -> str:
    """Give ``text`` as it may be kept: as it is, without its emails, or as its shape or size.

    Parameters
    ----------
    fits
        Whether the text is of its column's kind. Words with capitals in a column of numbers or times may be a name that
        no list has.

    Examples
    --------
    >>> shown("2 Stk"), shown("ask anna@example.org"), shown("call Anna Koch"), shown("Hauptstr. 5")
    ('2 Stk', 'ask <email>', '<personal: aaaa aaaa aaaa>', '<personal: aaaaaaaa. 9>')
    """
    if len(text) > LONGEST or "\n" in text or "\r" in text:
        return f"{len(text)} characters"
    plain = re.sub(emails.LOOSE, "<email>", text)
    if possible(plain) is not None or (not fits and looks_like_person(plain)):
        return f"<personal: {shape(plain)}>"
    return plain


def is_shown(text: str) -> bool:
    """Whether `shown` gives ``text`` as it is."""
    return shown(text) == text
