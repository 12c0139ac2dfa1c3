"""Every query of the rules and the dashboard asks for metrics that there are, and a real Prometheus answers it."""

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from data.times import now_us
from features.online_state.events import Cause, Receipt, Status
from features.online_state.records import Latest
from serving.http.telemetry import Telemetry
from serving.scores import Degraded, Unusual
from serving.telling.telling import Telling
from tests.serving.asking import BASKET, listening
from tests.serving.fakes import FakeFeeding, FakeParts
from tests.serving.monitoring.rules import DASHBOARD, METRIC, RULES, SHIPPED, alerts, needs, panels, queries, recorded
from tests.serving.quality.small_quality import quality
from tests.serving.scoring.test_asked import ASKED
from tests.serving.telling.alarms import MODEL, FakeChannel

LOST = object()
KINDS_OF_PANELS = {"row", "stat", "timeseries"}
SECONDS = 14.0
RESULT = re.compile(r"\s(?:>|<|==)\s")


def asked_for(expression: str) -> set[str]:
    return set(METRIC.findall(expression))


def names() -> set[str]:
    """All names that a query may ask for: those of /metrics, with the series of histograms, and the recorded ones."""
    found = set()
    for name, each in Telemetry().described.items():
        found |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if each.kind == "histogram" else {name}
    return found | recorded().keys()


@pytest.mark.parametrize("name", [*recorded(), *alerts()])
def test_rules_ask_for_metrics_that_there_are(name: str) -> None:
    expression = recorded().get(name) or alerts()[name]["expr"]

    assert asked_for(expression) <= names()


def test_panels_ask_for_metrics_that_there_are() -> None:
    for title, expression in queries():
        assert asked_for(expression), title
        assert asked_for(expression) <= names(), title


def test_every_metric_is_in_a_rule_or_a_panel() -> None:
    used = {name for _, each in queries() for name in asked_for(each)}
    used |= {name for each in recorded().values() for name in asked_for(each)}
    used |= {name for each in alerts().values() for name in asked_for(each["expr"])}
    base = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}

    # Of these the dashboard shows what they were made from, or what says more.
    apart = {"return_risk_fields_missing_total", "return_risk_state_age_seconds"}
    assert Telemetry().described.keys() - base == apart
    assert recorded().keys() <= used


def test_the_dashboard_is_laid_out_as_grafana_reads_it() -> None:
    found, taken = list(panels()), set[tuple[int, int]]()
    assert len({panel["id"] for panel in found}) == len({panel["title"] for panel in found}) == len(found)
    for panel in found:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] in KINDS_OF_PANELS
        if panel["type"] != "row":
            assert panel["description"]
            assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_the_types_of_grafana_read_all_of_the_dashboard() -> None:
    register_default_plugins()
    written = json.loads(DASHBOARD.read_text(encoding="utf-8"))

    read = json.loads(JSONEncoder().encode(Dashboard.from_json(written)))

    # Fields that Grafana leaves to the data source, such as the query of a variable in words.
    assert {place.rpartition(".")[2] for place in lost(written, read)} == {"titleFormat", "textFormat", "definition"}


def lost(written: Any, read: Any, place: str = "") -> Iterator[str]:
    """The places where ``read`` lacks what was ``written``, or has another value."""
    if isinstance(written, dict):
        for name, value in written.items():
            yield from lost(value, read.get(name, LOST), f"{place}.{name}") if isinstance(read, dict) else (place,)
    elif isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        for pair in zip(written, read, strict=True):
            yield from lost(*pair, place)
    elif written != read:
        yield place


@contextmanager
def prometheus(folder: Path, port: int) -> Iterator[str]:
    """A Prometheus with the shipped configuration, of which only the address and the pace are changed."""
    content = yaml.safe_load((SHIPPED / "prometheus.yml").read_text(encoding="utf-8"))
    content["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    content["rule_files"] = [str(RULES.absolute())]
    content["scrape_configs"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{port}"]
    del content["alerting"]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = free.getsockname()[1]
    command = [
        "prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{own}", "--log.level=error",
    ]  # fmt: skip
    with subprocess.Popen(command) as process:
        try:
            yield f"http://127.0.0.1:{own}"
        finally:
            process.terminate()
            process.wait(10)
            shutil.rmtree(folder / "data", ignore_errors=True)


def ask(url: str, expression: str) -> list[Any]:
    query = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"{url}/api/v1/query?{query}", timeout=10) as answer:
        content = json.load(answer)
    assert content["status"] == "success", (expression, content)
    return list(content["data"]["result"])


class RefusingFeeding(FakeFeeding):
    """Refuses every event."""

    async def submit(self, events: Any) -> list[Receipt]:
        return [Receipt(each.event_id, Status.REFUSED, "", Cause.LATE) for each in events]


def busy_shop() -> FakeParts:
    """A service of which every metric has something to show."""
    shop = FakeParts(dropped=3, feeding=RefusingFeeding())
    shop.serve(asked=ASKED, version=None)
    shop.scoring.new = (True, 1)
    shop.scoring.degraded = (Degraded("slow", ""),)
    shop.scoring.latest = Latest(order=now_us(), delivery=now_us(), outcome=now_us())
    shop.scoring.unusual = Unusual(("color",), ("payment_method",), ("price_minor",))
    return shop


def loaded(shop: FakeParts, port: int, url: str, wanted: dict[str, str]) -> dict[str, str]:
    """Send requests until Prometheus has an answer to each of ``wanted``; give those without one after `SECONDS`.

    At first, the service has no model.
    """
    event = {"type": "line_delivered", "event_id": "E", "line_id": "L", "delivered_at": "2024-05-31T12:00:00Z"}
    until = time.monotonic() + SECONDS
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        while wanted and time.monotonic() < until:
            for _ in range(5):
                client.post("/v1/score", json=BASKET).raise_for_status()
            client.post("/v1/events", json={"events": [event]})
            time.sleep(0.5)
            shop.serve(version="3")
            try:
                wanted = {name: each for name, each in wanted.items() if not ask(url, each)}
            except OSError:
                continue  # it is still starting
    return wanted


def parts_of(expression: str) -> list[str]:
    """What an alert compares: it is silent where all is well, but each side of its comparison is a figure."""
    found = re.sub(r"\soffset\s7d", "", expression)
    sides = [side for part in re.split(r"\sand\s(?:on \([^)]*\)\s)?", found) for side in RESULT.split(part)]
    return [side.strip() for side in sides if METRIC.search(side) and side.count("(") == side.count(")")]


def every_query() -> dict[str, str]:
    variables = {"$job": ".*", "$shop": ".*", "$__rate_interval": "1m"}
    found = dict(recorded())
    for name, alert in alerts().items():
        found |= {f"{name} {place}": side for place, side in enumerate(parts_of(alert["expr"]))}
    for place, (title, expression) in enumerate(queries()):
        found[f"{title} {place}"] = re.sub(r"\$\w+", lambda each: variables[each.group()], expression)
    return found


@needs("prometheus")
def test_a_real_prometheus_answers_every_query_over_the_real_metrics(tmp_path: Path) -> None:
    quality().write(tmp_path / "quality")
    Telling(tmp_path / "quality", [FakeChannel()], MODEL).note(quality().alarms, "EUR")

    shop = busy_shop()
    with listening(shop, quality=tmp_path / "quality") as port, prometheus(tmp_path, port) as url:
        empty = loaded(shop, port, url, every_query())
        unwell = [each["metric"] for each in ask(url, "prometheus_rule_evaluation_failures_total > 0")]

    assert empty == {}
    assert unwell == []
