"""Proxies: how well the features of the score tell a group of customers, although the group is no feature.

A small classifier learns the groups from the features of one half of the customers and is tested on the other. An AUC
of 0.5 says that the features know nothing of the group. A high one is no fault by itself: it says that leaving out the
attribute does not make the score blind to it, so that the differences between groups are what has to be looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier

from data.arrays import Bools, Floats, Ints
from training.audit.groups import Group, Groups
from training.evaluation.intervals import Draw, ranking_intervals
from training.evaluation.metrics import UndefinedMetricError, roc_auc

ROUNDS, LEAVES, LEARNING_RATE = 40, 8, 0.1
SHOWN = 3
"""Features that are named for each group."""
LEAST_LINES = 50
"""Fewer lines of a group in a half are too few to learn from, or to test on."""


@dataclass(frozen=True)
class Teller:
    """One feature, and the ROC AUC with which it alone tells the group, from 0.5 up: its direction does not matter."""

    feature: str
    roc_auc: float


@dataclass(frozen=True)
class Proxy:
    """How well all features together tell one group from the rest of its attribute.

    ``roc_auc``: on customers that the classifier has not seen, with an interval of 95%. ``tellers``: the features that
    tell it best alone.
    """

    attribute: str
    name: str
    roc_auc: float
    low: float
    high: float
    tellers: tuple[Teller, ...]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read what `dataclasses.asdict` gave."""
        return cls(**{**content, "tellers": tuple(Teller(**each) for each in content["tellers"])})


def proxies(groups: Groups, x: Floats, features: Sequence[str], draw: Draw) -> tuple[Proxy, ...]:
    """Measure how well ``x``, shape (n, features), tells each large group of the n lines."""
    learned = np.random.default_rng(draw.seed).random(int(groups.customer.max()) + 1) < 1 / 2
    return tuple(
        proxy
        for attribute in groups.attributes
        for proxy in _of_attribute(groups.of(attribute), groups.customer, x, features, learned[groups.customer], draw)
    )


def _of_attribute(
    groups: Sequence[Group], customer: Ints, x: Floats, features: Sequence[str], early: Bools, draw: Draw
) -> Iterator[Proxy]:
    inside = np.logical_or.reduce([group.mask for group in groups])
    number = np.select([group.mask for group in groups], range(len(groups)), -1)
    enough = [min((group.mask & half).sum() for half in (early, ~early)) >= LEAST_LINES for group in groups]
    if sum(enough) < 2:
        return
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        max_leaf_nodes=LEAVES,
        learning_rate=LEARNING_RATE,
        early_stopping=False,
        random_state=draw.seed,
    ).fit(x[inside & early], number[inside & early])
    tested = inside & ~early
    told = model.predict_proba(x[tested])
    owners = np.unique(customer[tested], return_inverse=True)[1].astype(np.int64)
    for place, group in enumerate(groups):
        if enough[place]:
            is_in, score = group.mask[tested].astype(np.float64), told[:, list(model.classes_).index(place)]
            try:
                ends = ranking_intervals(is_in, score, owners, draw)["roc_auc"]
            except UndefinedMetricError:
                continue
            best = _tellers(group.mask[inside], x[inside], features)
            yield Proxy(group.attribute, group.name, roc_auc(is_in, score), ends.low, ends.high, best)


def _tellers(is_in: Bools, x: Floats, features: Sequence[str]) -> tuple[Teller, ...]:
    """The features that tell the group best, each alone; what is missing ranks below all values."""
    ranks = rankdata(np.where(np.isnan(x), -np.inf, x), axis=0)
    inside, outside = int(is_in.sum()), int((~is_in).sum())
    area = (ranks[is_in].sum(axis=0) - inside * (inside + 1) / 2) / (inside * outside)
    either_way = np.maximum(area, 1 - area)
    best = np.argsort(-either_way, kind="stable")[:SHOWN]
    return tuple(Teller(features[place], float(either_way[place])) for place in best.tolist())
