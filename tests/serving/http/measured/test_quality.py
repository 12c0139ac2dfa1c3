"""What the quality watch found, in the metrics."""

from math import isnan
from pathlib import Path

import pytest

from serving.http.telemetry import ShopTelemetry, Telemetry
from serving.telling.telling import Telling
from tests.serving.fakes import FakeParts
from tests.serving.http.routes.test_health import figures
from tests.serving.quality.small_quality import NOW, alarm, expected, part, quality
from tests.serving.telling.alarms import MODEL, Clock, FakeChannel


def shown(telemetry: Telemetry, shop: ShopTelemetry) -> dict[str, float]:
    shop.sample(FakeParts().parts())
    return figures(telemetry.text().decode())


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


@pytest.fixture
def shop(telemetry: Telemetry, tmp_path: Path) -> ShopTelemetry:
    return ShopTelemetry(telemetry, quality=tmp_path)


def test_the_figures_of_all_recent_lines_are_shown_with_the_ends_of_their_intervals(
    telemetry: Telemetry, shop: ShopTelemetry, tmp_path: Path
) -> None:
    whole = part("all", "last 28 days", log_loss=expected(0.52, 0.03), level=0.1)
    quality(parts=(whole, part("brand", "Aquila")), alarms=(alarm("a"), alarm("b"), alarm("c", open=False))).write(
        tmp_path
    )

    found = shown(telemetry, shop)

    ends = {end: found[f'return_risk_quality_log_loss{{end="{end}"}}'] for end in ("value", "low", "high")}
    assert ends == {"value": 0.52, "low": pytest.approx(0.49), "high": 0.55}
    assert found['return_risk_quality_rate{end="value"}'] == 0.35
    assert (found["return_risk_quality_mean_probability"], found["return_risk_quality_level"]) == (0.3, 0.1)
    assert found['return_risk_alarms_open{kind="brand"}'] == 2
    assert found['return_risk_alarms_open{kind="all"}'] == 0
    assert found["return_risk_quality_age_seconds"] > 365 * 86400  # it is of 2024


def test_a_new_file_is_shown_and_an_alarm_that_is_over_goes(
    telemetry: Telemetry, shop: ShopTelemetry, tmp_path: Path
) -> None:
    quality().write(tmp_path)
    before = shown(telemetry, shop)
    quality(alarms=(), parts=()).write(tmp_path)
    after = shown(telemetry, shop)

    assert (before['return_risk_alarms_open{kind="brand"}'], after['return_risk_alarms_open{kind="brand"}']) == (1, 0)
    assert isnan(after['return_risk_quality_rate{end="low"}'])


def test_a_file_that_cannot_be_read_leaves_what_was_shown(
    telemetry: Telemetry, shop: ShopTelemetry, tmp_path: Path
) -> None:
    quality().write(tmp_path)
    before = shown(telemetry, shop)
    (tmp_path / "quality.json").write_text("{", encoding="utf-8")
    after = shown(telemetry, shop)

    name = 'return_risk_quality_rate{end="value"}'
    assert before[name] == after[name] == 0.35


def test_without_a_look_there_are_no_figures_of_it(telemetry: Telemetry, shop: ShopTelemetry) -> None:
    assert {value for name, value in shown(telemetry, shop).items() if "quality" in name and not isnan(value)} == set()


def test_messages_of_alarms_that_did_not_arrive_are_counted(
    telemetry: Telemetry, shop: ShopTelemetry, tmp_path: Path
) -> None:
    Telling(tmp_path, [FakeChannel()], MODEL, Clock(NOW)).note(quality().alarms, "EUR")

    found = shown(telemetry, shop)

    assert found['return_risk_alarms_untold{state="waiting"}'] == 1
    assert found['return_risk_alarms_untold{state="given up"}'] == 0
