"""The history of an alias: for each change who made it, when, from which version, to which, and why.

Each change is one tag of the registered model, under a key that is never written twice. So MLflow itself keeps the
history, and everyone who shares a server reads the same one.
"""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from uuid import uuid4

from data.errors import UserError
from data.times import utc_now

PREFIX = "alias_change."
WIDTH = 120
"""Columns of the history as text."""
LONGEST_REASON = 1000
"""Characters. The whole record then stays below 5000, which is the limit of MLflow's databases for a tag's value."""


class Cause(StrEnum):
    """The cause of a change of the alias."""

    FIRST = "first"
    COMPARED = "compared"
    BY_HAND = "by hand"
    ROLLED_BACK = "rolled back"
    PROVEN = "proven in shadow"
    FORMER = "former champion"
    RETRAINED = "retrained"
    ENDED = "ended"


class ShadowRole(StrEnum):
    """What the version with the alias of the challenger is in shadow for."""

    CHALLENGER = "challenger"
    FORMER = "former champion"


@dataclass(frozen=True)
class AliasChange:
    """One change of an alias; versions are numbers of the registry.

    ``previous`` is None where there was no holder, ``version`` where there is none any more.
    """

    sequence: int
    alias: str
    at: str  # UTC, ISO 8601
    by: str
    cause: Cause
    previous: int | None
    version: int | None
    why: str

    def tag(self) -> tuple[str, str]:
        """Key and value of the tag in MLflow; the random end of the key separates two writers at the same time."""
        value = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return f"{PREFIX}{self.sequence:06d}.{uuid4().hex[:8]}", value


def next_change(
    history: Sequence[AliasChange],
    *,
    alias: str,
    by: str,
    cause: Cause,
    previous: int | None,
    version: int | None,
    why: str,
) -> AliasChange:
    """Make the change that follows ``history``, with the present time.

    Raises
    ------
    UserError
        The reason is empty, or longer than `LONGEST_REASON`.
    """
    reason = " ".join(why.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise UserError(
            expected=f"a reason of 1 to {LONGEST_REASON} characters, for those who read the history later",
            found=f"{len(reason)} characters",
            fix='give the reason in a sentence: --why "returns of shoes were scored too low since Monday"',
        )
    sequence = max((change.sequence for change in history), default=0) + 1
    now = utc_now().isoformat(timespec="seconds")
    return AliasChange(sequence, alias, now, by, cause, previous, version, reason)


def changes(tags: Mapping[str, str], alias: str) -> list[AliasChange]:
    """Read the changes of ``alias`` from the tags of a registered model, oldest first.

    Raises
    ------
    UserError
        A tag of the history was edited.
    """
    recorded = [_read(key, value) for key, value in sorted(tags.items()) if key.startswith(PREFIX)]
    return [change for change in recorded if change.alias == alias]


def holders(history: Iterable[AliasChange], holder: int | None) -> list[int]:
    """List the versions that rollbacks go back through, oldest first; the last one is ``holder``.

    A rollback removes the version that it left, so a second rollback goes further back and does not return to it.
    ``holder`` is the version that holds the alias now: MLflow's own UI moves the alias without a record.
    """
    stack: list[int] = []
    for change in history:
        _align(stack, change.previous)
        if change.cause is Cause.ROLLED_BACK:
            _align(stack, change.version)
        elif change.version is not None:
            stack.append(change.version)
    _align(stack, holder)
    return stack


def withdrawn(history: Sequence[AliasChange], version: int) -> AliasChange | None:
    """Find the last rollback that took the alias from ``version``; None where the alias came back since."""
    for change in reversed(history):
        if change.version == version:
            return None
        if change.cause is Cause.ROLLED_BACK and change.previous == version:
            return change
    return None


def table(history: Sequence[AliasChange]) -> str:
    """Lay out the history as text of `WIDTH` columns, a line a change, oldest first; long reasons stand below."""
    rows = [("when (UTC)", "from", "to", "cause", "who", "why")]
    rows += [
        (change.at, _name(change.previous), _name(change.version), change.cause, change.by, change.why)
        for change in history
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)) for row in rows]
    short = [line if len(line) <= WIDTH else _in_two(line, row[-1]) for line, row in zip(lines, rows, strict=True)]
    return "\n".join(line.rstrip() for line in short)


def _in_two(line: str, why: str) -> str:
    """Put a reason that is too long for the line below it."""
    below = textwrap.fill(why, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    return f"{line.removesuffix(why).rstrip()}\n{below}"


def _align(stack: list[int], holder: int | None) -> None:
    """Make ``holder`` the last version of the stack: drop those after it, or append it where it is absent."""
    if holder in stack:
        while stack[-1] != holder:
            stack.pop()
    elif holder is not None:
        stack.append(holder)


def _name(version: int | None) -> str:
    return "-" if version is None else f"v{version}"


def _read(key: str, value: str) -> AliasChange:
    try:
        content = json.loads(value)
        return AliasChange(**{**content, "cause": Cause(content["cause"])})
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(
            expected=f"the tag {key} of the registered model to be a change of alias, as it was written",
            found=f"{value[:200]!r} ({error})",
            fix="restore the tag in MLflow; the record is never edited",
        ) from None
