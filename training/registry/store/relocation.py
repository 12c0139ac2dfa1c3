"""Artifacts lie beside the database that names them: a project that was moved or copied uses its own artifacts.

MLflow writes absolute addresses of artifacts into its database (a relative one becomes absolute when an experiment is
made), so a moved folder would look for them where it was, and a copy would read and write those of its original. Each
address that goes through a folder mlartifacts/ is set to the folder of that name beside the database, where that holds
the experiment. Other addresses are those that someone chose, and stay.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from data.logs import log

FOLDER = "mlartifacts"
TIMEOUT = 10
"""Seconds to wait for another process that writes."""
ADDRESSES = (
    ("experiments", "experiment_id", "artifact_location"),
    ("runs", "run_uuid", "artifact_uri"),
    ("logged_models", "model_id", "artifact_location"),
    ("model_versions", "rowid", "source"),
    ("model_versions", "rowid", "storage_location"),
)
"""Where MLflow's database holds addresses of artifacts: table, key, column."""


def relocate(database: Path) -> int:
    """Set the addresses of artifacts in the SQLite file ``database`` to the folder beside it; return how many changed.

    All change or none does. A database without a foreign address is only read; one that can't be written stays as it
    is, with a warning.
    """
    if not database.is_file():
        return 0
    top = database.resolve().parent / FOLDER
    try:
        with closing(sqlite3.connect(database, timeout=TIMEOUT)) as store:
            changed = _relocate(store, top)
    except sqlite3.OperationalError as error:
        log.warning("addresses of artifacts in %s may lead elsewhere, and can't be set: %s", database, error)
        return 0
    if changed:
        log.info("artifacts of runs and models: %d addresses now lead to %s, beside the database", changed, top)
    return changed


def _relocate(store: sqlite3.Connection, top: Path) -> int:
    tables = {row[0] for row in store.execute("select name from sqlite_master where type = 'table'")}
    known = [place for place in ADDRESSES if place[0] in tables]
    if not any(_foreign(store, *place, top) for place in known):
        return 0
    with store:
        store.execute("begin immediate")
        return sum(_set(store, *place, top) for place in known)


def _set(store: sqlite3.Connection, table: str, key: str, column: str, top: Path) -> int:
    found = _foreign(store, table, key, column, top)
    # Names of tables and columns come from `ADDRESSES` alone.
    store.executemany(f"update {table} set {column} = ? where {key} = ?", found)
    return len(found)


def _foreign(store: sqlite3.Connection, table: str, key: str, column: str, top: Path) -> list[tuple[str, str]]:
    """List the addresses that have to change: the new one, and the key of its row."""
    rows = store.execute(f"select {key}, {column} from {table} where {column} like ?", (f"%/{FOLDER}/%",))
    found = ((beside(address, top), address, of) for of, address in rows)
    return [(new, of) for new, old, of in found if new is not None and new != old]


def beside(address: str, top: Path) -> str | None:
    """Give the address of the same artifacts in ``top``; None where it lacks the experiment, or that is no file's."""
    parts = urlsplit(address)
    if parts.scheme not in {"", "file"} or parts.netloc:
        return None
    _, found, rest = unquote(parts.path).rpartition(f"/{FOLDER}/")
    if not found or not (top / rest.partition("/")[0]).is_dir():
        return None
    return f"file://{quote(str(top / rest))}"
