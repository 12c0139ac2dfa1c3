"""The reasons that returns are counted by: a flag column for each, alike over tables and for single events."""

from data.schema import Reason

REASONS: tuple[Reason, ...] = tuple(reason for reason in Reason if reason is not Reason.UNKNOWN)
"""Every reason that says something, in the order of the schema."""

RECORDED = "reason_recorded"
"""The flag of a return with any of `REASONS`: the sum of their flags."""


def flag(reason: Reason) -> str:
    """The column that is 1 for a return with this reason, and 0 for every other return."""
    return f"reason_{reason.value.lower()}"


def share_name(reason: Reason) -> str:
    """The name of the feature that says how large the share of this reason was in the returns of lines like one."""
    return f"reason_share_{reason.value.lower()}"


REASON_COLUMNS: tuple[str, ...] = (*(flag(reason) for reason in REASONS), RECORDED)
"""1 or 0, of the line's return: read by counters of the event RETURNED only. A source without reasons has none."""


def flags(reason: str | None) -> dict[str, int]:
    """The columns `REASON_COLUMNS` of one return; ``reason`` is a code of `Reason`, None where it was not recorded."""
    own = {flag(each): int(reason == each.value) for each in REASONS}
    return own | {RECORDED: sum(own.values())}
