"""Stage effects: how the score changes along each of its strongest features."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data import params
from data.logs import log
from data.stage import run
from features.catalog import LINES_FILE
from training.evaluation.stability import sample
from training.held_out.clusters import codes_of
from training.model import split
from training.model.bundle import Bundle
from training.model.matrix import read_rows
from training.understanding import tables
from training.understanding.measures.effects import accumulated, table_of
from training.understanding.params import UnderstandingParams


def main() -> None:
    """Run the stage on the bundle and on test lines, whose outcomes it doesn't read."""
    chosen, bundle = params.load("understanding", UnderstandingParams), Bundle.load()
    lines = sample(split.load().test(split.read_times()), chosen.effects.lines, chosen.seed)
    x = read_rows(LINES_FILE, bundle.score_features, lines).x
    keys = pq.read_table(LINES_FILE, columns=["customer_id", "order_id"]).filter(pa.array(lines)).to_pandas()
    strengths = np.abs(bundle.drivers.of_features(x)).mean(axis=0)
    factors = {entry.name: entry.factor for entry in bundle.catalog}
    parts = []
    for place in np.argsort(-strengths, kind="stable")[: chosen.effects.features]:
        name, strength = bundle.score_features[place], float(strengths[place])
        found = accumulated(
            bundle.log_odds, x, place, chosen.effects.bins, codes_of(keys), chosen.resamples, chosen.seed
        )
        if found is not None and strength > 0:
            log.info("%s moves log-odds by %.3f on average", name, strength)
            parts.append(table_of(name, factors[name], strength, found))
    tables.write(pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS), tables.EFFECTS)


COLUMNS = ["feature", "factor", "mean_contribution", "missing_share", "value", "effect", "low", "high", "lines"]

if __name__ == "__main__":
    run(main)
