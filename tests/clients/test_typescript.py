"""The client of TypeScript: made from the OpenAPI, compiled, and tried against the service by `trial.ts`."""

import json
import shutil
from pathlib import Path

import pytest

from tests.clients import making, node
from tests.clients.examples import documented
from tests.clients.live_service import LiveService, placed, returned

TRIAL = Path(__file__).with_name("trial.ts")
STRICT = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"]
TARGET = ["--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom", "--skipLibCheck"]


@pytest.fixture(scope="module")
def compiled(description: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clients") / making.TYPESCRIPT
    making.make_typescript(description, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(node.MODULES)
    shutil.copy(TRIAL, folder)
    (folder / "documented.ts").write_text(documented("typescript"))
    done = node.run("tsc", *STRICT, *TARGET, TRIAL.name, "documented.ts", folder=folder)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)
    return folder / "trial.js"


def test_it_scores_and_sends_events_until_they_count_and_names_those_that_do_not(
    compiled: Path, service: LiveService
) -> None:
    reused, wrong = {**placed(1), "order_id": "3"}, {**placed(4), "lines": []}
    events = [placed(1), placed(2, days=22), returned(2, days=0.1), reused, wrong]

    done = node.run(str(compiled), service.address, json.dumps(events))

    assert (done.stderr, done.returncode) == ("", 0)
    found = json.loads(done.stdout)
    assert found.pop("refused").startswith("1 of 1 events do not count: order-1 refused: its id was used before")
    assert found == {
        "score": ["7", [True]],
        "again": ["applied"],
        "lost": [["return-2", "not_counted"]],
        "invalid": ["/events/0/lines"],
        "unknown": 404,
        "failed": [
            {"sent": [["order-1", "order-2", "return-2"], ["order-2"]], "found": ["applied", "applied", "waiting"]},
            {"sent": [["order-1", "order-2", "return-2"], ["order-1"]], "found": ["order-1"]},
        ],
        "closed": True,
        "events": ["5 done", "5 done", "5 done", "1 UnavailableError", "1 RefusedError"],
        "scores": ["2 UnavailableError", "2 UnavailableError", "1 UnavailableError", "1 UnavailableError",
                   "1 UnavailableError"],
    }  # fmt: skip
    assert service.submitted[:4] == [
        [("order-1", "applied")],
        [("order-1", "duplicate")],
        [("order-2", "applied"), ("return-2", "not_counted")],
        [("order-2", "duplicate"), ("return-2", "duplicate")],
    ]
