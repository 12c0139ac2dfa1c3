"""Rate of false alarms under the null hypothesis: the same shop, with outcomes drawn from the expected rates."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from data.arrays import Floats
from data.progress.steps import counted
from features.language.reasons import REASONS
from training.products.estimates import figures
from training.products.estimates.context import Context
from training.products.estimates.figures import Group
from training.products.estimates.lines import NONE
from training.products.estimates.rates import EDGE
from training.products.findings.faults import faults, look
from training.products.findings.spikes import spikes


@dataclass(frozen=True)
class FalseAlarms:
    """False alarms among products with lines, over all draws: the share with a fault, and the share with a spike.

    ``fault_share``: share of products with any fault found, where no product differs from its expected rate.
    ``spike_share``: share with a spike, where products differ but none changes. ``draws_with_spikes``: share of draws
    with at least one spike; the false discovery rate bounds this share.
    """

    draws: int
    products: int
    fault_share: float
    spike_share: float
    draws_with_spikes: float


def false_alarms(context: Context, draws: int, seed: int) -> FalseAlarms:
    """Draw all outcomes anew, ``draws`` times, and look for faults and spikes as in the report."""
    rng = np.random.default_rng(seed)
    lines = context.lines
    group = Group(context.longest, lines.product, len(lines.names.product), context.evidence)
    found = figures.rates(context, group, context.prior)
    own = expit(logit(np.clip(context.expected, EDGE, 1 - EDGE)) + figures.shift_of(found, group.count)[lines.product])
    products = len(found.places)
    faulty, spiking = [], []
    for _ in counted(range(draws), "outcomes drawn anew", "draws"):
        alike = faults(look(redrawn(context, context.expected, rng)), context.params.min_probability)
        faulty.append(int(alike.found.any(axis=1).sum()))
        unchanged = redrawn(context, own, rng)
        spiking.append(int(spikes(unchanged, look(unchanged)).spike.sum()))
    return FalseAlarms(
        draws=draws,
        products=products,
        fault_share=float(np.mean(faulty) / products),
        spike_share=float(np.mean(spiking) / products),
        draws_with_spikes=float(np.mean(np.array(spiking) > 0)),
    )


def redrawn(context: Context, probability: Floats, rng: np.random.Generator) -> Context:
    """Draw each line's return with its ``probability``, shape (n,), and whether the return would be known by now.

    Reasons, or none recorded, are drawn with their shares in the line's category.
    """
    lines = context.lines
    returned = rng.random(len(lines)) < probability * context.visible
    kinds, reasons = len(lines.names.category) + 1, len(REASONS) + 1
    category = lines.category % kinds
    counts = np.bincount(
        category[lines.returned] * reasons + lines.reason[lines.returned] % reasons, minlength=kinds * reasons
    ).reshape(kinds, reasons)
    shares = np.cumsum(counts + 1e-9, axis=1) / (counts + 1e-9).sum(axis=1, keepdims=True)
    reason = (rng.random((len(lines), 1)) > shares[category]).sum(axis=1)
    drawn = replace(
        lines,
        returned=returned,
        # The time of a return matters to nothing that is computed here.
        returned_day=np.where(returned, lines.day, np.nan),
        reason=np.where(returned & (reason < len(REASONS)), reason, NONE),
    )
    return replace(context, lines=drawn)
