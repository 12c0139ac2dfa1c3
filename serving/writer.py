"""The process that writes events: it alone writes to the online state, so that no score waits for a write.

Workers hand it the bodies of requests (`serving.http.writer`). Scores come first where both want a core.
"""

import asyncio
import gc
import os
import signal
from functools import partial
from typing import Final

import uvloop

from serving.assembly.writer import assemble_writer
from serving.http.worker import COLLECT_AFTER
from serving.http.writer.server import WriterServer
from serving.process.lifeline import Lifeline
from serving.process.private_listener import PrivateListener
from serving.shops import Shop
from serving.state.event_feed import EventFeed

NICE: Final = 5
"""How much this process stands back behind those that score, in steps of `nice`."""
HANGS_SECONDS: Final = 30.0
"""A write that takes longer hangs: the process gives no more signs of life, and the supervisor replaces it."""
LEAVE_SECONDS: Final = 5.0
"""How long workers get to leave, beyond the time for their last requests."""


def write_events(listener: PrivateListener, shop: Shop, line: Lifeline) -> None:
    """Write the events of a shop until SIGTERM and until the workers have left, or until the supervisor is gone."""
    line.end_with_supervisor()
    os.nice(NICE)
    gc.set_threshold(*COLLECT_AFTER)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_write(listener, shop, line))


async def _write(listener: PrivateListener, shop: Shop, line: Lifeline) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    writer = assemble_writer(shop)
    await writer.start()
    try:
        server = WriterServer(writer.writing, writer.notice, partial(_beat, writer.feed, line))
        await server.serve(listener.for_server(), ended, shop.settings.shutdown_seconds + LEAVE_SECONDS)
    finally:
        await writer.stop()


def _beat(feed: EventFeed, line: Lifeline) -> None:
    if feed.busy_seconds() < HANGS_SECONDS:
        line.beat()
