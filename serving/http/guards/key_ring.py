"""The API keys that are valid: kept in a file as hashes, and read anew when it changes.

A key reads ``rr_NAME_SECRET``. Its secret has 256 random bits, so one round of SHA-256 is enough: the
secret can't be guessed.
"""

import hashlib
import hmac
import json
import re
import stat
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data import files
from data.errors import UserError
from data.logs import log
from data.times import from_us, now_us
from serving.settings import A_SHOP
from serving.watched_file import WatchedFile

PREFIX: Final = "rr"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Scope(StrEnum):
    """What a key may do.

    Ask for scores, send events, read the product pages, also write there, run the service, do what persons ask for.
    """

    SCORE = "score"
    EVENTS = "events"
    READ = "read"
    REVIEW = "review"
    ADMIN = "admin"
    PRIVACY = "privacy"


class ApiKey(BaseModel):
    """What is kept of a key.

    ``expires`` is the first day (UTC) on which it is no longer valid. ``shop``: the one shop that it opens, of a
    service that serves several; None: the only shop of a service, or what is about all shops.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    scopes: tuple[Scope, ...]
    created: date
    expires: date | None = None
    shop: Annotated[str, Field(pattern=f"^{A_SHOP.pattern}$")] | None = None

    def expired(self, now: int) -> bool:
        """Whether the key is no longer valid at ``now`` (microseconds since 1970)."""
        return self.expires is not None and from_us(now).date() >= self.expires


class KeyFile(BaseModel):
    """The content of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[ApiKey, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "KeyFile":
        """Read the file.

        Raises
        ------
        UserError
            The file is missing, can't be read, or is not valid.
        """
        try:
            content = cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise UserError(
                expected=f"a file of API keys at {path}",
                found=error.strerror or type(error).__name__,
                fix="make one: python -m serving.api_keys new NAME --scope score; or correct RETURN_RISK_API_KEYS_FILE",
            ) from None
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "its top"
            raise UserError(
                expected=f"API keys in {path}",
                found=f"at {place}: {first['msg']}",
                fix="restore the file, or remove it and make new keys",
            ) from None
        if len({key.name for key in content.keys}) < len(content.keys):
            raise UserError(expected=f"names in {path} that differ", found="one name twice", fix="remove one of them")
        return content

    def write(self, path: Path) -> None:
        """Write the file as a whole, readable by its owner only. A link stays, and the file that it names is replaced.

        Raises
        ------
        UserError
            The file can't be written; the one before is as it was.
        """
        text = json.dumps(self.model_dump(mode="json"), indent=1) + "\n"
        try:
            files.write_private(text, path.resolve())
        except OSError as error:
            raise UserError(
                expected=f"a file of API keys that can be written at {path}",
                found=error.strerror or type(error).__name__,
                fix="correct RETURN_RISK_API_KEYS_FILE, or let this user write there",
            ) from None


class KeyRing:
    """The keys that are valid now.

    Parameters
    ----------
    clock
        Gives the time in microseconds since 1970, UTC.

    Raises
    ------
    UserError
        The file can't be read at the start. Later, the last valid content stays, and an error is logged.
    """

    def __init__(self, path: Path, clock: Callable[[], int] = now_us) -> None:
        self._path = path
        self._file, self._clock = WatchedFile(path, lambda found: by_name(_read_safe(found)), "the API keys"), clock

    def find(self, presented: str) -> ApiKey | None:
        """Give the key that was ``presented``; None where it is unknown, revoked or expired."""
        prefix, _, rest = presented.partition("_")
        name, _, secret = rest.partition("_")
        key = self._file.content().get(name)
        expected = key.sha256 if key else _NO_SECRET
        matches = hmac.compare_digest(digest(secret), expected)
        if key is None or not matches or prefix != PREFIX or key.expired(self._clock()):
            return None
        return key

    def same(self, name: str, sha256: str) -> ApiKey | None:
        """Give the key ``name`` where it is valid, and still has the secret with this hash."""
        key = self._file.content().get(name)
        return None if key is None or key.sha256 != sha256 or key.expired(self._clock()) else key

    def trouble(self) -> str | None:
        """Say why the file can't be used now, so that its keys stay as they were, or who may read it; else None."""
        return self._file.trouble() or _open_to_others(self._path)

    def scopes(self, name: str) -> tuple[Scope, ...]:
        """Give the scopes of the key ``name``; none where the key is gone."""
        key = self._file.content().get(name)
        return () if key is None else key.scopes


def _read_safe(path: Path) -> KeyFile:
    """Read the file; refuse one that everybody may write, as anybody could add a key, and warn where others read it."""
    content = KeyFile.read(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IWOTH:
        raise UserError(
            expected=f"{path} to be written by its owner alone, as whoever writes it makes keys",
            found=f"mode {mode:03o}: everybody may write it",
            fix=f"chmod 600 {path}; then look through its keys: python -m serving.api_keys list",
        )
    why = _open_to_others(path)
    if why is not None:
        log.warning("%s", why)
    return content


def _open_to_others(path: Path) -> str | None:
    """Say so where others than its owner may read or write the file; None where they can't, or where it is gone."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
    if not mode & (stat.S_IRWXG | stat.S_IROTH):
        return None
    return f"{path} has mode {mode:03o}: others may read or write the API keys; fix: chmod 600 {path}"


_NO_SECRET: Final = "0" * 64


def by_name(content: KeyFile) -> dict[str, ApiKey]:
    """Give the keys of a file by their names."""
    return {key.name: key for key in content.keys}


def digest(secret: str) -> str:
    """Hash the secret part of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()
