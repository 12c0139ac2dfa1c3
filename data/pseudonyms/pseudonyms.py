"""What gives a customer's pseudonym: a keyed hash with the public demo key, and else a secret of each customer."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from data.identity import IdKey, key_from_environment
from data.pseudonyms.customer_keys import CustomerKeys

VARIABLE: Final = "RETURN_RISK_CUSTOMER_KEYS"
"""The environment variable that names the file of the customers' secrets."""
FILE: Final = Path("serving/var/customer-keys.sqlite")
"""The file where the variable is not set."""


class Pseudonyms(Protocol):
    """Gives the pseudonyms of customers, who are named by their normal text (`data.identity.normalise`)."""

    @property
    def fingerprint(self) -> str | None:
        """A text that differs where pseudonyms of two origins differ; None while there are none yet."""

    def find(self, forms: Sequence[str]) -> list[str | None]:
        """Give the pseudonym of each customer; None for one who has none, or is scored as a guest."""

    def make(self, forms: Sequence[str]) -> list[str | None]:
        """Give the pseudonym of each customer, and make those that are missing; None for one who opted out."""


class KeyedHashes:
    """Pseudonyms that are the keyed hash itself: whoever has the key and an id computes them, so none can be erased.

    They are those of the public demo key, of shops without real customers.
    """

    def __init__(self, key: IdKey) -> None:
        self._key = key

    @property
    def fingerprint(self) -> str | None:
        """The fingerprint of the key."""
        return self._key.fingerprint

    def find(self, forms: Sequence[str]) -> list[str | None]:
        """Give the hash of each."""
        return [self._key.hash(form) for form in forms]

    def make(self, forms: Sequence[str]) -> list[str | None]:
        """Give the hash of each."""
        return self.find(forms)


def pseudonyms_of(key: IdKey, file: Path) -> KeyedHashes | CustomerKeys:
    """Give the pseudonyms of a shop: with a key of its own, by the secrets in ``file``, which is made at first use."""
    return KeyedHashes(key) if key.public else CustomerKeys(file, key)


def from_environment(*, warn: bool = True, environment: Mapping[str, str] = os.environ) -> KeyedHashes | CustomerKeys:
    """Give the pseudonyms that the environment names; `UserError` as `data.identity.key_from_environment`."""
    key = key_from_environment(warn=warn, environment=environment)
    return pseudonyms_of(key, Path(environment.get(VARIABLE) or FILE))
