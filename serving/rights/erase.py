"""Erases a customer everywhere, and searches every file for what is left: ``python -m serving.rights.erase CUSTOMER``.

``make erase CUSTOMER=…`` calls it. It works while the service runs or not. The customer is named as the shop does: by
the id, the e-mail address or whatever its files know customers by. Half a minute passes between the destruction of the
secret and the search, so that lines on their way are in the logs.
"""

import argparse
import time
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Final

from data.errors import UserError
from data.logs import log
from data.stage import run
from data.times import now_us
from features.stores.store import StoreError
from serving.assembly import assemble_person
from serving.privacy.erasure import PAUSE_SECONDS, SETTLED, ToErase
from serving.privacy.proof import Proof, prove
from serving.privacy.traces import Trace, traces_of
from serving.process.file_rights import keep_from_others
from serving.rights.named import form_of, keys_of, named_shop
from serving.shops import Shop

SHOWN: Final = 20
"""The most files that a message names."""


def main() -> None:
    """Erase the customer that the command names, and prove it.

    Raises
    ------
    UserError
        The shop has no secrets; or something can't be changed; or the search found something.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.rights.erase", description=__doc__)
    parser.add_argument("customer", help="the customer, as the shop names it")
    parser.add_argument("--shop", help="which shop, where the service has several")
    parser.add_argument("--proof", action="store_true", help="only search, and erase nothing")
    given = parser.parse_args()
    shop = named_shop(given.shop)
    try:
        proof = search_for(shop, given.customer) if given.proof else erase(shop, given.customer)
    except StoreError as error:
        raise UserError(
            expected="the stores of state and caps (RETURN_RISK_STATE) to answer",
            found=str(error),
            fix="look at the store, and run this again: what was begun goes on",
        ) from None
    report(proof)


def erase(shop: Shop, customer: str, settled: int = SETTLED) -> Proof:
    """Erase a customer of a shop from all that it keeps, and search for what is left.

    ``settled``: microseconds until lines on their way are in the logs; 0 where no service runs.
    """
    with assemble_person(shop, PAUSE_SECONDS if settled else 0.0) as parts:
        keys = keys_of(parts.keys())
        form = form_of(parts.form(customer))
        traces = traces_of(customer, form, shop.id_key(), keys)
        accounts = keys.accounts_of(form)
        parts.erasures.note([ToErase(f"erase-{uuid.uuid4().hex}", form, "", now_us())])
        log.info("destroyed the secrets of %d accounts", len(accounts))
        if accounts and settled:
            time.sleep(settled / 1e6)
        parts.erasures.work_off(0)
    return _proof(shop, traces)


def search_for(shop: Shop, customer: str) -> Proof:
    """Search the files of a shop for a customer; of one who was erased, the id and its hash are known alone."""
    with assemble_person(shop) as parts:
        keys, form = keys_of(parts.keys()), form_of(parts.form(customer))
        traces = traces_of(customer, form, shop.id_key(), keys)
    return _proof(shop, traces)


def report(proof: Proof) -> None:
    """Say what a search found.

    Raises
    ------
    UserError
        It found something, or a file could not be read.
    """
    log.info("searched %d files, %.1f MB", proof.files, proof.size / 1e6)
    if proof.sealed:
        log.info("%d files hold a pseudonym that leads to nobody, such as %s", len(proof.sealed), proof.sealed[0])
    if proof.freed:
        log.info("space that %s freed holds bytes of it until it is written over", _listed(proof.freed))
    if not proof.holds:
        found = [f"{hit.file}{f' ({hit.within})' if hit.within else ''}: {hit.trace.what}" for hit in proof.hits]
        raise UserError(
            expected="no file with the customer's id, its hash, the secret, or in state and logs the pseudonym",
            found="; ".join([*found, *(f"{file}: {why}" for file, why in proof.unread)][:SHOWN]),
            fix="files of the shop: export them anew without the customer, or remove them; others: see"
            " docs/how-to/privacy.md",
        )
    log.info("nothing of the customer was found")


def places_of(shop: Shop) -> tuple[list[Path], list[Path]]:
    """Give where a shop's files are: all of them, and those in which no pseudonym may be after an erasure."""
    settings = shop.settings
    state = [Path(settings.state.removeprefix("lmdb:"))] if settings.state.startswith("lmdb:") else []
    keys = settings.customer_keys
    beside = [keys.with_name(f"{keys.name}{end}") for end in ("", "-wal", "-shm")]
    live = [*state, settings.prediction_log, settings.decision_log, *(each for each in beside if each.exists())]
    others = [settings.model_dir, settings.product_report, settings.reviews, settings.learned_effects]
    return [shop.folder, *(each for each in others if each.exists())], [each for each in live if each.exists()]


def _proof(shop: Shop, traces: Collection[Trace]) -> Proof:
    return prove(list(traces), *places_of(shop))


def _listed(files: Collection[Path]) -> str:
    return ", ".join(str(each) for each in files)


if __name__ == "__main__":
    run(main)
