"""Figures of the source, the raw table and the validated table against each other, through the whole stage."""

import json
from pathlib import Path

import pytest

from data.validate import validate
from tests.data import small_shop
from tests.data.small_shop import line, shop
from tests.data.test_validate import LENIENT, RULE

FIGURES = {"lines": 4, "orders": 4, "customers": 1, "products": 2, "quantity": 8, "money_minor": 8 * 1999}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    content = shop()
    content["order_lines"] += [line("q", price_minor=-100, product_id="p3")]
    return small_shop.write(content, tmp_path / "raw")


def reconciled(raw: Path) -> tuple[dict[str, object], list[str]]:
    validate(raw, raw.parent / "validated", raw.parent / "v.json", LENIENT, RULE)
    report = json.loads((raw.parent / "v.json").read_text())
    return dict(report["reconciliation"]), list(report["warnings"])


def account(table: str, kept: int, **figures: int) -> dict[str, object]:
    return {"file": f"{table}.csv", "table": table, "records": kept, "kept": kept, **figures}


def test_the_raw_table_is_compared_with_the_one_written(raw: Path) -> None:
    found, warnings = reconciled(raw)

    assert found["written"] == FIGURES
    assert found["read"] == FIGURES | {
        "lines": 5,
        "orders": 5,
        "products": 3,
        "quantity": 10,
        "money_minor": 8 * 1999 - 200,
    }
    assert found["source"] is None
    assert "lines: the raw table has 5, the table written has 4 (-1)" in list(found["differences"])  # type: ignore[call-overload]
    assert warnings == []


def test_a_shop_without_broken_rows_differs_nowhere(tmp_path: Path) -> None:
    found, _ = reconciled(small_shop.write(shop(), tmp_path / "raw"))

    assert (found["read"], found["written"], found["differences"]) == (FIGURES, FIGURES, [])


def test_the_sources_accounts_are_added_up_and_a_difference_is_a_warning(raw: Path) -> None:
    accounts = [
        account("order_lines", 3, kept_quantity=6, kept_money_minor=6 * 1999),
        account("order_lines", 2, kept_quantity=4, kept_money_minor=2 * 1999 - 201),
        account("returns", 1),
    ]
    (raw / "source.json").write_text(json.dumps({"accounts": accounts}))

    found, warnings = reconciled(raw)

    assert found["source"] == {"lines": 5, "quantity": 10, "money_minor": 8 * 1999 - 201}
    assert warnings == ["money_minor: the source kept 15,791, the raw table has 15,792 (+1)"]
    assert warnings[0] in list(found["differences"])  # type: ignore[call-overload]


def test_numbers_beyond_all_money_do_not_make_it_crash(tmp_path: Path) -> None:
    content = shop()
    content["order_lines"] += [line("q", quantity=2**62, price_minor=-(2**62)) for _ in range(3)]

    assert reconciled(small_shop.write(content, tmp_path / "raw"))[0]["written"] == FIGURES
