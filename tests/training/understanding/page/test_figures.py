"""What the drawings of the page hold."""

from types import SimpleNamespace
from typing import Any, cast

import matplotlib.figure
import pandas as pd
import pytest

from training.understanding.page.figures import _curve


def test_the_curve_runs_through_the_mean_of_the_draws_of_each_size() -> None:
    table = pd.DataFrame({"size": [10, 10, 20, 20], "train_lines": [8, 9, 17, 18], "log_loss": [0.6, 0.7, 0.5, 0.6]})
    axes = matplotlib.figure.Figure().subplots()

    _curve(axes, table, cast("Any", SimpleNamespace(first="b", second="r")))

    assert axes.lines[1].get_xdata() == pytest.approx([8.5, 17.5])
    assert axes.lines[1].get_ydata() == pytest.approx([0.65, 0.55])
