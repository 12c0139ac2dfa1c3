"""Whether the lines of a basket are taken together better than apart."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from training.evaluation.scored_lines import ScoredLines
from training.model.joint.baskets import Baskets
from training.model.joint.lines import OTHER_SIZES, SIZE, Lines, sizes_of
from training.model.joint.model import Joint
from training.model.joint.solving import WEIGHTS


@dataclass(frozen=True)
class Together:
    """How well the outcomes of some baskets of several lines were predicted: mean log-loss of a basket, in nats.

    ``log_loss_apart``: with the same probabilities, as if lines were independent. ``difference``: the first minus the
    second; below zero, lines are better taken together. All but ``baskets`` None where there are none.
    """

    baskets: int
    log_loss: float | None
    log_loss_apart: float | None
    difference: float | None


@dataclass(frozen=True)
class Share:
    """How often something was expected, and how often it was so; None where it could not be."""

    cases: int
    expected: float | None
    observed: float | None


@dataclass(frozen=True)
class JointMeasures:
    """What is known of the joint model on the test lines.

    ``bracketed``: baskets with lines of one product in several sizes. ``one_kept``: of such a bracket, exactly one line
    stayed. ``all_returned``: the whole basket came back.
    """

    all: Together
    bracketed: Together
    one_kept: Share
    all_returned: Share


def measure_joint(scored: ScoredLines, joint: Joint) -> JointMeasures:
    """Measure how ``joint`` takes the scored test lines together."""
    baskets = Baskets.of(_lines(scored), scored.lines[["order_id", "product_id", "label"]])
    given = baskets.given(joint.scale, joint.coupling)
    found = baskets.log_chances(given, [each.state for each in baskets.blocks])
    apart = baskets.log_likelihoods_apart()
    whole = [np.full_like(each.state, len(each.shape.states) - 1) for each in baskets.blocks]
    back = [each.state == last for each, last in zip(baskets.blocks, whole, strict=True)]
    all_back = np.ones(len(found), dtype=bool)
    for each, came in zip(baskets.blocks, back, strict=True):
        all_back[each.basket[~came]] = False
    expected, observed = [], []
    for each, chances in zip(baskets.blocks, given, strict=True):
        several = each.differ.any(axis=1)
        expected.append(WEIGHTS @ chances[several] @ each.shape.one_kept)
        observed.append(each.shape.one_kept[each.state[several]])
    return JointMeasures(
        all=_together(found, apart),
        bracketed=_together(found[baskets.bracketed], apart[baskets.bracketed]),
        one_kept=_share(np.concatenate([*expected, np.empty(0)]), np.concatenate([*observed, np.empty(0)])),
        all_returned=_share(np.exp(baskets.log_chances(given, whole)), all_back.astype(np.float64)),
    )


def _lines(scored: ScoredLines) -> Lines:
    columns = scored.lines
    p = columns["probability"].to_numpy(dtype=np.float64)
    shared = columns["order_deviation"] ** 2 + columns["customer_deviation"] ** 2
    held = [name for name in (SIZE, OTHER_SIZES) if name in columns]
    sizes = sizes_of(columns[held].to_numpy(dtype=np.float64, na_value=np.nan), held)
    return Lines.of(p, np.sqrt(shared.to_numpy(dtype=np.float64)), np.ones(len(p)), sizes)


def _together(found: Floats, apart: Floats) -> Together:
    if not len(found):
        return Together(0, None, None, None)
    joint, single = -float(found.mean()), -float(apart.mean())
    return Together(len(found), joint, single, joint - single)


def _share(expected: Floats, observed: Floats) -> Share:
    if not len(expected):
        return Share(0, None, None)
    return Share(len(expected), float(expected.mean()), float(observed.mean()))
