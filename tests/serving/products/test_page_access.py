"""Access to the pages: sessions in a cookie, and no writing for pages of other sites."""

from pathlib import Path
from typing import Any

import pytest

from serving import watched_file
from serving.api_keys import new_key, revoke
from serving.http.guards.access import COOKIE, Access, refuse_foreign
from serving.http.guards.key_ring import Scope
from serving.http.problems import ProblemError, ProblemKind
from serving.http.request_context import KEY, Exchange
from serving.settings import Settings

READERS, WRITERS = frozenset({Scope.READ, Scope.REVIEW}), frozenset({Scope.REVIEW})
HERE = {"sec-fetch-site": "same-origin"}


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_file, "LOOK_SECONDS", 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def keys(file: Path) -> dict[Scope, str]:
    return {scope: new_key(file, scope.value, [scope]) for scope in Scope}


@pytest.fixture
def access(file: Path, keys: dict[Scope, str]) -> Access:
    assert keys
    return Access(settings(file))


def settings(file: Path) -> Settings:
    return Settings(api_keys_file=file, sessions=file.with_name("sessions.sqlite"))


def request(path: str = "/products", method: str = "GET", **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in headers.items()}
    return {
        "type": "http", "path": path, "method": method, "server": ("127.0.0.1", 80), KEY: Exchange("id", named),
    }  # fmt: skip


def begun(access: Access, key: str) -> str:
    """The id of a session that is begun with a key, whatever it may do."""
    return access.log_in(request(), key, frozenset(Scope))


def with_cookie(session: str, path: str = "/products", method: str = "GET", **headers: str) -> dict[str, Any]:
    return request(path, method, cookie=f"other=1; {COOKIE}={session}; last=2", **headers)


def status(access: Access, scope: dict[str, Any], allowed: frozenset[Scope] = READERS) -> int:
    try:
        access.admit(scope, allowed, access.visitor(scope))
    except ProblemError as problem:
        return problem.kind.status
    return 200


@pytest.mark.parametrize("path", ["/products", "/products/items", "/products/"])
def test_a_cookie_opens_the_pages(access, keys, path):
    scope = with_cookie(begun(access, keys[Scope.READ]), path)

    assert status(access, scope) == 200
    assert scope[KEY].key == "read"


@pytest.mark.parametrize("path", ["/v1/score", "/metrics", "/productsx", "/v1/products", "/"])
def test_a_cookie_opens_nothing_else(access, keys, path):
    for scope in Scope:
        assert status(access, with_cookie(begun(access, keys[scope]), path), frozenset(Scope)) == 401


def test_a_key_is_no_session(access, keys):
    assert status(access, with_cookie(keys[Scope.READ])) == 401


def test_a_header_opens_the_pages_too(access, keys):
    assert status(access, request(x_api_key=keys[Scope.READ])) == 200
    assert status(access, request(method="POST", x_api_key=keys[Scope.REVIEW]), WRITERS) == 200


def test_only_keys_of_the_pages_open_them(access, keys):
    sessions = {scope: begun(access, keys[scope]) for scope in Scope}
    assert {scope for scope in Scope if status(access, with_cookie(sessions[scope])) == 200} == READERS
    writing = {scope: with_cookie(sessions[scope], method="POST", sec_fetch_site="same-origin") for scope in Scope}
    assert {scope for scope in Scope if status(access, writing[scope], WRITERS) == 200} == WRITERS


@pytest.mark.parametrize(
    "cookie", ["", COOKIE, f"{COOKIE}=", f"{COOKIE}=rr_read_x", f"{COOKIE}=\xff", "\xff;;==", "a=b"]
)
def test_a_cookie_that_is_no_key_opens_nothing(access, cookie):
    assert status(access, request(cookie=cookie)) == 401


def test_a_wrong_header_is_not_made_good_by_a_cookie(access, keys):
    assert status(access, with_cookie(begun(access, keys[Scope.READ]), x_api_key="rr_read_wrong")) == 401


def test_a_revoked_key_opens_nothing_any_more(access, keys, file):
    scope = with_cookie(begun(access, keys[Scope.READ]))
    assert status(access, scope) == 200

    revoke(file, "read")

    assert status(access, scope) == 401
    new_key(file, "read", [Scope.READ])  # of the same name, but with another secret
    assert status(access, scope) == 401


def test_a_session_counts_in_every_worker_and_ends_in_all_at_once(file, keys):
    one, other = Access(settings(file)), Access(settings(file))
    session = begun(one, keys[Scope.READ])
    assert status(other, with_cookie(session)) == 200

    other.log_out(with_cookie(session))

    assert status(one, with_cookie(session)) == status(other, with_cookie(session)) == 401


def test_a_new_login_ends_the_session_before(access, keys):
    session = begun(access, keys[Scope.READ])

    later = access.log_in(with_cookie(session), keys[Scope.READ], READERS)

    assert status(access, with_cookie(session)) == 401
    assert status(access, with_cookie(later)) == 200


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "http://evil.example", "host": "shop.example"}, True),
        ({"origin": "https://shop.example", "host": "shop.example"}, True),
        ({"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}, True),
        ({"sec_fetch_site": "cross-site", "origin": "https://shop.example", "host": "shop.example"}, False),
        ({"sec_fetch_site": "same-site"}, False),  # another service on a sister host
        ({"sec_fetch_site": "none"}, False),
        ({"origin": "https://evil.example", "host": "shop.example"}, False),
        ({"origin": "https://shop.example.evil.example", "host": "shop.example"}, False),
        ({"origin": "http://127.0.0.1:9000", "host": "127.0.0.1:8000"}, False),
        ({"origin": "null", "host": "shop.example"}, False),
        ({"origin": "", "host": ""}, False),
        ({"origin": "http://[", "host": "shop.example"}, False),
        ({"host": "shop.example"}, False),
        ({}, False),
    ],
)
def test_a_cookie_writes_for_this_site_alone(access, keys, headers, admitted):
    session = begun(access, keys[Scope.REVIEW])
    for method in ("POST", "PUT", "DELETE"):
        scope = with_cookie(session, method=method, **headers)
        assert status(access, scope, WRITERS) == (200 if admitted else 403)
    assert status(access, with_cookie(session, **headers)) == 200  # reading changes nothing


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ({"sec_fetch_site": "same-origin", "host": "localhost:8000"}, True),
        ({"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}, True),
        ({"origin": "http://[::1]:8000", "host": "[::1]:8000"}, True),
        ({"origin": "https://evil.example", "host": "127.0.0.1:8000"}, False),
        ({"host": "127.0.0.1:8000"}, False),
        ({}, False),
    ],
)
def test_without_keys_this_machine_writes_for_this_site_alone(headers, admitted):
    scope = request(method="POST", **headers)
    assert status(Access(Settings()), scope, WRITERS) == (200 if admitted else 403)


def test_without_keys_scores_need_no_site():
    assert status(Access(Settings()), request("/v1/score", "POST"), frozenset({Scope.SCORE})) == 200


def test_a_wrong_key_begins_no_session(access, keys):
    for key, allowed, kind in (
        ("rr_review_wrong", READERS, ProblemKind.UNAUTHORIZED),
        (keys[Scope.ADMIN], READERS, ProblemKind.FORBIDDEN),
    ):
        with pytest.raises(ProblemError) as raised:
            access.log_in(request(), key, allowed)
        assert raised.value.kind is kind


def test_wrong_keys_slow_down_all_workers_for_their_address_alone(file, keys):
    workers = Access(settings(file)), Access(settings(file))
    here, there = ({**request(), "client": (address, 1)} for address in ("192.0.2.1", "192.0.2.2"))
    for number in range(3):
        with pytest.raises(ProblemError, match="401"):
            workers[number % 2].log_in(here, "rr_read_wrong", READERS)

    for worker in workers:
        with pytest.raises(ProblemError, match="429"):
            worker.log_in(here, keys[Scope.READ], READERS)
    assert workers[0].log_in(there, keys[Scope.READ], READERS)


def test_the_error_for_a_request_from_another_site_has_a_fix():
    with pytest.raises(ProblemError) as raised:
        refuse_foreign(request(method="POST", sec_fetch_site="cross-site"))

    assert "open the page anew" in raised.value.detail
