"""What nobody waits for, such as the lines of logs, is done once the answer is on its way."""

import asyncio
from collections.abc import Callable


def after_answer(work: Callable[[], None]) -> None:
    """Do ``work`` at the next turn of the event loop, which sends an answer first; without a loop, do it at once."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        work()
    else:
        loop.call_soon(work)
