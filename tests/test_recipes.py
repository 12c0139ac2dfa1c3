"""The recipes of CONTRIBUTING.md, followed to the letter; that of models has a test beside the learners."""

import json
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import ingest, tables
from data.schema import ORDER_LINES, REJECTS, RETURNS
from features.definitions import basket
from features.online.features import OnlineFeatures
from features.online_state.order import Order, OrderLine
from features.sentences import Sentences
from features.sentences import basket as basket_sentences
from tests.features import seeds
from tests.features.states import without_history
from tests.recipe import Step, steps
from training.model.baselines import BaselineParams
from training.model.matrix import Rows


def module(step: Step, top: Path, below: str) -> types.ModuleType:
    """The module of the project with the step's lines below its line ``below``."""
    made = types.ModuleType(step.file.removesuffix(".py").replace("/", "_"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, made.__name__, made)
        exec(compile(step.added(top, below), step.file, "exec"), vars(made))
    return made


def test_a_new_feature_is_computed_and_said(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    definition, sentence = steps(top / "CONTRIBUTING.md", "## Add a feature")
    changed = module(definition, top, "def _shares() -> Iterator[Feature]:")
    monkeypatch.setattr(basket, "features", changed.features)
    monkeypatch.setattr(basket_sentences, "sentences", module(sentence, top, "    return {").sentences)
    recipe = seeds.recipe_of(seeds.FEW_COLUMNS)
    lines = (OrderLine("P-1", 1, 4000, 4000, None, None, None), OrderLine("P-2", 2, 1000, 1000, None, None, None))

    online, sentences = OnlineFeatures(recipe), Sentences(recipe)
    place = online.names.index("basket_mean_value")
    found = without_history(online, [Order("c", 1_700_000_000_000_000, lines)])[:, place]

    assert found.tolist() == [3000, 3000]
    said = sentences.say("basket_mean_value", {"basket_mean_value": 3000})
    assert said == "a line is worth 3,000 minor units on average"


def test_a_new_baseline_is_fitted_kept_and_predicts(top: Path, tmp_path: Path) -> None:
    (step,) = steps(top / "CONTRIBUTING.md", "## Add a baseline")
    changed = module(step, top, '        "customer_rate": HistoryRate("customer_return_rate", rate),')
    names = ("product_return_rate", "customer_return_rate", "category_return_rate")
    rows = Rows(np.random.default_rng(1).random((200, 3)), (np.arange(200) % 4 == 0).astype(np.int8), names)

    changed.write(changed.fit_baselines(rows, BaselineParams(logistic_lines=100, logistic_c=1.0)), tmp_path / "b.json")
    found = changed.load(tmp_path / "b.json")["category_rate"]

    assert found.predict(pd.DataFrame({"category_return_rate": [0.4, np.nan]})).tolist() == [0.4, 0.25]


LEDGER = [
    {"kind": "sale", "line": "1", "customer": "ann", "product": "P-1", "moment": "2024-01-02T10:00", "cents": 1999},
    {"kind": "sale", "line": "2", "customer": None, "product": "P-2", "moment": "2024-01-02T11:00", "cents": 500},
    {
        "kind": "return",
        "line": "1",
        "customer": "ann",
        "product": "P-1",
        "moment": "2024-01-09T09:00",
        "cents": 1999,
    },
    {"kind": "gift", "line": "3", "customer": "bob", "product": "P-1", "moment": "2024-01-03T09:00", "cents": 0},
]


def line_of(step: Step, top: Path, *parts: str) -> str:
    """The one line of the step's file that has all ``parts``."""
    lines = (top / step.file).read_text(encoding="utf-8").splitlines()
    (found,) = [each for each in lines if all(part in each for part in parts)]
    return found


def run_as(name: str, code: str, patch: pytest.MonkeyPatch) -> types.ModuleType:
    """Run ``code`` as the module ``name``, which imports then find."""
    made = types.ModuleType(name)
    patch.setitem(sys.modules, name, made)
    exec(compile(code, name, "exec"), vars(made))
    return made


def test_a_new_source_writes_the_tables_of_a_shop_and_what_it_refused(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, chosen, named = steps(top / "CONTRIBUTING.md", "## Add a source")
    ledger = run_as("data.sources.ledger", source.code, monkeypatch)
    monkeypatch.setattr("data.sources.ledger", ledger, raising=False)
    changed = module(chosen, top, line_of(chosen, top, "def _write(", ") -> SourceReport:"))
    declared, old = (top / named.file).read_text(encoding="utf-8"), line_of(named, top, "    source: Literal[")
    params = run_as("changed_params", declared.replace(f"{old}\n", named.code), monkeypatch)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/ledger.json").write_text(json.dumps(LEDGER))
    comments = {"min_confidence": 0.8, "min_examples": 200}
    given = params.DataParams(source="ledger", path=tmp_path / "shop", mapping=Path("none.yaml"), comments=comments)
    raw = tmp_path / "raw"

    changed.ingest(given, raw, tmp_path / "truth")

    lines = tables.read(ORDER_LINES, raw, ["line_id", "customer_id", "price_minor"]).to_pylist()
    assert [(each["line_id"], each["price_minor"]) for each in lines] == [("1", 1999), ("2", 500)]
    assert lines[0]["customer_id"] not in (None, "ann")
    assert lines[1]["customer_id"] is None
    assert tables.count(RETURNS, raw) == 1
    refused = tables.read(REJECTS, raw, ["key", "rule", "value"]).to_pylist()
    assert refused == [{"key": "3", "rule": "unknown_kind", "value": "gift"}]
    assert json.loads((raw / tables.DESCRIPTION).read_text())["source"] == "ledger"
    assert ingest.ingest is not changed.ingest
