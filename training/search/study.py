"""The study: Optuna proposes values, folds judge them one after the other, and trials that fall behind are pruned.

The first trial is params.yaml as it is. Proposals are those of TPE with all parameters together (Bergstra et al., NIPS
2011). After each fold a trial is pruned where its mean is above the median of the others' means over the same folds
(the median stopping rule of Golovin et al., KDD 2017); Optuna's own pruner would take the easiest fold for a trial's
best moment. The journal of the study is a file: a search that was stopped goes on where it was, and several processes
share it.
"""

import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import NopPruner
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import MaxTrialsCallback, Study
from optuna.trial import FrozenTrial, Trial, TrialState

from data.logs import log
from training.search.folds import Bench
from training.search.space import Dimension
from training.search.trained import Trained

OpenStudy = Study
FOLDER: Final = Path("searches")
"""The journals, a file for each study; outside git."""
DONE: Final = (TrialState.COMPLETE, TrialState.PRUNED)
VALUES, FOLDS, SECONDS, WORKER = "values", "folds", "seconds", "worker"
"""Attributes of a trial: the values as tried, the log-loss of each fold, its time, and the process that ran it."""
STARTUP: Final = 8
"""Trials drawn at random before TPE has something to learn from; at most a third of all."""
UNPRUNED: Final = 4
"""Trials that ran so many folds before another may be pruned by them."""


@dataclass(frozen=True)
class Search:
    """What is searched: the folds that judge, where it starts, and the parameters that may change."""

    on: Bench
    start: Trained
    dimensions: tuple[Dimension, ...]

    @property
    def start_values(self) -> dict[str, Any]:
        """The values that stand in params.yaml."""
        return {each.path: self.start.value(each.path) for each in self.dimensions}


@dataclass(frozen=True)
class Ended:
    """A trial that ended: its values, the log-loss of each fold that it ran, and its time in seconds."""

    number: int
    values: Mapping[str, Any]
    folds: tuple[float, ...]
    pruned: bool
    seconds: float

    @property
    def mean(self) -> float:
        """The mean log-loss of the folds that it ran."""
        return float(np.mean(self.folds))


def open_study(name: str, trials: int, seed: int, folder: Path = FOLDER) -> Study:
    """Open the study of this name, or make it. Trials of processes that are gone are given up, and run again."""
    optuna.logging.set_verbosity(
        optuna.logging.ERROR
    )  # it warns of Ctrl-C with a traceback, and errors reach us anyhow
    folder.mkdir(parents=True, exist_ok=True)
    storage = JournalStorage(JournalFileBackend(str(folder / f"{name}.journal")))
    study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True)
    # A seed that goes on with the trials: with the same one, a search that goes on would draw its first values again.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # of multivariate, which has been there for years
        study.sampler = TPESampler(
            seed=seed + len(study.trials), n_startup_trials=min(STARTUP, max(1, trials // 3)), multivariate=True
        )
    study.pruner = NopPruner()
    _give_up(study)
    return study


def begin(study: Study, search: Search) -> None:
    """Queue the values of params.yaml as the first trial; again, where that was interrupted."""
    if all(each.state is TrialState.FAIL or _asked(each) != search.start_values for each in study.trials):
        study.enqueue_trial(search.start_values)


def run(study: Study, search: Search, trials: int, ended: Callable[[Ended], None]) -> None:
    """Run trials until ``trials`` have ended in all, those of earlier starts and of other processes included."""
    if len(study.get_trials(deepcopy=False, states=DONE)) >= trials:
        return

    def tell(_: Study, trial: FrozenTrial) -> None:
        if trial.state in DONE:
            found = _ended(trial)
            _log(study, found)
            ended(found)

    study.optimize(lambda trial: _objective(trial, search), callbacks=[tell, MaxTrialsCallback(trials, states=DONE)])


def all_ended(study: Study) -> list[Ended]:
    """List the trials that ended, in their order."""
    return [_ended(trial) for trial in study.get_trials(states=DONE)]


def best(found: list[Ended]) -> Ended:
    """The trial of least mean log-loss among those that ran all folds."""
    return ranked(found)[0]


def ranked(found: Iterable[Ended]) -> list[Ended]:
    """The trials that ran all folds, the least mean log-loss first."""
    return sorted((each for each in found if not each.pruned), key=lambda each: (each.mean, each.number))


def of_start(found: Iterable[Ended], search: Search) -> Ended:
    """The trial with the values of params.yaml."""
    return next(each for each in found if dict(each.values) == search.start_values)


def _objective(trial: Trial, search: Search) -> float:
    started = time.monotonic()
    start = search.start_values
    values = {each.path: _suggested(trial, each, start[each.path]) for each in search.dimensions}
    trial.set_user_attr(VALUES, values)
    trial.set_user_attr(WORKER, f"{socket.gethostname()}:{os.getpid()}")
    tried = search.start.with_values(values)
    losses: list[float] = []
    for number in range(len(search.on.splits)):
        losses.append(search.on.run(number, tried).mean)
        trial.set_user_attr(FOLDS, losses)
        trial.set_user_attr(SECONDS, time.monotonic() - started)
        trial.report(float(np.mean(losses)), number)
        # The last fold prunes nothing: all is paid. Nor is the start ever pruned: everything is compared with it.
        if values != start and number + 1 < len(search.on.splits) and falls_behind(losses, all_ended(trial.study)):
            raise optuna.TrialPruned
    return float(np.mean(losses))


def falls_behind(losses: Sequence[float], others: Iterable[Ended]) -> bool:
    """Whether the mean of a trial's folds so far lies above the median of the others' over the same folds."""
    count = len(losses)
    means = [float(np.mean(each.folds[:count])) for each in others if len(each.folds) >= count]
    return len(means) >= UNPRUNED and float(np.mean(losses)) > float(np.median(means))


def _asked(trial: FrozenTrial) -> Mapping[str, Any]:
    """The values of a trial, also of one that is still queued."""
    found: Mapping[str, Any] = trial.user_attrs.get(VALUES) or trial.system_attrs.get("fixed_params", {})
    return found


def _suggested(trial: Trial, each: Dimension, start: float) -> int | float:
    if each.whole:
        return trial.suggest_int(each.path, int(each.low), int(each.high), log=each.log)
    value = trial.suggest_float(each.path, each.low, each.high, log=each.log)
    return value if value == start else each.rounded(value)


def _ended(trial: FrozenTrial) -> Ended:
    attributes = trial.user_attrs
    folds = tuple(float(loss) for loss in attributes[FOLDS])
    pruned = trial.state is TrialState.PRUNED
    return Ended(trial.number, attributes[VALUES], folds, pruned, float(attributes[SECONDS]))


def _log(study: Study, found: Ended) -> None:
    top = best(all_ended(study))
    folds = f"{len(found.folds)} fold{'s' if len(found.folds) > 1 else ''}"
    about = f"pruned after {folds}" if found.pruned else f"log-loss {found.mean:.5f}"
    log.info("trial %d: %s, %.0f s; best: %.5f, trial %d", found.number, about, found.seconds, top.mean, top.number)


def _give_up(study: Study) -> None:
    """End the trials whose process is gone, and queue their values anew."""
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        host, _, process = str(trial.user_attrs.get(WORKER, "")).partition(":")
        if host == socket.gethostname() and not Path(f"/proc/{process}").exists():
            study.tell(trial.number, state=TrialState.FAIL)
            study.enqueue_trial(trial.params)
