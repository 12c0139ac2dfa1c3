"""Replays one scenario, in a process of its own: ``python -m serving.products.policy.child``.

A replay is a second or more of pure Python, for which a worker that scores would have to give up its interpreter. The
request comes as JSON on standard input; lines of JSON go out: how many steps are done, and last the result.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter

from data.errors import UserError
from serving.decisions.faults import ProductFaults
from serving.process.file_rights import keep_from_others
from training.costs import Costs
from training.decisions.policy import Policy
from training.decisions.replay.baskets import ReplayBaskets
from training.decisions.replay.summary import Assumptions, Replay, replay

NICE: Final = 5
"""How far the process steps back behind those that score."""
MOST_SECONDS: Final = 300
RESULT: Final = TypeAdapter(Replay)


class Tried(BaseModel):
    """A policy, and the costs that it is tried with."""

    model_config = ConfigDict(frozen=True)

    policy: Policy
    costs: Costs

    @property
    def assumptions(self) -> Assumptions:
        """The same for the replay."""
        return Assumptions(self.policy, self.costs)


class Request(BaseModel):
    """What to replay: the folders of the baskets and of the product report, and the policies.

    ``min_probability``: from which on a fault of the report counts. ``running``: None for a shop without a policy.
    """

    model_config = ConfigDict(frozen=True)

    baskets: Path
    report: Path
    min_probability: float
    scenario: Tried
    running: Tried | None
    costs: Costs


def main() -> None:
    """Answer one request."""
    keep_from_others()
    os.nice(NICE)
    signal.alarm(MOST_SECONDS)
    request = Request.model_validate_json(sys.stdin.buffer.read())
    try:
        found = answer(request)
    except UserError as error:
        _say({"trouble": str(error)})
    else:
        _say({"result": RESULT.dump_json(found).decode()})


def answer(request: Request) -> Replay:
    """Replay; `UserError` where the baskets can't be read."""
    tried = [request.scenario, *([] if request.running is None else [request.running])]
    features = {name for each in tried for name in each.policy.features}
    faults = ProductFaults(request.report, request.min_probability)
    given = ReplayBaskets.read(request.baskets, features, faults.of)
    running = None if request.running is None else request.running.assumptions
    return replay(given, request.scenario.assumptions, running, request.costs, _progress)


def _progress(done: int, of_all: int) -> None:
    _say({"done": done, "of_all": of_all})


def _say(content: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
