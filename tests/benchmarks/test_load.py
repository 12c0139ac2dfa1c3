"""The load generator against servers that answer late, badly or not at all.

Times are only held against lower bounds, which the servers' own delays guarantee.
"""

import asyncio
import json
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import UserError
from tests.benchmarks.load import Load, run
from tests.benchmarks.scripted_server import ScriptedServer, answer


async def at_once(_: ScriptedServer, __: int, ___: bytes) -> bytes:
    return answer()


def test_latency_runs_from_when_a_request_was_due_and_not_from_when_it_could_leave() -> None:
    async def slow(_: ScriptedServer, __: int, ___: bytes) -> bytes:
        await asyncio.sleep(0.02)
        return answer()

    with ScriptedServer(slow) as server:
        result = run(Load(server.url, (b"{}",), rate=1000, seconds=0.01, connections=1))

    # The tenth is due at 9 ms and answered after ten times 20 ms.
    assert result.ok == result.sent == 10
    assert result.max_ms is not None
    assert result.max_ms > 180
    assert result.late_p99_ms is not None
    assert result.late_p99_ms > 160


def test_all_that_is_due_is_sent_and_answered() -> None:
    with ScriptedServer(at_once) as server:
        result = run(Load(server.url, (b"{}",), rate=500, seconds=0.2, connections=4))

        assert len(server.bodies) == 100
    assert (result.sent, result.ok, result.unsent, result.errors) == (100, 100, 0, {})
    assert result.by_status == {"200": 100}


def test_a_closed_loop_asks_again_as_soon_as_it_is_answered_over_the_same_connections() -> None:
    with ScriptedServer(at_once) as server:
        result = run(Load(server.url, (b"{}",), count=50, connections=3))

        assert (len(server.bodies), server.connections) == (50, 3)
    assert result.ok == 50
    assert result.late_p99_ms == 0


def test_the_count_bounds_an_open_loop_too() -> None:
    with ScriptedServer(at_once) as server:
        result = run(Load(server.url, (b"{}",), rate=1000, seconds=1, count=5))

    assert (result.sent, result.ok, result.unsent) == (5, 5, 0)


def test_bodies_are_sent_in_turns_with_the_headers_given() -> None:
    with ScriptedServer(at_once) as server:
        run(Load(server.url, (b"a", b"bb"), count=5, connections=1, headers=(("X-API-Key", "k"),)))

        assert server.bodies == [b"a", b"bb", b"a", b"bb", b"a"]
        assert all(head.startswith(b"POST /v1/score HTTP/1.1\r\n") for head in server.heads)
        assert all(b"\r\nX-API-Key: k\r\n" in head for head in server.heads)


def test_without_a_body_it_gets() -> None:
    with ScriptedServer(at_once) as server:
        run(Load(server.url + "?full=1", count=1))

        assert server.heads[0].startswith(b"GET /v1/score?full=1 HTTP/1.1\r\n")


def test_refusals_by_status_are_counted_and_are_no_latencies() -> None:
    async def overloaded(_: ScriptedServer, number: int, __: bytes) -> bytes:
        return answer(503, b"{}", "Retry-After: 1") if number % 2 else answer()

    with ScriptedServer(overloaded) as server:
        result = run(Load(server.url, (b"{}",), count=10, connections=1))

    assert result.by_status == {"200": 5, "503": 5}
    assert (result.sent, result.ok, result.errors) == (10, 5, {})


def test_with_no_answer_of_success_there_are_no_percentiles() -> None:
    async def overloaded(_: ScriptedServer, __: int, ___: bytes) -> bytes:
        return answer(503)

    with ScriptedServer(overloaded) as server:
        result = run(Load(server.url, (b"{}",), count=3))

    assert (result.ok, result.rate, result.p50_ms, result.max_ms) == (0, 0.0, None, None)


def test_a_server_that_dies_gives_errors_and_an_end() -> None:
    async def dying(server: ScriptedServer, number: int, _: bytes) -> bytes | None:
        if number < 20:
            return answer()
        server.die()
        return None

    with ScriptedServer(dying) as server:
        result = run(Load(server.url, (b"{}",), rate=200, seconds=0.3, connections=2, timeout=1))

    assert result.ok >= 19  # one may have been under way on the other connection
    assert result.errors["refused"] > 0
    assert result.ok + sum(result.errors.values()) == result.sent
    assert result.sent + result.unsent == 60


def test_a_dead_server_is_not_asked_as_fast_as_it_can_refuse() -> None:
    result = run(Load(f"http://127.0.0.1:{_unused_port()}/", seconds=0.1, connections=2))

    # Each of the two rests 20 ms after a failure: 5 tries in 100 ms, and the first.
    assert 2 <= result.errors["refused"] <= 12


def test_an_answer_that_never_comes_is_a_timeout() -> None:
    async def silent(_: ScriptedServer, __: int, ___: bytes) -> bytes:
        await asyncio.sleep(30)
        return answer()

    with ScriptedServer(silent) as server:
        result = run(Load(server.url, (b"{}",), rate=100, seconds=0.05, connections=2, timeout=0.1))

    assert result.errors["timeout"] == result.sent >= 2
    assert result.sent + result.unsent == 5


def test_after_a_timeout_the_next_request_has_a_new_connection() -> None:
    async def silent_once(_: ScriptedServer, number: int, __: bytes) -> bytes:
        await asyncio.sleep(0 if number else 30)
        return answer()

    with ScriptedServer(silent_once) as server:
        result = run(Load(server.url, (b"{}",), rate=100, seconds=0.05, connections=1, timeout=0.1))

    assert (result.ok, result.errors, result.unsent) == (4, {"timeout": 1}, 0)


def test_a_connection_that_is_ended_instead_of_an_answer_is_an_error() -> None:
    async def hangs_up(_: ScriptedServer, __: int, ___: bytes) -> None:
        return None

    with ScriptedServer(hangs_up) as server:
        result = run(Load(server.url, (b"{}",), count=3, connections=1))

    assert result.errors == {"closed": 3}


def test_an_answer_in_pieces_or_in_chunks_is_taken_together() -> None:
    async def chunked(_: ScriptedServer, __: int, ___: bytes) -> bytes:
        return b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"degrad\r\n8\r\ned":[]} \r\n0\r\n\r\n'

    with ScriptedServer(chunked) as server:
        result = run(Load(server.url, (b"{}",), count=4, connections=2, count_degraded=True))

    assert (result.ok, result.degraded, result.errors) == (4, 0, {})


def test_a_body_larger_than_a_sockets_buffer_arrives_whole() -> None:
    body = b"x" * 8_000_000

    with ScriptedServer(at_once) as server:
        result = run(Load(server.url, (body,), count=2, connections=1))

        assert [len(got) for got in server.bodies] == [len(body)] * 2
    assert result.ok == 2


def test_a_body_that_is_refused_before_it_is_sent_leaves_the_next_request_alone() -> None:
    async def too_large(_: ScriptedServer, number: int, __: bytes) -> bytes:
        return answer(200 if number else 413)

    with ScriptedServer(too_large, limit=1_000) as server:
        result = run(Load(server.url, (b"x" * 8_000_000, b"{}"), count=2, connections=1, timeout=1))

    assert (result.by_status, result.errors) == ({"200": 1, "413": 1}, {})


def test_a_server_that_ends_each_connection_is_connected_to_anew() -> None:
    async def once(_: ScriptedServer, __: int, ___: bytes) -> bytes:
        return answer(200, b"{}", "Connection: close")

    with ScriptedServer(once) as server:
        result = run(Load(server.url, (b"{}",), count=6, connections=2))

        assert server.connections == 6
    assert (result.ok, result.errors) == (6, {})


def test_a_connection_that_is_ended_while_idle_is_no_error() -> None:
    async def ends_soon(server: ScriptedServer, _: int, __: bytes) -> bytes:
        asyncio.get_running_loop().call_later(0.02, server.hang_up)
        return answer()

    with ScriptedServer(ends_soon) as server:
        result = run(Load(server.url, (b"{}",), rate=10, seconds=0.3, connections=1))

        assert server.connections > 1
    assert (result.ok, result.errors) == (3, {})


def test_an_answer_that_is_no_http_is_an_error() -> None:
    async def garbled(_: ScriptedServer, __: int, ___: bytes) -> bytes:
        return b"hello\r\n\r\n"

    with ScriptedServer(garbled) as server:
        result = run(Load(server.url, (b"{}",), count=2, connections=1))

    assert result.errors == {"garbled": 2}


@pytest.mark.parametrize(
    ("body", "degraded"),
    [
        (b'{"degraded":[]}', 0),
        (b'{"degraded":["store"]}', 3),
        (b'[{"degraded":[]},{"degraded":["store"]}]', 3),  # one basket of a batch
        (b"{}", 3),  # it doesn't say that it is whole
    ],
)
def test_answers_that_fell_back_are_counted(body: bytes, degraded: int) -> None:
    async def scored(_: ScriptedServer, __: int, ___: bytes) -> bytes:
        return answer(200, body)

    with ScriptedServer(scored) as server:
        load = Load(server.url, (b"{}",), count=3, connections=1)

        assert run(load).degraded is None
        assert run(replace(load, count_degraded=True)).degraded == degraded


def test_an_answer_is_judged_by_its_own_body_alone() -> None:
    async def whole_at_first(_: ScriptedServer, number: int, __: bytes) -> bytes:
        return answer(200, b"{}" if number else b'{"degraded":[]}')

    with ScriptedServer(whole_at_first) as server:
        result = run(Load(server.url, (b"{}",), count=2, connections=1, count_degraded=True))

    assert result.degraded == 1


@pytest.mark.parametrize("url", ["http://192.0.2.1:80/", "https://127.0.0.1/", "127.0.0.1:8000", "http://127.0.0.1:x/"])
def test_only_a_server_on_this_machine_is_asked(url: str) -> None:
    with pytest.raises(UserError, match=r"expected: (the|an) address"):
        run(Load(url, seconds=0.1))


@pytest.mark.parametrize(
    "load",
    [
        Load("http://127.0.0.1/", seconds=0),
        Load("http://127.0.0.1/", rate=0),
        Load("http://127.0.0.1/", connections=1_000),
        Load("http://127.0.0.1/", seconds=float("nan")),
    ],
)
def test_a_load_without_bounds_is_refused(load: Load) -> None:
    with pytest.raises(UserError, match="above 0 and up to"):
        run(load)


def test_the_command_prints_one_json_object(tmp_path: Path, top: Path) -> None:
    bodies = tmp_path / "bodies.jsonl"
    bodies.write_text('{"a":1}\n\n{"a":2}\n', encoding="utf-8")

    with ScriptedServer(at_once) as server:
        how = "--rate max --count 3 --connections 1 --header X-API-Key:k:1"
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.load", "--url", server.url, "--bodies-file", bodies, *how.split()],
            cwd=top, capture_output=True, text=True, check=True,
        )  # fmt: skip

        assert server.bodies == [b'{"a":1}', b'{"a":2}', b'{"a":1}']
        assert b"\r\nX-API-Key: k:1\r\n" in server.heads[0]
    printed = json.loads(done.stdout)
    assert (printed["sent"], printed["ok"], printed["by_status"]) == (3, 3, {"200": 3})
    assert printed["p50_ms"] <= printed["p90_ms"] <= printed["p99_ms"] <= printed["p999_ms"] <= printed["max_ms"]


def test_the_command_says_what_is_wrong_with_its_arguments(top: Path) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.load", "--url", "http://127.0.0.1/", "--rate", "-1"]

    done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "found: -1" in done.stderr


def _unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
