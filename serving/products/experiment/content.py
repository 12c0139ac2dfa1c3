"""A read-out as its files have it: the summary, and the table of looks."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import pyarrow.parquet as pq
from pyarrow.lib import ArrowException
from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import UserError
from data.files import read_json
from data.logged.decisions import HOLDOUT, POLICY
from training.decisions.experiment_files.report import FILE, SCHEMA, Files

CHOSEN: Final = "chosen"
ALL: Final = "all"
ACTION: Final = "action:"
FIX: Final = "make it again: make experiment"


class _Part(BaseModel):
    """A part of the summary; what the page does not show is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Earned(_Part):
    """Money a month, in minor units, with its interval."""

    a_month_minor: float
    low_minor: float
    high_minor: float


class Ratio(_Part):
    """Units of two arms, and the second one's share of both as it was drawn; ``p``: of the check, over all looks."""

    units: int
    units_against: int
    drawn_share: float
    p: float
    mismatch: bool


class RatioOfAll(_Part):
    """Units of all arms, and the shares with which they were drawn."""

    units: Mapping[str, int]
    drawn_shares: Mapping[str, float]
    p: float
    mismatch: bool


class Figures(_Part):
    """A measure in both arms at the last look, and the difference with its interval."""

    figure: float
    figure_against: float
    difference: float
    low: float
    high: float


class Scope(_Part):
    """A scope at the last look. ``too_early``: the measures without a look."""

    level: float
    sample_ratio: Ratio
    earned_a_month: Earned | None
    smallest_found_minor: float | None
    profit_decided_at: datetime | None
    measures: Mapping[str, Figures]
    too_early: tuple[str, ...]


class Comparison(_Part):
    """What came out of an arm beside another one."""

    verdict: str
    scopes: Mapping[str, Scope]

    @property
    def chosen(self) -> Scope | None:
        """The scope by which to decide."""
        return self.scopes.get(CHOSEN)

    @property
    def earned(self) -> Earned | None:
        """What the arm earned; None before the first look."""
        return None if self.chosen is None else self.chosen.earned_a_month


class Exposure(_Part):
    """What was told to be shown, and what was."""

    acted: int
    shown_share: float | None
    accepted_share: float | None
    shown_in_holdout: int
    crossed: int


class Arm(Comparison):
    """An arm beside the policy, against the holdout and against the policy."""

    exposure: Exposure
    against_policy: Comparison | None


class Experiment(Comparison):
    """The policy of one name, with one set of shares."""

    policy_name: str
    holdout_share: float | None
    began_at: datetime
    days: float
    decisions: int
    visits: int
    units: int
    decisions_left_out: int
    exposure: Exposure
    sample_ratio: RatioOfAll | None
    arms: Mapping[str, Arm]

    @property
    def key(self) -> str:
        """What the page's address calls it by."""
        named = f"{self.policy_name}|{self.began_at.isoformat()}|{self.holdout_share}"
        return sha256(named.encode()).hexdigest()[:8]

    @property
    def actions(self) -> dict[str, Scope]:
        """The scopes of the actions, by their names."""
        return {name.removeprefix(ACTION): each for name, each in self.scopes.items() if name.startswith(ACTION)}


class Summary(_Part):
    """The summary of a read-out. ``as_of``: up to when outcomes were known; None without decisions.

    ``decisions_later``: those of after ``as_of``, which count in nothing.
    """

    as_of: datetime | None
    decisions_later: int = 0
    lines_twice: int
    costs_left_out: tuple[str, ...]
    planned_days: int
    first_look_visits: int
    repurchase_days: int
    experiments: tuple[Experiment, ...]


@dataclass(frozen=True)
class Look:
    """A measure at one moment: the difference of two arms with its interval. ``units`` (of both) had come by then."""

    at: datetime
    figure: float
    figure_against: float
    difference: float
    low: float
    high: float
    units: int


@dataclass(frozen=True)
class Course:
    """Which looks belong together: those of a measure, of two arms, in one scope."""

    policy_name: str
    holdout_share: float | None
    measure: str
    arm: str = POLICY
    against: str = HOLDOUT
    scope: str = CHOSEN


@dataclass(frozen=True)
class ReadOut:
    """A read-out, with all of its looks by time."""

    summary: Summary
    _looks: Mapping[Course, list[Look]] = field(repr=False)

    def looks(self, course: Course) -> list[Look]:
        """Give the looks of ``course``, by time."""
        return self._looks.get(course, [])


def read(files: Files) -> ReadOut:
    """Read a read-out.

    Raises
    ------
    UserError
        A file is missing or broken, or of another version.
    """
    try:
        summary = Summary.model_validate(read_json(files.summary, fix=FIX))
        table = pq.read_table(files.folder / FILE)
    except ValidationError as error:
        wrong = error.errors()[0]
        found = f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
        raise UserError(expected=f"a read-out of this version in {files.summary}", found=found, fix=FIX) from None
    except (ArrowException, OSError) as error:
        raise UserError(
            expected=f"the looks of a read-out in {files.folder / FILE}", found=type(error).__name__, fix=FIX
        ) from None
    if not table.schema.equals(SCHEMA):
        raise UserError(
            expected=f"the columns of this version in {files.folder / FILE}", found="other columns", fix=FIX
        )
    return ReadOut(summary, _by_course(table.to_pylist()))


def _by_course(rows: list[dict[str, Any]]) -> dict[Course, list[Look]]:
    found: dict[Course, list[Look]] = defaultdict(list)
    names = ("at", "figure", "figure_against", "difference", "low", "high", "units")
    for row in sorted(rows, key=lambda row: row["at"]):
        of = Course(row["policy_name"], row["holdout_share"], row["measure"], row["arm"], row["against"], row["scope"])
        found[of].append(Look(*(row[name] for name in names)))
    return dict(found)
