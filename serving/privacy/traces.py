"""The texts by which a customer could be found in a file: what a search after an erasure looks for."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from data.identity import IdKey, trimmed
from data.pseudonyms.customer_keys import CustomerKeys

SHORT: Final = 8
"""A text of fewer bytes stands in many files by chance: it counts where no letter or digit is beside it."""


@dataclass(frozen=True)
class Trace:
    """A text to look for.

    ``what``: what it is, in words; a message may show it. ``text``: its bytes. ``living``: whether it is looked for in
    state, logs and secrets alone, since it names nobody once the secret is destroyed.
    """

    what: str
    text: bytes
    living: bool = False

    @property
    def alone(self) -> bool:
        """Whether it counts only where it stands by itself."""
        return len(self.text) < SHORT


def traces_of(given: str, form: str, key: IdKey, keys: CustomerKeys) -> list[Trace]:
    """Give what leads to a customer; before the erasure, with the secrets and the pseudonyms of all accounts.

    Parameters
    ----------
    given, form
        The customer's key as the shop has it, and its normal text.
    """
    hashed = key.hash(form)
    found = [
        Trace("the customer's id", each)
        for text in dict.fromkeys((given, trimmed(given), form))
        for each in _written(text)
    ]
    found += [Trace("the hash of the id", each) for each in (hashed.encode(), bytes.fromhex(hashed))]
    for secret in keys.traces(form):
        found += [Trace("a row of the customers' secrets", each) for each in (secret, secret.hex().encode())]
    accounts = keys.accounts_of(form)
    found += [
        Trace("the pseudonym", each, living=True) for name in accounts for each in (name.encode(), bytes.fromhex(name))
    ]
    return list({each.text: each for each in reversed(found) if each.text}.values())


def _written(text: str) -> Iterable[bytes]:
    """The ways in which a text is written: UTF-8, UTF-16, as JSON in ASCII, and within an address of the web."""
    plain = text.encode("utf-8", "surrogatepass")
    ascii_json = json.dumps(text)[1:-1].encode()
    return dict.fromkeys((plain, text.encode("utf-16-le", "surrogatepass"), ascii_json, quote(text, safe="").encode()))
