"""The shipped files of Prometheus and Alertmanager are sound, and each alert fires when it should and only then."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.serving.monitoring.rules import CASES, RULES, SHIPPED, alerts, needs, run

COMPOSE = Path("serving/compose.yaml")
PAGE = Path("docs/how-to/dashboards-and-alarms.md")


@needs("promtool")
def test_prometheus_takes_its_configuration_and_the_rules():
    run("promtool", "check", "config", SHIPPED / "prometheus.yml")
    run("promtool", "check", "rules", RULES)


@needs("promtool")
def test_prometheus_takes_the_configuration_of_the_containers():
    run("promtool", "check", "config", "--syntax-only", SHIPPED / "compose/prometheus.yml")


def test_the_configuration_of_the_containers_differs_by_addresses_and_key_alone():
    def read(name: str) -> Any:
        return yaml.safe_load((SHIPPED / name).read_text(encoding="utf-8"))

    own, contained = read("prometheus.yml"), read("compose/prometheus.yml")
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]

    scrape = contained["scrape_configs"][0]
    key = Path(scrape.pop("authorization")["credentials_file"])
    assert key.parent == Path("/run/secrets")
    assert key.name in services["prometheus"]["secrets"]
    assert (SHIPPED / "compose" / contained["rule_files"][0]).resolve() == RULES.resolve()
    contained["rule_files"] = own["rule_files"]
    for end, other in (
        (own, contained),
        (own["alerting"]["alertmanagers"][0], contained["alerting"]["alertmanagers"][0]),
    ):
        ours, theirs = (each.get("scrape_configs", [each])[0]["static_configs"][0] for each in (end, other))
        name, port = theirs["targets"][0].split(":")
        assert name in services
        assert port == ours["targets"][0].partition(":")[2]
        theirs["targets"] = ours["targets"]
    assert contained == own


def test_grafana_is_given_the_shipped_dashboard_and_the_prometheus_of_the_containers():
    folder = SHIPPED / "compose/grafana"
    source = yaml.safe_load((folder / "datasources/prometheus.yml").read_text(encoding="utf-8"))["datasources"][0]
    provider = yaml.safe_load((folder / "dashboards/return-risk.yml").read_text(encoding="utf-8"))["providers"][0]
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    mounts = {each["target"]: each["source"] for each in services["grafana"]["volumes"] if isinstance(each, dict)}
    environment = services["grafana"]["environment"]

    assert source["url"] == "http://prometheus:9090"
    for path, shipped in (
        (provider["options"]["path"], SHIPPED / "dashboard.json"),
        (environment["GF_PATHS_PROVISIONING"], folder),
    ):
        target = next(target for target in mounts if path.startswith(f"{target}/"))
        assert (COMPOSE.parent / mounts[target] / Path(path).relative_to(target)).resolve() == shipped.resolve()
    assert Path(environment["GF_SECURITY_ADMIN_PASSWORD__FILE"]).name in services["grafana"]["secrets"]


def test_the_password_that_alertmanager_reads_is_in_its_container():
    shipped = yaml.safe_load((SHIPPED / "alertmanager.yml").read_text(encoding="utf-8"))
    content = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    (secret,) = content["services"]["alertmanager"]["secrets"]

    assert secret["target"] == shipped["global"]["smtp_auth_password_file"]
    assert secret["source"] in content["secrets"]


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
    # Without it, groups are evaluated in any order, and an alert may read what a rule recorded a round earlier.
    content["group_eval_order"] = [each["name"] for each in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]]
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
