import pytest

from training.monitoring.retraining import Excess, RetrainingParams, Signs, reasons

CHOSEN = RetrainingParams(
    most_days=30, least_days=7, loss=0.003, new_products=0.2, recent_days=28, least_lines=500, most_hours=12
)
HIGH = Excess(lines=9_000, log_loss_low=0.56, expected_log_loss=0.55, level=0.0, rate=0.3)
# A level of 0.3 at a rate of 30% costs 0.3 * 0.7 * 0.09 / 2 = 0.00945 nats, which leave 0.00055 of HIGH's 0.01.
OF_THE_LEVEL = Excess(lines=9_000, log_loss_low=0.56, expected_log_loss=0.55, level=0.3, rate=0.3)


@pytest.mark.parametrize(
    ("signs", "kinds"),
    [
        (Signs(), []),
        (Signs(days=20), []),
        (Signs(days=30), ["age"]),
        (Signs(days=20, excess=HIGH), ["loss"]),
        (Signs(days=20, excess=OF_THE_LEVEL), []),
        (Signs(days=20, excess=Excess(400, 0.56, 0.55, 0.0, 0.3)), []),
        (Signs(days=20, alarms=("brand x: more lines come back",)), ["alarm"]),
        (Signs(days=20, scored_lines=1000, new_lines=201), ["new_products"]),
        (Signs(days=20, scored_lines=1000, new_lines=200), []),
        (Signs(days=20, scored_lines=400, new_lines=400), []),
        (Signs(days=31, excess=HIGH, scored_lines=1000, new_lines=500), ["loss", "new_products", "age"]),
        (Signs(days=6, excess=HIGH, alarms=("brand x",), scored_lines=1000, new_lines=500), []),
        (Signs(days=None, excess=HIGH), ["loss"]),
    ],
)
def test_a_reason_is_what_a_level_can_not_mend(signs: Signs, kinds: list[str]) -> None:
    assert [each.kind for each in reasons(signs, CHOSEN)] == kinds


def test_reasons_have_their_figures() -> None:
    loss, products = reasons(Signs(days=20, excess=HIGH, scored_lines=1000, new_lines=500), CHOSEN)

    assert "at least 0.5600 nats a line, where the scores say 0.5500; the level can mend 0.0000" in loss.text
    assert "50% of the 1,000 lines that were scored in 28 days" in products.text
