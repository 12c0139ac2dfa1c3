"""Names of the service and requests from pages of other sites: DNS rebinding and cross-site requests are refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.api_keys import new_key
from serving.http.guards.key_ring import Scope
from serving.settings import Settings
from tests.serving.asking import BASKET, Asker
from tests.serving.fakes import FakeParts

PATHS = ("/v1/model", "/metrics", "/healthz", "/readyz", "/openapi.json", "/products", "/products/login", "/nowhere")
EVENT = {"type": "line_delivered", "event_id": "E", "line_id": "L", "delivered_at": "2024-05-31T12:00:00Z"}
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Origin": "http://localhost:9000"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:9000"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": ""},
]


@pytest.fixture
def fakes() -> FakeParts:
    return FakeParts()


@pytest.fixture
def asker(fakes: FakeParts, tmp_path: Path) -> Iterator[Asker]:
    with Asker.of(fakes, reviews=tmp_path / "reviews.sqlite", product_report=tmp_path) as asker:
        yield asker


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "localhost.evil.example", "10.0.0.1", "[fe80::1]", "0.0.0.0:8000", "x"],
)
def test_without_keys_a_name_that_leads_here_from_elsewhere_opens_nothing(asker, path, host):
    # The page of such a site runs in a browser on this machine, which takes our answers for that site's own.
    answer = asker.get(path, headers={"Host": host})

    assert answer.status_code == 403
    assert "RETURN_RISK_ALLOWED_HOSTS" in answer.json()["detail"]


def test_without_keys_such_a_name_neither_scores_nor_writes_events(asker, fakes):
    for path, body in (("/v1/score", BASKET), ("/v1/events", {"events": [EVENT]})):
        assert asker.post(path, body, headers={"Host": "evil.example"}).status_code == 403

    assert fakes.scoring.orders == fakes.feeding.events == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "::1", ""])
def test_loopback_names_are_the_services_own(asker, host):
    assert asker.post("/v1/score", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/products")])
def test_pages_of_other_sites_read_nothing(asker, path, headers):
    answer = asker.get(path, headers=headers)

    assert answer.status_code == 403
    assert "another site" in answer.json()["detail"]
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("headers", FOREIGN)
def test_pages_of_other_sites_neither_score_nor_write_events(asker, fakes, headers):
    for path, body in (("/v1/score", BASKET), ("/v1/events", {"events": [EVENT]})):
        assert asker.post(path, body, headers=headers).status_code == 403
        assert asker.ask("OPTIONS", path, headers=headers).status_code == 403

    assert fakes.scoring.orders == fakes.feeding.events == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1", "Host": "127.0.0.1"},
    ],
)
def test_programs_and_the_services_own_pages_are_answered(asker, headers):
    assert asker.post("/v1/score", headers=headers).status_code == 200


LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def test_a_link_on_another_site_opens_pages_and_nothing_of_the_api(asker):
    assert asker.get("/products/login", headers=LINK).status_code == 200
    assert asker.get("/openapi.json", headers=LINK).status_code == 200
    assert asker.get("/v1/model", headers=LINK).status_code == 403
    assert asker.get("/products/login", headers={**LINK, "Sec-Fetch-Dest": "iframe"}).status_code == 403
    assert asker.get("/products/login", headers={**LINK, "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    assert asker.ask("POST", "/products/preferences", headers=LINK).status_code == 403


@pytest.mark.parametrize("cookie", [{}, {"Cookie": "rr_session=x"}])
@pytest.mark.parametrize("headers", FOREIGN)
def test_with_keys_pages_of_other_sites_get_nothing_either(tmp_path, fakes, headers, cookie):
    key = new_key(tmp_path / "keys.json", "all", [Scope.SCORE, Scope.EVENTS])

    with Asker.of(fakes, api_keys_file=tmp_path / "keys.json") as asker:
        sent = {"Authorization": f"Bearer {key}", **cookie}
        assert asker.post("/v1/score", headers={**sent, **headers}).status_code == 403
        assert asker.post("/v1/score", headers={**sent, "Host": "shop.example"}).status_code == 200

    assert len(fakes.scoring.orders) == 1


def test_names_of_the_setting_are_answered_with_and_without_keys(tmp_path, fakes):
    key = new_key(tmp_path / "keys.json", "all", [Scope.SCORE])
    for settings in ({}, {"api_keys_file": tmp_path / "keys.json"}):
        with Asker.of(fakes, allowed_hosts="risk.example, Other.example", **settings) as asker:
            sent = {"Authorization": f"Bearer {key}"}
            named, unnamed = (
                asker.post("/v1/score", headers={**sent, "Host": host}).status_code
                for host in ("other.EXAMPLE:8000", "evil.example")
            )
            shop = asker.post("/v1/score", headers={**sent, "Origin": "https://risk.example"}).status_code
            proxied = {"Sec-Fetch-Site": "cross-site", "Origin": "https://risk.example"}
            assert (named, unnamed, shop) == (200, 403, 200)
            assert asker.post("/v1/score", headers={**sent, **proxied}).status_code == 200


def test_with_keys_and_names_a_probe_may_ask_by_an_address(tmp_path, fakes):
    new_key(tmp_path / "keys.json", "all", [Scope.SCORE])
    with Asker.of(fakes, allowed_hosts="risk.example", api_keys_file=tmp_path / "keys.json") as asker:
        assert asker.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
        assert asker.get("/healthz", headers={"Host": "evil.example"}).status_code == 403


def test_the_address_that_the_service_listens_on_is_its_own_name(tmp_path, fakes):
    new_key(tmp_path / "keys.json", "all", [Scope.SCORE])
    settings = {"host": "inner.example", "allowed_hosts": "risk.example", "api_keys_file": tmp_path / "keys.json"}
    with Asker.of(fakes, **settings) as asker:
        assert asker.get("/healthz", headers={"Host": "inner.example"}).status_code == 200


@pytest.mark.parametrize("names", ["risk.example:80", "*.example", "https://risk.example", "a b"])
def test_a_setting_that_is_no_name_is_refused(monkeypatch, names):
    monkeypatch.setenv("RETURN_RISK_ALLOWED_HOSTS", names)

    with pytest.raises(Exception, match="RETURN_RISK_ALLOWED_HOSTS"):
        Settings.from_environment()
