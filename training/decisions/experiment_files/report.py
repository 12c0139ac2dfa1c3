"""The read-out on disk: a summary for people and programs, and a table of all looks with its dictionary."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from data.files import whole_file, write_json, write_pieces
from data.logged.decisions import HOLDOUT, POLICY
from data.schema import TIME
from data.times import MICROSECONDS_PER_DAY, iso, table_time
from data.writing.csv_text import for_people
from training.decisions.experiment.looks import Look
from training.decisions.experiment.measures import MEASURES
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.readout import Experiment, Scope

FILE: Final = "looks.parquet"
DICTIONARY: Final = "dictionary.csv"
NONE_YET: Final = "no decisions yet"
ALL_LATER: Final = "no decision of before the end of the tables"


@dataclass(frozen=True)
class Files:
    """Where a read-out lies: its ``summary``, and the ``folder`` of the table of looks and its dictionary."""

    summary: Path
    folder: Path

    def under(self, folder: Path) -> "Files":
        """Give the same places in the project in ``folder``."""
        return Files(folder / self.summary, folder / self.folder)


OF_COMMAND: Final = Files(Path("reports/experiment.json"), Path("reports/experiment"))
"""The read-out of the log as it is now, which `make experiment` writes."""
OF_STAGE: Final = Files(Path("reports/readout/experiment.json"), Path("reports/readout"))
"""The read-out of the log that goes with the data, which the stage experiment writes."""


@dataclass(frozen=True)
class LookColumn:
    """One column of the table of looks."""

    name: str
    dtype: pa.DataType
    meaning: str
    unit: str = ""


_TEXT, _NUMBER, _WHOLE = pa.string(), pa.float64(), pa.int64()
_MEASURES = ", ".join(each.name for each in MEASURES)
COLUMNS: Final = (
    LookColumn("policy_name", _TEXT, "name of the policy"),
    LookColumn("holdout_share", _NUMBER, "share of units that were drawn into the holdout", "share"),
    LookColumn("arm", _TEXT, "arm that is compared with another: policy, exploration or a challenger"),
    LookColumn("against", _TEXT, "arm that it is compared with: holdout; for exploration and challengers policy, too"),
    LookColumn("scope", _TEXT, "all units, those with a choice (chosen), or those whose first choice was an action"),
    LookColumn("measure", _TEXT, f"the outcome: {_MEASURES}"),
    LookColumn("at", TIME, "the moment of the look: what was known by then counts", "UTC"),
    LookColumn(
        "figure", _NUMBER, "the measure in ``arm``, adjusted for what was known before the draw", "of the measure"
    ),
    LookColumn(
        "figure_against",
        _NUMBER,
        "the measure in ``against``, adjusted for what was known before the draw",
        "of the measure",
    ),
    LookColumn("difference", _NUMBER, "figure minus figure_against", "of the measure"),
    LookColumn("low", _NUMBER, "lower end of its interval, which holds at all looks together", "of the measure"),
    LookColumn("high", _NUMBER, "upper end of its interval", "of the measure"),
    LookColumn("level", _NUMBER, "level of the interval", "share"),
    LookColumn("units", _WHOLE, "units that had come by then", "units"),
    LookColumn("clock", _NUMBER, "how much of the measure was known by then", "visits, orders or customers"),
    LookColumn(
        "adjustment_gain", _NUMBER, "share of the variance that what was known before the draw takes away", "share"
    ),
    LookColumn("dependence", _NUMBER, "covariance with the look before over its variance; from 1 on the level is safe"),
)
KEY: Final = ("policy_name", "holdout_share", "arm", "against", "scope", "measure", "at")
FIGURES: Final = ("figure", "figure_against", "difference", "low", "high")
"""The figures of a look."""
SCHEMA: Final = pa.schema([pa.field(each.name, each.dtype, nullable=each.name not in KEY) for each in COLUMNS])


def write(
    experiments: Sequence[Experiment],
    as_of: int | None,
    twice: int,
    costs_left_out: Sequence[str],
    params: ExperimentParams,
    files: Files,
    later: int = 0,
) -> None:
    """Write summary, table and dictionary; without experiments, they say so.

    ``as_of``: up to when outcomes were known, microseconds since 1970; None without decisions. ``twice``: lines of the
    log left out since they were there already. ``costs_left_out``: actions of which not all costs are in the profit.
    ``later``: decisions that were made after ``as_of``, and count in nothing.
    """
    rows = [row for each in experiments for row in _rows(each)]
    with whole_file(files.folder / FILE) as unfinished:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), unfinished, compression="zstd")
    dictionary = [(each.name, str(each.dtype), each.unit, each.meaning) for each in COLUMNS]
    write_pieces(for_people(("column", "dtype", "unit", "meaning"), [dictionary]), files.folder / DICTIONARY)
    write_json(
        {
            "state": state(experiments, later),
            "as_of": None if as_of is None else iso(as_of),
            "decisions_later": later,
            "lines_twice": twice,
            "costs_left_out": list(costs_left_out),
            "planned_days": params.planned_days,
            "first_look_visits": params.first_look_visits,
            "repurchase_days": params.repurchase_days,
            "experiments": [_summary(each) for each in experiments],
        },
        files.summary,
    )


def state(experiments: Sequence[Experiment], later: int) -> str:
    """Say in words what there is."""
    return "read out" if experiments else ALL_LATER if later else NONE_YET


def _rows(experiment: Experiment) -> list[dict[str, Any]]:
    return [
        {
            "policy_name": experiment.policy_name,
            "holdout_share": experiment.holdout_share,
            "arm": arm,
            "against": against,
            "scope": name,
            "measure": look.measure,
            "at": table_time(_moment(experiment, look.day)),
            **{each: getattr(look, each) for each in (*FIGURES, "units")},
            "level": 1 - scope.alpha,
            "clock": look.clock,
            "adjustment_gain": _gain(look),
            "dependence": look.dependence,
        }
        for arm, against, scopes in _comparisons(experiment)
        for name, scope in scopes.items()
        for looks in scope.looks.values()
        for look in looks
    ]


def _comparisons(experiment: Experiment) -> Iterator[tuple[str, str, Mapping[str, Scope]]]:
    """Each arm with the one that it is compared with, and the scopes of that."""
    yield POLICY, HOLDOUT, experiment.scopes
    for arm, result in experiment.arms.items():
        yield arm, HOLDOUT, result.scopes
        if result.against_policy is not None:
            yield arm, POLICY, result.against_policy.scopes


def _gain(look: Look) -> float | None:
    return 1 - look.variance / look.plain_variance if look.plain_variance > 0 else None


def _moment(experiment: Experiment, day: float) -> int:
    return experiment.began_at + round(day * MICROSECONDS_PER_DAY)


def _summary(experiment: Experiment) -> dict[str, Any]:
    ratio = experiment.sample_ratio
    return {
        "policy_name": experiment.policy_name,
        "policies": list(experiment.policies),
        "holdout_share": experiment.holdout_share,
        "began_at": iso(experiment.began_at),
        "days": experiment.days,
        "decisions": experiment.decisions,
        "visits": experiment.visits,
        "units": experiment.units,
        "decisions_left_out": experiment.left_out,
        "verdict": experiment.verdict.value,
        "exposure": asdict(experiment.exposure),
        "sample_ratio": None if ratio is None else {**asdict(ratio), "mismatch": ratio.mismatch},
        "scopes": {name: _scope(experiment, scope) for name, scope in experiment.scopes.items()},
        "arms": {
            arm: {
                "verdict": result.verdict.value,
                "exposure": asdict(result.exposure),
                "scopes": {name: _scope(experiment, scope) for name, scope in result.scopes.items()},
                "against_policy": None
                if (directly := result.against_policy) is None
                else {
                    "verdict": directly.verdict.value,
                    "scopes": {name: _scope(experiment, scope) for name, scope in directly.scopes.items()},
                },
            }
            for arm, result in experiment.arms.items()
        },
    }


def _scope(experiment: Experiment, scope: Scope) -> Mapping[str, Any]:
    decided = None if scope.decided_on is None else iso(_moment(experiment, scope.decided_on))
    last = {name: looks[-1] for name, looks in scope.looks.items() if looks}
    return {
        "level": 1 - scope.alpha,
        "sample_ratio": {**asdict(scope.sample_ratio), "mismatch": scope.sample_ratio.mismatch},
        "earned_a_month": None if scope.earned is None else asdict(scope.earned),
        "smallest_found_minor": scope.smallest_found_minor,
        "profit_decided_at": decided,
        "measures": {name: {each: getattr(look, each) for each in FIGURES} for name, look in last.items()},
        "too_early": sorted(name for name, looks in scope.looks.items() if not looks),
    }
