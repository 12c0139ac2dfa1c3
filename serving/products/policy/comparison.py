"""Scenarios side by side, on the page and as CSV."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from data.writing.csv_text import for_people
from serving.products.policy.scenario import Change, Scenario
from serving.products.policy.scenarios import Saved
from training.decisions.replay.summary import OfAction, Replay
from training.decisions.replay.value import Money

MOST: Final = 4
"""Scenarios side by side: more do not fit on a page."""
COLUMNS: Final = (
    "scenario", "saved_by", "saved_at", "digest", "action", "baskets_a_month", "share_of_baskets", "profit_minor",
    "profit_low_minor", "profit_high_minor", "profit_by_outcomes_minor", "difference_minor", "difference_low_minor",
    "difference_high_minor", "returns_avoided",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One scenario: under which name it was saved (None: never), its replay (None: not done yet), and its changes."""

    scenario: Scenario
    saved: Saved | None
    found: Replay | None
    trouble: str
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
        """The names of the scenario, else that of its policy."""
        return self.saved.names if self.saved is not None else self.scenario.policy.name

    def action(self, name: str) -> OfAction | None:
        """What the replay found of an action; None where the scenario lacks it."""
        if self.found is None:
            return None
        return next((each for each in self.found.scenario.actions if each.name == name), None)

    def change(self, place: str) -> Change | None:
        """What the scenario has other than the running policy at a place."""
        return next((each for each in self.changes if each.place == place), None)


def action_names(columns: Sequence[Column]) -> list[str]:
    """Name all actions of the scenarios, in their order."""
    return list(dict.fromkeys(action.name for column in columns for action in column.scenario.policy.actions))


def places(columns: Sequence[Column]) -> dict[str, str]:
    """Give each place at which a scenario differs from the running policy, with the value there."""
    return {change.place: change.before for column in columns for change in column.changes}


def csv(columns: Sequence[Column], currency: str) -> Iterator[bytes]:
    """Write the comparison: for each scenario one row for all actions, and one for each."""
    yield from for_people(COLUMNS, [[row for column in columns for row in _rows(column)]], currency)


def _rows(column: Column) -> Iterator[tuple[Any, ...]]:
    saved = column.saved
    who, at = ("", None) if saved is None else (saved.who, saved.at)
    about = (column.name, who, at, column.scenario.digest)
    found = column.found
    if found is None:
        yield *about, "", *[None] * (len(COLUMNS) - len(about) - 1)
        return
    whole = found.scenario
    avoided = sum(action.returns_avoided for action in whole.actions)
    share = whole.acted / found.baskets if found.baskets else None
    ends = _ends(found.difference)
    yield *about, "", whole.acted, share, *_ends(whole.money), whole.by_outcomes.expected, *ends, avoided
    for action in whole.actions:
        figures = (action.baskets, action.share, *_ends(action.money), action.by_outcomes.expected)
        yield *about, action.name, *figures, None, None, None, action.returns_avoided


def _ends(money: Money) -> tuple[float, float, float]:
    return money.expected, money.low, money.high
