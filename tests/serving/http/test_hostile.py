"""Good and bad requests at once, over real sockets: only bad ones fail, and no client gets another's answer."""

import asyncio
import json
import random
from collections.abc import Iterator

import pytest

from serving.http import protocol
from tests.serving.asking import listening
from tests.serving.fakes import FakeParts

GOOD = 100
BAD_STATUSES = {400, 401, 404, 405, 408, 413, 415, 422, 431, 503}
JSON = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def request(body: bytes, head: bytes = JSON) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def basket(number: int, **more: object) -> bytes:
    line = {"product_id": f"P-{number}", "quantity": 1, "price_minor": number}
    return json.dumps({"customer_id": f"C-{number}", "lines": [line] * (1 + number % 7), **more}).encode()


def hostile(draw: random.Random) -> Iterator[bytes]:
    """Hostile requests, repeated in a new order each time."""
    good = basket(666)
    kinds = [
        request(b"[" * 100_000),
        request(b'{"lines":' * 3_000),
        request(b'{"lines": [' + b"{}," * 20_000 + b"{}]}"),
        request(b"{" + b",".join(b'"k%d":1' % number for number in range(3_000)) + b"}"),
        request(good[:-1] + b', "lines": [], "lines": {}}'),
        request(b'{"lines": [{"price_minor": 1e999, "quantity": -1e-999}]}'),
        request(b'{"lines": [{"price_minor": ' + b"9" * 4_000 + b"}]}"),
        request(b"\xff\xfe" + good),
        request(good.replace(b"C-666", b"\\ud800\\udfff\\ud800")),
        request(good.replace(b"C-666", b"C-\\u0000' OR 1=1; DROP TABLE x; --")),
        request(b" " * 70_000),
        request(good, b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\n"),
        request(good, b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"),
        request(good, b"POST /v1/score?%s HTTP/1.1\r\nHost: localhost\r\n" % (b"a=1&" * 3_000)),
        request(good, b"POST /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n"),
        request(good, b"POST //v1//score HTTP/1.1\r\nHost: localhost\r\n"),
        request(good, b"TRACE /v1/score HTTP/1.1\r\nHost: localhost\r\n"),
        request(good, JSON + b"X-%d: 1\r\n" % draw.randrange(9) * 3_000),
        request(good, JSON + b"X-Request-ID: " + b"a" * 9_000 + b"\r\n")[:-1],
        request(good, JSON + b"Connection: Upgrade\r\nUpgrade: websocket\r\n") + b"\x81\x05hello",
        JSON + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n",
        JSON + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        JSON + b"Content-Length: 100\r\n\r\n{",
        b"GET /healthz HTTP/1.1\r\nHost",
        b"CONNECT x:443 HTTP/1.1\r\n\r\n",
        bytes(draw.randrange(256) for _ in range(500)),
    ]
    while True:
        draw.shuffle(kinds)
        yield from kinds


async def exchange(port: int, sent: bytes) -> bytes:
    """Send, and read until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = bytearray()
    try:
        writer.write(sent)
        while chunk := await asyncio.wait_for(reader.read(65536), 20):
            received += chunk
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return bytes(received)


async def ask_well(port: int, number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request(basket(number), JSON + b"X-Request-ID: good-%d\r\n" % number))
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
        answer = json.loads(await reader.readexactly(length))
    finally:
        writer.close()
    assert head.startswith("HTTP/1.1 200 ")
    assert f"x-request-id: good-{number}\r\n" in head
    assert [line["expected_cost_minor"] for line in answer["lines"]] == [number] * (1 + number % 7)


async def storm(port: int) -> list[bytes]:
    draw = random.Random(7)
    bad = hostile(draw)
    room = asyncio.Semaphore(60)

    async def held(number: int) -> bytes | None:
        async with room:
            if number % 2:
                return await exchange(port, next(bad))
            await ask_well(port, number)
            return None

    answers = await asyncio.gather(*(held(number) for number in range(2 * GOOD)))
    return [answer for answer in answers if answer is not None]


@pytest.fixture(scope="module")
def refusals() -> list[bytes]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(protocol, "HEAD_SECONDS", 1.0)
        with listening(FakeParts(), request_timeout_seconds=1.5, max_body_bytes=2**16) as port:
            return asyncio.run(storm(port))


def test_good_requests_are_answered_in_the_middle_of_bad_ones(refusals):
    assert len(refusals) == GOOD  # the answers to good requests were checked as they came


def test_bad_requests_are_refused_and_break_nothing(refusals):
    statuses = {int(part[:3]) for answer in refusals for part in answer.split(b"HTTP/1.1 ")[1:]}

    assert statuses <= BAD_STATUSES | {200}
    assert {400, 404, 405, 408, 413, 415, 422, 431} <= statuses


def test_refusals_are_problems(refusals):
    refused = [answer for answer in refusals if answer and not answer.startswith(b"HTTP/1.1 200 ")]

    assert all(b"content-type: application/problem+json" in answer for answer in refused)


def test_no_refusal_holds_anything_of_a_basket(refusals):
    assert not any(b"C-" in answer or b"P-" in answer for answer in refusals)
