from dataclasses import replace
from typing import Any

import pytest

from data.number_format import ENGLISH
from training.audit import card
from training.audit.card import Content
from training.audit.criteria import Audited, Fairness, Figure

SPAN = {"since": "2024-01-01T00:00:00", "until": "2024-02-01T00:00:00", "closed_by": "2024-02-15T00:00:00"}
TEST = {
    "lines": 8853, "return_rate": 0.32, "log_loss": 0.5432, "log_loss_low": 0.5331, "log_loss_high": 0.5527,
    "roc_auc": 0.7433, "ece": 0.0165, "ece_noise": 0.0157, "calibration_slope": 0.97, "returns_expected": 2763.0,
    "returns_observed": 2833,
}  # fmt: skip
SLICES = {
    "category": {
        "coats | <b>": {
            "lines": 100, "return_rate": 0.4, "mean_probability": 0.3, "log_loss": 0.6, "roc_auc": 0.7,
            "calibration_gap_low": -0.15, "calibration_gap_high": -0.05,
        },
        "shoes": {
            "lines": 900, "return_rate": 0.3, "mean_probability": 0.31, "log_loss": 0.5, "roc_auc": None,
            "calibration_gap_low": -0.02, "calibration_gap_high": 0.04,
        },
    }
}  # fmt: skip
GROUP = Audited(
    "title", "ms", 800, 200, 0.73,
    {
        "return_rate": Figure(0.35, 0.33, 0.37),
        "calibration_gap": Figure(-0.011, -0.026, 0.003),
        "flagged": Figure(0.12, 0.1, 0.14),
        "false_alarms": Figure(0.053, 0.04, 0.06, -0.02, -0.03, -0.01),
    },
)  # fmt: skip


def content(**changes: Any) -> Content:
    given = Content(
        shop="my_shop",
        currency="EUR",
        window_days=14,
        contact=None,
        evaluation={
            "test": TEST,
            "slices": SLICES,
            "baselines": {
                "product_rate": {
                    "log_loss": 0.57,
                    "difference": -0.03,
                    "difference_low": -0.04,
                    "difference_high": -0.02,
                }
            },
            "undefined": [],
        },
        backtest={"folds": 0},
        verdict={"passed": True, "checks": []},
        spans={"fit": SPAN, "test_from": "2024-04-30T00:00:00", "test_until": "2024-05-31T00:00:00"},
        source={"source": "mapped", "rows": {"order_lines": 200101}, "files": [{"name": "orders.csv"}]},
        built={"lines": 176058, "calibration_lines": 7471, "rounds": 492, "versions": {"lightgbm": "4.7.0"}},
        features=97,
        factors=["basket", "product"],
        demographics=False,
        score_parts=("gradient-boosted trees", "posteriors"),
        reasons=True,
        fairness=Fairness((GROUP,), ("title none",), ("birth_year",)),
        digests={"bundle (SHA-256)": "ab12"},
    )
    return replace(given, **changes)


def test_every_part_of_a_model_card_is_there() -> None:
    text = card.write(content())

    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads == [
        "# Model card: returns of the shop my\\_shop", "## Purpose", "## Data", "## Splits", "## Metrics", "## Slices",
        "## Calibration", "## Fairness", "## Limits", "## How to contest a score", "## Versions",
    ]  # fmt: skip
    assert "| log-loss, nats a line | 0.5432 | 0.5331 to 0.5527 |" in text
    assert "| product rate | 0.5700 | -0.0300 | -0.0400 to -0.0200 |" in text
    assert f"| title: ms | 800 | 200 | 35.0% | 0.7300 | -1.1 | -2.6 to +0.3 | 12.0% | 5.3% | {ENGLISH.missing}" in text
    assert "title ms surely differs from the rest in false alarms: by -2.0 points (-3.0 to -1.0" in text
    assert "fewer than 50 customers: title none" in text
    assert "Not recorded by this shop: birth year" in text
    assert "| test | 2024-04-30 to 2024-05-31 |" in text
    assert "1 files of the shop" in text


def test_the_slice_whose_gap_is_sure_comes_first_and_can_not_break_the_table() -> None:
    text = card.write(content())

    assert "Of 2 slices,\n1 have an interval that leaves out 0" in text
    first, second = (line for line in text.splitlines() if line.startswith("| category"))
    assert first == "| category: coats \\| \\<b\\> | 100 | 40.0% | 0.6000 | 0.7000 | -10.0 | -15.0 to -5.0 |"
    assert second.startswith(f"| category: shoes | 900 | 30.0% | 0.5000 | {ENGLISH.missing} | +1.0 | -2.0 to +4.0 |")


def test_a_refused_model_says_so_and_why() -> None:
    checks = [{"passed": False, "message": "out of calibration: test.ece is 0.2"}, {"passed": True, "message": "fine"}]

    text = card.write(content(verdict={"passed": False, "checks": checks}))

    assert "was refused by the gate" in text
    assert "- The gate: out of calibration: test.ece is 0.2." in text.replace("\\_", "_")
    assert "fine" not in text


@pytest.mark.parametrize(
    ("contact", "said"), [(None, "nobody is named yet"), ("returns@shop.example", "returns@shop.example")]
)
def test_the_card_names_whom_to_ask_or_that_nobody_is_named(contact: str | None, said: str) -> None:
    assert said in card.write(content(contact=contact))


def test_a_shop_without_people_has_no_audit_and_the_card_says_so() -> None:
    text = card.write(content(fairness=Fairness((), (), ("title", "birth_year")), reasons=False))

    assert "No group could be audited" in text
    assert "probability of each reason" not in text
