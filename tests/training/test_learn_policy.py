"""The command, on a log and tables as the service and the pipeline leave them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
import yaml

from data import tables
from data.errors import UserError
from data.logged.decisions import DECISIONS, HOLDOUT, POLICY, Did
from data.schema import ORDER_LINES, RETURNS
from data.times import table_time
from tests.training.decisions.experiment.written_shop import at, decision, reaction
from training import learn_policy
from training.decisions.learning import registered, report
from training.decisions.learning.registered import Entry
from training.registry.mlflow_registry import Registry, Version
from training.registry.names import policy_name

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # MLflow's own
PROJECT = Path(__file__).parents[2]
HELD, CUSTOMERS = 0.5, 3000


@pytest.fixture
def shop(registry: Registry, project: Path) -> Path:
    """A project whose policy has run: see `write`."""
    chosen = yaml.safe_load((PROJECT / "params.yaml").read_text(encoding="utf-8"))
    chosen["learning"] |= {"replicates": 4, "trees": {**chosen["learning"]["trees"], "rounds": 15, "max_rounds": 30}}
    chosen["data"]["source"] = "simulated"
    chosen["decisions"]["policy"] = "data/policies/fashion.yaml"
    (project / "params.yaml").write_text(yaml.safe_dump(chosen), encoding="utf-8")
    shutil.copytree(PROJECT / "data/policies", project / "data/policies")
    (project / "data/raw").mkdir(parents=True, exist_ok=True)
    (project / "data/raw/source.json").write_text('{"id_key": {"fingerprint": "x"}}')
    assert registry.uri
    return project


def write(project: Path, avoids: float) -> None:
    """Half of the customers are in the holdout, and all others get advice, which avoids a share of likely returns.

    Where a return is unlikely, the advice loses half of the sales.
    """
    random = np.random.default_rng(1)
    log, lines, returns = [], [], []
    for place in range(CUSTOMERS):
        name, day, held = f"c{place}", float(random.random() * 20), random.random() < HELD
        likely = random.random() < 0.5
        value = float(np.exp(random.normal(8.5, 0.4)))
        log += _decided(name, day, held=held, likely=likely, value=value)
        stays = held or likely or random.random() < 0.5
        back = random.random() < (0.7 if likely else 0.1) * (1.0 if held else 1 - avoids)
        if stays:
            lines.append(_line(name, day, value))
            returns += [_returned(name, day)] if back else []
    folder = project / "serving/var/decisions"
    folder.mkdir(parents=True)
    (folder / DECISIONS.file_name(1, 1)).write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in log))
    lines.append(_line("last", 60.0, 100.0))
    for table, content in ((ORDER_LINES, lines), (RETURNS, returns)):
        rows = pa.Table.from_pylist(content, schema=table.arrow(set(content[0])))
        tables.write(table, rows, project / "data/validated")


def _decided(name: str, day: float, *, held: bool, likely: bool, value: float) -> list[dict[str, Any]]:
    made = decision(
        decision_id=f"d{name}", policy_name="fashion_start", decided_at=at(day), request_id=name, customer=name,
        unit=name, chosen="size_advice",
        arm=HOLDOUT if held else POLICY, action=None if held else "size_advice",
        propensity=HELD if held else 1 - HELD, shares={HOLDOUT: HELD, POLICY: 1 - HELD}, eligible=["size_advice"],
        covariates={"value_minor": value, "returns": 0.7 if likely else 0.1},
    )  # fmt: skip
    return [made, *([] if held else [reaction(f"d{name}", Did.SHOWN, at(day))])]


def _line(name: str, day: float, value: float) -> dict[str, Any]:
    facts = {"product_id": "p", "quantity": 1, "price_minor": round(value), "ordered_at": table_time(at(day + 0.01))}
    return {"line_id": f"l{name}", "order_id": f"o{name}", "customer_id": name, **facts}


def _returned(name: str, day: float) -> dict[str, Any]:
    return {"return_id": f"r{name}", "line_id": f"l{name}", "returned_at": table_time(at(day + 5)), "quantity": 1}


def test_what_surely_earns_more_is_registered_and_becomes_a_challenger_and_nothing_else(
    shop: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(shop, avoids=0.8)
    before = (shop / "data/policies/fashion.yaml").read_bytes()
    monkeypatch.setattr("sys.argv", ["learn_policy", "learn"])
    learn_policy.main()

    said = json.loads((shop / report.SUMMARY).read_text())
    lines = yaml.safe_load((shop / report.LINES).read_text())
    assert said["proposed"], said["checks"]
    assert said["acts_on_share"] == pytest.approx(0.5, abs=0.1)
    assert said["gain"]["lower"] > 0
    assert sum(said["decisions"].values()) == CUSTOMERS
    assert lines == {"challengers": [{"name": "learned_v1", "share": 0.1, "learned": "learned_v1"}]}
    assert (shop / "data/policies/fashion.yaml").read_bytes() == before
    assert registry.champion(policy_name()).number == 1

    monkeypatch.setattr("sys.argv", ["learn_policy", "install"])
    learn_policy.main()
    assert (shop / learn_policy.INSTALLED / "learned_v1/effects.json").is_file()
    assert "version 1 is installed" in capsys.readouterr().out


def test_what_was_rolled_back_is_not_to_be_installed_and_leaves_no_lines_for_the_policy(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(shop, avoids=0.8)
    (shop / report.LINES).write_text("challengers: []\n")
    withdrawn = Entry(Version("effects", 2, "run", {}), has_alias=False, outcome="does not get the alias")
    monkeypatch.setattr(registered, "register", lambda *_: withdrawn)

    said = learn_policy.learn(shop / "serving/var/decisions", tables.VALIDATED)

    assert said[-2:] == [
        "effects version 2 does not get the alias", f"nothing is to be installed; {report.SUMMARY} has the figures"
    ]  # fmt: skip
    assert not (shop / report.LINES).exists()


def test_what_does_not_earn_is_not_registered_and_earlier_lines_go(shop: Path, registry: Registry) -> None:
    write(shop, avoids=0.0)
    (shop / report.LINES).write_text("challengers: []\n")

    said = learn_policy.learn(shop / "serving/var/decisions", tables.VALIDATED)

    assert said[-1].startswith("no policy is proposed")
    assert not (shop / report.LINES).exists()
    assert registry.holder(policy_name()) is None


def test_without_a_log_it_says_what_to_do(shop: Path) -> None:
    with pytest.raises(UserError, match="let the service decide first"):
        learn_policy.learn(shop / "serving/var/decisions", tables.VALIDATED)
