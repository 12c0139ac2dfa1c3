"""The letter from the command on: what it says is what model and state of the service say."""

import json
import re
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import UserError
from data.identity import IdKey
from data.logged.decisions import DECISIONS, HOLDOUT, Decision
from data.logged.predictions import PREDICTIONS
from data.times import now_us
from features.online_state.contents import StateContents
from features.online_state.events import CustomerErased, CustomersMerged
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.stores.memory import MemoryStore
from serving.assembly.reader import Reader
from serving.exchange_rates import ExchangeRates
from serving.letter import decision
from serving.letter.__main__ import explain, labels_of, main
from serving.letter.arguments import read_basket, read_instead
from serving.letter.content import Explained, Logged, blocks, html, text
from serving.letter.facts import fact
from serving.letter.language import LOCALES, Language
from serving.letter.variations import FIELDS, variations
from serving.scores import MissingField
from serving.scoring.scorer import Scorer
from serving.shops import Shop
from serving.state.intake import StateIntake
from tests.features.states import MAX_DELAY_DAYS
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


NO_WORDS = re.compile(r"(?<![A-Za-z])(None|null|nan|NaN|inf|True|False)(?![A-Za-z])|_|attributes\.")
"""What no reader of a letter should see: values of a program, and names of fields."""


def reader_of(memory: MemoryStore) -> Reader:
    bundle = replace(SHOP.bundle, built={"lines": 176_058, "learned_until": "2024-04-09T00:00:00"})
    model, store = SHOP.model(bundle), opened(memory)
    scorer = Scorer(lambda: model, store, COSTS, 0.3)
    return Reader(
        model, store, scorer, StateIntake(store, IdKey(b"k" * 32, public=False)), ExchangeRates("EUR"), (), lambda: None
    )


@pytest.fixture(scope="module")
def reader() -> Reader:
    return reader_of(SHOP.store())


@pytest.fixture(scope="module")
def explained(reader: Reader) -> Explained:
    return explain(reader, ORDER, {}, NOW)


def written(explained: Explained, code: str = "en") -> str:
    return text(blocks(explained, Language.of(code)))


def test_each_change_is_the_score_of_the_changed_order_to_the_bit(reader: Reader, explained: Explained) -> None:
    found = [each for each in explained.varied if each.variation.order != ORDER]

    assert [each.variation.kind for each in found] == ["guest", "alone", "alone", "alone"]
    for each in found:
        (alone,) = reader.scorer.score([each.variation.order], NOW).baskets
        assert list(each.probabilities.values()) == [line.probability for line in alone.lines]


def test_the_letter_says_the_scores_and_what_changes_them(explained: Explained) -> None:
    said = written(explained)
    now = [line.probability for line in explained.score.lines]

    for number, probability in enumerate(now, 1):
        assert f"{probability:.1%} (range" in said.split(f"### Item {number}")[1]
    guest = next(each.probabilities for each in explained.varied if each.variation.kind == "guest")
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

    found = decision.find("d1", ["p0", "p0", "p<1>"], tmp_path, tmp_path)

    assert (found.decision.policy, found.probabilities) == (DECISION.policy, [0.0, 0.1, 0.2])
    with pytest.raises(UserError, match="no such decision"):
        decision.find("d2", ["p0", "p0", "p<1>"], tmp_path, tmp_path)
    with pytest.raises(UserError, match="a basket of p0, p0, p9; it was about p0, p0, p<1>"):
        decision.find("d1", ["p0", "p0", "p9"], tmp_path, tmp_path)


def test_the_command_writes_a_letter_about_a_request_as_the_checkout_sends_it(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("card:\n  contact: returns@shop.example\n")
    Path("basket.json").write_text(json.dumps({**BASKET, "explain": "all", "payment_method": "card"}))
    monkeypatch.setattr("serving.letter.__main__.assemble_reader", lambda _: reader)
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

    instead = labels_of(read_instead(["payment_method=Invoice", "voucher_used=false"]), reader)

    tried = [each.order for each in variations(order, instead) if each.kind == "with_field"]
    assert [(each.payment_method, each.voucher_used) for each in tried] == [
        (instead["payment_method"], True),
        ("card", False),
    ]
    for wrong, why in (
        ("title=ms", "FIELD of payment_method"),
        ("region= ", "FIELD"),
        ("voucher_used=maybe", "true or"),
    ):
        with pytest.raises(UserError, match=why):
            read_instead([wrong])


def test_a_value_that_the_shop_reads_as_none_is_not_tried(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader.intake, "label", lambda _, __: None)

    with pytest.raises(UserError, match="reads as no value"):
        labels_of({"region": "n/a"}, reader)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "- With the payment method invoice, where the order did not say it: "),
        ("de", "- Die Zahlungsart: invoice, wo in der Bestellung nichts angegeben war: "),
        ("zh", "- 付款方式为invoice，而订单中未注明："),  # noqa: RUF001 - as Chinese has them
    ],
)
def test_a_value_for_a_field_that_the_order_left_out_is_told_as_such(reader: Reader, code: str, said: str) -> None:
    assert said in written(explain(reader, ORDER, {"payment_method": "invoice"}, NOW), code)


@settings(max_examples=12)
@given(
    order=st.builds(
        Order,
        st.sampled_from([None, "c1", "c-unseen"]),
        st.just(AFTER),
        st.lists(
            st.builds(
                OrderLine, st.sampled_from(["p0", "p9"]), st.just(1), st.sampled_from([0, 999]),
                size=st.none() | st.just("m"), color=st.none() | st.just("red"),
            ),
            min_size=1, max_size=2,
        ).map(tuple),
        voucher_used=st.none() | st.booleans(),
        payment_method=st.none() | st.just("card"),
        channel=st.none() | st.just("web"),
        region=st.none() | st.just("DE"),
    ),
    tried=st.sets(st.sampled_from(FIELDS)),
)  # fmt: skip
def test_no_value_of_a_program_stands_in_a_letter_whatever_the_order_leaves_out(
    reader: Reader, order: Order, tried: set[str]
) -> None:
    instead = {name: True if name == "voucher_used" else "x" for name in tried}
    found = explain(reader, order, instead, NOW)
    missing = tuple(MissingField(name, 0.1) for name in (*FIELDS, "customer.attributes.shoe_width", "product"))
    found = replace(found, score=replace(found.score, missing=missing))

    for code in LOCALES:
        assert NO_WORDS.findall(written(found, code)) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_fact_without_a_finite_value_is_not_known(value: float) -> None:
    entry = next(each for each in SHOP.bundle.catalog if each.name == "price_minor")

    assert fact(Language.of("en"), entry, {"price_minor": value}, "EUR") == "Price of one piece: not known"


@pytest.mark.parametrize("customer", [None, "c-unseen", "c1"])
def test_no_records_are_claimed_of_a_guest_an_unseen_and_an_erased_customer(customer: str | None) -> None:
    store = SHOP.store()
    live = LiveState(store, StateContents(SHOP.recipe), SHOP.about.remember_days, MAX_DELAY_DAYS)
    live.apply([CustomerErased("e1", "c1", AFTER)], AFTER)

    said = written(explain(reader_of(store), replace(ORDER, customer_id=customer, ordered_at=AFTER + 1), {}, NOW))

    assert "- Nothing of earlier orders or returns, as the" in said
    assert "sent back one item" not in said
    assert "What the shop has recorded" not in said
    assert "none of your earlier orders count" not in said


def test_records_are_told_of_a_customer_also_by_the_name_before_a_merge(explained: Explained) -> None:
    store = SHOP.store()
    live = LiveState(store, StateContents(SHOP.recipe), SHOP.about.remember_days, MAX_DELAY_DAYS)
    live.apply([CustomersMerged("m1", "c-before", "c1", AFTER)], AFTER)

    merged = explain(reader_of(store), replace(ORDER, customer_id="c-before", ordered_at=AFTER + 1), {}, NOW)

    for each in (explained, merged):
        assert "- What the shop has recorded of your earlier orders and returns, until" in written(each)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["missing.json"], "no such file"),
        (["broken.json"], "to be JSON"),
        (["basket.json", "--instead", "foo=bar"], "FIELD of payment_method"),
        (["basket.json", "--out", "nowhere/letter.html"], "no folder nowhere"),
        (["basket.json", "--out", "."], "a folder"),
        (["basket.json", "--decision", "d9"], "no such decision"),
    ],
)
def test_what_is_asked_wrongly_is_refused_before_model_and_state_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], why: str
) -> None:
    def load(_: Shop) -> Reader:
        raise AssertionError("it was loaded")

    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("card:\n  contact: returns@shop.example\n")
    Path("basket.json").write_text(json.dumps(BASKET))
    Path("broken.json").write_text("{")
    monkeypatch.setattr("serving.letter.__main__.assemble_reader", load)
    monkeypatch.setattr(sys, "argv", ["letter", *arguments])

    with pytest.raises(UserError, match=re.escape(why)):
        main()

    assert not Path("nowhere").exists()
