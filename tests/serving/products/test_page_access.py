"""Access to the pages: keys in a cookie, and no writing for pages of other sites."""

from pathlib import Path
from typing import Any

import pytest

from serving.api_keys import new_key, revoke
from serving.http.guards import key_ring
from serving.http.guards.access import COOKIE, Access, refuse_foreign
from serving.http.guards.key_ring import Scope
from serving.http.problems import ProblemError
from serving.http.request_context import KEY, Exchange
from serving.settings import Settings

READERS, WRITERS = frozenset({Scope.READ, Scope.REVIEW}), frozenset({Scope.REVIEW})
HERE = {"sec-fetch-site": "same-origin"}


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ring, "LOOK_SECONDS", 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def keys(file: Path) -> dict[Scope, str]:
    return {scope: new_key(file, scope.value, [scope]) for scope in Scope}


@pytest.fixture
def access(file: Path, keys: dict[Scope, str]) -> Access:
    assert keys
    return Access(Settings(api_keys_file=file))


def request(path: str = "/products", method: str = "GET", **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in headers.items()}
    return {
        "type": "http", "path": path, "method": method, "server": ("127.0.0.1", 80), KEY: Exchange("id", named),
    }  # fmt: skip


def with_cookie(key: str, path: str = "/products", method: str = "GET", **headers: str) -> dict[str, Any]:
    return request(path, method, cookie=f"other=1; {COOKIE}={key}; last=2", **headers)


def status(access: Access, scope: dict[str, Any], allowed: frozenset[Scope] = READERS) -> int:
    try:
        access.admit(scope, allowed)
    except ProblemError as problem:
        return problem.kind.status
    return 200


@pytest.mark.parametrize("path", ["/products", "/products/items", "/products/"])
def test_a_cookie_opens_the_pages(access, keys, path):
    scope = with_cookie(keys[Scope.READ], path)

    assert status(access, scope) == 200
    assert scope[KEY].key == "read"


@pytest.mark.parametrize("path", ["/v1/score", "/metrics", "/productsx", "/v1/products", "/"])
def test_a_cookie_opens_nothing_else(access, keys, path):
    for scope in Scope:
        assert status(access, with_cookie(keys[scope], path), frozenset(Scope)) == 401


def test_a_header_opens_the_pages_too(access, keys):
    assert status(access, request(x_api_key=keys[Scope.READ])) == 200
    assert status(access, request(method="POST", x_api_key=keys[Scope.REVIEW]), WRITERS) == 200


def test_only_keys_of_the_pages_open_them(access, keys):
    assert {scope for scope in Scope if status(access, with_cookie(keys[scope])) == 200} == READERS
    writing = {scope: with_cookie(keys[scope], method="POST", sec_fetch_site="same-origin") for scope in Scope}
    assert {scope for scope in Scope if status(access, writing[scope], WRITERS) == 200} == WRITERS


@pytest.mark.parametrize(
    "cookie", ["", COOKIE, f"{COOKIE}=", f"{COOKIE}=rr_read_x", f"{COOKIE}=\xff", "\xff;;==", "a=b"]
)
def test_a_cookie_that_is_no_key_opens_nothing(access, cookie):
    assert status(access, request(cookie=cookie)) == 401


def test_a_wrong_header_is_not_made_good_by_a_cookie(access, keys):
    assert status(access, with_cookie(keys[Scope.READ], x_api_key="rr_read_wrong")) == 401


def test_a_revoked_key_opens_nothing_any_more(access, keys, file):
    scope = with_cookie(keys[Scope.READ])
    assert status(access, scope) == 200

    revoke(file, "read")

    assert status(access, scope) == 401


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
    for method in ("POST", "PUT", "DELETE"):
        scope = with_cookie(keys[Scope.REVIEW], method=method, **headers)
        assert status(access, scope, WRITERS) == (200 if admitted else 403)
    assert status(access, with_cookie(keys[Scope.REVIEW], **headers)) == 200  # reading changes nothing


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


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "10.0.0.1", "[fe80::1]"]
)
def test_without_keys_a_name_that_leads_here_from_elsewhere_opens_nothing(host):
    # The page of such a site runs in a browser on this machine, which takes our answers for that site's own.
    assert status(Access(Settings()), request(sec_fetch_site="same-origin", host=host)) == 403


def test_without_keys_scores_need_no_site():
    assert status(Access(Settings()), request("/v1/score", "POST"), frozenset({Scope.SCORE})) == 200


def test_a_key_can_be_looked_up_to_log_in(access, keys):
    found = access.find(keys[Scope.REVIEW])

    assert found is not None
    assert (found.name, found.scopes) == ("review", (Scope.REVIEW,))
    assert access.find("rr_review_wrong") is None
    assert Access(Settings()).find(keys[Scope.REVIEW]) is None


def test_the_error_for_a_request_from_another_site_has_a_fix():
    with pytest.raises(ProblemError) as raised:
        refuse_foreign(request(method="POST", sec_fetch_site="cross-site"))

    assert "open the page anew" in raised.value.detail
