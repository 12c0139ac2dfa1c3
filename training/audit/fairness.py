"""Stage fairness: audit the score on the test lines, and what the policy would do, among groups of customers.

The groups are read here and by no training. The gate judges what is found; report page, model card and dossier show it.
What the policy would do is replayed without the findings of the product report, which the gate does not wait for:
actions that need one are not taken.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from data import params
from data.errors import UserError
from data.files import write_json
from data.logs import log
from data.schema import Reason
from data.stage import run
from features.catalog import LINES_FILE
from features.recipe import Recipe
from training.audit import groups
from training.audit.criteria import Fairness, Measure, audit, measures_of_actions
from training.audit.files import FAIRNESS
from training.audit.proxies import Proxy, proxies
from training.costs import Costs
from training.decisions.policy import ActionKind, Policy
from training.decisions.policy_reading import DecisionParams, read_policy
from training.decisions.replay import columns
from training.decisions.replay.baskets import ReplayBasket, ReplayBaskets
from training.decisions.replay.decide import decide
from training.decisions.replay.params import ReplayParams
from training.decisions.replay.scored import in_test, sampled
from training.evaluation.intervals import Draw
from training.evaluation.measure import Evaluation
from training.held_out.lines import TEST, of_matrix, predictions
from training.model import split
from training.model.bundle import Bundle

MOST_LINES = 20_000
"""Test lines, drawn at random, on which proxies are looked for: more take longer, and tell them no better."""


def main() -> None:
    """Audit the test lines of the last evaluation, and write reports/fairness.json.

    Raises
    ------
    UserError
        A file of an earlier stage is missing or of another run, or the policy can't be read.
    """
    chosen, bundle = params.load("evaluation", Evaluation), Bundle.load()
    draw = Draw(chosen.bootstrap_resamples, chosen.bootstrap_seed)
    lines = predictions(TEST, ["line_id"])
    found = groups.read(lines)
    log.info("auditing %s lines in %d groups", f"{len(lines):,}", len(found.large))
    y, p = lines["label"].to_numpy(dtype=np.float64), lines["probability"].to_numpy(dtype=np.float64)
    policy = _policy()
    actions = {} if policy is None else _of_actions(lines, policy, bundle)
    report = Fairness(
        audit(found, y, p, actions, draw),
        found.too_small,
        found.absent,
        None if policy is None else policy.name,
        _proxies(lines, bundle, draw),
    )
    write_json(report.as_json(), FAIRNESS)


def _policy() -> Policy | None:
    """The policy that params.yaml names; None for a shop without one."""
    named = params.load("decisions", DecisionParams).policy
    return None if named is None else read_policy(Path(named)).policy


def _of_actions(lines: pd.DataFrame, policy: Policy, bundle: Bundle) -> dict[str, Measure]:
    """What ``policy`` would do about ``lines``, by the baskets that are kept to be replayed."""
    given = ReplayBaskets.read(columns.FOLDER, policy.features, _no_faults)
    of_baskets = list(_lines_of(bundle))
    _require_same(given.baskets, of_baskets)
    decisions = decide(given.baskets, policy, params.load("costs", Costs), given.about.scale)
    acted, restricted = set[str](), set[str]()
    for ids, taken in zip(of_baskets, decisions.chosen, strict=True):
        if taken is not None:
            about = {ids[place][0] for place in taken.lines}
            acted |= about
            restricted |= about if taken.action.kind is ActionKind.RESTRICT else set()
    replayed = {line for ids in of_baskets for line, _ in ids}
    of_line = lines["line_id"]
    chosen, restricting, seen = (of_line.isin(each).to_numpy(dtype=bool) for each in (acted, restricted, replayed))
    return measures_of_actions(chosen, restricting, seen, (lines["label"] == 0).to_numpy(dtype=bool))


def _lines_of(bundle: Bundle) -> Iterator[list[tuple[str, str]]]:
    """Ids of lines and products of each basket that is kept to be replayed, in the order of `ReplayBaskets`.

    The table of the replay names neither lines nor customers. They are found by drawing its sample again.
    """
    lines = in_test(LINES_FILE, split.load(), frozenset(Recipe.from_json(bundle.recipe).columns))
    kept = lines.of_units(sampled(lines, params.load("replay", ReplayParams)))
    ids, products = kept.matrix["line_id"].tolist(), kept.facts["product_id"].tolist()
    times = kept.matrix["ordered_at"].tolist()
    rows = zip(kept.basket.tolist(), times, ids, products, strict=True)
    baskets = [list(rows_of) for _, rows_of in groupby(rows, lambda row: row[0])]
    for basket in sorted(baskets, key=lambda rows_of: rows_of[0][1]):
        yield [(line, product) for _, _, line, product in basket]


def _require_same(baskets: Sequence[ReplayBasket], of_baskets: Sequence[Sequence[tuple[str, str]]]) -> None:
    given = [[line.product_id for line in basket.scored.lines] for basket in baskets]
    if given != [[product for _, product in ids] for ids in of_baskets]:
        raise UserError(
            expected=f"the baskets in {columns.FOLDER} to be those of this matrix and of the section replay",
            found="other baskets",
            fix="make them anew: dvc repro replay",
        )


def _no_faults(_: str) -> frozenset[Reason]:
    return frozenset()


def _proxies(lines: pd.DataFrame, bundle: Bundle, draw: Draw) -> tuple[Proxy, ...]:
    drawn = lines.sample(min(len(lines), MOST_LINES), random_state=draw.seed).sort_index()
    frame = of_matrix(drawn["line_id"], bundle.score_features).set_index("line_id").loc[drawn["line_id"]]
    x = bundle.rows(frame, bundle.score_features)
    return proxies(groups.read(drawn), x, bundle.score_features, draw)


if __name__ == "__main__":
    run(main)
