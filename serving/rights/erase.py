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
from typing import Final, NamedTuple

from data.errors import UserError
from data.logs import log
from data.sources.params import DataParams
from data.stage import run
from data.times import now_us
from features.stores.store import StoreError
from serving.assembly.person import assemble_person
from serving.privacy.erasure import PAUSE_SECONDS, SETTLED, ToErase
from serving.privacy.person_logs import PersonLogs
from serving.privacy.proof import Proof, files_of, prove
from serving.privacy.traces import Trace, traces_of
from serving.process.file_rights import keep_from_others
from serving.rights.named import form_of, keys_of, named_shop
from serving.shops import Shop

SHOWN: Final = 20
"""The most files that a message names."""
BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite adds to the name of a database for the files beside it."""
DVC_CACHE: Final = (".dvc", "cache")
OF_SHOP: Final = (
    "take the customer out of the shop's own files (data.path), which nothing here rewrites, or remove them"
)
OF_CACHE: Final = (
    "tables of before are in DVC's cache: once dvc repro has run with this version, remove what no longer belongs to"
    " the tables of now: dvc gc --workspace"
)
OF_OTHERS: Final = "look at the other files, and remove them or what they hold of the customer"


class Places(NamedTuple):
    """Where files of a shop are.

    ``all``: all of them. ``live``: those in which no pseudonym may be after an erasure. ``own``: the files that the
    shop exported, which it alone changes; None where it has none.
    """

    all: list[Path]
    live: list[Path]
    own: Path | None


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
    report(proof, places_of(shop).own)


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


def report(proof: Proof, own: Path | None = None) -> None:
    """Say what a search found; ``own``: the files that the shop exported.

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
            fix=_fix([*(hit.file for hit in proof.hits), *(file for file, _ in proof.unread)], own),
        )
    log.info("nothing of the customer was found")


def places_of(shop: Shop) -> Places:
    """Give where a shop's files are: its folder, its own export, its state, and every path that its settings name."""
    settings = shop.settings
    state = [Path(settings.state.removeprefix("lmdb:"))] if settings.state.startswith("lmdb:") else []
    live = [*state, *PersonLogs.of(settings), *_with_beside(settings.customer_keys)]
    values = (getattr(settings, name) for name in type(settings).model_fields)
    named = [each for value in values if isinstance(value, Path) for each in _with_beside(value)]
    data = shop.params("data", DataParams)
    read = [] if data.source == "simulated" else [shop.folder / data.path]
    for each in read:
        if not each.exists():
            log.warning("the shop's files (data.path) are not here, so they were not searched: %s", each)
    everything = [shop.folder, *read, *named]
    return Places(
        [each for each in everything if each.exists()],
        [each for each in live if each.exists()],
        read[0] if read and data.source != "events" else None,
    )


def _with_beside(place: Path) -> list[Path]:
    return [place, *(place.with_name(f"{place.name}{end}") for end in BESIDE)]


def _fix(files: Collection[Path], own: Path | None) -> str:
    """What to do about files in which a search found something."""
    exported = set() if own is None else set(files) & set(files_of([own]))
    cached = {each for each in files if DVC_CACHE in zip(each.parts, each.parts[1:], strict=False)} - exported
    others = set(files) - exported - cached
    kinds = ((exported, OF_SHOP), (cached, OF_CACHE), (others, OF_OTHERS))
    return f"{'; '.join(fix for found, fix in kinds if found)}. See docs/how-to/privacy.md"


def _proof(shop: Shop, traces: Collection[Trace]) -> Proof:
    places = places_of(shop)
    return prove(list(traces), places.all, places.live)


def _listed(files: Collection[Path]) -> str:
    return ", ".join(str(each) for each in files)


if __name__ == "__main__":
    run(main)
