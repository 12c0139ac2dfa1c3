"""Each preset in data/mappings reads a small export of its layout, and the facts come out. All values are made up."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.ingest import ingest
from data.outcome import OutcomeParams
from data.params import load
from data.schema import ORDER_LINES, PRODUCTS, REJECTS, RETURNS
from data.sources.params import CommentParams, DataParams
from data.tables import columns, count, read
from data.validate import validate
from data.validation.params import ValidationParams

CASES = sorted(file.parent.name for file in Path(__file__).parent.glob("*/expected.json"))


@pytest.mark.parametrize("preset", CASES)
def test_the_facts_of_an_export_come_out(
    preset: str, top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "a secret of the tests")
    monkeypatch.setenv("RETURN_RISK_CUSTOMER_KEYS", str(tmp_path / "customer-keys.sqlite"))
    case = Path(__file__).parent / preset
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    comments = CommentParams(min_confidence=0.8, min_examples=200)
    mapping = top / "data" / "mappings" / f"{preset}.yaml"
    ingest(DataParams(source="mapped", path=case, mapping=mapping, comments=comments), tmp_path / "raw", tmp_path / "t")
    params, outcome = load("validation", ValidationParams), load("outcome", OutcomeParams)

    validate(tmp_path / "raw", tmp_path / "validated", tmp_path / "report.json", params, outcome)

    assert count(REJECTS, tmp_path / "validated") == 0
    found = facts(tmp_path / "validated")
    assert {key: found[key] for key in expected if key != "secret"} == {
        key: value for key, value in expected.items() if key != "secret"
    }
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*.parquet"))
    assert not [text for text in expected["secret"] if text.encode() in written]


def facts(validated: Path) -> dict[str, Any]:
    """Count what the canonical tables hold, with the keys of an expected.json."""
    lines, returns = read(ORDER_LINES, validated), read(RETURNS, validated)
    rows = {row["line_id"]: row for row in lines.to_pylist()}
    customers = [row["customer_id"] for row in rows.values()]
    return {
        "lines": len(rows),
        "orders": len({row["order_id"] for row in rows.values()}),
        "customers": len(set(customers) - {None}),
        "guest_lines": customers.count(None),
        "products": count(PRODUCTS, validated),
        "pieces": sum(row["quantity"] for row in rows.values()),
        "value_minor": sum(row["quantity"] * row["price_minor"] for row in rows.values()),
        "sizes": sorted(filter(None, (row.get("size") for row in rows.values()))),
        "first": min(row["ordered_at"] for row in rows.values()).isoformat(),
        "returned": _returned(rows, returns),
        "cancelled": sorted(row["order_id"] for row in rows.values() if row.get("cancelled_at") is not None),
        "unknown_lines": sum(not row["outcome_recorded"] for row in rows.values()),
        "reasons": sorted(filter(None, returns["reason"].to_pylist()))
        if "reason" in columns(RETURNS, validated)
        else [],
    }


def _returned(rows: dict[str, Any], returns: pa.Table) -> list[list[Any]]:
    """List the pieces that came back by order and product."""
    pieces: Counter[tuple[str, str]] = Counter()
    for item in returns.to_pylist():
        line = rows[item["line_id"]]
        pieces[line["order_id"], line["product_id"]] += item["quantity"]
    return [[order, product, number] for (order, product), number in sorted(pieces.items())]
