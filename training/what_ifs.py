"""Stage what_ifs: how the changes that `features.online.what_if` finds would move the scores.

The latest orders are scored twice as of the end of the tables: as they were, and changed. The online state has counted
these orders already, and prices stay as they are. The figures are contrasts of the model's answers: they do not measure
its accuracy, and no experiment was made.
"""

import tempfile
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from data import params
from data.files import write_json
from data.logs import log
from data.stage import run
from data.tables import VALIDATED
from features.online.features import OnlineFeatures
from features.online_state.restore import restore
from features.online_state.seed_file import STATE
from features.recipe import Recipe
from features.stores.embedded import LmdbStore
from training.evaluation.what_ifs import (
    FILE,
    WhatIfMeasures,
    WhatIfParams,
    ask,
    measure,
    read_orders,
    require_fitting,
)
from training.model.bundle import Bundle


def main() -> None:
    """Run the stage on the project's bundle, state and latest orders.

    Raises
    ------
    UserError
        The state is of other features.
    """
    chosen, bundle = params.load("what_ifs", WhatIfParams), Bundle.load()
    online = OnlineFeatures(Recipe.from_json(bundle.recipe), bundle.known_labels)
    with tempfile.TemporaryDirectory(prefix="return-risk-what-ifs-") as folder:
        store = LmdbStore(Path(folder))
        try:
            at = require_fitting(restore(STATE, store), online.contents)
            orders = read_orders(VALIDATED, online.contents.recipe.columns, chosen.orders, at)
            asked = ask(bundle, online, store, orders)
        finally:
            store.close()
    found = WhatIfMeasures(
        len(orders), len(asked), pd.Timestamp(at, unit="us").isoformat(), *measure(asked, chosen.max_categories)
    )
    for change, effect in found.overall.items():
        log.info("%s: %d of %d lines", change.replace("_", " "), effect.lines, found.lines)
    write_json(asdict(found), FILE)


if __name__ == "__main__":
    run(main)
