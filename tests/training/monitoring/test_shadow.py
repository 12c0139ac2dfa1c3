from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from training.model.split import DAY
from training.monitoring.paired_loss import PairedOrders
from training.monitoring.shadow import Act, Pairs, pairs, standing
from training.registry.alias_history import ShadowRole
from training.registry.shadow import ShadowParams

CHOSEN = ShadowParams(
    alpha=0.05, least_days=14, least_lines=2000, gain=0.0, tolerance=0.001, former_days=60, act=True, retrained=True
)
CHALLENGER, FORMER = ShadowRole
START = pd.Timestamp("2025-03-01")


def of_models(champion_off: float, shadow_off: float, lines: int = 20_000, days: float = 30) -> Pairs:
    """Orders of one line, scored by models that are off by so much in log-odds, by chance."""
    rng = np.random.default_rng(7)
    truth = rng.normal(-0.9, 0.9, lines)
    label = (rng.random(lines) < expit(truth)).astype(np.float64)
    champion, shadow = (expit(truth + rng.normal(0, off, lines)) for off in (champion_off, shadow_off))
    return Pairs(PairedOrders.of(champion, shadow, label, np.arange(lines)), days, 0)


@pytest.mark.parametrize(
    ("champion_off", "shadow_off", "role", "act"),
    [
        (0.3, 0.0, CHALLENGER, Act.PROMOTE),
        (0.0, 0.3, CHALLENGER, Act.DISMISS),
        (0.1, 0.1, CHALLENGER, Act.WAIT),
        (0.3, 0.0, FORMER, Act.ROLL_BACK),
        (0.0, 0.3, FORMER, Act.DISMISS),
        (0.1, 0.1, FORMER, Act.WAIT),
    ],
)
def test_what_follows_is_what_the_losses_say(
    champion_off: float, shadow_off: float, role: ShadowRole, act: Act
) -> None:
    found = standing(of_models(champion_off, shadow_off), role, 20, CHOSEN)

    assert found.act is act
    assert found.mean is not None
    assert found.low < found.mean < found.high
    if act is Act.PROMOTE:
        assert found.e_value >= found.needed == 20
        assert found.high < 0
        assert "surely better" in found.why
        assert "20,000 lines" in found.why


def test_a_promotion_waits_for_days_and_lines_and_a_rollback_for_neither() -> None:
    better = of_models(0.3, 0.0)

    for early in (replace(better, days=5), of_models(0.5, 0.0, lines=1_900)):
        found = standing(early, CHALLENGER, 5, CHOSEN)
        assert found.act is Act.WAIT
        assert "waits for shadow.least_days" in found.why
        assert standing(early, FORMER, 5, CHOSEN).act is Act.ROLL_BACK


def test_a_former_champion_leaves_the_shadow_when_its_time_is_over() -> None:
    alike = of_models(0.1, 0.1)

    assert standing(alike, FORMER, 59, CHOSEN).act is Act.WAIT
    assert standing(alike, FORMER, 60, CHOSEN).act is Act.DISMISS
    assert standing(alike, CHALLENGER, 60, CHOSEN).act is Act.WAIT


def test_a_champion_that_is_worse_by_less_than_is_tolerated_stays() -> None:
    worse = of_models(0.3, 0.0)  # by 0.009

    assert standing(worse, FORMER, 20, CHOSEN.model_copy(update={"tolerance": 0.03})).act is not Act.ROLL_BACK


def logged(*rows: tuple[str, str, int, float, float | None, int]) -> pd.DataFrame:
    """Lines of a log: line, order, second of the score, probability, label, days until the window closes."""
    table = pd.DataFrame(rows, columns=["line_id", "order_id", "second", "probability", "label", "closes"])
    table["scored_at"] = START + pd.to_timedelta(table.pop("second"), "s")
    table["closes_at"] = START + pd.to_timedelta(table.pop("closes"), "D")
    return table.assign(ordered_at=START)


def test_an_order_counts_once_all_its_windows_have_closed_and_only_lines_that_both_scored() -> None:
    champion = logged(
        ("a1", "a", 1, 0.2, 1, 9),
        ("a2", "a", 1, 0.2, 0, 9),
        ("b1", "b", 2, 0.2, 1, 9),  # its order has a line whose window is open
        ("b2", "b", 2, 0.2, None, 30),
        ("c1", "c", 3, 0.2, None, 9),  # cancelled, or never recorded
        ("d1", "d", 4, 0.2, 1, 9),  # the shadow dropped it
        ("e1", "e", 5, 0.2, 1, 9),  # the shadow scored an earlier basket of it
    )
    shadow = champion[champion["line_id"] != "d1"].assign(probability=0.4)
    shadow.loc[shadow["line_id"] == "e1", "scored_at"] -= pd.Timedelta("1s")

    found = pairs(champion, shadow, START + 10 * DAY)

    assert found.orders.lines.tolist() == [2]
    assert found.orders.difference == pytest.approx([np.log(0.2 / 0.4) + np.log(0.8 / 0.6)])
    assert found.open_lines == 2


def test_before_any_window_has_closed_nothing_is_said() -> None:
    champion = logged(("a1", "a", 1, 0.2, None, 9))

    found = standing(pairs(champion, champion, START + DAY), CHALLENGER, 1, CHOSEN)

    assert (found.act, found.mean, found.lines, found.open_lines) == (Act.WAIT, None, 0, 1)
