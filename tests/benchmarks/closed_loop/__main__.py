"""Run policies in closed loop for a simulated year: ``python -m tests.benchmarks.closed_loop --customers 40000``.

All policies meet the same potential visits with the same chances. Money is the mean, not a draw, so that small
differences are seen. docs/explanation/closed-loop.md tells how the world is made.
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from data import params
from data.sources.simulated.responses.responders import ResponseParams
from tests.benchmarks.closed_loop import loop
from tests.benchmarks.closed_loop.example import example
from tests.benchmarks.closed_loop.figures import EXPOSURES, LAST_MONTHS, Figures, Ground, figures
from tests.benchmarks.closed_loop.learned import Learned
from tests.benchmarks.closed_loop.policies import Acting, Nothing, Oracle, Rules, WarnAboveHalf
from tests.benchmarks.closed_loop.visits import MONTHS, potential_visits
from tests.benchmarks.closed_loop.world import World, world
from training.costs import Costs
from training.decisions.learning.params import LearningParams
from training.decisions.policy import Policy
from training.products.params import ProductParams

MINOR = 100


def main() -> None:
    """Run the policies, and print a table of what they earned and one of their months."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.closed_loop", description=__doc__)
    parser.add_argument("--customers", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hidden-share", type=float, default=ResponseParams.hidden_share)
    parser.add_argument("--dismissal-slope", type=float, default=ResponseParams.dismissal_slope)
    parser.add_argument("--without-learned", action="store_true", help="leave out the policy that takes most time")
    given = parser.parse_args()
    policy = example()
    segments = params.load("products", ProductParams).segments
    met = world(potential_visits(given.customers, given.seed), policy, params.load("costs", Costs), segments)
    world_params = ResponseParams(hidden_share=given.hidden_share, dismissal_slope=given.dismissal_slope)
    start = loop.begin(met, world_params)
    show(met, start, list(acting(policy, learned=not given.without_learned)), Console(width=140))


def acting(policy: Policy, *, learned: bool) -> Iterator[Acting]:
    """Give the policies that run."""
    yield from (Nothing(), WarnAboveHalf(), Rules())
    if learned:
        yield Learned(policy, params.load("learning", LearningParams))
    yield from (Oracle(seen=True), Oracle())


def show(met: World, start: loop.Start, policies: list[Acting], console: Console) -> None:
    """Run ``policies``, nothing first and the oracle last, and print their figures."""
    own = met.potential.visits.day >= 0
    visits = met.potential.visits
    kinds = tuple(action.kind for action in met.policy.actions)
    ground = Ground(
        visits.customer[own], visits.day[own], start.responders.harmed[own], met.holdout, kinds
    )  # fmt: skip
    found: dict[str, Figures] = {}
    nothing: loop.Path | None = None
    for policy in policies:
        begun = time.perf_counter()
        path, _ = loop.run(met, start, policy)
        nothing = nothing or path
        found[policy.name] = figures(path, nothing, ground)
        console.print(f"{policy.name}: {time.perf_counter() - begun:.0f} s", highlight=False)
    assert nothing is not None
    total = float((nothing.chance * nothing.profit).sum()) / MINOR
    console.print(f"{met.potential.customers} customers, {own.sum()} potential visits; nothing earns {total:,.0f}")
    console.print(f"harmed by nudges: {_harmed(ground):.1%} of customers at their first visit")
    console.print(_earned(found))
    console.print(_months(found))


def _harmed(ground: Ground) -> float:
    return float(ground.harmed[np.unique(ground.customer, return_index=True)[1]].mean())


def _earned(found: dict[str, Figures]) -> Table:
    table = Table(title="in a year and the 90 days after it", title_justify="left", box=box.SIMPLE_HEAD)
    for name in (
        "", "added", "of the oracle", f"from month {MONTHS - LAST_MONTHS + 1} on", "with its holdout", "exposures",
        f"harmed nudged after {EXPOSURES:,}: visits", "customers",
    ):  # fmt: skip
        table.add_column(name, justify="right" if name else "left")
    oracle = found["oracle"]
    for name, each in found.items():
        table.add_row(
            name, f"{each.added.sum() / MINOR:,.0f}", f"{each.share_of(oracle):.1%}",
            f"{each.share_of(oracle, MONTHS - LAST_MONTHS):.1%}",
            f"{each.added_everywhere / oracle.added_everywhere:.1%}", f"{each.exposures.sum():,}",
            f"{each.late_visits:.1%}", f"{each.late_customers:.1%}",
        )  # fmt: skip
    return table


def _months(found: dict[str, Figures]) -> Table:
    table = Table(title="by month: share of the oracle, harmed nudged", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("")
    for month in range(1, MONTHS + 1):
        table.add_column(str(month), justify="right")
    oracle = found["oracle"]
    for name, each in found.items():
        shares = each.added[:MONTHS] / oracle.added[:MONTHS]
        table.add_row(name, *(f"{share:.0%}" for share in shares))
        table.add_row("", *(f"{share:.1%}" for share in each.harmed_nudged[:MONTHS]))
    return table


if __name__ == "__main__":
    main()
