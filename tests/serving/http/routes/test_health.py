"""What the service reports about itself: alive, ready, the served model, and its metrics."""

import os
import subprocess
import sys
from pathlib import Path

from data.attributes import Attribute, Kind
from data.times import now_us
from features.online_state.events import Status
from features.online_state.records import Latest
from serving.app import drain
from serving.http.telemetry import ShopTelemetry, Telemetry
from serving.ports import LevelDescription, Refusal, ShadowDescription
from serving.scores import Degraded
from tests.serving.asking import BASKET, Asker
from tests.serving.fakes import AS_OF, FakeParts

EVENT = {"type": "line_delivered", "event_id": "E", "line_id": "L", "delivered_at": "2024-05-31T12:00:00Z"}
MISSING = {"customer_id": 3, "channel": 3, "region": 3, "size": 3, "color": 6, "list_price_minor": 6}
TOP = Path(__file__).resolve().parents[4]


def figures(text: str) -> dict[str, float]:
    """The samples of the text format, by name and labels."""
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_the_parts_start_before_the_first_request_and_stop_after_the_last():
    fakes = FakeParts()

    with Asker.of(fakes) as asker:
        assert fakes.calls == ["start"]
        assert asker.get("/healthz").json() == {"status": "alive"}

    assert fakes.calls == ["start", "stop"]


def test_a_ready_service_says_so():
    with Asker.of(FakeParts()) as asker:
        answer = asker.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "causes": []}


def test_a_degraded_service_stays_among_those_that_answer():
    fakes = FakeParts(troubles=[Degraded("gone", "the store is gone")])

    with Asker.of(fakes) as asker:
        answer = asker.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "causes": [{"cause": "gone", "detail": "the log says more"}]}


def test_a_service_starts_until_each_shop_has_a_model_or_says_why_not():
    fakes = FakeParts(troubles=[Degraded("no_model", "no model could be loaded")], decided=False)

    with Asker.of(fakes) as asker:
        early, score = asker.get("/readyz"), asker.post("/v1/score")
        fakes.decided = True
        later = asker.get("/readyz")

    assert (early.status_code, early.json()["status"]) == (503, "starting")
    assert score.status_code == 200
    assert (later.status_code, later.json()["status"]) == (200, "degraded")


def test_a_service_that_drains_wants_no_more_requests_and_answers_them():
    with Asker.of(FakeParts()) as asker:
        drain(asker.app)
        readiness, score = asker.get("/readyz"), asker.post("/v1/score")

    assert readiness.status_code == 503
    assert readiness.json()["status"] == "draining"
    assert score.status_code == 200


def test_the_model_is_described():
    fakes = FakeParts()
    level = LevelDescription(0.04, AS_OF, lines=900, settled_lines=300, bounded=False)
    fakes.serve(last_refusal=Refusal("version 4: its trees are cut", AS_OF), level=level, posteriors_as_of=AS_OF)
    fakes.serve(shadow=ShadowDescription("4", "challenger", AS_OF, looked_at=AS_OF, difference=-0.002, act="wait"))

    with Asker.of(fakes) as asker:
        model = asker.get("/v1/model").json()

    assert model == {
        "name": "return-risk-simulated",
        "version": "3",
        "since": "2024-04-30T12:00:00Z",
        "registry": "reachable",
        "metrics": {"log_loss": 0.54},
        "last_refusal": {"reason": "version 4: its trees are cut", "at": "2024-05-31T12:00:00Z"},
        "level": {
            "shift": 0.04,
            "as_of": "2024-05-31T12:00:00Z",
            "lines": 900,
            "settled_lines": 300,
            "bounded": False,
            "trouble": None,
        },
        "posteriors_as_of": "2024-05-31T12:00:00Z",
        "shadow": {
            "version": "4",
            "role": "challenger",
            "since": "2024-05-31T12:00:00Z",
            "refusal": None,
            "scored_lines": None,
            "looked_at": "2024-05-31T12:00:00Z",
            "lines": None,
            "difference": -0.002,
            "low": None,
            "high": None,
            "e_value": None,
            "needed": None,
            "act": "wait",
            "why": None,
        },
        "attributes": [],
        "keys_required": False,
        "currency": "EUR",
        "minor_digits": 2,
        "other_currencies": [],
    }


def test_the_attributes_that_the_shop_declares_are_listed() -> None:
    declared = (
        Attribute("material", "products", Kind.CATEGORY),
        Attribute("height_cm", "customers", Kind.NUMBER, personal=True),
    )

    with Asker.of(FakeParts(attributes=declared)) as asker:
        found = asker.get("/v1/model").json()["attributes"]
    with Asker.of(FakeParts(attributes=None)) as asker:
        unread = asker.get("/v1/model").json()["attributes"]

    assert found == [
        {"name": "material", "table": "products", "kind": "category", "personal": False},
        {"name": "height_cm", "table": "customers", "kind": "number", "personal": True},
    ]
    assert unread is None


def test_the_features_of_the_model_have_a_path_of_their_own():
    with Asker.of(FakeParts()) as asker:
        catalog = asker.get("/v1/model/catalog").json()

    feature = {
        "name": "price", "dtype": "int64", "unit": "minor units", "factor": "price", "meaning": "price paid",
        "missing": "never", "source": ["price_minor"], "only_reasons": False,
    }  # fmt: skip
    assert catalog == {"version": "3", "features": [feature]}


def test_no_model_is_described_as_such():
    fakes = FakeParts()
    fakes.serve(version=None, since=None, registry="unreachable", catalog=(), metrics=None)

    with Asker.of(fakes) as asker:
        model, catalog = asker.get("/v1/model").json(), asker.get("/v1/model/catalog").json()

    assert (model["version"], model["since"], model["metrics"]) == (None, None, None)
    assert catalog == {"version": None, "features": []}


def test_the_figures_count_what_was_done():
    fakes = FakeParts()
    fakes.scoring.degraded = (Degraded("slow", "the store is slow"),)
    fakes.feeding.status = lambda _: Status.DUPLICATE

    with Asker.of(fakes) as asker:
        asker.post("/v1/score", {"lines": BASKET["lines"] * 3})
        asker.post("/v1/score/batch", {"baskets": [BASKET] * 2})
        asker.post("/v1/score", {})
        asker.post("/v1/events", {"events": [EVENT] * 4})
        asker.get("/nowhere")
        counted = figures(asker.get("/metrics").text)

    assert counted['return_risk_requests_total{route="/v1/score",status="200"}'] == 1
    assert counted['return_risk_requests_total{route="/v1/score",status="422"}'] == 1
    assert counted['return_risk_requests_total{route="unmatched",status="404"}'] == 1
    assert counted['return_risk_request_seconds_count{route="/v1/score"}'] == 2
    assert 'return_risk_request_seconds_bucket{le="0.0005",route="/v1/score"}' in counted
    assert counted["return_risk_lines_scored_total"] == 5
    assert counted['return_risk_degraded_total{cause="slow"}'] == 3
    assert counted['return_risk_events_total{status="duplicate"}'] == 4
    assert counted['return_risk_events_of_type_total{status="duplicate",type="line_delivered"}'] == 4


def test_the_figures_show_the_scores_and_what_they_lacked():
    fakes = FakeParts()
    line = {"product_id": "P-1", "quantity": 1, "size": "M"}
    prices = (120, 130, 930)  # the fake's probability is a thousandth of the price
    full = {"customer_id": "C", "channel": "web", "region": "DE", "payment_method": "card", "voucher_used": False}

    with Asker.of(fakes) as asker:
        fakes.scoring.new = (True, 2)
        asker.post("/v1/score", {**full, "lines": [{**line, "price_minor": price} for price in prices]})
        fakes.scoring.new = (False, 1)
        asker.post("/v1/score/batch", {"baskets": [BASKET] * 2})
        fakes.scoring.latest = None
        asker.post("/v1/score")  # from priors: no score of a model
        counted = figures(asker.get("/metrics").text)

    missing = {name: counted.get(f'return_risk_fields_missing_total{{field="{name}"}}') for name in MISSING}
    assert missing == MISSING
    assert counted["return_risk_baskets_scored_total"] == 4
    assert counted['return_risk_unknown_total{what="customer"}'] == 1
    assert counted['return_risk_unknown_total{what="product"}'] == 2 + 2 + 1
    below = [counted[f'return_risk_probability_bucket{{le="{share}"}}'] for share in ("0.1", "0.15", "0.25", "+Inf")]
    assert below == [0, 2, 4, 5]


def test_samples_follow_the_parts():
    fakes, everything = FakeParts(dropped=7), Telemetry()
    telemetry = ShopTelemetry(everything)
    parts = fakes.parts()
    telemetry.sample(parts)

    fakes.serve(version="4", level=LevelDescription(-0.02))
    fakes.dropped = 9
    telemetry.sample(parts)
    counted = figures(everything.text().decode())

    assert counted["return_risk_prediction_log_dropped_total"] == 9
    assert counted['return_risk_workers_serving{version="3"}'] == 0
    assert counted['return_risk_workers_serving{version="4"}'] == 1
    assert counted["return_risk_level_shift"] == -0.02


def test_the_ages_of_the_state_are_those_of_the_latest_score():
    fakes = FakeParts()
    fakes.scoring.latest = Latest(order=now_us() - 60_000_000, outcome=now_us() - 9_000_000_000)

    with Asker.of(fakes) as asker:
        asker.post("/v1/score")
        service = asker.app.state.instance.services[None]
        service.telemetry.sample(service.parts)
        counted = figures(asker.get("/metrics").text)

    assert 60 <= counted["return_risk_state_age_seconds"] < 3600
    assert 60 <= counted['return_risk_latest_fact_age_seconds{kind="order"}'] < 3600
    assert 9000 <= counted['return_risk_latest_fact_age_seconds{kind="outcome"}'] < 12_000
    assert 'return_risk_latest_fact_age_seconds{kind="delivery"}' not in counted


WORKERS = """
import os
from serving.http.telemetry import ShopTelemetry, Telemetry, forget_process
from tests.serving.fakes import FakeParts

def work(last):
    telemetry = Telemetry()
    telemetry.answered("/v1/score", 200, 0.002)
    ShopTelemetry(telemetry).sample(FakeParts(dropped=2).parts())
    telemetry.pass_on()
    if last:
        forget_process(os.getpid())
        print(telemetry.text().decode(), flush=True)

for last in (False, False, True):
    if (pid := os.fork()) == 0:
        work(last)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""
"""Three workers one after the other, each a process; imports, most of the work, are those of their parent."""


def test_several_workers_add_up(tmp_path):
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", WORKERS], cwd=TOP, env=environment, capture_output=True, text=True, check=True
    )

    counted = figures(done.stdout)  # the text of the last worker, which was forgotten before it
    assert counted['return_risk_requests_total{route="/v1/score",status="200"}'] == 3
    assert counted["return_risk_prediction_log_dropped_total"] == 6
    assert counted['return_risk_workers_serving{version="3"}'] == 2
