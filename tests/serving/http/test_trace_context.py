"""W3C Trace Context: taken, logged, and given back; what is not valid is as if it had not come."""

import json
import re

import pytest

from serving.http import trace_context
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"


def test_a_trace_is_logged_and_given_back(capfd: pytest.CaptureFixture[str]) -> None:
    with Asker.of(FakeParts(), log_level="info") as asker:
        answers = [
            asker.get(path, headers={"traceparent": PARENT, "tracestate": "a=1,b=2"})
            for path in ("/healthz", "/nowhere")
        ]

    logged = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    for answer, line in zip(answers, logged, strict=True):
        version, trace_id, span_id, flags = answer.headers["traceparent"].split("-")
        assert (version, trace_id, flags) == ("00", TRACE, "01")
        assert re.fullmatch("[0-9a-f]{16}", span_id)
        assert (line["trace_id"], line["span_id"], line["parent_id"]) == (TRACE, span_id, SPAN)
        assert answer.headers["tracestate"] == "a=1,b=2"


def test_a_request_without_a_trace_gets_none(capfd: pytest.CaptureFixture[str]) -> None:
    with Asker.of(FakeParts(), log_level="info") as asker:
        answer = asker.get("/healthz", headers={"tracestate": "a=1"})

    assert not {"traceparent", "tracestate"} & set(answer.headers)
    assert "trace_id" not in json.loads(capfd.readouterr().out)


@pytest.mark.parametrize(
    "parent",
    [
        "", PARENT.upper(), PARENT[:-1], f"{PARENT}0", f"{PARENT}-more", f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f" {PARENT}", f"00-{TRACE}\n-{SPAN}-01",
    ],
)  # fmt: skip
def test_an_invalid_trace_is_as_none(parent: str) -> None:
    assert trace_context.read([(b"traceparent", parent.encode())]) is None


def test_two_traces_are_none_and_a_later_version_may_have_more() -> None:
    one = (b"traceparent", PARENT.encode())

    assert trace_context.read([one, one]) is None
    assert trace_context.read([(b"traceparent", f"01-{TRACE}-{SPAN}-01-more".encode())]) is not None


@pytest.mark.parametrize(
    ("states", "given_back"),
    [([b"a=1"], b"a=1"), ([b"a=1", b"b=2"], b"a=1,b=2"), ([b"a\tb"], None), ([b"a" * 513], None), ([], None)],
)
def test_the_state_of_a_trace_is_given_back_as_it_came(states: list[bytes], given_back: bytes | None) -> None:
    trace = trace_context.read([(b"traceparent", PARENT.encode()), *[(b"tracestate", state) for state in states]])

    assert trace is not None
    assert dict(trace.headers()).get(b"tracestate") == given_back
