import shutil
from pathlib import Path

from data.logged.predictions import PREDICTIONS
from serving.privacy.erasure import Erasures
from tests.serving.privacy.test_erasure import LATER, Kept


def test_an_erased_customer_is_not_in_the_log_of_the_shadow_any_more(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    at = kept.now
    shutil.copytree(tmp_path / "scores", tmp_path / "shadow")
    places = tmp_path / "log", tmp_path / "scores"
    erasures = Erasures(kept.caps, *places, lambda: LATER, pause=0, shadow_log=tmp_path / "shadow")
    kept.erasures.note([("e", kept.erased, at)])

    assert erasures.work_off() == 1

    left = [list(PREDICTIONS.read(tmp_path / folder)) for folder in ("shadow", "scores")]
    assert left[0] == left[1]
    assert [each["customer"] for each in left[0] if each["scored_at"] <= at] == [kept.other, None]
