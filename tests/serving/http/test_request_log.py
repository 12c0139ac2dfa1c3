"""The request log: one line of JSON a request, with its id, and with nothing that names a person."""

import io
import json
import threading
from typing import Any

import pytest

from serving.api_keys import new_key
from serving.http.guards.key_ring import Scope
from serving.http.line_writer import LineWriter
from tests.serving.asking import BASKET, Asker
from tests.serving.fakes import FakeParts


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_a_request_leaves_one_line(capfd):
    with Asker.of(FakeParts(), log_level="info") as asker:
        answer = asker.post("/v1/score", {"lines": BASKET["lines"] * 3}, headers={"X-Request-ID": "shop-1"})

    (line,) = lines(capfd)
    assert answer.headers["x-request-id"] == "shop-1"
    assert line.pop("ms") > 0
    assert line.pop("time").endswith("Z")
    assert line == {
        "request_id": "shop-1", "method": "POST", "route": "/v1/score", "status": 200, "key": None, "lines": 3,
    }  # fmt: skip


def test_a_line_names_the_key_and_never_shows_it(capfd, tmp_path):
    key = new_key(tmp_path / "keys.json", "checkout", [Scope.SCORE])

    with Asker.of(FakeParts(), log_level="info", api_keys_file=tmp_path / "keys.json") as asker:
        asker.post("/v1/score", headers={"X-API-Key": key})

    text = capfd.readouterr().out
    assert json.loads(text)["key"] == "checkout"
    assert key not in text


def test_a_line_tells_nothing_of_what_was_sent(capfd):
    secret = "c-4711"
    body = {"customer_id": secret, "region": secret, "lines": BASKET["lines"]}

    with Asker.of(FakeParts(), log_level="info") as asker:
        asker.post(f"/v1/score?customer={secret}", body)
        asker.post(f"/v1/{secret}", body)
        asker.post("/v1/score", {**body, secret: 1})
        asker.post("/v1/score", body, headers={"X-Request-ID": secret + "\t", "User-Agent": secret})

    text = capfd.readouterr().out
    assert [json.loads(line)["status"] for line in text.splitlines()] == [200, 404, 422, 200]
    assert secret not in text


@pytest.mark.parametrize("given", ["", " ", "a b", "a" * 65, "a\tb", 'a"b', "a/b", b"\xff"])
def test_an_id_that_is_not_plain_is_replaced(given):
    with Asker.of(FakeParts()) as asker:
        used = asker.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"]

    assert used != given
    assert len(used) == 16


def test_each_request_has_an_id_of_its_own():
    with Asker.of(FakeParts()) as asker:
        ids = {asker.get(path).headers["x-request-id"] for path in ["/healthz", "/nowhere", "/v1/score"] * 5}

    assert len(ids) == 15


def test_requests_are_not_logged_above_their_level(capfd):
    with Asker.of(FakeParts(), log_level="warning") as asker:
        asker.post("/v1/score")

    assert lines(capfd) == []


class StuckStream(io.BytesIO):
    """A stream whose write blocks until ``released`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.released, self.stuck = threading.Event(), threading.Event()

    def write(self, data: Any) -> int:
        self.stuck.set()
        self.released.wait(10)
        return super().write(data)


def test_a_reader_that_does_not_read_holds_up_nobody():
    stream = StuckStream()
    writer = LineWriter(stream, waiting=5)
    writer.start()
    writer.write(b"first\n")
    stream.stuck.wait(10)

    for number in range(8):
        writer.write(b"%d\n" % number)

    assert writer.dropped == 3
    stream.released.set()
    writer.stop()
    assert stream.getvalue() == b"first\n0\n1\n2\n3\n4\n"


def test_a_stream_that_is_gone_is_no_reason_to_fail():
    stream = io.BytesIO()
    stream.close()
    writer = LineWriter(stream)
    writer.start()

    writer.write(b"a\n")
    writer.stop()

    assert writer.dropped == 1
