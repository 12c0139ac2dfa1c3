"""The judgement of one text by itself: what is surely personal, and what may be.

`certain` is evidence that is strong without its column: such a text refuses its row. `possible` is more: what may be a
name or a number of a phone is hidden where texts are kept and shown, because a hidden label costs little.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

from data.personal_data.accounts import LEAST_CARDS, card_numbers, holds_card, holds_iban
from data.personal_data.addresses import is_address, is_whole_address
from data.personal_data.emails import holds_email, may_hold_email
from data.personal_data.kinds import Kind
from data.personal_data.names import ENGRAVED_SIGNS, holds_person, is_engraved
from data.personal_data.networks import holds_network_address
from data.personal_data.phones import holds_phone, is_phone
from data.personal_data.places import count_places

Test = tuple[Kind, Callable[[str], bool]]

_CERTAIN: tuple[Test, ...] = (
    (Kind.EMAIL, holds_email),
    (Kind.ACCOUNT, lambda text: holds_iban(text) or holds_card(text)),
    (Kind.PHONE, holds_phone),
    (Kind.ADDRESS, is_whole_address),
    (Kind.NAME, is_engraved),
)
_POSSIBLE: tuple[Test, ...] = (
    (Kind.EMAIL, may_hold_email),
    (Kind.ACCOUNT, lambda text: holds_iban(text) or any(card_numbers(text))),
    (Kind.PHONE, is_phone),
    (Kind.NETWORK, holds_network_address),
    (Kind.ADDRESS, is_address),
    (Kind.NAME, holds_person),
    (Kind.PLACE, lambda text: count_places([text]) > 0),
)
_SIGNS = re.compile(
    rf"[@＠]|[0-9０-９][^@]{{0,300}}[0-9０-９]|[0-9０-９〇一二三四五六七八九十][号號室番丁楼樓]|{ENGRAVED_SIGNS}",
    re.IGNORECASE,
)
"""What every text with certain evidence has; most labels have none, and looking for it is far cheaper."""
_PLAIN_ID = re.compile(r"(?!00)[A-Za-z0-9]{1,12}|[A-Za-z]{1,2}[-_](?!00)[0-9]{1,9}")
"""Short ids, which hold no certain evidence: an account or a card has 13 signs at least, a number with its country's
code begins with a plus sign or two zeros, and a word for a phone has three letters and ends before its number."""


def certain(text: str) -> Kind | None:
    """Give the kind of personal data that ``text`` surely holds; None for none.

    An email, an IBAN, a card's number with its check digit, a phone number with its country's code or behind a word for
    it, an address with street, house number and postcode, or a name behind a word such as engraving; among other words,
    or alone.
    """
    if not _SIGNS.search(text) or _PLAIN_ID.fullmatch(text):
        return None
    return _first(_CERTAIN, text)


def certain_among(texts: Iterable[str]) -> dict[str, Kind]:
    """Give those of a column's different ``texts`` that surely hold personal data, each with its kind.

    A number like a card's without groups counts where half of the column's have their check digit: one in ten ids has
    it by chance.
    """
    found, likely = dict[str, Kind](), dict[str, bool]()
    for text in filter(_SIGNS.search, texts):
        if (kind := certain(text)) is not None:
            found[text] = kind
        elif rights := list(card_numbers(unicodedata.normalize("NFKC", text))):
            likely[text] = any(rights)
    cards = [text for text, right in likely.items() if right]
    return found | (dict.fromkeys(cards, Kind.ACCOUNT) if len(cards) >= LEAST_CARDS * len(likely) else {})


def possible(text: str) -> Kind | None:
    """Give the kind of personal data that ``text`` may hold; None for none. All that is `certain` is possible."""
    return certain(text) or _first(_POSSIBLE, text)


def _first(tests: tuple[Test, ...], text: str) -> Kind | None:
    normal = unicodedata.normalize("NFKC", text).strip()
    return next((kind for kind, test in tests if test(normal)), None)
