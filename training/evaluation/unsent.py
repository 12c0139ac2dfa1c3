"""How the scores hold where requests lack fields: the test lines once more, without each field and without several."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from data.progress.steps import counted
from data.truth import TRUTH_FILE, read_truth
from features.language.request_field import ALL_SENT, unsent_cases
from features.recipe import Recipe
from training.evaluation import metrics
from training.evaluation.coverage import Coverage, coverage
from training.evaluation.undefined import Attempts
from training.model.bundle import Bundle
from training.model.cases import Cases
from training.model.level.days import NO_LEVELS, DailyLevels
from training.model.split import Split
from training.model.unsent import widening


@dataclass(frozen=True)
class UnsentCase:
    """The metrics of test lines in one case of unsent fields; None where a metric has no value.

    ``shift``: their mean probability minus that of the same lines with all fields. ``interval``: how often the truth
    lies within the intervals, which are wider without fields; None for a real shop.
    """

    name: str
    lines: int
    log_loss: float | None
    roc_auc: float | None
    ece: float
    mean_probability: float
    shift: float
    interval: Coverage | None = None


@dataclass(frozen=True)
class Unsent:
    """All cases, that with all fields first; ``max_shift`` is the largest absolute shift among single fields."""

    cases: tuple[UnsentCase, ...]
    max_shift: float


def measure_unsent(
    cases: Path,
    split: Split,
    bundle: Bundle,
    bins: int,
    attempts: Attempts,
    truth_file: Path = TRUTH_FILE,
    levels: DailyLevels = NO_LEVELS,
) -> Unsent | None:
    """Score the test lines of ``cases`` in each case; None where none of them is a test line.

    Parameters
    ----------
    cases
        The file `features.catalog.CASES_FILE`.
    bins
        Bins of equal mass for the calibration error.
    truth_file
        The truth of a simulated shop; absent for a real one.
    levels
        The levels of the days of the lines.
    """
    read = Cases(cases, bundle.score_features, split.test)
    if not read.names:
        return None
    tested = read.lines()
    tested = tested.assign(shift=levels.shifts(tested["ordered_at"]))
    found = list(_measured(read, bundle, tested, bins, attempts, truth_file))
    fields = {field.name for field in Recipe.from_json(bundle.recipe).request_fields()}
    return Unsent(tuple(found), max((abs(case.shift) for case in found if case.name in fields), default=0.0))


def _measured(
    cases: Cases, bundle: Bundle, tested: pd.DataFrame, bins: int, attempts: Attempts, truth_file: Path
) -> Iterator[UnsentCase]:
    whole, y, shift = 0.0, tested["label"].to_numpy(dtype=np.float64), tested["shift"].to_numpy(dtype=np.float64)
    lacking = unsent_cases(Recipe.from_json(bundle.recipe).request_fields())
    truth = None if bundle.level is None else read_truth(pa.array(tested["line_id"], pa.string()), truth_file)
    for name in counted(cases.names, "requests without some fields", "cases"):
        scores = bundle.score_rows(
            cases.rows(name), unsent=widening(bundle.unsent or {}, lacking.get(name, ())), shift=shift
        )
        p = scores.probability
        whole = float(p.mean()) if name == ALL_SENT else whole
        yield UnsentCase(
            name=name,
            lines=len(y),
            log_loss=attempts.value(f"unsent.{name}.log_loss", metrics.log_loss, y, p),
            roc_auc=attempts.value(f"unsent.{name}.roc_auc", metrics.roc_auc, y, p),
            ece=metrics.ece(y, p, bins),
            mean_probability=float(p.mean()),
            shift=float(p.mean()) - whole,
            interval=None if truth is None else coverage(scores.low, scores.high, truth),
        )
