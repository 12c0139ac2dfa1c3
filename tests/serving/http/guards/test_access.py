"""API keys: admission, scopes, rate limits, and changes of the file of keys."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from data.errors import UserError
from serving import watched_file
from serving.api_keys import new_key, revoke
from serving.http.guards.access import Access
from serving.http.guards.key_ring import Scope
from serving.settings import Settings
from tests.serving.asking import BASKET, Asker
from tests.serving.fakes import FakeParts

EVENT = {"type": "line_delivered", "event_id": "E", "line_id": "L", "delivered_at": "2024-05-31T12:00:00Z"}
TOO_MANY = 429


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_file, "LOOK_SECONDS", 0.0)


@pytest.fixture
def keys(file: Path) -> dict[Scope, str]:
    """A key for each scope."""
    return {scope: new_key(file, scope.value, [scope]) for scope in Scope}


@pytest.fixture
def asker(file: Path, keys: dict[Scope, str]) -> Iterator[Asker]:
    assert keys
    with Asker.of(FakeParts(), api_keys_file=file) as asker:
        yield asker


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    ("method", "path", "body", "scopes"),
    [
        ("POST", "/v1/score", BASKET, {Scope.SCORE}),
        ("POST", "/v1/score/batch", {"baskets": [BASKET]}, {Scope.SCORE}),
        ("POST", "/v1/events", {"events": [EVENT]}, {Scope.EVENTS}),
        ("GET", "/v1/model", None, {Scope.SCORE, Scope.ADMIN}),
        ("GET", "/v1/model/catalog", None, {Scope.SCORE, Scope.ADMIN}),
        ("GET", "/v1/events/e", None, {Scope.EVENTS}),
        ("GET", "/metrics", None, {Scope.ADMIN}),
        ("POST", "/v1/privacy/erase", {"customer_id": "C"}, {Scope.PRIVACY}),
        ("POST", "/v1/privacy/opt-out", {"customer_id": "C"}, {Scope.PRIVACY}),
        ("POST", "/v1/privacy/export", {"customer_id": "C"}, {Scope.PRIVACY}),
    ],
)
def test_a_key_does_what_its_scope_says(asker, keys, method, path, body, scopes):
    for scope, key in keys.items():
        answer = asker.ask(method, path, json=body, headers=bearer(key))

        assert answer.status_code == (200 if scope in scopes else 403)


def test_health_is_told_to_everybody(asker):
    assert asker.get("/healthz").status_code == asker.get("/readyz").status_code == 200
    assert asker.get("/openapi.json").status_code == 200


def test_a_key_may_come_in_either_header(asker, keys):
    key = keys[Scope.SCORE]

    for headers in (bearer(key), {"authorization": f"bearer  {key} "}, {"X-API-Key": key}):
        assert asker.post("/v1/score", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer(""),
        bearer("rr_score_"),
        bearer("rr_score_" + "A" * 43),
        bearer("rr_nobody_" + "A" * 43),
        bearer("score"),
        {"Authorization": "Basic cnI6c2NvcmU="},
        {"X-API-Key": b"\xff"},
    ],
)
def test_nobody_gets_in_without_a_key(asker, headers):
    answer = asker.post("/v1/score", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="return-risk"'
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_nearly_a_key_is_none(asker, keys):
    key = keys[Scope.SCORE]

    for wrong in (key[:-1], key + "A", key.replace("rr_", "xx_"), key.replace("_score_", "_events_"), key.upper()):
        assert asker.post("/v1/score", headers=bearer(wrong)).status_code == 401


def test_a_body_is_not_looked_at_before_the_key(asker):
    assert asker.post("/v1/score", b"{").status_code == 401


def test_keys_rotate_while_the_service_runs(asker, file):
    fresh = new_key(file, "fresh", [Scope.SCORE])
    assert asker.post("/v1/score", headers=bearer(fresh)).status_code == 200

    revoke(file, "fresh")

    assert asker.post("/v1/score", headers=bearer(fresh)).status_code == 401


@pytest.mark.parametrize("content", ["{", '{"keys": [{}]}', None])
def test_a_broken_file_keeps_the_last_good_keys(asker, keys, file, content, caplog):
    good = file.read_text()
    if content is None:
        file.unlink()
    else:
        file.write_text(content)

    for _ in range(2):
        assert asker.post("/v1/score", headers=bearer(keys[Scope.SCORE])).status_code == 200

    assert len([record for record in caplog.records if "still holds" in record.getMessage()]) == 1
    file.write_text(good.replace('"score"\n', '"events"\n'))  # mended, with other scopes
    assert asker.post("/v1/score", headers=bearer(keys[Scope.SCORE])).status_code == 403


def test_a_file_that_went_is_an_alarm_until_it_is_back(asker, file):
    good = file.read_text()
    file.unlink()

    gone = asker.get("/readyz")
    file.write_text(good)
    file.chmod(0o600)

    assert (gone.status_code, gone.json()["status"]) == (200, "degraded")
    assert [cause["cause"] for cause in gone.json()["causes"]] == ["api_keys"]
    assert str(file) not in gone.text
    assert asker.get("/readyz").json() == {"status": "ready", "causes": []}


def test_a_file_that_others_may_read_while_the_service_runs_is_an_alarm(asker, file):
    file.chmod(0o644)
    opened = asker.get("/readyz").json()
    file.chmod(0o600)

    assert (opened["status"], [cause["cause"] for cause in opened["causes"]]) == ("degraded", ["api_keys"])
    assert asker.get("/readyz").json() == {"status": "ready", "causes": []}


def test_a_file_that_everybody_may_write_is_refused(file, keys, caplog):
    assert keys
    file.chmod(0o602)

    with pytest.raises(UserError, match=r"mode 602: everybody may write it(.|\n)*chmod 600"):
        Access(Settings(api_keys_file=file))
    assert "chmod" not in caplog.text


@pytest.mark.parametrize(
    ("mode", "warned"), [(0o644, True), (0o660, True), (0o640, True), (0o600, False), (0o400, False)]
)
def test_a_file_that_others_may_read_is_warned_of(file, keys, caplog, mode, warned):
    assert keys
    file.chmod(mode)

    Access(Settings(api_keys_file=file))

    assert (f"mode {mode:03o}" in caplog.text) == warned


def test_a_key_ends_on_its_day(file):
    key = new_key(file, "old", [Scope.SCORE], date(2999, 1, 1))
    content = json.loads(file.read_text())

    with Asker.of(FakeParts(), api_keys_file=file) as asker:
        assert asker.post("/v1/score", headers=bearer(key)).status_code == 200
        content["keys"][0]["expires"] = "2024-01-01"
        file.write_text(json.dumps(content))
        assert asker.post("/v1/score", headers=bearer(key)).status_code == 401


def test_a_key_that_sends_too_much_waits_and_others_do_not(file):
    greedy, other = (new_key(file, name, [Scope.SCORE]) for name in ("greedy", "other"))
    limits = {"rate_limit_per_second": 0.01, "rate_limit_burst": 5}

    with Asker.of(FakeParts(), api_keys_file=file, **limits) as asker:
        batch = asker.post("/v1/score/batch", {"baskets": [BASKET] * 5}, headers=bearer(greedy))
        refused = asker.post("/v1/score", headers=bearer(greedy))
        beside = [asker.post("/v1/score", headers=bearer(other)).status_code for _ in range(6)]

    assert batch.status_code == 200  # a batch of 5 baskets takes all 5
    assert refused.status_code == TOO_MANY
    assert 90 <= int(refused.headers["retry-after"]) <= 100  # one more after 1 / 0.01 seconds
    assert beside == [200] * 5 + [TOO_MANY]


def test_without_keys_only_this_machine_is_answered():
    with Asker.of(FakeParts()) as asker:
        here = asker.post("/v1/score")
        there = asker.post("http://192.0.2.1/v1/score")  # arrived at an address that other machines can reach
        model = asker.get("/v1/model").json()

    assert here.status_code == 200
    assert there.status_code == 403
    assert model["keys_required"] is False


def test_without_keys_the_service_says_so(caplog):
    Access(Settings())

    assert "no API keys are set up" in caplog.text


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "shop.example"])
def test_without_keys_the_service_listens_to_nobody_else(host):
    with pytest.raises(UserError, match=r"API keys, as .* can be reached from other machines"):
        Access(Settings(host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_loopback_needs_no_keys(host):
    assert Access(Settings(host=host)).keys_required is False


def test_a_file_that_is_not_there_stops_the_start(file):
    with pytest.raises(UserError, match=r"a file of API keys at .*keys\.json"):
        Access(Settings(api_keys_file=file))
