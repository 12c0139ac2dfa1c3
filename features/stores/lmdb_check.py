"""Check an LMDB file for damage, in a process of its own: ``python -m features.stores.lmdb_check FOLDER``.

Reading a damaged page may end the reading process, so the check does not run in a worker.
"""

import os
import subprocess
import sys
from pathlib import Path

import lmdb

from features.stores.store import StoreError

TOP = Path(__file__).resolve().parents[2]
BROKEN = 3
"""The exit code for a damaged file."""


def verify(folder: Path) -> None:
    """Read every page of the store in ``folder``, while others may read and write there; about 5 s for each GB.

    The check finds broken trees, missing pages, keys out of order and a broken list of free pages. A changed byte
    within a value is not found.

    Raises
    ------
    StoreError
        ``corrupt``: the file is damaged; ``unreachable``: there is no such store, or it can't be opened.
    """
    command = [sys.executable, "-m", __spec__.name, str(folder.resolve())]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)  # noqa: S603 - itself
    message = (done.stdout or done.stderr).strip().rpartition("\n")[2]
    if done.returncode < 0:
        raise StoreError("corrupt", f"{folder}: reading all of it ended with signal {-done.returncode}")
    if done.returncode == BROKEN:
        raise StoreError("corrupt", f"{folder}: {message}")
    if done.returncode:
        raise StoreError("unreachable", f"{folder}: {message}")


def main(folder: Path) -> int:
    """Print the damage, without keys or values, and return the exit code."""
    try:
        env = lmdb.open(str(folder), max_dbs=16, readonly=True, create=False)
    except (lmdb.InvalidError, lmdb.VersionMismatchError, lmdb.CorruptedError) as error:
        return _broken(str(error))
    try:
        # This counts every page, also free ones, and compares the count with the number of pages.
        with Path(os.devnull).open("wb") as nowhere:
            env.copyfd(nowhere.fileno(), compact=True)
        with env.begin() as txn:
            return next((_broken(found) for name in env.dbs(txn) if (found := _walk(env, txn, name))), 0)
    except lmdb.Error as error:
        return _broken(str(error))


def _walk(env: lmdb.Environment, txn: "lmdb.Transaction[bytes]", name: bytes) -> str:
    database = env.open_db(name, txn=txn, create=False)
    previous, count = b"", 0
    for key, _ in txn.cursor(database):
        if key <= previous:
            return f"keys of {name!r} are out of order at entry {count}"
        previous, count = key, count + 1
    expected = txn.stat(database)["entries"]
    return "" if count == expected else f"{name!r} has {count} entries and should have {expected}"


def _broken(found: str) -> int:
    print(found)
    return BROKEN


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
