"""The start and end of a stage: on a user's mistake it prints one message without a traceback."""

import logging
import sys
from collections.abc import Callable

from data.errors import UserError


def run(stage: Callable[[], None]) -> None:
    """Run one stage as a program: progress on stderr, exit code 1 and one clear message on a `UserError`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    try:
        stage()
    except UserError as error:
        print(f"\n{_name(stage)}: stopped\n{error}\n", file=sys.stderr)
        raise SystemExit(1) from None


def _name(stage: Callable[[], None]) -> str:
    """Name the program as the user started it: ``python -m`` calls every module ``__main__``."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec.name if spec and stage.__module__ == "__main__" else stage.__module__
