from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.small_matrix import CATALOG, LEVEL, RECIPE, SPLIT, TRAINING, matrix_frame, write_matrix
from training.evaluation import metrics
from training.evaluation.level import unshifted
from training.model import fit
from training.model.level.days import daily_levels
from training.model.split import final_split
from training.registry.challenge import Contender, SharedLines, compare

FRAME = matrix_frame()
CUTS = final_split(FRAME, SPLIT)


def test_each_is_scored_at_its_own_levels_and_an_earlier_version_without(tmp_path: Path) -> None:
    matrix = write_matrix(FRAME, tmp_path / "lines.parquet")
    bundle = fit.train(matrix, FRAME, CUTS, CATALOG, TRAINING)[0]
    tested = FRAME[CUTS.test(FRAME)]
    shift = daily_levels(bundle, matrix, FRAME, tested["ordered_at"], LEVEL).shifts(tested["ordered_at"])
    at_level, plain = bundle.score(tested, shift).probability, bundle.score(tested).probability
    earlier = replace(bundle, built={})
    candidate, champion = (
        Contender(number, CUTS.train.until, lambda each=each: each)  # type: ignore[misc]
        for number, each in ((2, bundle), (1, earlier))
    )

    lines = tested[["line_id", "ordered_at", "label"]].astype({"label": "int8"})
    found = compare(candidate, champion, SharedLines(lines, matrix, RECIPE, LEVEL))

    assert found.candidate == pytest.approx(metrics.log_loss(lines["label"], at_level), abs=1e-12)
    assert found.champion == pytest.approx(metrics.log_loss(lines["label"], plain), abs=1e-12)
    assert found.difference.mean == pytest.approx(found.candidate - found.champion, abs=1e-12)
    assert shift.any()
    assert unshifted(at_level, shift) == pytest.approx(plain, abs=1e-12)
