"""The letter from the command on: what it says is what model and state of the service say."""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from data.errors import UserError
from data.identity import IdKey
from data.logged.decisions import DECISIONS, HOLDOUT, Decision
from data.logged.predictions import PREDICTIONS
from data.times import now_us
from features.online_state.order import Order, OrderLine
from serving import assembly
from serving.assembly import Reader
from serving.exchange_rates import ExchangeRates
from serving.letter import decision
from serving.letter.__main__ import explain, instead_of, main, read_basket
from serving.letter.content import Explained, Logged, blocks, html, text
from serving.letter.language import LOCALES, Language
from serving.letter.variations import variations
from serving.scoring.scorer import Scorer
from serving.state.intake import StateIntake
from tests.serving.served_shop import AFTER, COSTS, opened, shop_of_sizes

NOW = now_us()
SHOP = shop_of_sizes()
BASKET = {
    "customer_id": "c1",
    "lines": [
        {"product_id": "p0", "quantity": 1, "price_minor": 2000, "size": "m"},
        {"product_id": "p0", "quantity": 1, "price_minor": 2000, "size": "xl"},
        {"product_id": "p<1>", "quantity": 2, "price_minor": 999},
    ],
}
ORDER = Order(
    "c1", AFTER, (OrderLine("p0", 1, 2000, size="m"), OrderLine("p0", 1, 2000, size="xl"), OrderLine("p<1>", 2, 999))
)
DECISION = Decision(
    decision_id="d1", decided_at=AFTER, request_id="r1", basket_id=None, customer="h", unit="h",
    policy="9225b1bfa4b11bbc",
    policy_name="mild", arm=HOLDOUT, action=None, chosen="size_advice", propensity=0.1, expected_minor=1.0,
    low_minor=0.5, high_minor=2.0, lines=(0,),
    ruled_out={"keep_discount": "profit_in_doubt", "new_one": "some_new_word"},
    value_minor=5998,
    return_cost_minor=100.0, returns=0.9, line_count=3, model_version="7", shares={HOLDOUT: 0.1, "policy": 0.9},
)  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> Reader:
    bundle = replace(SHOP.bundle, built={"lines": 176_058, "learned_until": "2024-04-09T00:00:00"})
    model, store = SHOP.model(bundle), opened(SHOP.store())
    scorer = Scorer(lambda: model, store, COSTS, 0.3)
    return Reader(
        model, scorer, StateIntake(store, IdKey(b"k" * 32, public=False)), ExchangeRates("EUR"), (), lambda: None
    )


@pytest.fixture(scope="module")
def explained(reader: Reader) -> Explained:
    return explain(reader, ORDER, {}, NOW)


def written(explained: Explained, code: str = "en") -> str:
    return text(blocks(explained, Language.of(code)))


def test_each_change_is_the_score_of_the_changed_order_to_the_bit(reader: Reader, explained: Explained) -> None:
    found = explained.varied

    assert [each.variation.kind for each in found] == ["guest", "alone", "alone", "alone"]
    for each in found:
        (alone,) = reader.scorer.score([each.variation.order], NOW).baskets
        assert list(each.probabilities.values()) == [line.probability for line in alone.lines]


def test_the_letter_says_the_scores_and_what_changes_them(explained: Explained) -> None:
    said = written(explained)
    now = [line.probability for line in explained.score.lines]

    for number, probability in enumerate(now, 1):
        assert f"{probability:.1%} (range" in said.split(f"### Item {number}")[1]
    guest = explained.varied[0].probabilities
    moved = [place for place, then in guest.items() if abs(then - now[place]) >= 0.005]
    line = next(line for line in said.splitlines() if line.startswith("- Without your customer account"))
    assert all(f"item {place + 1} {guest[place]:.1%} instead of {now[place]:.1%}" in line for place in moved)
    without_sizes = next(each.why.what_ifs[0] for each in explained.score.lines if each.why and each.why.what_ifs)
    assert f"{without_sizes.probability:.1%} instead of" in said
    assert "176,058 order lines" in said
    assert "Your age and your title are, as the shop has switched this on." in said


@pytest.mark.parametrize("code", LOCALES)
def test_a_letter_is_whole_in_each_language_and_no_html_can_be_made_of_it(explained: Explained, code: str) -> None:
    language = Language.of(code)
    page = html(
        blocks(replace(explained, contact="a & b", logged=Logged(DECISION, (0.1, 0.2, 0.3))), language), language
    )

    assert f'<html lang="{code}">' in page
    assert "p&lt;1&gt;" in page
    assert "a &amp; b" in page
    assert page.count("<ul>") == page.count("</ul>") > 0
    assert "{" not in page.split("</head>")[1]


def test_a_decision_is_told_with_its_lot_and_why_nothing_else_was_done(explained: Explained) -> None:
    said = written(replace(explained, logged=Logged(DECISION, (0.1, 0.2, 0.3))))

    assert "you are among the 10.0% of customers to whom nothing is ever shown" in said
    assert "- keep discount: it was not sure enough to help" in said
    assert "- new one: a rule of the shop stood against it" in said
    assert "the estimates were: 10.0%; 20.0%; 30.0%." in said


def test_a_decision_is_found_with_the_scores_of_then_and_not_for_another_basket(tmp_path: Path) -> None:
    row = json.dumps(asdict(DECISION))
    (tmp_path / DECISIONS.file_name(1, 1)).write_text(row + "\n")
    scored = [
        {"request_id": "r1", "basket": 0, "line": place, "product_id": line.product_id, "probability": place / 10}
        for place, line in enumerate(ORDER.lines)
    ]
    (tmp_path / PREDICTIONS.file_name(1, 1)).write_text("".join(json.dumps(each) + "\n" for each in reversed(scored)))

    found = decision.find("d1", ORDER, tmp_path, tmp_path)

    assert (found.decision.policy, found.probabilities) == (DECISION.policy, [0.0, 0.1, 0.2])
    with pytest.raises(UserError, match="no such decision"):
        decision.find("d2", ORDER, tmp_path, tmp_path)
    with pytest.raises(UserError, match="a basket of p0, p0, p9; it was about p0, p0, p<1>"):
        decision.find("d1", replace(ORDER, lines=(*ORDER.lines[:2], OrderLine("p9", 1, 1))), tmp_path, tmp_path)


def test_the_command_writes_a_letter_about_a_request_as_the_checkout_sends_it(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("card:\n  contact: returns@shop.example\n")
    Path("basket.json").write_text(json.dumps({**BASKET, "explain": "all", "payment_method": "card"}))
    monkeypatch.setattr(assembly, "assemble_reader", lambda _: reader)
    monkeypatch.setattr(sys, "argv", ["letter", "basket.json", "--out", "letter.txt", "--language", "de"])

    main()

    said = Path("letter.txt").read_text(encoding="utf-8")
    assert "Ansprechstelle: returns@shop.example." in said
    assert "- Wenn nicht bekannt wäre: die Zahlungsart" in said


@pytest.mark.parametrize("content", ['{"lines": []}', "[]", "{"])
def test_what_is_no_basket_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "basket.json").write_text(content)

    with pytest.raises(UserError, match="basket"):
        read_basket(tmp_path / "basket.json")


def test_another_value_is_tried_and_a_field_that_can_not_be_tried_is_refused(reader: Reader) -> None:
    order = replace(ORDER, payment_method="card", voucher_used=True)

    instead = instead_of(["payment_method=Invoice", "voucher_used=false"], reader)

    tried = [each.order for each in variations(order, instead) if each.kind == "with_field"]
    assert [(each.payment_method, each.voucher_used) for each in tried] == [
        (instead["payment_method"], True),
        ("card", False),
    ]
    with pytest.raises(UserError, match="FIELD of payment_method"):
        instead_of(["title=ms"], reader)
