"""What moved the scores of an alarm."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest

from tests.training.small_matrix import CATALOG, SPLIT, TRAINING, matrix_frame, write_matrix
from training.model import fit
from training.model.bundle import Bundle
from training.model.split import DAY, final_split
from training.monitoring.moved import COLUMNS, LEAST, LEAST_LINES, SHOWN, Moved, explain, what_moved
from training.monitoring.wording import moved

FRAME = matrix_frame()
SINCE = FRAME["ordered_at"].max().normalize() - 20 * DAY
TOLD = SINCE + 15 * DAY


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    matrix = write_matrix(FRAME, tmp_path_factory.mktemp("matrix") / "lines.parquet")
    return fit.train(matrix, FRAME, final_split(FRAME, SPLIT), CATALOG, TRAINING)[0]


def alarm(kind: str = "all", name: str = "all lines") -> pd.DataFrame:
    return pd.DataFrame([{"told_at": f"{TOLD:%Y-%m-%d}", "kind": kind, "slice": name, "since": f"{SINCE:%Y-%m-%d}"}])


def matrix_with(folder: Path, feature: str, value: float) -> None:
    changed = FRAME[feature].astype("float64").mask(FRAME["ordered_at"] >= SINCE, value)
    write_matrix(FRAME.assign(**{feature: changed}), folder / "features/matrix/lines.parquet")


def strongest(bundle: Bundle) -> str:
    x = bundle.rows(FRAME, bundle.score_features)
    return bundle.score_features[int(np.abs(bundle.drivers.of_features(x)).mean(axis=0).argmax())]


def test_a_feature_that_stops_coming_is_named_first_with_how_often_it_lacks(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feature = strongest(bundle)
    matrix_with(tmp_path, feature, np.nan)
    monkeypatch.chdir(tmp_path)

    found = what_moved(alarm(), FRAME, bundle, TOLD - DAY)

    assert list(found.columns) == list(COLUMNS)
    assert found["feature"].iloc[0] == feature
    assert abs(found["moved"].iloc[0]) >= LEAST
    assert (found["missing_before"].iloc[0], found["missing_after"].iloc[0]) == (0.0, 1.0)


def test_where_the_inputs_are_as_before_none_is_said_to_move_much_and_earlier_alarms_are_left_out(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = FRAME.copy()
    rng = np.random.default_rng(1)
    for name in bundle.score_features:
        same[name] = rng.permutation(same[name].to_numpy())
    write_matrix(same, tmp_path / "features/matrix/lines.parquet")
    monkeypatch.chdir(tmp_path)

    assert (what_moved(alarm(), FRAME, bundle, TOLD - DAY)["moved"].abs() < 0.1).all()
    assert what_moved(alarm(), FRAME, bundle, TOLD + DAY).empty


@pytest.mark.parametrize(("lines", "expected"), [(LEAST_LINES, [()]), (LEAST_LINES - 1, [None])])
def test_few_lines_explain_nothing_and_a_difference_within_chance_is_no_explanation(
    bundle: Bundle, lines: int, expected: list[object]
) -> None:
    def read(ids: pd.Series) -> pd.DataFrame:
        """The features of so many lines of each side: they are the same but for one line, whose strongest lacks."""
        asked = FRAME[FRAME["line_id"].isin(ids)]
        late = (asked["ordered_at"] >= SINCE).to_numpy()
        before, after = asked[~late].head(lines), asked[late].head(lines)
        same = before.assign(line_id=after["line_id"].to_numpy())
        same.iloc[-1, same.columns.get_loc(strongest(bundle))] = np.nan
        both: pd.DataFrame = pd.concat([before, same])
        return both

    assert explain(alarm(), FRAME, bundle, read) == expected


def test_what_surely_moved_them_is_named_beside_much_larger_differences_of_chance() -> None:
    names = [*(f"chance_{number}" for number in range(SHOWN + 1)), "sure"]

    def read(ids: pd.Series) -> pd.DataFrame:
        """Chance: one of the late lines has a huge value. Sure: all of them have a small one."""
        asked = FRAME[FRAME["line_id"].isin(ids)]
        late = (asked["ordered_at"] >= SINCE).to_numpy()
        found = pd.DataFrame(0.0, asked.index, names).assign(line_id=asked["line_id"], sure=0.1 * late)
        found.loc[found.index[late][0], names[:-1]] = 1000.0
        return found

    drivers = SimpleNamespace(of_features=lambda x: x)
    linear = SimpleNamespace(score_features=names, rows=lambda frame, own: frame[own].to_numpy(), drivers=drivers)

    (found,) = explain(alarm(), FRAME, cast("Bundle", linear), read)

    assert [(each.feature, round(each.moved, 6)) for each in found or ()] == [("sure", 0.1)]


def test_in_words_each_feature_has_what_it_did_and_how_it_changed() -> None:
    gone = Moved("age_days", 0.314, 2.0, 3.0, 0.01, 0.5)
    rose = Moved("price", -0.2, 1.0, 2.5, 0.0, 0.0)

    assert "not what is asked" in moved(())
    assert moved((gone, rose)) == (
        "What moved these scores since then, in log-odds: age_days +0.31 (missing in 50%, before 1%),"
        " price -0.20 (mean 2.50, before 1.00)."
    )
