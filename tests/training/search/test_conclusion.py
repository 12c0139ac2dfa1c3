import numpy as np
import pytest

from tests.training.search.test_study import Bowl, search
from training.registry.paired import Difference
from training.search import conclusion
from training.search.conclusion import Found, best_with_other_seeds, is_better, said
from training.search.folds import FoldLosses
from training.search.study import Ended
from training.search.trained import Trained

START = Ended(0, {"linear.share": 0.4, "model.num_leaves": 4}, (0.8, 0.8), pruned=False, seconds=1.0)
LUCKY = Ended(1, {"linear.share": 0.5, "model.num_leaves": 4}, (0.5, 0.5), pruned=False, seconds=1.0)
GOOD = Ended(2, {"linear.share": 0.2, "model.num_leaves": 8}, (0.6, 0.6), pruned=False, seconds=1.0)
PRUNED = Ended(3, {"linear.share": 0.6, "model.num_leaves": 4}, (0.9,), pruned=True, seconds=1.0)


class Shaken(Bowl):
    """The bowl, whose losses depend on the seed, too: seed 1 was lucky for a share of 0.5."""

    def run(self, number: int, trained: Trained) -> FoldLosses:
        found = super().run(number, trained)
        lucky = 0.5 if trained.model.seed == 1 and trained.linear.share == 0.5 else 0.0
        return FoldLosses(found.losses - lucky + np.linspace(-0.01, 0.01, 4) * trained.linear.share, found.customers)


def test_the_best_with_other_seeds_is_proposed_and_not_the_lucky_one() -> None:
    setting = search(Shaken())

    top, difference = best_with_other_seeds(setting, [LUCKY, GOOD], seeds=2)

    assert top == GOOD
    # the bowl at a share of 0.2 and 8 leaves against 0.4 and 4: 0.01 - (0.09 + log(2)^2 / 9)
    assert difference.mean == pytest.approx(0.01 - 0.09 - np.log(2) ** 2 / 9)


@pytest.mark.parametrize(
    ("top", "again", "expected"),
    [
        (GOOD, Difference(-0.01, 0.002), True),
        (GOOD, Difference(-0.00004, 0.0004), False),
        (GOOD, Difference(0.01, 0.002), False),
        (GOOD, None, True),
        (START, None, False),
    ],
)
def test_only_what_is_surely_better_with_other_seeds_is_proposed(
    top: Ended, again: Difference | None, *, expected: bool
) -> None:
    assert is_better(top, START, again) is expected


def test_what_was_found_is_said_with_its_interval_and_what_to_do_next() -> None:
    found = Found("shoes", [START, LUCKY, GOOD, PRUNED], GOOD, START, Difference(-0.01, 0.002), "--- a/params.yaml\n")

    lines = said(found)

    assert lines[0] == "4 trials, 1 of them pruned; the best with other seeds: 2"
    assert "by -0.01000 (-0.01392 to -0.00608)" in lines[1]
    assert lines[-1].startswith(f"take it: git apply {conclusion.DIFF}")


def test_no_change_is_proposed_where_params_yaml_is_best_or_luck_was_all() -> None:
    none = Found("shoes", [START, PRUNED], START, START, None, "")
    luck = Found("shoes", [START, LUCKY], LUCKY, START, Difference(0.01, 0.002), "")

    assert said(none)[-1] == "no trial was better than params.yaml"
    assert said(luck)[-1] == "that is not surely better: params.yaml stays as it is"
