"""The online state under kill -9: nothing acknowledged is lost, nothing is counted twice."""

from pathlib import Path

from features.build import build
from tests.features.crashing import replay_with_crashes
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop
from tests.features.event_log import event_log


def test_a_replay_that_is_killed_again_and_again_equals_the_matrix(tmp_path: Path) -> None:
    build(crowded_shop(orders=50, seed=9).write(tmp_path / "validated"), tmp_path / "matrix", PARAMS, OUTCOME)
    log = event_log(tmp_path / "validated")

    done = replay_with_crashes(tmp_path, tmp_path / "store", kills=3, seed=3, moments=len(log))

    lines = sum(len(placed.line_ids) for moment in log for placed in moment.placed)
    assert (done.moments, done.lines + done.unasked, done.kills) == (len(log), lines, 3)
    assert (done.differing, done.examples, done.counted_again) == (0, [], 0)
    assert done.sent_again > 0
