"""What actions cost, from lines of the decision log and of the tables."""

from typing import Any

import pandas as pd
import pytest

from tests.training.decisions.experiment.written_shop import decision
from training.decisions.experiment.action_costs import kept_costs, unknown_costs, with_costs
from training.decisions.experiment.log import read_rows
from training.decisions.policy import Cost

POINTS = Cost(shown_minor=3, kept_minor=50, kept_share=0.02)
STAKE = {"products": ["shirt", "hat", "shirt"], "minor": 90.0, "share": 0.5, "profit_minor": 10.0}


def decisions(*rows: dict[str, Any]) -> pd.DataFrame:
    return read_rows(
        decision(decision_id=f"d{number}", **{"action": "points", "stakes": {"points": STAKE}} | row)
        for number, row in enumerate(rows)
    ).decisions


def test_each_line_of_a_product_that_the_action_was_about_costs_what_a_kept_line_costs() -> None:
    own = with_costs(decisions({}, {"action": None}), {"points": POINTS}).set_index(pd.Index([0, 1], name="visit"))
    lines = pd.DataFrame(
        {
            "visit": [0, 0, 0, 1, 7],
            "product_id": ["shirt", "shirt", "shoe", "shirt", "shirt"],
            "value_minor": [1000.0, 2000.0, 3000.0, 4000.0, 5000.0],
        }
    )

    assert own["shown_minor"].tolist() == [3, 0]
    assert kept_costs(lines, own).tolist() == pytest.approx([70, 90, 0, 0, 0])
    assert kept_costs(lines, own.iloc[:0]).tolist() == [0.0] * 5


def test_what_an_earlier_version_logged_has_no_products_and_only_costs_of_kept_lines_are_unknown() -> None:
    known, earlier = decisions({}), decisions({"stakes": {}})

    assert unknown_costs(known, {"points": POINTS}) == []
    assert unknown_costs(earlier, {"points": POINTS}) == ["points"]
    assert unknown_costs(earlier, {"points": Cost(shown_minor=3)}) == []
    assert unknown_costs(known, {"another": POINTS}) == ["points"]
    assert unknown_costs(decisions({"action": None}), {}) == []
