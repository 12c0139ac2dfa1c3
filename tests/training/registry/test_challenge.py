from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.small_matrix import CATALOG, LEVEL, SPLIT, TRAINING, matrix_frame, write_matrix
from training.evaluation.level import unshifted
from training.model import fit
from training.model.level.days import daily_levels
from training.model.split import final_split
from training.registry.challenge import Challenger, Champion, decide

FRAME = matrix_frame()
CUTS = final_split(FRAME, SPLIT)


@pytest.mark.parametrize("earlier", [False, True])
def test_a_champion_is_scored_at_its_own_levels_and_an_earlier_one_without(tmp_path: Path, *, earlier: bool) -> None:
    matrix = write_matrix(FRAME, tmp_path / "lines.parquet")
    bundle = fit.train(matrix, FRAME, CUTS, CATALOG, TRAINING)[0]
    tested = FRAME[CUTS.test(FRAME)]
    shift = daily_levels(bundle, matrix, FRAME, tested["ordered_at"], LEVEL).shifts(tested["ordered_at"])
    at_level = bundle.score(tested, shift).probability
    plain = bundle.score(tested).probability
    served = replace(bundle, built={}) if earlier else bundle

    predictions = tested[["line_id", "ordered_at", "label"]].astype({"label": "int8"})
    challenger = Challenger(predictions.assign(probability=plain if earlier else at_level), "now", matrix, LEVEL)
    champion = Champion(1, 0.5, "then", CUTS.train.until, lambda: served)

    assert decide(challenger, champion, 0.0).promote
    assert f"{challenger.log_loss:.6f} against {challenger.log_loss:.6f}" in decide(challenger, champion, 0.0).why
    assert shift.any()
    assert unshifted(at_level, shift) == pytest.approx(plain, abs=1e-12)
