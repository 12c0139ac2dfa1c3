"""What learning from a log claims, against a known truth: ``python -m tests.benchmarks.off_policy``.

``coverage``: logs of known policies, with baskets of heavy tails and several baskets a customer: how often the
intervals of each estimator hold the true value of another policy. ``learners``: how well each learner ranks baskets by
the true effect (Qini, between a random ranking and the true one), what a policy of sure effects earns of what the best
one would add, and on how many of the baskets that an action harms it acts. ``proposals``: how often a policy is
proposed where actions do nothing but cost, and where they help some. `tests.training.decisions.learning.drawn_log` has
the details of the logs.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from tests.training.decisions.learning.drawn_log import ACTIONS, PARAMS, PROPOSAL, Drawn, DrawnLog, draw
from training.decisions.learning.effects import choose, learn
from training.decisions.learning.exposures import NOTHING
from training.decisions.learning.outcomes import predict_outcomes
from training.decisions.learning.params import Learner
from training.decisions.learning.proposal import propose
from training.decisions.learning.qini import qini
from training.decisions.learning.value import Estimate, dr, dr_scores, gain, ips, mean, of_actions, snips

LEVEL: Final = 0.95
MANY: Final = 1_000_000
"""Baskets from which the true value of a policy is computed."""

WITHOUT_STAKES = (Learner.TWO_MODEL, Learner.X, Learner.DR)
"""The learners that learn from any exposures; the drawn logs have no stakes and no dismissals."""


@dataclass(frozen=True)
class Seen:
    """One log: by estimator, whether its interval holds the true value, and its standard error."""

    inside: dict[str, bool]
    error: dict[str, float]


def target_of(drawn: Drawn) -> np.ndarray:
    """A policy that the log did not run: credit where a return is likely, advice for the disloyal."""
    known = drawn.exposures.covariates
    likely = drawn.exposures.eligible["credit"].to_numpy() & (known["risk"].to_numpy() > 0.5)
    return np.where(likely, "credit", np.where(known["loyal"] < 0.4, "advice", NOTHING)).astype(object)


def evaluated(shop: DrawnLog, truth: tuple[float, float], seed: int) -> Seen:
    """Value the target in one log by each estimator. ``truth``: of the target, and of what the log's policy chose."""
    drawn = draw(shop, seed)
    log, outcomes = drawn.exposures, predict_outcomes(drawn.exposures, PARAMS)
    target = of_actions(log, target_of(drawn), outcomes, PARAMS.max_weight)
    ran = of_actions(log, drawn.chosen, outcomes, PARAMS.max_weight)
    doubly = dr(log.profit, log.unit, target)
    found: dict[str, tuple[Estimate, float]] = {
        "ips": (ips(log.profit, log.unit, target), truth[0]),
        "snips": (snips(log.profit, log.unit, target), truth[0]),
        "dr": (doubly, truth[0]),
        "dr, rows as independent": (mean(dr_scores(log.profit, target), np.arange(len(log))), truth[0]),
        "dr gain": (gain(log.profit, log.unit, target, ran), truth[0] - truth[1]),
    }
    return Seen(
        {name: _holds(each, true) for name, (each, true) in found.items()},
        {name: each.error for name, (each, _) in found.items()},
    )


def coverage(logs: int, shop: DrawnLog, workers: int) -> Iterator[str]:
    """Say how often the intervals hold the truth."""
    many = draw(DrawnLog(MANY, shop.baskets_per_unit, tail=shop.tail), 10**6)
    truth = many.value(target_of(many)), many.value(many.chosen)
    with ProcessPoolExecutor(workers) as pool:
        seen = list(pool.map(partial(evaluated, shop, truth), range(logs), chunksize=10))
    yield f"{logs} logs of {shop.baskets} baskets: true value {truth[0]:.0f}, {truth[0] - truth[1]:+.0f} over what ran"
    for name in seen[0].inside:
        share = np.mean([each.inside[name] for each in seen])
        error = np.mean([each.error[name] for each in seen])
        yield f"  {name}: {share:.1%} of the {LEVEL:.0%} intervals hold it; standard error {error:.1f}"


def learners(logs: int, baskets: int) -> Iterator[str]:
    """Say what each learner finds."""
    for learner in WITHOUT_STAKES:
        found = np.array([_learned(learner, baskets, seed) for seed in range(logs)]).mean(axis=0)
        yield (
            f"{learner.value}, {baskets} baskets: Qini {found[0]:.0%} of the true ranking's (random {found[1]:+.1%}); "
            f"earns {found[2]:.0%} of what the best policy adds, acts on {found[3]:.1%} of the baskets it harms"
        )


def proposals(logs: int, baskets: int) -> Iterator[str]:
    """Say how often a policy is proposed, and how far its gain lies from the true one."""
    for effect in (0.0, 1.0):
        found = [_proposed(DrawnLog(baskets, effect=effect), seed) for seed in range(logs)]
        said, missed, curse = (np.array(each) for each in zip(*found, strict=True))
        yield (
            f"effects times {effect:g}, {logs} logs of {baskets} baskets: proposed in {said.mean():.1%}; "
            f"the true gain lies below the lower bound in {missed.mean():.1%}; "
            f"the gain where it was chosen lies {np.mean(curse):+.1f} over that where it was judged"
        )


def _proposed(shop: DrawnLog, seed: int) -> tuple[bool, bool, float]:
    drawn = draw(shop, seed)
    params = PARAMS.model_copy(update={"learners": tuple(WITHOUT_STAKES)})
    made = propose(drawn.exposures, drawn.runs(PARAMS.max_weight), 1.645, params, PROPOSAL)
    many = draw(DrawnLog(50_000, effect=shop.effect), 10**6)
    target = choose(
        made.effects.predict(many.exposures.covariates, many.exposures.known_stakes), many.exposures.eligible, 1.645
    )
    true = many.value(target) - many.value(many.chosen)
    at_choice = max(made.tried, key=lambda each: each.gain.lower(PROPOSAL.level)).gain.value
    return made.proposed, true < made.gain.lower(made.level), at_choice - made.gain.value


def _learned(learner: Learner, baskets: int, seed: int) -> tuple[float, float, float, float]:
    drawn, later = draw(DrawnLog(baskets), 2 * seed), draw(DrawnLog(min(baskets, 20_000)), 2 * seed + 1)
    log = later.exposures
    effects = learn(drawn.exposures, learner, PARAMS).predict(log.covariates)
    truth, random = later.effects["advice"], np.random.default_rng(seed).random(len(log))
    ways = [effects["advice"][:, 0], random, truth]
    own, by_chance, best = (qini(each, truth, log.unit).coefficient.value for each in ways)
    chosen = choose(effects, log.eligible, 1.645)
    harms = np.any([(later.effects[name] < 0) & log.eligible[name] for name in ACTIONS], axis=0)
    hit = np.any([(chosen == name) & (later.effects[name] < 0) for name in ACTIONS], axis=0)
    added = later.value(chosen) - later.base.mean()
    return own / best, by_chance / best, added / _most(later), float(hit.sum() / harms.sum())


def _most(drawn: Drawn) -> float:
    options = [drawn.effects[name] * drawn.exposures.eligible[name] for name in ACTIONS]
    return float(np.maximum(0.0, np.max(options, axis=0)).mean())


def _holds(estimate: Estimate, truth: float) -> bool:
    low, high = estimate.interval(LEVEL)
    return bool(low <= truth <= high)


PARTS: Final = ("coverage", "learners", "proposals")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.off_policy", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="PART", help="coverage, learners, proposals (all)")
    parser.add_argument("--logs", type=int, default=500, help="logs for the coverage; fewer for the others")
    parser.add_argument("--baskets", type=int, default=6000, help="baskets of a log; twice as many for the others")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    found = {
        "coverage": lambda: coverage(given.logs, DrawnLog(given.baskets, 4.0), given.workers),
        "learners": lambda: learners(max(2, given.logs // 50), 2 * given.baskets),
        "proposals": lambda: proposals(max(2, given.logs // 5), 2 * given.baskets),
    }
    for part in given.parts:
        for line in found[part]():
            print(line, flush=True)


if __name__ == "__main__":
    main()
