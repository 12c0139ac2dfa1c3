"""The reasons of returns as flag columns, the same over tables and for single events."""

from data.schema import Reason

REASONS: tuple[Reason, ...] = tuple(reason for reason in Reason if reason is not Reason.UNKNOWN)
"""Every reason but UNKNOWN, in the order of the schema."""

RECORDED = "reason_recorded"
"""The flag of a return whose reason is one of `REASONS`: the sum of all flags."""


def flag(reason: Reason) -> str:
    """The column that is 1 for a return with this reason, and 0 for every other return."""
    return f"reason_{reason.value.lower()}"


def share_name(reason: Reason) -> str:
    """The name of the feature that gives the share of this reason among the returns of similar lines."""
    return f"reason_share_{reason.value.lower()}"


REASON_COLUMNS: tuple[str, ...] = (*(flag(reason) for reason in REASONS), RECORDED)
"""The flags (1 or 0) of a return; only counters of the event RETURNED read them. A source without reasons has none."""


def flags(reason: str | None) -> dict[str, int]:
    """The columns `REASON_COLUMNS` of one return; ``reason`` is a code of `Reason`, None where it was not recorded."""
    own = {flag(each): int(reason == each.value) for each in REASONS}
    return own | {RECORDED: sum(own.values())}
