"""`UserError`: the one error with a message for the user, and how it stands in a terminal."""

import re
import textwrap
from typing import Final

INDENT: Final = " " * len("expected: ")
"""What stands before the second line of a paragraph, below the first line's words."""
COMMAND: Final = re.compile(
    r"\b(?:make|dvc|git|python|export)"
    r"(?: [a-z]+\b){0,2}"  # what it does, and to what: dvc repro features
    r"""(?: (?:"[^"\n]*"|'[^'\n]*'|[^\s"';,()])*[^\sa-z;,()](?:"[^"\n]*"|'[^'\n]*'|[^\s"';,()])*)*"""  # no plain words
)
"""A command of the shell with its arguments, as messages write it."""
HELD: Final = "\N{NO-BREAK SPACE}"


class UserError(Exception):
    """A fault that the user can correct: bad input, a wrong setting, a missing file.

    A stage prints it as one message, without a traceback (see ``data.stage``).

    Parameters
    ----------
    expected
        What should have been there, in words that the user knows.
    found
        What was there instead, with the value, file or column quoted.
    fix
        What the user has to do: run a command, set a key of params.yaml, edit a file.
    """

    def __init__(self, *, expected: str, found: str, fix: str) -> None:
        self.expected, self.found, self.fix = expected, found, fix
        super().__init__(f"expected: {expected}\n   found: {found}\n     fix: {fix}")


def wrapped(message: str, width: int) -> str:
    """Wrap the paragraphs of a message to lines of at most ``width`` columns, for a terminal.

    Paths and commands stay whole, so that they can be copied: one that is longer than a line has its own line.
    """
    return "\n".join(
        textwrap.fill(
            COMMAND.sub(lambda found: found[0].replace(" ", HELD), paragraph),
            width,
            subsequent_indent=INDENT,
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
        ).replace(HELD, " ")
        if len(paragraph) > width
        else paragraph
        for paragraph in message.split("\n")
    )
