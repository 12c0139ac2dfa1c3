"""A snapshot of an earlier version keeps its customers, under pseudonyms that can be erased."""

from pathlib import Path

import pytest

from data import tables
from data.errors import UserError
from data.identity import IdKey
from data.pseudonyms.customer_keys import CustomerKeys
from data.schema import CUSTOMERS, ORDER_LINES
from data.sources import snapshot
from data.sources.snapshot import Snapshot
from serving.rights.adopt import adopt
from tests.features.crowded_shop import crowded_shop

KEY = IdKey(b"a key of the tests", public=False)


def written(folder: Path, **order_ids: str) -> Path:
    shop, names = crowded_shop(orders=30), {f"c{number}": KEY.hash(f"c{number}") for number in range(8)}
    lines, customers = (each.replace({"customer_id": names}) for each in (shop.lines, shop.customers))
    made = shop.with_(lines=lines.replace({"order_id": order_ids}), customers=customers).write(folder / "snapshot")
    Snapshot({"public_demo_key": False, "fingerprint": KEY.fingerprint}, known_until=7).write(made)
    return made


def test_customers_of_a_snapshot_are_known_by_secrets_and_nothing_else_changed(tmp_path: Path) -> None:
    folder, keys = written(tmp_path), CustomerKeys(tmp_path / "keys.sqlite", KEY)
    before = {table.name: tables.read(table, folder).to_pylist() for table in (ORDER_LINES, CUSTOMERS)}

    assert adopt(folder, KEY, keys) == len(before[CUSTOMERS.name])

    names = {KEY.hash(f"c{number}"): keys.find([f"c{number}"])[0] for number in range(8)} | {None: None}
    lines = {row["line_id"]: row for row in tables.read(ORDER_LINES, folder).to_pylist()}
    assert [lines[row["line_id"]] for row in before[ORDER_LINES.name]] == [
        {**row, "customer_id": names[row["customer_id"]]} for row in before[ORDER_LINES.name]
    ]
    customers = {row["customer_id"] for row in tables.read(CUSTOMERS, folder).to_pylist()}
    assert customers == {names[row["customer_id"]] for row in before[CUSTOMERS.name]}
    described = snapshot.read(folder)
    assert (described.fingerprint, described.known_until) == (keys.fingerprint, 7)
    with pytest.raises(UserError, match="needs nothing"):
        adopt(folder, KEY, keys)


def test_orders_that_are_named_by_customers_are_refused_and_the_snapshot_stays(tmp_path: Path) -> None:
    folder, keys = written(tmp_path, o000=f"{KEY.hash('c0')}-20240101"), CustomerKeys(tmp_path / "keys.sqlite", KEY)
    with pytest.raises(UserError, match="named by the hash"):
        adopt(folder, KEY, keys)
    assert snapshot.read(folder).fingerprint == KEY.fingerprint
