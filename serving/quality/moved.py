"""What moved the scores of the alarms that go on, from the features that the prediction log keeps, if it does.

It is found in the process of the look, by the function that `make nowcast` uses. Its cost has a bound: `MOST_ALARMS`,
and a sample of the lines of each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pandas as pd

from data.logged.predictions import PREDICTIONS
from serving.model.folder import Pointer
from serving.quality.found import Alarm, Moved, Quality
from serving.settings import Settings, variable
from training.model.bundle import Bundle
from training.monitoring import moved, wording

MOST_ALARMS: Final = 10
"""That are explained, those that cost most."""
KEY: Final = ("request_id", "basket", "line")
UNEXPLAINED: Final = "make nowcast says which features moved the scores of the lines in the tables."
NOT_KEPT: Final = (
    "Which features moved these scores, the prediction log does not tell: it has the features of too few of their"
    f" lines ({variable('prediction_log_features')}=true keeps them from now on). {UNEXPLAINED}"
)


def with_moved(found: Quality, scored: pd.DataFrame, settings: Settings) -> Quality:
    """Explain the alarms that go on, by the served model.

    Parameters
    ----------
    found
        What a look found.
    scored
        The lines that it watched, as `serving.quality.lines.logged_lines` gives them.

    Raises
    ------
    UserError
        A file of the log is damaged, or the bundle can't be read.
    """
    costly = sorted(found.open_alarms, key=lambda each: (-abs(each.cost_minor_a_month), each.id))[:MOST_ALARMS]
    explained = dict(zip((each.id for each in costly), _explain(costly, scored, settings), strict=True))
    return found.model_copy(
        update={"alarms": tuple(_with_words(each, explained) if each.open else each for each in found.alarms)}
    )


def _with_words(alarm: Alarm, explained: Mapping[str, Sequence[moved.Moved] | None]) -> Alarm:
    own = explained.get(alarm.id)
    if own is None:
        said = NOT_KEPT if alarm.id in explained else UNEXPLAINED
        return alarm.model_copy(update={"text": f"{alarm.text} {said}"})
    named = tuple(Moved(**asdict(each)) for each in own)
    return alarm.model_copy(update={"moved": named, "text": f"{alarm.text} {wording.moved(own)}"})


def _explain(
    alarms: Sequence[Alarm], scored: pd.DataFrame, settings: Settings
) -> Sequence[tuple[moved.Moved, ...] | None]:
    pointer = Pointer.read(settings.model_dir)
    if pointer is None or not alarms:
        return [None for _ in alarms]
    bundle = Bundle.load(settings.model_dir / pointer.folder)
    asked = pd.DataFrame(
        {
            "kind": [each.kind for each in alarms],
            "slice": [each.slice for each in alarms],
            "since": [each.since.replace(tzinfo=None) for each in alarms],
            "told_at": [each.last_told_at.replace(tzinfo=None) for each in alarms],
        }
    )
    return moved.explain(
        asked,
        scored,
        bundle,
        lambda ids: logged_features(settings.prediction_log, scored[scored["line_id"].isin(ids)], bundle),
    )


def logged_features(log: Path, lines: pd.DataFrame, bundle: Bundle) -> pd.DataFrame:
    """Read ``line_id`` and the features of the score of those of ``lines`` whose features the log has.

    A version that reads other features scored some of them, maybe: these are left out where one of the bundle's lacks.
    """
    wanted = {tuple(key): line_id for *key, line_id in lines[[*KEY, "line_id"]].itertuples(index=False)}
    rows = list(_rows(log, wanted, bundle.score_features))
    frame = pd.DataFrame(rows, columns=["line_id", *bundle.score_features])
    return frame.astype(dict.fromkeys(bundle.score_features, "float64"))


def _rows(
    log: Path, wanted: Mapping[tuple[object, ...], str], names: Sequence[str]
) -> Iterator[tuple[str | float | None, ...]]:
    for score in PREDICTIONS.read(log):
        line_id, features = wanted.get(tuple(score[name] for name in KEY)), score.get("features")
        if line_id is not None and features is not None and all(name in features for name in names):
            yield line_id, *(features[name] for name in names)
