"""A snapshot: the canonical tables of a shop that goes on by events, and a description of them.

`python -m serving.tables` writes it from the tables of before and what the online state got to know since; ingest reads
it for ``data.source: events``. Customer ids in it are keyed hashes, labels are read: the description says how.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import tables
from data.errors import UserError
from data.files import read_json, write_json
from data.reading.reading import PLAIN, Reading

FILE = "snapshot.json"
FORMAT = 1
FIX = "write it: make tables"


@dataclass(frozen=True)
class Snapshot:
    """What a snapshot's tables are.

    ``id_key``: the fingerprint of the key that hashed the customer ids, as source.json has it; None for a simulated
    shop, which has none. ``reading``: how keys and labels were read. ``known_until``: every event that the service had
    answered by then is in the tables (microseconds since 1970, UTC); None for tables that no event is in yet.
    """

    id_key: dict[str, Any] | None
    reading: Reading = PLAIN
    known_until: int | None = None

    @property
    def fingerprint(self) -> str | None:
        """The fingerprint of the key that hashed the customer ids."""
        return None if self.id_key is None else str(self.id_key["fingerprint"])

    def write(self, folder: Path) -> None:
        """Write the description into ``folder``."""
        content = {
            "format": FORMAT,
            "id_key": self.id_key,
            "reading": self.reading.as_json(),
            "known_until": self.known_until,
        }
        write_json(content, folder / FILE)


def read(folder: Path) -> Snapshot:
    """Read the description in ``folder``.

    Raises
    ------
    UserError
        There is none, or it is of another version.
    """
    content = read_json(folder / FILE, expected=f"a snapshot of the shop's tables in {folder}", fix=FIX)
    if content.get("format") != FORMAT:
        raise UserError(
            expected=f"{folder / FILE} to have the format {FORMAT}", found=repr(content.get("format")), fix=FIX
        )
    return Snapshot(content["id_key"], Reading.from_json(content["reading"]), content["known_until"])


def of_run(raw: Path) -> Snapshot:
    """Describe the tables of the last run, from source.json in ``raw``.

    Raises
    ------
    UserError
        There was no run.
    """
    content = read_json(
        raw / tables.DESCRIPTION,
        expected="the tables of a run that read an export of the shop",
        fix="run the pipeline on the shop's files first: dvc repro",
    )
    return Snapshot(content.get("id_key"), Reading.from_json(content.get("reading", {})))
