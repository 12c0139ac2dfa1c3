"""Runs a retraining: the lock, the time limit, the steps, and the record of it all."""

import os
import time
from collections.abc import Callable, Iterator, Sequence

from data.errors import UserError
from data.logs import log
from data.times import utc_now
from features.online_state.contents import StateContents, is_read_from
from features.recipe import Recipe
from serving.model.folder import Pointer
from serving.retrain import lock, record, steps
from serving.retrain.record import Outcome, Record
from serving.retrain.steps import Step, StepFailedError
from serving.settings import Settings
from training.model.bundle import Bundle

HOUR = 3600.0


def retrain(settings: Settings, why: Sequence[str], hours: float, chosen: Callable[[], Iterator[Step]]) -> Record:
    """Run the steps that ``chosen`` yields, each once the one before has ended, for so many ``hours`` at most.

    Raises
    ------
    UserError
        Another retraining runs, a step failed, or the time was over: the message says what is as it was.
    KeyboardInterrupt, SystemExit
        It was interrupted; the record says so.
    """
    with lock.held():
        begun = Record(process=os.getpid(), why=tuple(why), started_at=utc_now(), version_before=_version(settings))
        record.write(begun)
        done = begun
        try:
            for step in chosen():
                done = done.model_copy(update={"steps": (*done.steps, steps.run_step(step, _until(begun, hours)))})
                record.write(done)
        except StepFailedError as error:
            outcome = Outcome.TIMED_OUT if error.timed_out else Outcome.FAILED
            done = done.model_copy(update={"steps": (*done.steps, error.record)})
            _close(settings, done, outcome, f"{error}; {error.step.left}")
            raise UserError(
                expected=f"the step {error.step.name} of the retraining to end well, all of it within {hours:g} hours",
                found=f"{error}; {error.step.left}",
                fix="see the messages of the step; then run the same command again",
            ) from None
        except BaseException:
            _close(settings, done, Outcome.INTERRUPTED, "it was interrupted; the same command runs it again")
            raise
        return _close(settings, done, Outcome.DONE, None)


def all_steps(settings: Settings, why: Sequence[str], *, to_shadow: bool) -> Iterator[Step]:
    """Give the steps; whether the new version goes into shadow is known once it is there."""
    yield from (steps.TABLES, steps.PIPELINE, steps.GATE)
    yield steps.into_shadow(_sentence(why)) if to_shadow and fits_served_state(settings) else steps.CHALLENGE
    yield from (steps.STATE, steps.LEVEL, steps.SUMMARY)


def fits_served_state(settings: Settings) -> bool:
    """Whether the version of the last run counts by the features of the served one, and so by those of the state.

    If not, no state has what it counts by while the champion is served: it can't score in shadow.
    """
    pointer = Pointer.read(settings.model_dir)
    if pointer is None:
        return False
    served, new = (
        StateContents(Recipe.from_json(bundle.recipe)).digest
        for bundle in (Bundle.load(settings.model_dir / pointer.folder), Bundle.load())
    )
    if is_read_from(new, served):
        return True
    log.warning("the new version counts by other features than the served state has: it is compared on the test lines")
    return False


def _sentence(why: Sequence[str]) -> str:
    return "; ".join(why)[:900]


def _until(begun: Record, hours: float) -> float:
    """The end of the time, by the monotonic clock."""
    return time.monotonic() + hours * HOUR - (utc_now() - begun.started_at).total_seconds()


def _close(settings: Settings, done: Record, outcome: Outcome, said: str | None) -> Record:
    closed = done.model_copy(
        update={"ended_at": utc_now(), "outcome": outcome, "said": said, "version_after": _version(settings)}
    )
    record.close(closed)
    return closed


def _version(settings: Settings) -> int | None:
    """The version that the service serves; None where none is known."""
    try:
        pointer = Pointer.read(settings.model_dir)
    except UserError:
        return None
    return None if pointer is None else pointer.version
