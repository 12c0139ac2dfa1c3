"""Which lines moved between two runs, and where: the test lines that both scored."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.special import logit

from data.errors import UserError
from training.evaluation import metrics
from training.evaluation.slices import PriceBands
from training.held_out.clusters import codes_of
from training.held_out.gaps import Estimate, mean, q_values
from training.held_out.lines import KEYS, TEST_PART, with_labels
from training.held_out.pieces import FEATURES, pieces
from training.understanding.comparing.read import Run
from training.understanding.params import SliceParams

STEPS = (0.01, 0.05, 0.1, 0.2)
"""Moves of a probability whose shares of lines are shown."""


@dataclass(frozen=True)
class Moves:
    """The n lines that both runs tested.

    ``lines``: ``line_id``, ``ordered_at``, keys, labels, ``label`` (the outcome, as the later run has it), ``before``
    and ``after`` (probabilities), ``moved`` (their difference in log-odds) and ``loss_difference`` (after minus
    before, in nats). ``only_before`` and ``only_after``: lines that one alone tested. ``relabelled``: lines of both
    whose outcome changed.
    """

    lines: pd.DataFrame
    only_before: int
    only_after: int
    relabelled: int

    @property
    def difference(self) -> Estimate:
        """The mean difference of the log-loss."""
        every = np.ones(len(self.lines), dtype=bool)
        return mean(self.lines["loss_difference"].to_numpy(), every, codes_of(self.lines))

    def shares(self) -> dict[float, float]:
        """The share of lines whose probability moved by at least each of `STEPS`."""
        distance = (self.lines["after"] - self.lines["before"]).abs().to_numpy()
        return {step: float((distance >= step).mean()) for step in STEPS}


def moves(before: Run, after: Run) -> Moves:
    """Join the predictions of two runs.

    Raises
    ------
    UserError
        No line was tested by both.
    """
    one = before.predictions.rename(columns={"probability": "before", "label": "label_before"})
    other = after.predictions.rename(columns={"probability": "after"})
    found = one[["line_id", "before", "label_before"]].merge(other.drop(columns="shift"), on="line_id")
    if found.empty:
        raise UserError(
            expected=f"test lines that {before.name} and {after.name} have in common",
            found=f"none among {len(one):,} and {len(other):,}",
            fix="compare runs on the same shop whose test windows overlap: split.test_days and the data decide them",
        )
    y = found["label"].to_numpy("float64")
    found["moved"] = logit(found["after"]) - logit(found["before"])
    found["loss_difference"] = metrics.log_losses(y, found["after"]) - metrics.log_losses(y, found["before"])
    relabelled = int((found["label"] != found.pop("label_before")).sum())
    found = found.sort_values(["ordered_at", "line_id"], ignore_index=True)
    joined = found.merge(of_matrix(after, found["line_id"], [*KEYS, *FEATURES]), on="line_id", how="left")
    lines = with_labels(joined, after.validated).assign(part=TEST_PART)
    return Moves(lines, len(one) - len(found), len(other) - len(found), relabelled)


def of_matrix(run: Run, line_ids: pd.Series, columns: list[str]) -> pd.DataFrame:
    """Read ``columns`` of the matrix of ``run`` for some lines, in the matrix's order, with their ``line_id``."""
    inside = pc.field("line_id").isin(pa.array(line_ids, pa.string()))
    read: pd.DataFrame = pq.read_table(run.matrix, columns=["line_id", *columns], filters=inside).to_pandas()
    return read


def by_slice(found: Moves, chosen: SliceParams, bands: PriceBands) -> pd.DataFrame:
    """Measure how each slice of at least ``chosen.least_lines`` lines moved.

    Returns
    -------
    pandas.DataFrame
        A row a slice, largest mean move first: ``kind``, ``slice``, ``lines``, ``before`` and ``after`` (mean
        probabilities), ``observed``, ``move`` (mean absolute move of the probability), ``difference`` (of the log-loss,
        after minus before) with ``low`` and ``high``, ``q_value`` of no difference, and ``found``.
    """
    lines, clusters = found.lines, codes_of(found.lines)
    loss, distance = lines["loss_difference"].to_numpy(), (lines["after"] - lines["before"]).abs().to_numpy()
    rows, p_values = [], []
    for piece in pieces(lines, chosen.most_labels, bands):
        inside = piece.mask
        if piece.kind == "part" or inside.sum() < chosen.least_lines:
            continue
        one = mean(loss, inside, clusters)
        p_values.append(one.two_sided)
        rows.append(
            {
                "kind": piece.kind,
                "slice": piece.name,
                "lines": int(inside.sum()),
                "before": float(lines["before"].to_numpy()[inside].mean()),
                "after": float(lines["after"].to_numpy()[inside].mean()),
                "observed": float(lines["label"].to_numpy()[inside].mean()),
                "move": float(distance[inside].mean()),
                "difference": one.value,
                "low": one.low,
                "high": one.high,
            }
        )
    table = pd.DataFrame(rows, columns=SLICE_COLUMNS)
    q = q_values(np.array(p_values, dtype=np.float64))
    table = table.assign(q_value=q, found=q <= chosen.false_discovery_rate)
    return table.sort_values(["move", "kind", "slice"], ascending=[False, True, True], ignore_index=True)


SLICE_COLUMNS = ["kind", "slice", "lines", "before", "after", "observed", "move", "difference", "low", "high"]
