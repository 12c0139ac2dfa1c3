"""Lets a process read what another one has written, also right after the state of a new run has replaced another."""

import asyncio
from typing import Final

from serving.state.guarded_store import GuardedStore
from serving.state.home import name_of

LONGEST_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 0.01


async def follow(store: GuardedStore, name: str) -> None:
    """Return once ``store`` reads the state ``name``, and after `LONGEST_SECONDS` in any case."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_SECONDS
    while store.about is not None and name_of(store.about) != name and loop.time() < until:
        store.wake()
        await asyncio.sleep(PAUSE_SECONDS)
