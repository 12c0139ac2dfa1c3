"""Reads the keys and labels of requests as ingest read those of the tables from which the served state was built."""

from data.identity import IdKey
from data.reading.reading import PLAIN, Reading
from serving.state.guarded_store import GuardedStore
from serving.state.home import reading_of


class StateIntake:
    """`serving.ports.Intake` by the served state; while no state was read yet, keys and labels count as given.

    Customers' keys are hashed, unless the state's ids are not: those of a simulated shop.
    """

    def __init__(self, store: GuardedStore, key: IdKey) -> None:
        self._store, self._key = store, key
        self._known_from, self._known = store.about, PLAIN if store.about is None else reading_of(store.about)

    def customer(self, key: str, /) -> str | None:
        """Give the id that the tables hold for the customer with the shop's ``key``; None for a guest."""
        form = self._reading().customer(key)
        return form if form is None or self._clear() else self._key.hash(form)

    def label(self, column: str, label: str | None, /) -> str | None:
        """Give the label of ``column`` that the tables hold for the shop's own label; None where it is missing."""
        return self._reading().label(column, label)

    def pseudonym(self, customer_id: str, /) -> str:
        """Give the keyed hash of an id that `customer` gave, for the prediction log."""
        return self._key.hash(customer_id) if self._clear() else customer_id

    def _clear(self) -> bool:
        about = self._store.about
        return about is not None and about.id_key is None

    def _reading(self) -> Reading:
        about = self._store.about
        if about is not self._known_from:
            self._known = PLAIN if about is None else reading_of(about)
            self._known_from = about
        return self._known
