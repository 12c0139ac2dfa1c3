"""What becomes of the model in shadow: it waits, replaces the champion, or ends, by the evidence of paired orders.

A challenger is promoted once it is surely better. A former champion, which stays in shadow after a promotion, gets its
place back once the new one is surely worse. Both may be looked at every day (`training.monitoring.paired_loss`).

An order counts once the return windows of all its lines have closed. Before, returns are known and kept lines are not:
early outcomes would favour the model with the higher scores.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from training.model.split import DAY
from training.monitoring.paired_loss import PairedOrders, interval, log_evidence_above, log_evidence_below
from training.registry.alias_history import ShadowRole
from training.registry.shadow import ShadowParams


class Act(StrEnum):
    """What is to be done with the model in shadow."""

    WAIT = "wait"
    PROMOTE = "promote"
    ROLL_BACK = "roll back"
    DISMISS = "dismiss"


@dataclass(frozen=True)
class Pairs:
    """``orders`` that champion and shadow scored, of closed windows, which span ``days``; ``open_lines`` wait."""

    orders: PairedOrders
    days: float
    open_lines: int


@dataclass(frozen=True)
class Standing:
    """How the shadow stands, and what follows.

    ``mean``: the shadow's log-loss less the champion's, nats a line, with the interval from ``low`` to ``high`` that
    holds at all looks together; None without orders. ``e_value``: the evidence for the shadow, of which `needed` is
    enough.
    """

    lines: int
    open_lines: int
    days: float
    mean: float | None
    low: float
    high: float
    e_value: float
    needed: float
    act: Act
    why: str


NO_PAIRS = Pairs(PairedOrders(*[np.empty(0)] * 4), 0.0, 0)


def pairs(champion: pd.DataFrame, shadow: pd.DataFrame, now: pd.Timestamp) -> Pairs:
    """Pair the lines of two prediction logs that both scored at the same time.

    Parameters
    ----------
    champion, shadow
        ``line_id``, ``scored_at``, ``probability`` of each; of the champion's, also ``order_id``, ``ordered_at``,
        ``closes_at`` and ``label`` (1 returned, 0 kept, missing for none and while the window is open).
    now
        The moment up to which outcomes are known, UTC.
    """
    both = champion.merge(shadow[["line_id", "scored_at", "probability"]], on=["line_id", "scored_at"])
    waits = (both["closes_at"] >= now).groupby(both["order_id"]).transform("any").astype(bool)
    told = both[~waits & both["label"].notna()]
    span = told["ordered_at"].max() - told["ordered_at"].min() if len(told) else 0 * DAY
    orders = PairedOrders.of(
        told["probability_x"].to_numpy(dtype=np.float64),
        told["probability_y"].to_numpy(dtype=np.float64),
        told["label"].to_numpy(dtype=np.float64),
        pd.factorize(told["order_id"])[0].astype(np.int64),
    )
    return Pairs(orders, span / DAY, int(waits.sum()))


def standing(found: Pairs, role: ShadowRole, shadow_days: float, chosen: ShadowParams) -> Standing:
    """Decide what follows from the pairs of a model that has been in shadow for ``shadow_days``."""
    orders, least = found.orders, -math.log(chosen.alpha)
    lines = round(float(orders.lines.sum()))
    if not lines:
        act, why, mean, evidence = Act.WAIT, "no order that both scored has closed its return windows yet", None, 0.0
        low, high = interval(orders, chosen.alpha)
    else:
        mean, (low, high) = orders.mean, interval(orders, chosen.alpha)
        bound = -(chosen.gain if role is ShadowRole.CHALLENGER else chosen.tolerance)
        evidence = float(log_evidence_below(orders, bound)[-1])
        worse = float(log_evidence_above(orders, min(bound, 0.0))[-1]) >= least
        decide = _of_challenger if role is ShadowRole.CHALLENGER else _of_former
        act, why = decide(evidence >= least, worse, found.days, lines, chosen)
    if act is Act.WAIT and role is ShadowRole.FORMER and shadow_days >= chosen.former_days:
        act, why = Act.DISMISS, f"the new champion did not prove worse in {chosen.former_days} days"
    shown = "" if mean is None else f"; {_figures(mean, low, high, lines, evidence)}"
    return Standing(
        lines, found.open_lines, found.days, mean, low, high, _exp(evidence), 1 / chosen.alpha, act, why + shown
    )


def _of_challenger(better: bool, worse: bool, days: float, lines: int, chosen: ShadowParams) -> tuple[Act, str]:  # noqa: FBT001 - two findings
    if worse:
        return Act.DISMISS, "it is surely no better than the champion"
    if not better:
        return Act.WAIT, "the evidence is not in yet"
    if days < chosen.least_days or lines < chosen.least_lines:
        return Act.WAIT, (
            f"it is surely better, and waits for shadow.least_days ({days:.0f} of {chosen.least_days}) and"
            f" shadow.least_lines ({lines:,} of {chosen.least_lines:,})"
        )
    return Act.PROMOTE, "it is surely better than the champion"


def _of_former(better: bool, worse: bool, *_: object) -> tuple[Act, str]:  # noqa: FBT001 - as above
    if better:
        return Act.ROLL_BACK, "the new champion is surely worse than the one before"
    if worse:
        return Act.DISMISS, "the new champion is surely no worse than shadow.tolerance allows"
    return Act.WAIT, "whether the new champion is worse is not known yet"


def _figures(mean: float, low: float, high: float, lines: int, evidence: float) -> str:
    than = "lower" if mean < 0 else "higher"
    return (
        f"its log-loss is {than} by {abs(mean):.5f} nats a line ({low:+.5f} to {high:+.5f})"
        f" on {lines:,} lines of closed windows, e-value {_exp(evidence):.3g}"
    )


def _exp(log_e: float) -> float:
    return math.exp(min(log_e, 700.0))
