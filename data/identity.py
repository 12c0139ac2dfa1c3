"""Keyed hashes instead of customer ids, so that identity stays outside (for what is refused see `data.personal_data`).

The key comes from the environment variable ``RETURN_RISK_ID_KEY``. Without it the demo's key is used, which is public
(it stands below), so anybody who knows a customer id can recompute its hash: good for a demo, not for real customers.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from data.errors import UserError
from data.logs import log

KEY_VARIABLE = "RETURN_RISK_ID_KEY"
DEMO_KEY = b"return-risk public demo key: protects nobody"
SHORTEST_KEY = 16
"""Characters: 16 random ones cannot be found by trial."""

BATCH = 100_000
"""Identifiers that are in Python's hands at a time."""


@dataclass(frozen=True)
class IdKey:
    """The key of the hash; ``public`` when it is the demo's."""

    secret: bytes
    public: bool

    def hash(self, identifier: str) -> str:
        """Hash ``identifier`` to 32 hexadecimal digits: the first half of HMAC-SHA256 (RFC 2104)."""
        return hmac.digest(self.secret, identifier.encode(), "sha256")[:16].hex()

    @property
    def fingerprint(self) -> str:
        """Eight digits that tell two keys apart without telling the key."""
        return hashlib.sha256(b"fingerprint:" + self.hash("fingerprint").encode()).hexdigest()[:8]


def key_from_environment(*, warn: bool = True) -> IdKey:
    """Read the key from ``RETURN_RISK_ID_KEY``; without it take the public demo key and warn on stderr.

    Raises
    ------
    UserError
        The key is shorter than `SHORTEST_KEY` characters.
    """
    secret = os.environ.get(KEY_VARIABLE)
    if secret is None and not warn:
        return IdKey(DEMO_KEY, public=True)
    if secret is None:
        log.warning(
            "warning: %s is not set, so customer ids are hashed with the public demo key: not for real customers",
            KEY_VARIABLE,
        )
        return IdKey(DEMO_KEY, public=True)
    if len(secret) < SHORTEST_KEY:
        raise UserError(
            expected=f"{KEY_VARIABLE} to hold a secret of at least {SHORTEST_KEY} characters",
            found=f"{len(secret)} characters",
            fix=f"export {KEY_VARIABLE}=$(openssl rand -hex 32), and keep it: another key gives other customer ids",
        )
    return IdKey(secret.encode(), public=False)


def hash_ids(connection: duckdb.DuckDBPyConnection, ids: str, into: str, key: IdKey) -> None:
    """Make the table ``into`` (raw VARCHAR, hashed VARCHAR) of the distinct identifiers that the query ``ids`` yields.

    Identifiers pass through Python in batches of `BATCH`; each is hashed once, however many rows it has.

    Parameters
    ----------
    ids
        A query with one VARCHAR column; missing values are left out.
    """
    distinct = connection.sql(f"SELECT DISTINCT raw FROM ({ids}) AS ids(raw) WHERE raw IS NOT NULL").to_arrow_table()
    connection.execute(f"CREATE TABLE {into} (raw VARCHAR, hashed VARCHAR)")
    for batch in distinct.to_batches(BATCH):
        hashed = pa.array([key.hash(identifier) for identifier in batch.column(0).to_pylist()], pa.string())
        connection.from_arrow(pa.table({"raw": batch.column(0), "hashed": hashed})).insert_into(into)
