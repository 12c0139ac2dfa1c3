"""Writes all that is known of a person: ``python -m serving.rights.export CUSTOMER > person.json``.

It answers art. 15 and 20 GDPR. It has what the state knows (facts, orders, counters), the person's rows in the tables
of the last run, and the lines of all logs. The customer is named as the shop does; of accounts that events merged, all
are in it. Times of state and logs are microseconds since 1970, UTC; money is in minor units.
"""

import argparse
import os
import sys
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.dataset as ds

from data import tables
from data.errors import UserError
from data.logged.blanking import find
from data.logged.decisions import DECISIONS
from data.logged.predictions import PREDICTIONS
from data.schema import CUSTOMER_CHANGES, CUSTOMERS, ORDER_LINES, RETURNS
from data.stage import run
from data.times import now_us
from features.stores.store import StoreError
from serving.assembly.person import assemble_person
from serving.privacy.person_file import NICE
from serving.privacy.person_logs import PersonLogs
from serving.process.file_rights import keep_from_others
from serving.rights.named import form_of, keys_of, named_shop
from serving.shops import Shop

OF_CUSTOMERS: Final = (ORDER_LINES, CUSTOMERS, CUSTOMER_CHANGES)


def main() -> None:
    """Write the person that the command names, as JSON, to the standard output.

    Raises
    ------
    UserError
        The shop has no secrets, or state or logs can't be read.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.rights.export", description=__doc__)
    parser.add_argument(
        "customer", nargs="?", help="the customer, as the shop names it; without it, the standard input"
    )
    parser.add_argument("--shop", help="which shop, where the service has several")
    given = parser.parse_args()
    os.nice(max(0, NICE - os.getpriority(os.PRIO_PROCESS, 0)))
    customer = sys.stdin.buffer.read().decode("utf-8", "surrogatepass") if given.customer is None else given.customer
    try:
        found = person(named_shop(given.shop), customer)
    except StoreError as error:
        raise UserError(
            expected="the store of the online state (RETURN_RISK_STATE) to answer",
            found=str(error),
            fix="look at the store, and run this again",
        ) from None
    sys.stdout.buffer.write(document(found))


def document(found: dict[str, Any]) -> bytes:
    """Write what is known of a person as JSON."""
    return orjson.dumps(found, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def person(shop: Shop, customer: str, now: int | None = None) -> dict[str, Any]:
    """Give all that a shop keeps of a customer; counters as of ``now``, else the time of the clock."""
    with assemble_person(shop) as parts:
        keys, form = keys_of(parts.keys()), form_of(parts.form(customer))
        accounts = keys.accounts_of(form)
        known = {} if parts.state is None or not accounts else parts.state.person(accounts, now or now_us())
        return {
            "pseudonyms": accounts,
            "opted_out": keys.opted_out(form),
            "state": known,
            "tables": in_tables(shop.folder / tables.VALIDATED, accounts),
            **in_logs(shop, accounts),
        }


def in_tables(folder: Path, accounts: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of canonical tables about the accounts; none where there are no tables."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in OF_CUSTOMERS:
        file = tables.path(table, folder)
        if file.is_file():
            rows = ds.dataset(file).to_table(filter=ds.field("customer_id").isin(pa.array(accounts, pa.string())))
            found[table.name] = rows.to_pylist()
    back = tables.path(RETURNS, folder)
    if back.is_file():
        lines = [each["line_id"] for each in found.get(ORDER_LINES.name, [])]
        found[RETURNS.name] = (
            ds.dataset(back).to_table(filter=ds.field("line_id").isin(pa.array(lines, pa.string()))).to_pylist()
        )
    return found


def in_logs(shop: Shop, accounts: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Give the lines of all logs about the accounts.

    They are scores, those of the version in shadow, decisions, what was done about these, and contacts.
    """
    marks = [f'"{each}"' for each in accounts]
    logs, own = PersonLogs.of(shop.settings), set(accounts)
    scores = {
        name: find(PREDICTIONS, folder, marks, lambda each: each.get("customer") in own)
        for name, folder in logs.of_scores.items()
    }
    about = find(DECISIONS, logs.decisions, marks, lambda each: bool({each.get("customer"), each.get("unit")} & own))
    decisions = [each for each in about if "decided_at" in each]
    ids = {each["decision_id"] for each in decisions}
    named = [f'"{each}"' for each in ids]
    done = find(DECISIONS, logs.decisions, named, lambda each: "event_id" in each and each.get("decision_id") in ids)
    contacts = [each for each in about if "topic" in each]
    found = {**scores, "decisions": decisions, "reactions": done, "contacts": contacts}
    return {name: list(map(dict, records)) for name, records in found.items()}


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError


if __name__ == "__main__":
    run(main)
