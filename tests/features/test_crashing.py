"""The online state under kill -9: nothing acknowledged is lost, nothing is counted twice."""

from pathlib import Path

import pytest

from tests.features.built import built
from tests.features.crashing import replay_with_crashes
from tests.features.event_log import event_log


def test_a_replay_that_is_killed_again_and_again_equals_the_matrix(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop = built(tmp_path_factory, orders=40)
    log = event_log(shop / "validated")

    done = replay_with_crashes(shop, tmp_path / "store", kills=3, seed=3, moments=len(log))

    lines = sum(len(placed.line_ids) for moment in log for placed in moment.placed)
    assert (done.moments, done.lines + done.unasked, done.kills) == (len(log), lines, 3)
    assert (done.differing, done.examples, done.counted_again) == (0, [], 0)
    assert done.sent_again > 0
