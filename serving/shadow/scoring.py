"""Scores with the version in shadow, by the same state and the same steps as a worker, into a log of its own."""

from serving.model.holder import ChampionHolder
from serving.predictions.log import PredictionLog
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.ready_model import Prepared
from serving.shadow.handed import Handed
from serving.state.guarded_store import GuardedStore


class ShadowScoring:
    """Scores between `start` and `stop`.

    Parameters
    ----------
    holder
        Of the version in shadow.
    log
        That ``scoring`` writes to.
    advice
        What to do about a version that counts by features which the state does not have.
    """

    def __init__(
        self,
        holder: ChampionHolder[Prepared],
        store: GuardedStore,
        log: PredictionLog,
        scoring: LoggedScoring,
        advice: str,
    ) -> None:
        self._holder, self._store, self._log, self._scoring, self._advice = holder, store, log, scoring, advice

    @property
    def version(self) -> int | None:
        """The version that it scores with; None while it has none."""
        model = self._holder.model
        return None if model is None else model.pointer.version

    def refusal(self) -> str | None:
        """Why it can't score with the version that the pointer names; None while it can."""
        model, refused, trouble = self._holder.model, self._holder.refusal, self._store.trouble
        if refused is not None:
            return refused.why
        if model is not None and not model.prepared.fits(self._store.about):
            return f"the online state was built for other features; {self._advice}"
        return None if trouble is None else f"the online state can't be read: {trouble.detail}"

    def score(self, handed: Handed) -> bool:
        """Score what a worker handed over; False, and nothing is logged, where that can't be done.

        A champion would answer from priors then, which says nothing about the version.
        """
        if self._holder.model is None or self.refusal() is not None:
            return False
        self._scoring.score(handed.orders, handed.request_id, handed.now, handed.first)
        return True

    def start(self) -> None:
        """Open the state, load the version, and begin to write."""
        for part in (self._store, self._holder, self._log):
            part.start()

    def stop(self) -> None:
        """Write what waits, and close the state."""
        for end in (self._log.stop, self._holder.stop, self._store.close):
            end()
