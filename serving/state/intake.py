"""Reads the keys and labels of requests as ingest read those of the tables from which the served state was built."""

import secrets
from typing import Final

from data.identity import IdKey
from data.logs import log
from data.pseudonyms.customer_keys import CustomerKeys, CustomerKeysError
from data.pseudonyms.pseudonyms import KeyedHashes
from data.reading.reading import PLAIN, Reading
from features.online_state.events import NOBODY
from serving.scores import Degraded
from serving.state.guarded_store import GuardedStore
from serving.state.home import reading_of

UNKNOWN_BYTES: Final = 16


class StateIntake:
    """`serving.ports.Intake` by the served state; while no state was read yet, keys and labels count as given.

    Customers get their pseudonyms, unless the state's ids are none: those of a simulated shop.

    Parameters
    ----------
    key
        Of the shop; it hashes the ids of a simulated shop for the logs.
    pseudonyms
        Of the shop; None: the hashes of ``key``.
    """

    def __init__(self, store: GuardedStore, key: IdKey, pseudonyms: KeyedHashes | CustomerKeys | None = None) -> None:
        self._store, self._key, self._pseudonyms = store, key, pseudonyms or KeyedHashes(key)
        self._known_from, self._known = store.about, PLAIN if store.about is None else reading_of(store.about)
        self.trouble: Degraded | None = None

    @property
    def keys(self) -> CustomerKeys | None:
        """The customers' secrets; None where pseudonyms are hashes, or the state has none."""
        return self._pseudonyms if isinstance(self._pseudonyms, CustomerKeys) and not self._clear() else None

    def form(self, key: str) -> str | None:
        """Give the normal text of a customer's key, by which pseudonyms are made; None for a guest."""
        return self._reading().customer(key)

    def customer(self, key: str, /) -> str | None:
        """Give the id that the tables hold for the customer with the shop's ``key``; None for a guest.

        One who has no pseudonym yet gets a random one that is kept nowhere: that of a customer without a history. Where
        the secrets can't be read, the customer counts as a guest, and `trouble` says so.
        """
        form = self.form(key)
        if form is None or self._clear():
            return form
        try:
            (found,) = self._pseudonyms.find([form])
            if found is None and self.keys is not None and not self.keys.opted_out(form):
                found = secrets.token_hex(UNKNOWN_BYTES)
        except CustomerKeysError as error:
            self._failed(error)
            return None
        self.trouble = None
        return found

    def lasting(self, *, always: bool = False) -> "LastingIntake":
        """Give an intake that makes the pseudonyms that are missing."""
        return LastingIntake(self, always=always)

    def holder(self, key: str, /) -> str | None:
        """Give the id of a customer of whom something is said: a new one's lasts. None for guests."""
        return self.lasting().holder(key)

    def to_erase(self, key: str, /) -> str | None:
        """Give the id of a customer who is to be erased; `NOBODY` for one who is not known, None for guests."""
        form, keys = self.form(key), self.keys
        if form is None or keys is None:
            return self.customer(key)
        return keys.own(form) or NOBODY

    def opt_out(self, key: str, out: bool) -> bool | None:  # noqa: FBT001 - `serving.ports.Ports.opt_out`
        """Note whether a customer is scored as a guest; None for a guest, false where customers have no secrets."""
        form, keys = self.form(key), self.keys
        if form is None or keys is None:
            return None if form is None else False
        keys.opt_out(form, out=out)
        return True

    def made(self, form: str, *, always: bool) -> str | None:
        """Give the pseudonym of a customer, a new one where there is none; None for one who opted out.

        ``always``: also None where it can't be made, as `trouble` then says.
        """
        if self._clear():
            return form
        try:
            (found,) = self._pseudonyms.make([form])
        except CustomerKeysError as error:
            if not always:
                raise
            self._failed(error)
            return None
        self.trouble = None
        return found

    def label(self, column: str, label: str | None, /) -> str | None:
        """Give the label of ``column`` that the tables hold for the shop's own label; None where it is missing."""
        return self._reading().label(column, label)

    def pseudonym(self, customer_id: str, /) -> str:
        """Give the pseudonym of an id that `customer` gave, for the logs."""
        return self._key.hash(customer_id) if self._clear() else customer_id

    def _failed(self, error: CustomerKeysError) -> None:
        if self.trouble is None:
            log.error("customers can't be looked up, and count as guests: %s", error.found)
        self.trouble = Degraded("customer_keys", f"customers can't be looked up, and count as guests: {error.found}")

    def _clear(self) -> bool:
        about = self._store.about
        return about is not None and about.id_key is None

    def _reading(self) -> Reading:
        about = self._store.about
        if about is not self._known_from:
            self._known = PLAIN if about is None else reading_of(about)
            self._known_from = about
        return self._known


class LastingIntake:
    """The `serving.ports.Intake` of what is kept: a customer who is not known gets a secret, which is on disk first.

    Parameters
    ----------
    always
        Whether a customer whose secret can't be read or made counts as a guest; else that is a `CustomerKeysError`.
    """

    def __init__(self, intake: StateIntake, *, always: bool) -> None:
        self._intake, self._always = intake, always

    def customer(self, key: str, /) -> str | None:
        """Give the id of the customer; None for a guest, and for one who opted out."""
        form = self._intake.form(key)
        return None if form is None else self._intake.made(form, always=self._always)

    def lasting(self, *, always: bool = False) -> "LastingIntake":
        """Give such an intake."""
        return LastingIntake(self._intake, always=always)

    def holder(self, key: str, /) -> str | None:
        """Give the id of the customer; `NOBODY` for one who opted out, None for a guest."""
        return None if self._intake.form(key) is None else self.customer(key) or NOBODY

    def to_erase(self, key: str, /) -> str | None:
        """Give the id of a customer who is to be erased, and make none."""
        return self._intake.to_erase(key)

    def label(self, column: str, label: str | None, /) -> str | None:
        """Give the label as `StateIntake.label`."""
        return self._intake.label(column, label)
