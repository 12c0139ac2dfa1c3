"""What tests of several parts do with the folder of a shop."""

import shutil
from dataclasses import replace
from pathlib import Path

from features.online_state import records, restore
from features.online_state.events import Event, Receipt
from features.online_state.seed_file import STATE
from serving.assembly.writer import assemble_writer
from serving.settings import Settings
from serving.shops import Shop
from serving.state.home import StateHome
from tests.features.states import MAX_DELAY_DAYS

NOBODY = Path("no-writer")
"""The socket of a process that is not there: the worker then refuses events."""


async def written(settings: Settings, *events: Event) -> list[Receipt]:
    """Have the process that writes events apply some."""
    writer = assemble_writer(Shop.only(settings))
    await writer.start()
    try:
        return await writer.feed.submit(events)
    finally:
        await writer.stop()


def of_another_version(settings: Settings) -> None:
    """Replace the state in the store by one whose recipe this version can't read, and remove the seed."""
    store = StateHome(settings.state, MAX_DELAY_DAYS).open()
    about = restore.current(store)
    assert about is not None
    params = {name: value for name, value in about.recipe["params"].items() if name != "prior_returns"}
    aged = replace(about, recipe={**about.recipe, "params": params})
    store.write(lambda transaction: transaction.put(records.ABOUT, records.write_about(aged)))
    store.close()
    shutil.rmtree(STATE)
