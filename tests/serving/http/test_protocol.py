"""A head that is too long, too slow or not HTTP ends its connection."""

import json
import select
from contextlib import suppress

import pytest

from serving.http import protocol
from tests.serving.asking import listening
from tests.serving.fakes import FakeParts
from tests.serving.http.guards.test_limits import answer, connected, send

GET = "GET /healthz HTTP/1.1"
MUCH, DRIBBLE = 4_000_000, 100


@pytest.mark.parametrize(
    "head",
    [
        (GET, "Host: localhost", "X: " + "a" * 20_000),
        (GET, "Host: localhost", *(f"X-{number}: {number}" for number in range(2000))),
        ("GET /" + "a" * 20_000 + " HTTP/1.1", "Host: localhost"),
    ],
    ids=["a long header", "many headers", "a long path"],
)
def test_a_long_head_is_refused(head):
    with listening(FakeParts()) as port, connected(port) as connection:
        send(connection, *head)
        refused = answer(connection)

    assert refused.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in refused


def test_a_head_without_end_is_refused_before_it_is_kept():
    with listening(FakeParts()) as port, connected(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        sent = 0
        with suppress(ConnectionResetError, BrokenPipeError):
            while sent < MUCH and not select.select([connection], [], [], 0.001)[0]:
                connection.sendall(b"a" * 4096)
                sent += 4096

    assert sent < MUCH


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nHost", b"\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(monkeypatch, begun):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.1)

    with listening(FakeParts()) as port, connected(port) as connection:
        connection.sendall(begun)

        assert answer(connection) == b""


def test_a_body_that_nobody_reads_may_not_take_for_ever(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)

    with listening(FakeParts()) as port, connected(port) as connection:
        send(connection, "POST /nowhere HTTP/1.1", "Host: localhost", "Content-Length: 10000")
        assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")
        sent = 0
        with suppress(ConnectionResetError, BrokenPipeError):
            while sent < DRIBBLE and not select.select([connection], [], [], 0.02)[0]:
                connection.sendall(b"a")
                sent += 1

    assert sent < DRIBBLE


def test_a_connection_stays_open_between_requests(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)

    with listening(FakeParts()) as port, connected(port) as connection:
        for _ in range(2):
            send(connection, GET, "Host: localhost")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
            connection.settimeout(0.6)
            with pytest.raises(TimeoutError):
                connection.recv(1)  # longer than a head may take: nothing comes, and nothing ends
            connection.settimeout(10)


def test_an_empty_line_keeps_no_connection_open(monkeypatch):
    with listening(FakeParts()) as port, connected(port) as connection:
        send(connection, GET, "Host: localhost")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.1)
        connection.sendall(b"\r\n")

        assert answer(connection) == b""


def test_long_bodies_count_as_no_head():
    body = json.dumps({"lines": [{"product_id": "p" * 128, "quantity": 1, "price_minor": 1}] * 100})
    head = (
        "POST /v1/score HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )

    with listening(FakeParts()) as port, connected(port) as connection:
        for _ in range(3):
            send(connection, *head, body=body)
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHo")
            send(connection, "st: localhost")
        send(connection, GET, "Host: localhost", "Connection: close")

        assert answer(connection).count(b"HTTP/1.1 200 ") == 7


def test_requests_in_a_row_are_answered_in_a_row():
    with listening(FakeParts()) as port, connected(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        send(connection, GET, "Host: localhost", "Connection: close")

        assert answer(connection).count(b"HTTP/1.1 200 ") == 51


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/score HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /v1/score HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /v1/score HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_problem(noise):
    with listening(FakeParts()) as port:
        with connected(port) as connection:
            connection.sendall(noise)
            refused = answer(connection)
        with connected(port) as after:
            send(after, GET, "Host: localhost", "Connection: close")
            assert answer(after).startswith(b"HTTP/1.1 200 ")

    assert refused.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in refused
