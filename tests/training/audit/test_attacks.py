from pathlib import Path

import numpy as np

from training.audit.attacks import Attack, Attacked, Membership, attacks, ids_in
from training.evaluation.intervals import Draw

DRAW = Draw(resamples=100, seed=1)


def scored(memory: float) -> dict[str, Attack]:
    """Attack a model that moves the probabilities of its members' lines by ``memory`` towards their outcomes."""
    rng, count = np.random.default_rng(6), 6_000
    customer, truth = np.arange(count) // 3, rng.uniform(0.1, 0.9, count)
    y = (rng.random(count) < truth).astype(np.float64)
    member = (rng.random(count // 3) < 0.5)[customer]
    seen = truth + memory * (y - truth)
    given = Attacked(y, np.where(member, seen, truth), np.where(member, truth, seen), member, customer)
    return attacks(given, DRAW)


def test_a_model_that_remembers_outcomes_tells_its_members_and_more_so_by_customer() -> None:
    found = scored(memory=0.3)

    assert found["loss"].low > 0.5
    assert found["loss_by_customer"].roc_auc > found["loss"].roc_auc
    assert found["reference"].low > 0.95


def test_a_model_that_remembers_nothing_tells_no_members() -> None:
    found = scored(memory=0.0)

    assert all(each.low <= 0.5 <= each.high for each in found.values())


def test_what_the_gate_judges_are_the_attacks_with_scores_alone() -> None:
    found = scored(memory=0.3)
    said = Membership(6_000, 2_000, found, 0).as_json()

    assert said["at_least"] == max(found[name].low for name in ("loss", "confidence", "loss_by_customer"))


def test_an_id_of_a_customer_in_a_bundle_is_found(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "bundle.json").write_text('{"levels": {"c00001": 0.2, "xc00002": 1}}')

    assert ids_in(tmp_path, {"c00001", "c00002"}) == 1
