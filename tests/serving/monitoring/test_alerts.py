"""The shipped files of Prometheus and Alertmanager are sound, and each alert fires when it should and only then."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.serving.monitoring.rules import CASES, RULES, SHIPPED, alerts, needs, run

PAGE = Path("docs/how-to/dashboards-and-alarms.md")


@needs("promtool")
def test_prometheus_takes_its_configuration_and_the_rules():
    run("promtool", "check", "config", SHIPPED / "prometheus.yml")
    run("promtool", "check", "rules", RULES)


@needs("amtool")
def test_alertmanager_takes_its_configuration():
    run("amtool", "check-config", SHIPPED / "alertmanager.yml")


@needs("amtool")
def test_what_wakes_somebody_goes_to_whom_it_should():
    def receiver(*labels: str) -> str:
        return run(
            "amtool", "config", "routes", "test", f"--config.file={SHIPPED / 'alertmanager.yml'}", *labels
        ).strip()

    assert receiver("alertname=ReturnRiskDown", "severity=page") == "on-call"
    assert receiver("alertname=ReturnRiskSlow", "severity=ticket") == "team"
    assert receiver("alertname=ReturnRiskQualityAlarm", "severity=ticket") == "nobody"


@needs("promtool")
@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem)
def test_each_alert_fires_when_it_should_and_only_then(cases: Path, tmp_path: Path):
    content = yaml.safe_load(cases.read_text(encoding="utf-8"))
    content["rule_files"] = [str(RULES.absolute())]
    for case in content["tests"]:
        for asked in case["alert_rule_test"]:
            for expected in asked.get("exp_alerts", ()):
                # What to do and where it stands do not change with the figures.
                fixed = alerts()[asked["alertname"]]["annotations"]
                expected["exp_annotations"] = fixed | {"summary": expected.pop("summary")}
    written = tmp_path / "cases.yml"
    written.write_text(yaml.safe_dump(content), encoding="utf-8")

    run("promtool", "test", "rules", written)


def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent():
    fires, silent = set[str](), set[str]()
    for file in CASES:
        for case in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]:
            assert case["name"].partition(":")[0] in alerts()
            for asked in case["alert_rule_test"]:
                (fires if asked.get("exp_alerts") else silent).add(asked["alertname"])

    assert fires == silent == alerts().keys()


@pytest.mark.parametrize("name", alerts())
def test_each_alert_says_how_grave_it_is_what_to_do_and_where_to_read_on(name: str):
    alert: dict[str, Any] = alerts()[name]

    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"].keys() == {"summary", "description", "runbook"}
    assert "for" in alert or name == "ReturnRiskQualityAlarm"  # which the quality watch tells only once it is sure
    assert alert["annotations"]["runbook"] == f"{PAGE}#{name.lower()}"
    assert f"\n### {name}\n" in PAGE.read_text(encoding="utf-8")
    assert "{{" not in alert["annotations"]["description"]
