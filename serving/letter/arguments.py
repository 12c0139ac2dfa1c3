"""Reads what the command was given, without model and state, which take long to load."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from data.errors import UserError
from data.files import read_json
from serving.http.wire.requests.baskets import Basket
from serving.letter.variations import FIELDS

VALUES: Final = {"true": True, "false": False}
OF_SCORING: Final = ("explain", "decide", "open_complaint")
"""Keys of a request that say what is asked of the service, and are no part of the basket."""
EXAMPLE: Final = "give the request that the checkout sent to POST /v1/score: docs/how-to/scores.md has an example"


def require_place(out: Path) -> None:
    """Check that the letter can lie at ``out``.

    Raises
    ------
    UserError
        Its folder does not exist, or it is itself a folder.
    """
    if not out.parent.is_dir():
        raise UserError(
            expected=f"--out to name a file in a folder that exists, for {out}",
            found=f"no folder {out.parent}",
            fix="make the folder first, or correct --out",
        )
    if out.is_dir():
        raise UserError(expected="--out to name a file", found=f"{out}, a folder", fix="add the name of the file")


def read_basket(file: Path) -> Basket:
    """Read the basket in ``file``.

    Raises
    ------
    UserError
        It is no basket.
    """
    content = read_json(file, expected=f"a basket in {file}", fix=EXAMPLE)
    try:
        return Basket.model_validate({name: value for name, value in content.items() if name not in OF_SCORING})
    except ValidationError as error:
        found = " ".join(str(error).split())[:300]
        raise UserError(expected=f"a basket in {file}", found=found, fix=EXAMPLE) from None


def read_instead(given: Sequence[str]) -> Mapping[str, str | bool]:
    """Read values to try, FIELD=VALUE each; those of ``voucher_used`` are flags.

    Raises
    ------
    UserError
        A field is none that can be tried, or a value is not of its kind.
    """
    return dict(_pair(each) for each in given)


def _pair(given: str) -> tuple[str, str | bool]:
    name, _, value = given.partition("=")
    value = value.strip()
    if name not in FIELDS or not value:
        raise UserError(
            expected=f"--instead FIELD=VALUE, with a FIELD of {', '.join(FIELDS)}", found=given, fix="name one of them"
        )
    if name != "voucher_used":
        return name, value
    if value.lower() not in VALUES:
        raise UserError(expected=f"--instead {name}=true or {name}=false", found=given, fix="give one of them")
    return name, VALUES[value.lower()]
