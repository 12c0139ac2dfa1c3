"""Exports in the layouts of real shops, with mappings of ours: the facts of each come out, or a refusal that says why.

The files are those of ../shared/shop_exports, which is no part of the project; without it the tests are skipped.
"""

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from data.errors import UserError
from data.ingest import ingest
from data.outcome import OutcomeParams
from data.params import load
from data.sources.params import CommentParams, DataParams
from data.validate import validate
from data.validation.params import ValidationParams
from tests.conftest import TOP

EXPORTS = TOP.parent / "shared" / "shop_exports"
OWN = Path(__file__).parent
CASES = sorted(case.parent.name for case in EXPORTS.glob("*/case.md"))

pytestmark = [
    pytest.mark.skipif(not CASES, reason="no exports of shops here: ../shared/shop_exports is absent"),
    pytest.mark.long,
]


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """The module that compares tables with the facts of a case."""
    spec = importlib.util.spec_from_file_location("check_of_shop_exports", EXPORTS / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def stock() -> tuple[ValidationParams, OutcomeParams]:
    """The parameters of the project, read once."""
    return load("validation", ValidationParams), load("outcome", OutcomeParams)


def problems(check: ModuleType, case: str, mapping: Path, out: Path, *, naive: bool) -> list[str]:
    """Run a case, and list what differs from its facts."""
    data = DataParams(
        source="mapped",
        path=EXPORTS / case / "in",
        mapping=mapping,
        comments=CommentParams(min_confidence=0.8, min_examples=200),
    )
    message = None
    try:
        ingest(data, out / "raw", out / "truth")
        validate(out / "raw", out / "validated", out / "report.json", *stock())
    except UserError as error:
        message = str(error)
    expected = json.loads((EXPORTS / case / "expected.json").read_text(encoding="utf-8"))
    tables = {name: check.rows(out / "validated" / f"{name}.parquet") for name in check.TABLES}
    folders = [out / "validated", out / "raw"]
    leaks = list(check.leaks(expected.get("must_not_contain", []), folders, message))
    if message is not None:
        return [*check.refusal(expected, message, case, naive=naive), *leaks]
    if expected.get("only") == "refused":
        return ["the run came to its end, and this input must be refused", *leaks]
    return [*check.compare(expected, tables), *leaks]


@pytest.fixture(autouse=True)
def _key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "a secret of the tests")
    monkeypatch.setenv("RETURN_RISK_CUSTOMER_KEYS", str(tmp_path / "customer-keys.sqlite"))
    monkeypatch.chdir(TOP)


@pytest.mark.parametrize("case", CASES)
def test_an_export_gives_its_facts(check: ModuleType, tmp_path: Path, case: str) -> None:
    own, given = OWN / f"{case}.yaml", EXPORTS / case / "mapping.yaml"
    assert problems(check, case, own if own.exists() else given, tmp_path, naive=False) == []


@pytest.mark.parametrize(
    "case", [case for case in CASES if (OWN / f"{case}.yaml").exists() and (EXPORTS / case / "mapping.yaml").exists()]
)
def test_a_mapping_of_few_keys_gives_the_facts_or_a_refusal(check: ModuleType, tmp_path: Path, case: str) -> None:
    assert problems(check, case, EXPORTS / case / "mapping.yaml", tmp_path, naive=False) == []


@pytest.mark.parametrize("case", [case for case in CASES if (EXPORTS / case / "mapping.naive.yaml").exists()])
def test_a_mapping_that_says_too_little_gives_no_other_facts(check: ModuleType, tmp_path: Path, case: str) -> None:
    assert problems(check, case, EXPORTS / case / "mapping.naive.yaml", tmp_path, naive=True) == []
