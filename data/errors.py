"""`UserError`: the one error with a message for the user."""


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
