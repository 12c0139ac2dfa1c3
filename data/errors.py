"""The one error that a user is meant to read."""


class UserError(Exception):
    """Something a user can mend: bad input, a wrong setting, a missing file.

    A stage prints it as one message, without a traceback (see ``data.stage``).

    Parameters
    ----------
    expected
        What should have been there, in the user's words.
    found
        What was there instead, quoting the value, file or column.
    fix
        What to do about it: a command, a key of params.yaml, an edit.
    """

    def __init__(self, *, expected: str, found: str, fix: str) -> None:
        self.expected, self.found, self.fix = expected, found, fix
        super().__init__(f"expected: {expected}\n   found: {found}\n     fix: {fix}")
