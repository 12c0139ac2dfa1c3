import numpy as np
import pandas as pd
import pytest

from data.errors import UserError
from training.decisions.learning.exposures import Exposures


def exposures(**changed: object) -> Exposures:
    given = {
        "covariates": pd.DataFrame({"value": [1.0, 2.0, np.nan]}),
        "action": np.array(["", "advice", ""], dtype=object),
        "propensity": np.array([0.1, 0.9, 1.0]),
        "profit": np.array([5.0, -3.0, 0.0]),
        "unit": np.array(["u1", "u2", "u1"], dtype=object),
        "eligible": pd.DataFrame({"advice": [True, True, False]}),
    }
    return Exposures(**{**given, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"propensity": np.array([0.1, 0.0, 1.0])}, "a propensity above 0, at most 1"),
        ({"profit": np.array([0.1, np.nan, 1.0])}, "a finite profit"),
        ({"eligible": pd.DataFrame({"advice": [True, False, False]})}, "an action that was eligible"),
        ({"action": np.array(["", "other", ""], dtype=object)}, "an action that was eligible"),
        ({"unit": np.array(["u1"], dtype=object)}, "exposures of one length"),
    ],
)
def test_what_no_log_can_hold_is_refused(changed: dict[str, object], expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        exposures(**changed)


def test_the_rows_of_a_unit_share_a_fold_that_other_units_do_not_move() -> None:
    all_of_them = exposures()
    fold = all_of_them.folds(5, seed=1)

    assert fold[0] == fold[2]
    assert all_of_them.take(np.array([True, False, False])).folds(5, seed=1)[0] == fold[0]
