"""The model of comments: its confidence is calibrated on orders that it was not trained on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.sources.mapped.comment_model import CommentModel, _scale, fit, infer

SMALL, BIG, BROKEN = ["too small", "zu klein", "太小了"], ["too big", "zu groß", "太大了"], ["broken", "kaputt", "坏了"]

WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "too") + " small"
"""In the wide letters of Chinese and Japanese keyboards."""


def learn(texts: list[str], reasons: list[str], orders: list[str] | None = None) -> CommentModel:
    model = fit(texts, reasons, orders or [str(place) for place in range(len(texts))], seed=1)
    assert model is not None
    return model


@pytest.fixture(scope="module")
def model() -> CommentModel:
    return learn((SMALL + BIG + BROKEN) * 40, (["SMALL"] * 3 + ["BIG"] * 3 + ["BROKEN"] * 3) * 40)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("ZU KLEIN!", "SMALL"), ("好像太大了。谢谢", "BIG"), ("it is broken", "BROKEN"), (WIDE, "SMALL")],
)
def test_a_known_phrase_is_read_in_any_case_width_and_company(model: CommentModel, text: str, reason: str) -> None:
    assert infer(model, [text]).reasons[0] == reason


def test_what_was_never_seen_has_no_confidence(model: CommentModel) -> None:
    assert infer(model, ["👍", "ж", "ελληνικά", "...", "\u200b"]).confidence.tolist() == [0, 0, 0, 0, 0]


def test_only_the_start_of_a_long_comment_is_read(model: CommentModel) -> None:
    readings = infer(model, ["zu klein " + "ж" * 100_000, "ж" * 100_000 + " zu klein"])
    assert readings.reasons[0] == "SMALL"
    assert readings.confidence[1] == 0


def test_confidence_is_the_share_that_is_right() -> None:
    # Two phrases: of "alpha" 90 in 100 are A and of "gamma" 60, the rest B. No model can do better than these shares.
    draw = np.random.default_rng(3)
    texts = ["alpha", "gamma"] * 1500
    reasons = ["A" if draw.random() < (0.9 if text == "alpha" else 0.6) else "B" for text in texts]
    model = learn(texts, reasons)
    assert infer(model, ["alpha", "gamma"]).confidence == pytest.approx([0.9, 0.6], abs=0.04)
    assert model.out_of_fold.right.mean() == pytest.approx(0.75, abs=0.03)
    assert model.out_of_fold.confidence.mean() == pytest.approx(0.75, abs=0.03)


def test_words_without_meaning_show_as_such() -> None:
    # The reason is a coin: right one time in two, whatever the comment, so nothing is ever sure.
    draw = np.random.default_rng(4)
    texts = [f"{draw.choice(SMALL)} {draw.choice(BIG)}" for _ in range(600)]
    model = learn(texts, [str(draw.choice(["A", "B"])) for _ in texts])
    assert not model.out_of_fold.above(0.7).any()
    assert not (infer(model, texts).confidence >= 0.7).any()


def test_a_comment_pasted_to_all_lines_of_an_order_proves_nothing() -> None:
    # Each order has its own word on its five lines: across orders, the word has no information about the reason.
    draw = np.random.default_rng(5)
    words = ["".join(chr(draw.integers(0x4E00, 0x9F00)) for _ in range(6)) for _ in range(120)]
    coins = [str(draw.choice(["A", "B"])) for _ in words]
    orders = [str(place) for place in range(120) for _ in range(5)]
    model = learn([words[int(order)] for order in orders], [coins[int(order)] for order in orders], orders)
    assert not model.out_of_fold.above(0.8).any()


def test_a_reason_of_one_order_alone_is_never_given_and_counts_as_wrong() -> None:
    texts, reasons = (SMALL + BIG) * 20 + ["lost"] * 5, (["SMALL"] * 3 + ["BIG"] * 3) * 20 + ["RARE"] * 5
    orders = [str(place) for place in range(120)] + ["rare"] * 5
    model = learn(texts, reasons, orders)
    assert not model.out_of_fold.right[-5:].any()
    assert infer(model, ["lost"]).reasons[0] != "RARE"


def test_fewer_than_two_reasons_are_not_learned() -> None:
    assert fit(SMALL * 9, ["A"] * 27, [str(place) for place in range(27)], seed=1) is None
    assert fit(SMALL * 9, ["A", "A", "B"] * 9, ["one"] * 27, seed=1) is None


def test_a_score_that_is_higher_where_it_is_wrong_is_worth_no_more_than_the_share_that_is_right() -> None:
    # 30 of 90 are right, those of the lowest scores; Platt's targets move a third by less than 0.01.
    score, right = np.linspace(-1, 3, 90), np.arange(90) < 30
    assert _scale(score, right)(np.array([-5.0, 5.0])) == pytest.approx([1 / 3, 1 / 3], abs=0.01)


@settings(max_examples=20)
@given(st.lists(st.text(min_size=1, max_size=20).filter(str.strip), min_size=20, max_size=40), st.data())
def test_any_text_is_read_with_a_confidence_between_0_and_1(texts: list[str], data: st.DataObject) -> None:
    reasons = [data.draw(st.sampled_from("ABC")) for _ in texts]
    model = fit(texts, reasons, [str(place % 11) for place in range(len(texts))], seed=1)
    if model is not None:
        readings = infer(model, texts)
        for confidence in (readings.confidence, model.out_of_fold.confidence):
            assert ((confidence >= 0) & (confidence < 1)).all()
        assert set(readings.reasons) <= set(reasons)
