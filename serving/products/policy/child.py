"""Replays one scenario, in a process of its own: ``python -m serving.products.policy.child``.

A replay is a second or more of pure Python, for which a worker that scores would have to give up its interpreter. The
request comes as JSON on standard input; lines of JSON go out: how many steps are done, and last the result.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter

from data.errors import UserError
from serving.decisions.faults import ProductFaults
from serving.decisions.learned import LearnedFolders
from serving.process.file_rights import keep_from_others
from training.costs import Costs
from training.decisions.covariates import OF_BASKETS
from training.decisions.learned import Learned
from training.decisions.learning import stored_effects
from training.decisions.policy import Policy
from training.decisions.replay.baskets import ReplayBaskets
from training.decisions.replay.summary import Assumptions, Replay, replay

NICE: Final = 5
"""How far the process steps back behind those that score."""
MOST_SECONDS: Final = 300
RESULT: Final = TypeAdapter(Replay)


class Tried(BaseModel):
    """A policy, the costs that it is tried with, and the policies of its challengers that have a file, by arm."""

    model_config = ConfigDict(frozen=True)

    policy: Policy
    costs: Costs
    challengers: Mapping[str, Policy] = {}

    def assumptions(self, learned_by: Callable[[str], Learned | None]) -> Assumptions:
        """Give the same for the replay; ``learned_by`` gives learned effects by their name."""
        return Assumptions(self.policy, self.costs, self.challengers, learned_by)

    @property
    def features(self) -> set[str]:
        """The features that conditions name, those of challengers, too."""
        return {name for each in (self.policy, *self.challengers.values()) for name in each.features}


class Request(BaseModel):
    """What to replay: the folders of the baskets and of the product report, and the policies.

    ``min_probability``: from which on a fault of the report counts. ``running``: None for a shop without a policy.
    ``learned``: the folder of learned effects.
    """

    model_config = ConfigDict(frozen=True)

    baskets: Path
    report: Path
    min_probability: float
    scenario: Tried
    running: Tried | None
    costs: Costs
    learned: Path = Path("none")


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
    features = OF_BASKETS.union(*(each.features for each in tried))
    learned_by = LearnedFolders(request.learned, stored_effects.load).of
    faults = ProductFaults(request.report, request.min_probability)
    given = ReplayBaskets.read(request.baskets, features, faults.of)
    running = None if request.running is None else request.running.assumptions(learned_by)
    return replay(given, request.scenario.assumptions(learned_by), running, request.costs, _progress)


def _progress(done: int, of_all: int) -> None:
    _say({"done": done, "of_all": of_all})


def _say(content: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
