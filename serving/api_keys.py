"""API keys from the command line: make, list and revoke them. The service reads a change within a second."""

import argparse
import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from data.errors import UserError
from data.stage import run
from data.times import utc_now
from serving.http.guards.key_ring import NAME, PREFIX, ApiKey, KeyFile, Scope, by_name, digest
from serving.process.file_rights import keep_from_others
from serving.settings import ALL, Settings


def new_key(
    path: Path, name: str, scopes: Sequence[Scope], expires: date | None = None, shop: str | None = None
) -> str:
    """Add a key to the file, and return it in clear text, which is stored nowhere. A missing file is made.

    ``shop``: the one that it opens, where the service serves several.

    Raises
    ------
    UserError
        The name is taken or not valid, or ``expires`` is not after today.
    """
    today = utc_now().date()
    if not NAME.fullmatch(name):
        raise UserError(
            expected="a name of up to 40 small letters, digits and hyphens", found=repr(name), fix="choose another name"
        )
    if expires is not None and expires <= today:
        raise UserError(expected=f"a day after {today}", found=str(expires), fix="name a later day")
    content = KeyFile.read(path) if path.exists() else KeyFile()
    if name in by_name(content):
        raise UserError(
            expected="a name that is free",
            found=f"a key called {name}",
            fix=f"choose another name, such as {name}-2; then: python -m serving.api_keys revoke {name}",
        )
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        name=name, sha256=digest(secret), scopes=tuple(sorted(set(scopes))), created=today, expires=expires, shop=shop
    )
    KeyFile(keys=(*content.keys, key)).write(path)
    return f"{PREFIX}_{name}_{secret}"


def revoke(path: Path, name: str) -> None:
    """Remove a key from the file; `UserError` where no key has this name."""
    content = KeyFile.read(path)
    if name not in by_name(content):
        names = ", ".join(by_name(content)) or "none"
        raise UserError(expected=f"one of the keys in {path}: {names}", found=repr(name), fix="name one of these")
    KeyFile(keys=tuple(key for key in content.keys if key.name != name)).write(path)


def table(path: Path) -> str:
    """Make a table of the keys in the file, without their secrets."""
    rows = [("name", "shop", "scopes", "created", "expires")]
    rows += [
        (key.name, key.shop or "-", " ".join(key.scopes), str(key.created), str(key.expires or "never"))
        for key in KeyFile.read(path).keys
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _path() -> Path:
    path = Settings.from_environment().api_keys_file
    if path is None:
        raise UserError(
            expected="a setting that names the file of API keys",
            found="no RETURN_RISK_API_KEYS_FILE in the environment",
            fix="export RETURN_RISK_API_KEYS_FILE=serving/var/api_keys.json, here and where the service starts",
        )
    return path


def _shop(given: str | None) -> str | None:
    """Give the shop that was named, None for `ALL`; `UserError` where it is not as the service has its shops."""
    names = [name for name, _ in Settings.from_environment().shops]
    if given == ALL and names:
        return None
    if (given is None) == bool(names) or (given is not None and given not in names):
        raise UserError(
            expected=f"--shop and one of {', '.join([*names, ALL])}, as RETURN_RISK_SHOPS names them"
            if names
            else "no --shop, as no RETURN_RISK_SHOPS in the environment names shops",
            found="no --shop" if given is None else f"--shop {given}",
            fix="name the shop as the service has it",
        )
    return given


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m serving.api_keys", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="make a key, which is shown once")
    new.add_argument("name", help="who will use it: small letters, digits and hyphens")
    new.add_argument(
        "--scope",
        action="append",
        required=True,
        type=Scope,
        choices=list(Scope),
        help="a scope of the key: what it may do; may be repeated",
    )
    new.add_argument(
        "--expires", type=date.fromisoformat, metavar="DATE", help="first day (UTC) on which the key is no longer valid"
    )
    new.add_argument(
        "--shop",
        metavar="NAME",
        help=f"the shop that it opens, where RETURN_RISK_SHOPS names several; {ALL}: none of them, for /metrics",
    )
    commands.add_parser("list", help="the keys, without their secrets")
    removal = commands.add_parser("revoke", help="revoke a key")
    removal.add_argument("name", help="name of the key")
    return parser.parse_args()


def main() -> None:
    """Run the command that the arguments name."""
    keep_from_others()
    given, path = _arguments(), _path()
    match given.command:
        case "new":
            print(new_key(path, given.name, given.scope, given.expires, _shop(given.shop)))
        case "list":
            print(table(path))
        case "revoke":
            revoke(path, given.name)
            print(f"{given.name} is no longer valid")


if __name__ == "__main__":
    run(main)
