"""What the process that writes events answers to a worker: a line of JSON, then the body of the caller's answer."""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from serving.http.problems import FieldProblem, ProblemError, ProblemKind
from serving.ports import Tally, Written

NOTICE: Final = 0
"""The number of the frames that answer no question: each has a `Notice`."""


@dataclass(frozen=True, slots=True)
class Notice:
    """How the writer is: the ``cause`` for which it can't write events now, and its ``detail``; None while it can."""

    cause: str | None = None
    detail: str = ""


def write_notice(notice: Notice) -> bytes:
    """Write a notice; `read_notice` reads it."""
    return orjson.dumps([notice.cause, notice.detail])


def read_notice(content: bytes) -> Notice:
    """Read what `write_notice` wrote."""
    return Notice(*orjson.loads(content))


def write_answer(written: Written) -> bytes:
    """Write the answer to a body whose events were applied; `read_answer` reads it."""
    facts = {"counts": dict(written.counts), "lines": written.lines, "state": written.state}
    return _line(facts | {"tallies": [list(each) for each in written.tallies]}) + written.answer


def write_problem(problem: ProblemError) -> bytes:
    """Write a problem; `read_answer` raises it."""
    errors = [each.model_dump() for each in problem.errors]
    return _line({"problem": problem.kind.name, "detail": problem.detail, "errors": errors, "headers": problem.headers})


def read_answer(content: bytes) -> Written:
    """Read what `write_answer` wrote.

    Raises
    ------
    ProblemError
        It is what `write_problem` wrote.
    """
    line, _, answer = content.partition(b"\n")
    facts = orjson.loads(line)
    if "problem" in facts:
        errors = [FieldProblem(**each) for each in facts["errors"]]
        raise ProblemError(ProblemKind[facts["problem"]], facts["detail"], errors, facts["headers"])
    tallies = [Tally(*each) for each in facts["tallies"]]
    return Written(answer, facts["counts"], facts["lines"], facts["state"], tallies)


def _line(facts: dict[str, Any]) -> bytes:
    return orjson.dumps(facts, option=orjson.OPT_APPEND_NEWLINE)
