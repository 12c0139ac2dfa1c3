"""Limits: a slow or endless client is refused, on a real server where needed, and the others are served."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from serving.http.guards.token_bucket import TokenBucket
from tests.serving.asking import BASKET, Asker, listening
from tests.serving.fakes import FakeParts

EVENT = {"type": "line_delivered", "event_id": "E", "line_id": "L", "delivered_at": "2024-05-31T12:00:00Z"}
JSON = "Content-Type: application/json"
BODY = json.dumps(BASKET)


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def send(connection: socket.socket, *head: str, body: str | bytes = b"") -> None:
    content = body.encode() if isinstance(body, str) else body
    connection.sendall("\r\n".join((*head, "", "")).encode() + content)


def answer(connection: socket.socket) -> bytes:
    """All bytes until the server closes the connection."""
    received = bytearray()
    while chunk := connection.recv(65536):
        received += chunk
    return bytes(received)


def test_a_body_that_announces_too_much_is_not_read():
    with Asker.of(FakeParts(), max_body_bytes=2000) as asker:
        fits = asker.post("/v1/score", b" " * (2000 - len(BODY)) + BODY.encode())
        refused = asker.post("/v1/score", b" " * 2001)

    assert fits.status_code == 200
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["connection"] == "close"


def test_a_body_that_announces_too_much_is_refused_before_it_comes():
    with listening(FakeParts()) as port, connected(port) as connection:
        send(connection, "POST /v1/score HTTP/1.1", "Host: localhost", JSON, "Content-Length: 99999999999")

        assert answer(connection).startswith(b"HTTP/1.1 413 ")


def chunk(part: str) -> bytes:
    return f"{len(part):x}\r\n{part}\r\n".encode()


def test_a_body_without_a_length_is_read_up_to_the_limit():
    body = chunk(1000 * " ") * 10 + chunk(" ")

    with listening(FakeParts(), max_body_bytes=10_000) as port, connected(port) as connection:
        send(connection, "POST /v1/score HTTP/1.1", "Host: localhost", JSON, "Transfer-Encoding: chunked", body=body)
        refused = answer(connection)

    assert refused.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in refused


def test_a_chunked_body_that_just_fits_is_answered_however_it_comes():
    fakes, body = FakeParts(), BODY.ljust(1024)
    head = ("POST /v1/score HTTP/1.1", "Host: localhost", JSON, "Transfer-Encoding: chunked", "Connection: close")

    with listening(fakes, max_body_bytes=1024) as port, connected(port) as connection:
        send(connection, *head)
        for part in (body[:10], body[10:30], body[30:]):
            time.sleep(0.05)  # so that each comes by itself
            connection.sendall(chunk(part))
        connection.sendall(b"0\r\n\r\n")
        answered = answer(connection)

    assert answered.startswith(b"HTTP/1.1 200 ")
    assert [line.price_minor for order in fakes.scoring.orders for line in order.lines] == [250]


def test_a_body_that_never_ends_times_out():
    head = ("POST /v1/score HTTP/1.1", "Host: localhost", JSON, f"Content-Length: {len(BODY)}")

    with listening(FakeParts(), request_timeout_seconds=0.2) as port, connected(port) as connection:
        send(connection, *head, body=BODY[:-1])
        late = answer(connection)

    assert late.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in late
    assert b"connection: close" in late


def test_others_are_answered_while_a_body_dawdles():
    head = ("POST /v1/score HTTP/1.1", "Host: localhost", JSON, f"Content-Length: {len(BODY)}")

    with listening(FakeParts(), max_in_flight=8) as port, connected(port) as slow, connected(port) as quick:
        send(slow, *head, "Connection: close", body=BODY[:-1])
        send(quick, *head, "Connection: close", body=BODY)
        assert answer(quick).startswith(b"HTTP/1.1 200 ")
        slow.sendall(BODY[-1:].encode())
        assert answer(slow).startswith(b"HTTP/1.1 200 ")


def test_an_answer_that_takes_too_long_is_to_be_asked_for_again():
    fakes = FakeParts()
    fakes.feeding.seconds = 30

    with Asker.of(fakes, request_timeout_seconds=0.05) as asker:
        late = asker.post("/v1/events", {"events": [EVENT]})

    assert late.status_code == 503
    assert late.headers["retry-after"] == "1"


def test_a_client_that_leaves_hurts_nobody(capfd):
    fakes = FakeParts()
    head = ("POST /v1/score HTTP/1.1", "Host: localhost", JSON, f"Content-Length: {len(BODY)}")

    with listening(fakes, log_level="info") as port:
        with connected(port) as leaving:
            send(leaving, *head, body=BODY[:-1])
            time.sleep(0.05)
        with connected(port) as staying:
            send(staying, *head, "Connection: close", body=BODY)
            assert answer(staying).startswith(b"HTTP/1.1 200 ")

    assert sorted(json.loads(line)["status"] for line in capfd.readouterr().out.splitlines()) == [200, 499]


def score(number: int) -> tuple[str, str, dict[str, object]]:
    line = {"product_id": "P", "quantity": 1, "price_minor": number}
    return "POST", "/v1/score", {"json": {"lines": [line]}}


def test_more_than_can_wait_are_turned_away_at_once():
    fakes = FakeParts()

    with Asker.of(fakes, max_in_flight=10) as asker:
        answers = asker.together(*map(score, range(30)))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == fakes.scoring.calls == 10
    assert statuses.count(503) == 20
    assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 503} == {"1"}


def test_those_turned_away_leave_room_for_the_next():
    with Asker.of(FakeParts(), max_in_flight=10) as asker:
        for _ in range(3):
            statuses = [answer.status_code for answer in asker.together(*map(score, range(12)))]
            assert statuses.count(200) == 10


def test_each_answer_is_about_its_own_basket():
    with Asker.of(FakeParts()) as asker:
        answers = asker.together(*map(score, range(100)))

    assert [answer.json()["lines"][0]["expected_cost_minor"] for answer in answers] == list(range(100))


def test_events_that_wait_take_no_place_from_scores():
    fakes = FakeParts()
    fakes.feeding.seconds = 0.2
    waiting = [("POST", "/v1/events", {"json": {"events": [EVENT]}})] * 5

    with Asker.of(fakes, max_in_flight=4) as asker:
        answers = asker.together(*waiting, *map(score, range(4)), ("GET", "/readyz", {}), ("GET", "/v1/model", {}))

    assert sorted(answer.status_code for answer in answers[:5]) == [200, 200, 200, 200, 503]
    assert {answer.status_code for answer in answers[5:]} == {200}


def test_health_is_told_when_there_is_no_room():
    fakes = FakeParts()

    async def crowded(asker: Asker) -> int:
        stuck = [asyncio.ensure_future(asker._all((score(1),))) for _ in range(2)]
        paths = ("/healthz", "/readyz", "/metrics")
        answers = await asker._all(tuple(("GET", path, {}) for path in (*paths, *paths)))
        await asyncio.gather(*stuck)
        return sum(answer.status_code == 200 for answer in answers)

    with Asker.of(fakes, max_in_flight=1) as asker:
        assert asker.runner.run(crowded(asker)) == 6


@pytest.mark.parametrize(("tokens", "seconds"), [(1, 0), (4, 0), (5, 1), (15, 6)])
def test_a_bucket_makes_up_for_what_was_taken(tokens, seconds):
    bucket = TokenBucket(rate=2, burst=5, now=0.0)

    bucket.take(tokens)

    # One token is needed: 5 - tokens + 2 * seconds >= 1.
    assert bucket.wait(0.0) == seconds
    assert bucket.wait(float(seconds)) == 0


def test_a_bucket_holds_no_more_than_its_burst():
    bucket = TokenBucket(rate=1000, burst=5, now=0.0)

    assert bucket.wait(3600.0) == 0
    bucket.take(5)

    assert bucket.wait(3600.0) == 1
