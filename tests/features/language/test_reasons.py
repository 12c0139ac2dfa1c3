import pytest

from data.schema import Reason
from features.language.reasons import REASON_COLUMNS, flags


@pytest.mark.parametrize("reason", [*Reason, None])
def test_a_return_has_the_flag_of_its_own_reason_and_that_it_was_recorded(reason: Reason | None) -> None:
    raised = {name for name, value in flags(reason).items() if value}

    known = reason not in (None, Reason.UNKNOWN)
    assert raised == ({f"reason_{str(reason).lower()}", "reason_recorded"} if known else set())
    assert tuple(flags(reason)) == REASON_COLUMNS


def test_every_reason_but_unknown_has_a_flag() -> None:
    assert len(REASON_COLUMNS) == len(Reason)  # the one that UNKNOWN lacks, reason_recorded has
    assert "reason_unknown" not in REASON_COLUMNS
