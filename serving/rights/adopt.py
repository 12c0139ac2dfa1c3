"""Gives customers of a snapshot of an earlier version secrets: ``python -m serving.rights.adopt``.

Before, a pseudonym was the keyed hash of the customer's id, which nobody can erase from copies. A shop that lives on
events alone has no file with the ids: this replaces the hashes in its snapshot by pseudonyms of secrets, under which
the same customers are known from then on. Stop the service after the last `make tables`, run this, then
`dvc repro`, and start the service with an empty store of the state and new folders of logs.
"""

import argparse
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from data import attributes, facts, params, tables
from data.errors import UserError
from data.files import whole_folder
from data.identity import IdKey
from data.logs import log
from data.pseudonyms.customer_keys import CustomerKeys
from data.schema import CUSTOMER_IDS, ORDER_LINES, TABLES
from data.sources import snapshot
from data.sources.params import DataParams
from data.stage import run
from serving.process.file_rights import keep_from_others
from serving.rights.named import keys_of, named_shop
from serving.state.export import snapshot_folder

HASH: Final = re.compile("[0-9a-f]{32}")


def main() -> None:
    """Replace the hashes in the snapshot of the shop in the current folder.

    Raises
    ------
    UserError
        There is no snapshot, or its pseudonyms are no hashes by the shop's key.
    """
    keep_from_others()
    argparse.ArgumentParser(prog="python -m serving.rights.adopt", description=__doc__).parse_args()
    shop = named_shop(None)
    pseudonyms = shop.pseudonyms()
    keys = keys_of(pseudonyms if isinstance(pseudonyms, CustomerKeys) else None)
    number = adopt(snapshot_folder(params.load("data", DataParams)), shop.id_key(), keys)
    log.info("%d customers have secrets now; go on with: dvc repro", number)


def adopt(folder: Path, key: IdKey, keys: CustomerKeys) -> int:
    """Replace hashes by pseudonyms in the tables of a snapshot, as a whole; give the number of customers.

    Raises
    ------
    UserError
        The snapshot is of another key, has pseudonyms of secrets already, or orders that are named by customers.
    """
    described = snapshot.read(folder)
    if described.fingerprint != key.fingerprint:
        raise UserError(
            expected=f"a snapshot whose customers are hashes by the shop's key ({key.fingerprint})",
            found=f"one of {described.fingerprint}",
            fix="export RETURN_RISK_ID_KEY as it was; a snapshot with secrets needs nothing",
        )
    declared = attributes.read(folder)
    read = {
        table.name: (whole, tables.read(whole, folder, list(tables.columns(whole, folder))))
        for table in (*TABLES.values(), *facts.changes_in(folder))
        for whole in [attributes.extended(table, declared)]
    }
    found = sorted({each for _, rows in read.values() for each in _customers(rows)})
    _refuse_named_orders(read[ORDER_LINES.name][1], set(found))
    names = dict(zip(found, keys.adopt(found), strict=True))
    with whole_folder(folder) as unfinished:
        for file in folder.iterdir():
            if file.is_file():
                shutil.copy2(file, unfinished / file.name)
        for table, rows in read.values():
            tables.write(table, _renamed(rows, names), unfinished)
        replace(described, id_key={"public_demo_key": False, "fingerprint": keys.fingerprint}).write(unfinished)
    return len(names)


def _customers(rows: pa.Table) -> set[str]:
    columns = [name for name in CUSTOMER_IDS if name in rows.column_names]
    return {each for name in columns for each in pc.unique(rows[name]).to_pylist() if each is not None}


def _refuse_named_orders(lines: pa.Table, customers: set[str]) -> None:
    ids: list[Any] = pc.unique(lines["order_id"]).to_pylist()
    named = sum(1 for each in ids if not customers.isdisjoint(HASH.findall(each)))
    if named:
        raise UserError(
            expected="orders with ids of the shop",
            found=f"{named} orders that are named by the hash of their customer (one_order_per: customer_and_day)",
            fix="start again from an export of the shop: docs/how-to/events.md",
        )


def _renamed(rows: pa.Table, names: dict[str, str]) -> pa.Table:
    for column in CUSTOMER_IDS:
        if column in rows.column_names:
            place = rows.column_names.index(column)
            given = [None if each is None else names[each] for each in rows[column].to_pylist()]
            rows = rows.set_column(place, rows.schema.field(column), pa.array(given, pa.string()))
    return rows


if __name__ == "__main__":
    run(main)
