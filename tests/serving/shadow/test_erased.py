import shutil
from pathlib import Path

from data.logged.predictions import PREDICTIONS
from serving.privacy.erasure import Erasures, ToErase
from tests.serving.decisions.shop import NOW
from tests.serving.privacy.test_erasure import LATER, Kept


def test_an_erased_customer_is_not_in_the_log_of_the_shadow_any_more(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    shutil.copytree(tmp_path / "scores", tmp_path / "shadow")
    logs = [tmp_path / "scores", tmp_path / "shadow"]
    erasures = Erasures(kept.caps, tmp_path / "log", logs, lambda: LATER, pause=0)
    kept.erasures.note([ToErase("e", "", kept.erased, NOW)])

    assert erasures.work_off() == 1

    left = [list(PREDICTIONS.read(tmp_path / folder)) for folder in ("shadow", "scores")]
    assert left[0] == left[1]
    assert [each["customer"] for each in left[0] if each["scored_at"] <= NOW] == [kept.other, None]
