"""A file of settings, ``NAME=value`` a line, as a shell (``. file``) and systemd (EnvironmentFile) both read it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from data.errors import UserError

_LINE: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_VALUE: Final = re.compile(r"""'([^']*)'|"([^"$`\\]*)"|([^\s'"$`\\;&|<>()~]*)""")
"""A value in single quotes, in double quotes without a sign that a shell replaces there, or a plain one."""


def read(path: Path) -> Mapping[str, str]:
    """Read the variables of the file; none where there is no file.

    A value may stand in quotes, and a comment on a line of its own. What a shell and systemd would read in two ways,
    such as ``$HOME`` or a comment behind a value, is refused; in single quotes each sign stands for itself.

    Raises
    ------
    UserError
        A line sets nothing, or something else to each of its readers; or the file can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        found = str(getattr(error, "strerror", None) or type(error).__name__)
        raise UserError(expected=f"settings in {path}", found=found, fix="let the service's user read it") from None
    return dict(_variables(path, text))


def _variables(path: Path, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        value = _value(match[2]) if (match := _LINE.fullmatch(content)) else None
        if match is None or value is None:
            # The line is not shown: it may hold a secret.
            raise UserError(
                expected=f"NAME=value in each line of {path}; a value with blanks or signs of a shell in single quotes",
                found=f"line {number} is of another form",
                fix="correct it, or put # in front of it",
            )
        yield match[1], value


def _value(written: str) -> str | None:
    """The value as every reader takes it; None where they differ."""
    match = _VALUE.fullmatch(written)
    return None if match is None else next(part for part in match.groups() if part is not None)
