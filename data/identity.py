"""Identity: how a customer's key is read and hashed.

`data.personal_data` refuses columns that hold other personal data.

A shop's customers may be known by an id, an e-mail address, a phone number or a user name (`KeyKind`). `normalise`
brings two spellings of one key to one text, for which `data.pseudonyms` gives a pseudonym. Neither the key nor its
normal text is ever written.

The key comes from the environment variable ``RETURN_RISK_ID_KEY``. Without the variable the demo key is used. The demo
key is public (`DEMO_KEY`): anyone who knows a customer id can compute its hash. Use it for a demo only.
"""

import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import duckdb
import pyarrow as pa

from data.errors import UserError
from data.logs import log
from data.reading.labels import normal_form

KEY_VARIABLE = "RETURN_RISK_ID_KEY"
DEMO_KEY = b"return-risk public demo key: protects nobody"
SHORTEST_KEY = 16
"""Characters: 16 random characters can't be found by trial and error."""

SCIENTIFIC_ID = r"^[0-9]([.,][0-9]+)?[eE]\+[0-9]{2,}$"
"""An id as a spreadsheet writes a long number, ``4.07E+12``; it always writes two digits behind the sign."""
DECIMAL_ID = r"^([0-9]+)[.,]0+$"
"""An id as a script writes a column of numbers with an empty cell, ``12000.0``."""

BATCH = 100_000
"""Identifiers that Python holds in memory at a time."""

ASCII_BLANKS = " \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f"
BLANKS = ASCII_BLANKS + (
    "\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
    "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Every blank of Unicode (``White_Space``), then its marks without a width."""
_MAILED = re.compile(r"^[^<>@]*<([^<>\s]+@[^<>\s]+)>$")
"""An address as a mail program writes it, in angle brackets and behind the name of its owner."""
_LINK = re.compile(r"^(?:mailto:\s*)+")
_TRUNK = re.compile(r"^(\+|00)([^(]*)\(0\)")
"""The national zero in an international number, such as ``+49 (0) 30``: it is not dialled."""


class KeyKind(StrEnum):
    """What a shop knows its customers by; the kind decides which spellings are one customer (`normalise`)."""

    ID = "id"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"


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


def key_from_environment(*, warn: bool = True, environment: Mapping[str, str] = os.environ) -> IdKey:
    """Read the key from ``RETURN_RISK_ID_KEY``. Without the variable, use the public demo key and log a warning.

    Raises
    ------
    UserError
        The key is shorter than `SHORTEST_KEY` characters.
    """
    secret = environment.get(KEY_VARIABLE)
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


def trimmed(text: str) -> str:
    """Trim the blanks and marks that sources trim around a cell, and no others, and give normal form C of Unicode."""
    return text.strip(ASCII_BLANKS) if text.isascii() else unicodedata.normalize("NFC", text.strip(BLANKS))


def normalise(kind: KeyKind, text: str) -> str | None:
    """Bring a customer's key to the text that is hashed; None where nothing of it is left: a guest.

    An id is trimmed as any cell and otherwise kept. An e-mail address and a user name are compared as labels are
    (`data.reading.labels.normal_form`): upper and lower case, full-width letters and invisible signs make no
    difference. Of an e-mail as a mail program or a link writes it, ``"Ann" <ann@shop.example>`` or
    ``mailto:ann@shop.example``, the address counts. Of a phone number the digits of any script count, and ``00`` at
    its start is ``+``; zeros alone are no number. A number without its country stays apart from the same number with
    it, since no rule knows the country.

    Examples
    --------
    >>> normalise(KeyKind.EMAIL, "Ann <Ann@Shop.Example>"), normalise(KeyKind.PHONE, "0049 (0)30 12-34")
    ('ann@shop.example', '+49301234')
    """
    match kind:
        case KeyKind.ID:
            return trimmed(text) or None
        case KeyKind.PHONE:
            return _phone(text)
        case KeyKind.EMAIL:
            return _email(text)
        case _:
            return normal_form(text)


def _email(text: str) -> str | None:
    plain = _LINK.sub("", normal_form(text) or "")
    mailed = _MAILED.match(plain)
    return (_LINK.sub("", mailed[1]) if mailed else plain) or None


def _phone(text: str) -> str | None:
    plain = "".join(str(unicodedata.decimal(sign, sign)) for sign in normal_form(text) or "")
    plain = _TRUNK.sub(r"\1\2", plain)
    digits = re.sub(r"\D", "", plain)
    if plain.startswith("+") or digits.startswith("00"):
        digits = "+" + digits.removeprefix("00")
    return digits if digits.strip("+0") else None


def name_ids(
    connection: duckdb.DuckDBPyConnection,
    ids: str,
    into: str,
    pseudonyms: Callable[[Sequence[str]], Sequence[str | None]],
    read: Callable[[str], str | None] = trimmed,
) -> None:
    """Make the table ``into`` (raw VARCHAR, hashed VARCHAR) of the distinct identifiers that the query ``ids`` yields.

    Identifiers pass through Python in batches of `BATCH`; each is named once, however many rows it has.

    Parameters
    ----------
    ids
        A query with one VARCHAR column; missing values are left out.
    pseudonyms
        Gives the pseudonyms of customers, `data.pseudonyms.pseudonyms.Pseudonyms.make`; None for one who opted out.
    read
        The form of an identifier, `data.reading.reading.Reading.customer`: two spellings of one customer get one
        pseudonym. None stands for a guest, whose ``hashed`` is null.
    """
    distinct = connection.sql(f"SELECT DISTINCT raw FROM ({ids}) AS ids(raw) WHERE raw IS NOT NULL").to_arrow_table()
    connection.execute(f"CREATE TABLE {into} (raw VARCHAR, hashed VARCHAR)")
    pseudonyms(())  # the first use makes what they are kept in, also where all orders are guests'
    for batch in distinct.to_batches(BATCH):
        forms = [read(identifier) for identifier in batch.column(0).to_pylist()]
        known = list(dict.fromkeys(form for form in forms if form is not None))
        given: dict[str | None, str | None] = dict(zip(known, pseudonyms(known), strict=True))
        hashed = pa.array([given.get(form) for form in forms], pa.string())
        connection.from_arrow(pa.table({"raw": batch.column(0), "hashed": hashed})).insert_into(into)
