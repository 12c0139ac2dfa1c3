"""A million draws of what to do about baskets: ``python -m tests.benchmarks.draws``.

Each draw is that of another customer. The baskets differ in what fits, in what is believed of it, and in what caps
keep away; the policy has a holdout, exploration by Thompson sampling, and two challengers. Checked is that each
outcome had a propensity above 0, that the propensities of a basket add up to 1, that each outcome comes out as often as
its propensity says, and that the holdout has the same customers as without the other arms.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import chi2

from data.arrays import Floats
from data.logged.decisions import HOLDOUT, POLICY
from tests.training.decisions.examples import COSTS, action, basket, line, policy
from training.decisions.arms import Arms
from training.decisions.assignment import draw
from training.decisions.drawing import Chances, draw_outcome, propensities
from training.decisions.policy_reading import ReadPolicy

BASKETS = 200
SURE = {"returns": {"mean": -0.1, "spread": 0.01}, "source": "a benchmark"}
DOUBTFUL = {"returns": {"mean": -0.05, "spread": 0.1}, "source": "a benchmark"}
COSTLY = {"returns": {"mean": 0.02, "spread": 0.05}, "source": "a benchmark"}
LIKELY = {"probability": {"least": 0.3}}
ARMS = {
    "exploration": {"share": 0.15, "method": "thompson", "least_chance": 0.02},
    "challengers": [
        {"name": "learned", "share": 0.2, "learned": "first"},
        {"name": "file", "share": 0.1, "policy": "rival.yaml"},
    ],
}


class _Effects:
    """Effects that move with the value of the basket."""

    def predict(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> dict[str, Floats]:
        assert len(stakes) == 1
        value = float(covariates["value_minor"].iloc[0])
        return {"hint": np.array([[50.0 - value / 200, 10.0]]), "gift": np.array([[value / 100 - 40, 20.0]])}

    predict_mean = predict


@dataclass
class Found:
    """What the draws gave. ``times``: how often each outcome of each basket came out."""

    without_chance: int = 0
    holdout_moved: int = 0
    worst_sum: float = 0.0
    times: Counter[tuple[int, str]] = field(default_factory=Counter)
    of_basket: Counter[int] = field(default_factory=Counter)


def baskets(seed: int) -> tuple[Arms, list[dict[str, Chances]]]:
    """Give the arms of the policy, and the chances in each arm for each of the baskets."""
    random = np.random.default_rng(seed)
    actions = (action("hint", effects=DOUBTFUL), action("gift", effects=SURE, lines=LIKELY))
    content = policy(*actions, action("points", effects=COSTLY), **ARMS)
    read = ReadPolicy(content, "digest", {"file": policy(action("hint", effects=SURE))})
    arms = Arms(read, COSTS, lambda _: _Effects())
    made = []
    for _ in range(BASKETS):
        lines = [line(float(random.uniform(0.05, 0.9)), float(random.lognormal(8.3, 0.7))) for _ in range(3)]
        barred = {arm: {"hint": "per_day"} for arm in arms.shares} if random.random() < 0.2 else {}
        made.append(arms.chances(arms.choices(basket(*lines)), barred))
    return arms, made


def draws(count: int, seed: int = 1) -> tuple[Found, list[dict[str, float]]]:
    """Draw ``count`` times; also give the propensities of each basket."""
    arms, made = baskets(seed)
    chances = [propensities(arms.shares, each) for each in made]
    found = Found(worst_sum=max(abs(sum(each.values()) - 1) for each in chances))
    alone = {HOLDOUT: arms.shares[HOLDOUT], POLICY: 1 - arms.shares[HOLDOUT]}
    for number in range(count):
        place, unit = number % BASKETS, f"u{number}"
        drawn = draw_outcome("key", unit, f"b{number}", arms.shares, made[place])
        found.without_chance += not 0 < drawn.propensity <= 1
        found.holdout_moved += (drawn.arm.name == HOLDOUT) != (draw("key", unit, alone).name == HOLDOUT)
        found.times[place, drawn.outcome] += 1
        found.of_basket[place] += 1
    return found, chances


def fit(found: Found, chances: list[dict[str, float]]) -> tuple[float, int]:
    """Give Pearson's p-value that outcomes come out as often as their propensities say, and its degrees of freedom."""
    squared, freedom = 0.0, 0
    for place, own in enumerate(chances):
        count, expected = found.of_basket[place], [chance for chance in own.values() if chance > 0]
        for name, chance in own.items():
            if chance > 0:
                squared += (found.times[place, name] - count * chance) ** 2 / (count * chance)
        freedom += len(expected) - 1
    return float(chi2.sf(squared, freedom)), freedom


def main() -> None:
    """Draw, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1_000_000)
    given = parser.parse_args()
    begun = time.perf_counter()
    found, chances = draws(given.draws)
    seconds = time.perf_counter() - begun
    p, freedom = fit(found, chances)
    print(f"{given.draws} draws about {BASKETS} baskets: {1e6 * seconds / given.draws:.1f} µs each, with a second draw")
    print(f"without a propensity above 0: {found.without_chance}")
    print(f"customers whose holdout hangs on other arms: {found.holdout_moved}")
    print(f"propensities of a basket: their sum is at most {found.worst_sum:.1e} from 1")
    print(f"as often as their propensities say: p = {p:.3f} (chi-square, {freedom} degrees of freedom)")


if __name__ == "__main__":
    main()
