"""Each kind of export that shops have, small and of our own making: the facts come out, or a refusal that says why.

The kinds are those of ../shared/shop_exports, which is run as a whole by ``shop_exports`` where it is there. Eight of
them are held by the exports of the presets, in ``tests/data/mappings``; `HELD` says by which.
"""

from pathlib import Path
from typing import Any

import pytest

from data.errors import UserError
from tests.conftest import TOP
from tests.data.sources.mapped.cases.case import OUTCOMES, Run, facts, runs, texts

HERE = Path(__file__).parent
SHARED = sorted(case.parent.name for case in (TOP.parent / "shared" / "shop_exports").glob("*/case.md"))
RUNS = {name: run for file in sorted(HERE.glob("*.yaml")) for name, run in runs(file).items()}
HELD = {
    "header_and_items": "magento",
    "magento_parent_child": "magento",
    "no_customer_column": "amazon",
    "preamble_and_footer": "ebay",
    "shopify_orders_export": "shopify",
    "square_items": "square",
    "tsv_stray_quote": "amazon",
    "woocommerce_refund_rows": "woocommerce",
}


@pytest.fixture(autouse=True)
def _key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "a secret of the tests")
    monkeypatch.setenv("RETURN_RISK_CUSTOMER_KEYS", str(tmp_path / "customer-keys.sqlite"))


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_an_export_gives_its_facts_or_a_refusal_that_says_why(run: Run, tmp_path: Path) -> None:
    message, expected = "", run.expected
    try:
        run.read(tmp_path)
    except UserError as error:
        message = str(error)
    assert not [text for text in run.case.get("secret", []) if text in texts(tmp_path) + message]
    if "refused" in expected:
        assert message, "the run came to its end"
        assert not [text for text in expected["refused"] if text not in message], message
        assert not [text for text in expected.get("never", []) if text in message], message
        return
    assert message == ""
    assert differences(facts(tmp_path), expected) == {}


def differences(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """List what came out otherwise, as pairs of what was found and what is right.

    Right for an outcome is the money of each line by its id; or, of many lines, their number and the sum.
    """
    counts = [name for name in ("pieces_back", "customers", "guest_lines") if name in expected]
    wrong = {}
    for name in (*OUTCOMES, "rejects", "left_out", *counts):
        right = expected.get(name, {})
        came_out = [len(found[name]), sum(found[name].values())] if isinstance(right, list) else found[name]
        if came_out != right:
            wrong[name] = (came_out, right)
    for table in ("lines", "products"):
        for row, cells in expected.get(table, {}).items():
            for column, right in cells.items():
                if found[table][row][column] != right:
                    wrong[f"{table} {row} {column}"] = (found[table][row][column], right)
    return wrong


@pytest.mark.skipif(not SHARED, reason="no exports of shops here: ../shared/shop_exports is absent")
def test_every_kind_has_a_case_here_or_with_a_preset() -> None:
    own = {file.stem for file in HERE.glob("*.yaml")}
    presets = {file.parent.name for file in (TOP / "tests" / "data" / "mappings").glob("*/expected.json")}
    assert not own & set(HELD)
    assert set(HELD.values()) <= presets
    assert own | set(HELD) >= set(SHARED)
