"""Pseudonyms: customer ids become keyed hashes. `data.personal_data` refuses columns that hold other personal data.

The key comes from the environment variable ``RETURN_RISK_ID_KEY``. Without the variable the demo key is used. The demo
key is public (`DEMO_KEY`): anyone who knows a customer id can compute its hash. Use it for a demo only.
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
"""Characters: 16 random characters can't be found by trial and error."""

BATCH = 100_000
"""Identifiers that Python holds in memory at a time."""


@dataclass(frozen=True)
class IdKey:
    """The key of the hash; ``public``: whether it is the demo key."""

    secret: bytes
    public: bool

    def hash(self, identifier: str) -> str:
        """Hash ``identifier`` to 32 hexadecimal digits: the first half of HMAC-SHA256 (RFC 2104)."""
        return hmac.digest(self.secret, identifier.encode(), "sha256")[:16].hex()

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that differ between two keys and don't reveal the key."""
        return hashlib.sha256(b"fingerprint:" + self.hash("fingerprint").encode()).hexdigest()[:8]


def key_from_environment(*, warn: bool = True) -> IdKey:
    """Read the key from ``RETURN_RISK_ID_KEY``. Without the variable, use the public demo key and log a warning.

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
            "warning: %s is not set, so the public demo key hashes the customer ids: not for real customers",
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
