"""The context of one transaction on the online state: its store, its counters and the time of the clock."""

from dataclasses import dataclass

from features.online_state import records
from features.online_state.basket import RowForm
from features.online_state.contents import StateContents
from features.online_state.counters.ledger import Ledger
from features.stores.store import Transaction


@dataclass(frozen=True)
class Retention:
    """How long facts are kept, in microseconds.

    ``remember``: a line is kept so long after its close, an event so long after its arrival. ``max_delay``: the
    longest time from the order of a line to its close.
    """

    remember: int
    max_delay: int


class Work:
    """One transaction: counters are changed in memory, and written by `finish`."""

    def __init__(self, store: Transaction, contents: StateContents, terms: Retention, now: int) -> None:
        self.store, self.terms, self.now = store, terms, now
        self.outcome, self.line_nodes = contents.recipe.outcome, contents.line_nodes
        self.outcome_columns = contents.outcome_columns
        self.row_form = RowForm.of(contents.recipe)
        self.ledger = Ledger(store, contents.layouts)
        self._latest = records.read_latest(store.get([records.LATEST])[0])

    def note(self, known_at: int) -> None:
        """Note the time of a fact; the latest such time shows how current the state is."""
        self._latest = known_at if self._latest is None else max(self._latest, known_at)

    def finish(self) -> None:
        """Write the counters that were changed, and the time of the latest fact."""
        self.ledger.write(self.store)
        if self._latest is not None:
            self.store.put(records.LATEST, records.write_latest(self._latest))
