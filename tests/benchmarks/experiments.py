"""What the read-out of experiments claims, against a known truth: ``python -m tests.benchmarks.experiments``.

``nothing``: experiments in which nothing works, looked at every day: how many ever claim an effect. ``effect``: how
often the true effect lies within all intervals of all looks. ``power``: how often an effect is found within the days,
for the smallest effect that the formula says is found with 80%. All of them with several visits a customer, values with
heavy tails and returns that become known late; the module of the drawn shop has the details.
"""

import argparse
import math
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tests.training.decisions.experiment.drawn_shop import COSTS, PARAMS, DrawnShop, draw
from training.decisions.experiment.known_by import KnownBy, known_by
from training.decisions.experiment.looks import Look, follow
from training.decisions.experiment.measures import MEASURES, PROFIT, Measure
from training.decisions.experiment.power import standard_errors

AVOIDS, LOSES = 0.15, 0.02
"""What the effect is where something is chosen."""
ONE_LOOK = 1.96
"""Standard errors of the usual interval of 95%."""


@dataclass(frozen=True)
class Seen:
    """One experiment: by measure, whether a look claimed an effect, and whether an interval missed the truth.

    ``naive``: whether a look would have claimed one by the usual interval, which is made for one look alone.
    ``gain``: share of the variance that covariates took away at the last look. ``error``: the standard error of the
    difference then. ``days``: of the first look, and of the first claim (infinity for none).
    """

    claimed: dict[str, bool]
    naive: dict[str, bool]
    missed: dict[str, bool]
    gain: dict[str, float]
    error: dict[str, float]
    dependence: dict[str, float]
    first_claim: dict[str, float]
    true: dict[str, float]


def experiment(shop: DrawnShop, seed: int, *, profit_alone: bool = False, begun: bool = False, every: int = 1) -> Seen:
    """Draw one experiment and look at it on every day, or every ``every`` days up to the last one."""
    measures = (PROFIT,) if profit_alone else MEASURES
    trail = draw(shop, seed)
    trail = trail.begun() if begun else trail
    found = follow(trail, _days(shop, every), COSTS, PARAMS, measures=measures)
    truth = _Truth(shop, seed, begun=begun)
    return Seen(
        claimed={name: any(look.excludes_zero for look in looks) for name, looks in found.items()},
        naive={name: any(map(_naive, looks)) for name, looks in found.items()},
        missed={each.name: any(truth.outside(each, look) for look in found[each.name]) for each in measures},
        gain={name: 1 - looks[-1].variance / looks[-1].plain_variance for name, looks in found.items() if looks},
        error={name: math.sqrt(looks[-1].variance) / looks[-1].weight for name, looks in found.items() if looks},
        dependence={name: _dependence(looks) for name, looks in found.items() if looks},
        first_claim={
            name: next((look.day for look in looks if look.excludes_zero), math.inf) for name, looks in found.items()
        },
        true={each.name: truth.difference(each, found[each.name][-1].day) for each in measures if found[each.name]},
    )


def _naive(look: Look) -> bool:
    return abs(look.difference) * look.weight > ONE_LOOK * math.sqrt(look.variance)


def _dependence(looks: list[Look]) -> float:
    """The product over the looks: below 1, the last look follows the first one less than independent parts would."""
    return float(np.prod([look.dependence for look in looks if look.dependence is not None]))


class _Truth:
    """The effect on the very units of the experiment, from what they do in either arm; 0 where nothing works."""

    def __init__(self, shop: DrawnShop, seed: int, *, begun: bool) -> None:
        self._null = not (shop.avoids or shop.loses)
        both = () if self._null else tuple(draw(shop, seed, all_in=arm) for arm in (True, False))
        self._both = tuple(each.begun() if begun else each for each in both)
        self._known: dict[float, tuple[KnownBy, ...]] = {}

    def outside(self, measure: Measure, look: Look) -> bool:
        return not look.low <= self.difference(measure, look.day) <= look.high

    def difference(self, measure: Measure, day: float) -> float:
        if self._null:
            return 0.0
        if day not in self._known:
            self._known[day] = tuple(known_by(trail, day, COSTS) for trail in self._both)
        treated, not_treated = (_ratio(measure, each) for each in self._known[day])
        return treated - not_treated


def _ratio(measure: Measure, known: KnownBy) -> float:
    return float(measure.over(known).sum() / max(measure.under(known).sum(), 1e-9))


def _days(shop: DrawnShop, every: int) -> Iterator[float]:
    return reversed([float(day) for day in range(shop.days, 0, -every)])


def run(
    shop: DrawnShop,
    experiments: int,
    *,
    profit_alone: bool = False,
    begun: bool = False,
    every: int = 1,
    processes: int = 1,
) -> list[Seen]:
    """Draw ``experiments`` with the seeds 0, 1, …"""
    with ProcessPoolExecutor(processes) as pool:
        return list(
            pool.map(
                partial(experiment, shop, profit_alone=profit_alone, begun=begun, every=every),
                range(experiments),
                chunksize=4,
            )
        )


def show(name: str, seen: list[Seen], shop: DrawnShop) -> None:
    """Print one line a measure: shares of experiments, and means over them."""
    print(f"{name}: {len(seen)} experiments, looked at every day; {shop}")
    for each in (measure.name for measure in MEASURES):
        looked = [one for one in seen if each in one.error]
        shares = ", ".join(
            f"{label} {sum(getattr(one, label)[each] for one in seen) / len(seen):.1%}"
            for label in ("claimed", "missed", "naive")
        )
        means = ", ".join(
            f"{label} {np.mean([getattr(one, label)[each] for one in looked]):.4g}" if looked else ""
            for label in ("gain", "error", "dependence", "true")
        )
        print(f"  {each:20} {shares} ({len(looked)} with a look); {means}", flush=True)


def power(shop: DrawnShop, experiments: int, processes: int, every: int) -> None:
    """Print how often the smallest effect of the formula is found by the last day, by the profit.

    The standard error, and what an effect makes of the profit, are those of the last look, so the first few experiments
    are looked at once.
    """
    name, few = PROFIT.name, 8
    once = partial(run, profit_alone=True, every=shop.days, processes=processes)
    nothing = once(replace(shop, avoids=0.0, loses=0.0), few)
    wanted = standard_errors(0.8, 1 - PARAMS.level) * float(np.mean([each.error[name] for each in nothing]))
    tried = once(replace(shop, avoids=0.1), few)
    avoids = 0.1 * wanted / float(np.mean([each.true[name] for each in tried]))
    seen = run(replace(shop, avoids=avoids), experiments, profit_alone=True, every=every, processes=processes)
    known = known_by(draw(shop, 0, all_in=False), float(shop.days), COSTS)
    profit, scale = _ratio(PROFIT, known), float(known.visits.sum() / known.weight.sum())
    days = np.percentile([each.first_claim[name] for each in seen], [25, 50, 75])
    print(f"power: {experiments} experiments, looked at every {every} days; {shop}")
    print(f"  a unit's profit by the last day {profit * scale:.0f}; smallest effect {wanted * scale:.1f} minor units")
    print(f"  that is {wanted / profit:.2%} of the profit, or {avoids:.1%} fewer returns where something is chosen")
    print(f"  found in {np.mean([each.claimed[name] for each in seen]):.1%}; quartiles of the day {days}", flush=True)


def main() -> None:
    """Run the parts that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.experiments", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=["nothing", "effect", "power"], default=["nothing", "effect"])
    parser.add_argument("--experiments", type=int, default=1000)
    parser.add_argument("--visits-a-day", type=int, default=1000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--tail", type=float, default=0.9)
    parser.add_argument("--holdout-share", type=float, default=0.1)
    parser.add_argument("--visits-per-unit", type=float, default=2.0)
    parser.add_argument("--every", type=int, default=1, help="days from look to look, in the part power")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--begun", action="store_true", help="units from their first choice on, as for each action")
    given = parser.parse_args()
    shop = DrawnShop(
        visits_a_day=given.visits_a_day,
        days=given.days,
        tail=given.tail,
        holdout_share=given.holdout_share,
        visits_per_unit=given.visits_per_unit,
    )
    start = time.perf_counter()
    for part in given.parts:
        if part == "power":
            power(shop, given.experiments, given.processes, given.every)
            continue
        drawn = shop if part == "nothing" else replace(shop, avoids=AVOIDS, loses=LOSES)
        show(part, run(drawn, given.experiments, begun=given.begun, processes=given.processes), drawn)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
