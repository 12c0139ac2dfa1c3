"""Stage membership: attack models like the bundle, to see whether scores tell who was in the training.

The bundle learned from every settled line before the test, so none of its time is left to compare with. Two models are
trained as it was, each on the lines of one half of the customers, and each is attacked with the other as reference.
They learned from fewer lines, so what they keep of each is more than what the bundle keeps.
"""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from pydantic import Field

from data import params
from data.arrays import Bools, Ints
from data.errors import UserError
from data.files import write_json
from data.logs import log
from data.params import Section
from data.stage import run
from features import catalog, recipe
from features.catalog import CATALOG_FILE, LINES_FILE
from training.audit.attacks import Attacked, Membership, attacks, ids_in
from training.audit.files import MEMBERSHIP
from training.evaluation.intervals import Draw
from training.evaluation.measure import Evaluation
from training.held_out.clusters import codes_of
from training.model import bundle as bundles
from training.model import fit, split
from training.model.booster import ModelParams
from training.model.bundle import Bundle
from training.model.calibrate import CalibrationParams
from training.model.linear.fit import LinearParams
from training.model.matrix import read_rows
from training.model.split import Split

LEAST_LINES = 50
"""Fewer lines in a part of a half are too few to train with."""


class MembershipParams(Section):
    """The section ``membership`` of params.yaml: how many ``lines`` both halves have, and the ``seed`` of the draw."""

    lines: int = Field(ge=500, le=100_000_000)
    seed: int = Field(ge=0)


def main() -> None:
    """Train two models, attack them, and write reports/membership.json.

    Raises
    ------
    UserError
        A file of an earlier stage is missing, or there are too few lines for two halves.
    """
    chosen, evaluation = params.load("membership", MembershipParams), params.load("evaluation", Evaluation)
    keys = pq.read_table(LINES_FILE, columns=["customer_id", "order_id"]).to_pandas()
    times, spans = split.read_times(), split.load()
    customers = codes_of(keys)
    inside = sampled(customers, spans.train.holds(times), chosen)
    first = dealt(customers, chosen.seed)
    log.info(
        "attacking a model of %s lines with one of %s", *(f"{(inside & half).sum():,}" for half in (first, ~first))
    )
    target, reference = (trained(times, spans, inside & half) for half in (first, ~first))
    learned = spans.train if target.built["refitted"] else spans.fit
    scored = inside & learned.holds(times)
    rows = read_rows(LINES_FILE, target.score_features, scored)
    given = Attacked(
        y=rows.y.astype(np.float64),
        p=target.probabilities(rows.x),
        reference=reference.probabilities(rows.x),
        member=first[scored],
        customer=np.unique(customers[scored], return_inverse=True)[1].astype(np.int64),
    )
    found = attacks(given, Draw(evaluation.bootstrap_resamples, evaluation.bootstrap_seed))
    named = ids_in(bundles.FOLDER, set(keys["customer_id"].dropna()))
    write_json(Membership(len(rows.y), int(given.customer.max()) + 1, found, named).as_json(), MEMBERSHIP)


def dealt(customers: Ints, seed: int) -> Bools:
    """Deal the customers into two halves; whether that of each line is in the first, shape (n,)."""
    first: Bools = np.random.default_rng(seed).random(int(customers.max()) + 1) < 1 / 2
    return first[customers]


def sampled(customers: Ints, lines: Bools, chosen: MembershipParams) -> Bools:
    """Draw whole customers until they have about ``chosen.lines`` of ``lines``; shape (n,)."""
    counts = np.bincount(customers[lines], minlength=int(customers.max()) + 1)
    shuffled = np.random.default_rng(chosen.seed + 1).permutation(len(counts))
    before = np.cumsum(counts[shuffled]) - counts[shuffled]
    taken = np.zeros(len(counts), dtype=bool)
    taken[shuffled[before < chosen.lines]] = True
    return lines & taken[customers]


def trained(times: pd.DataFrame, spans: Split, lines: Bools) -> Bundle:
    """Train as the bundle was, on ``lines`` alone, shape (lines of the matrix,).

    Recent lines are left out, since their outcomes are not known, and so are reasons and intervals, which are not
    attacked.

    Raises
    ------
    UserError
        A part of the split has too few of them.
    """
    counts = {name: int((getattr(spans, name).holds(times) & lines).sum()) for name in ("fit", "stop", "calibration")}
    if min(counts.values()) < LEAST_LINES:
        raise UserError(
            expected=f"at least {LEAST_LINES} fit, stop and calibration lines in each half of the customers",
            found=", ".join(f"{count} {name} lines" for name, count in counts.items()),
            fix="raise membership.lines in params.yaml, or lengthen split.stop_days and split.calibration_days",
        )
    training = fit.Training(
        model=params.load("model", ModelParams).model_copy(update={"learn_unsettled": False}),
        calibration=params.load("calibration", CalibrationParams),
        reasons=None,
        recipe=recipe.read(),
        linear=params.load("linear", LinearParams),
    )
    known = times.assign(label=times["label"].where(pd.Series(lines, index=times.index)))
    entries = [entry for entry in catalog.read(CATALOG_FILE) if not entry.only_reasons]
    return fit.train(LINES_FILE, known, spans, entries, training)[0]


if __name__ == "__main__":
    run(main)
