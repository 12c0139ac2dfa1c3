"""A webhook for each alarm, signed as Standard Webhooks have it (version 1.0.0, symmetric signatures)."""

import base64
import binascii
import hashlib
import hmac
import http.client
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from data.errors import UserError
from data.times import utc_now
from serving.telling import words
from serving.telling.news import AlarmNews
from serving.telling.sending import Message, SendError

SECONDS: Final = 15.0
PREFIX: Final = "whsec_"
GONE: Final = 410
"""The answer of a receiver that wants no more."""
LEAST_BYTES, MOST_BYTES = 24, 64


def signature(secret: bytes, message_id: str, at: datetime, body: bytes) -> str:
    """Sign a body: ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def read_secrets(file: Path) -> list[bytes]:
    """Read the secrets of a file, one a line: two of them while receivers go over to a new one.

    Raises
    ------
    UserError
        There is none, or one is not base64 of 24 to 64 bytes with the prefix ``whsec_``.
    """
    try:
        lines = file.read_text(encoding="utf-8").split()
    except OSError as error:
        raise _wrong(file, f"{type(error).__name__}") from None
    found = [_secret(line, file) for line in lines]
    if not found:
        raise _wrong(file, "an empty file")
    return found


def _secret(line: str, file: Path) -> bytes:
    try:
        secret = base64.b64decode(line.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise _wrong(file, "a line that is not base64") from None
    if not (line.startswith(PREFIX) and LEAST_BYTES <= len(secret) <= MOST_BYTES):
        raise _wrong(file, f"a secret of {len(secret)} bytes, or without {PREFIX}")
    return secret


def _wrong(file: Path, found: str) -> UserError:
    make = f"python -c \"import base64, os; print('{PREFIX}' + base64.b64encode(os.urandom(32)).decode())\" >{file}"
    return UserError(
        expected=f"in {file} a secret as Standard Webhooks have it: {PREFIX} and base64", found=found, fix=make
    )


@dataclass(frozen=True)
class Webhook:
    """The address that is called, and the file of the secrets that it is signed with, which is read at each try."""

    url: str
    secret_file: Path
    clock: Callable[[], datetime] = utc_now
    name: str = "webhook"

    def messages(self, news: tuple[AlarmNews, ...]) -> list[tuple[AlarmNews, ...]]:
        """A message for each alarm."""
        return [(each,) for each in news]

    def send(self, message: Message) -> None:
        """Call the address; `SendError` unless it answers 2xx. Redirects are not followed."""
        try:
            secrets = read_secrets(self.secret_file)
            status = self._post(message, secrets)
        except UserError as error:
            raise SendError(error.found) from None
        except (OSError, http.client.HTTPException) as error:
            raise SendError(f"{type(error).__name__}: {error}") from None
        if not 200 <= status < 300:
            raise SendError(f"it answered {status}", for_good=status == GONE)

    def headers(self, message_id: str, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
        """The headers of one try."""
        at = self.clock()
        return {
            "Content-Type": "application/json",
            "User-Agent": "return-risk",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signature(secret, message_id, at, body) for secret in secrets),
        }

    def _post(self, message: Message, secrets: Sequence[bytes]) -> int:
        (news,) = message.news
        body = words.body(news, message.made_at).encode()
        parts = urlsplit(self.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.hostname or ""
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(
                host, parts.port, timeout=SECONDS, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
        try:
            connection.request("POST", target, body, self.headers(message.id, body, secrets))
            return connection.getresponse().status
        finally:
            connection.close()
