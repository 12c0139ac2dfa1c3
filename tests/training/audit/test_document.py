from dataclasses import replace
from typing import Any

import pytest

from tests.training.audit.test_card import GROUP
from tests.training.decisions.examples import policy
from training.audit import document
from training.audit.attacks import Attack, Membership
from training.audit.criteria import Fairness
from training.audit.document import Content
from training.audit.proxies import Proxy, Teller
from training.decisions.policy import ActionKind

GATE = {
    "passed": True,
    "checks": [{"name": "is calibrated", "passed": True, "value": 0.0184, "bound": 0.0658, "message": "fine"}],
}
PROXY = Proxy("title", "ms", 0.7, 0.67, 0.72, (Teller("category_return_rate", 0.6),))
ATTACKS = {name: Attack(0.512, 0.497, 0.526) for name in ("loss", "confidence", "loss_by_customer")}


def content(**changes: Any) -> Content:
    given = Content(
        shop="my_shop",
        contact=None,
        card="# Model card\n\n## Purpose\n",
        verdict=GATE,
        evaluation={"test": {"ece": 0.0184, "ece_noise": 0.0158, "roc_auc": 0.7443}},
        source={"source": "mapped", "rows": {"order_lines": 200101}},
        validation={"tables": {"order_lines": {"refused": 12}}},
        spans={"fit": {"since": "2024-01-01T00:00:00"}, "test_until": "2024-05-31T00:00:00"},
        columns={"order_lines": ["line_id", "customer_id", "shoe_width"]},
        declared=["shoe_width"],
        fairness=Fairness(
            (GROUP,), (), ("region",), "fashion", (Proxy("title", "ms", 0.7, 0.67, 0.72, (Teller("x", 0.6),)),)
        ),
        membership=Membership(40_004, 4_061, ATTACKS, 0).as_json(),
        policies=(policy(),),
        policy_digest="9225b1bfa4b11bbc",
        demographics=False,
        params="split:\n  test_days: 31",
        digests={"bundle": "ab12"},
        currency="EUR",
    )
    return replace(given, **changes)


def test_every_part_of_a_dossier_is_there_and_its_figures_are_those_of_the_run() -> None:
    text = document.write(content())

    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## 1. What this is about", "## 2. The verdict of the gate", "## 3. Model card", "## 4. Data sheet",
        "## 5. Fairness", "## 6. Who was in the training", "## 7. Decisions and their log",
        "## 8. Assessment of risk",
    ]  # fmt: skip
    assert "#### Purpose" in text
    assert "| is calibrated | passed | 0.0184 | 0.0658 |" in text
    assert "| order lines | 200,101 | 12 |" in text
    assert "that may be: customer\\_id, shoe\\_width." in text
    assert "| title: ms | 200 |" in text
    assert "-2.0 | -3.0 to -1.0" in text
    assert "| loss | 0.5120 | 0.4970 to 0.5260 |" in text
    assert "9225b1bfa4b11bbc" in text
    assert "propensity" in text


def test_a_policy_that_restricts_is_what_the_class_of_risk_speaks_of() -> None:
    mild = policy()
    action = mild.actions[0].model_copy(update={"name": "no_invoice", "kind": ActionKind.RESTRICT})
    stern = mild.model_copy(update={"restrictions": True, "actions": (action,)})

    assert "minimal risk, if the shop uses the score for nothing else" in document.write(content())
    text = document.write(content(policies=(mild, stern)))
    assert "a policy RESTRICTS customers" in text
    fourth = next(line for line in text.splitlines() if line.startswith("| refusing payment"))
    assert fourth.endswith("| no\\_invoice |")
    assert "Annex III, 5(b)" in fourth


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"policies": (), "policy_digest": None}, "nothing is decided"),
        ({"fairness": Fairness((), (), ("title",))}, "Nothing can be said of fairness"),
        ({"verdict": {"passed": False, "checks": []}}, "was REFUSED"),
        ({"demographics": True}, "features, as the shop turned demographics on"),
    ],
)
def test_what_a_run_lacks_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in document.write(content(**changes))
