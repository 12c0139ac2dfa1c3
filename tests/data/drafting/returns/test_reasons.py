import pytest

from data.drafting.returns.reasons import code_of
from data.schema import Reason


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("too small", Reason.SIZE_TOO_SMALL),
        ("TOO_SMALL", Reason.SIZE_TOO_SMALL),
        ("Zu klein", Reason.SIZE_TOO_SMALL),
        ("zu groß", Reason.SIZE_TOO_LARGE),
        ("trop grand", Reason.SIZE_TOO_LARGE),
        ("Arrived damaged", Reason.DEFECTIVE),
        ("Defekt", Reason.DEFECTIVE),
        ("not as described", Reason.NOT_AS_DESCRIBED),
        ("gefällt nicht", Reason.UNWANTED),
        ("Changed my mind", Reason.UNWANTED),
        ("Falscher Artikel", Reason.WRONG_ITEM),
        ("te laat", Reason.ARRIVED_LATE),
        ("サイズが小さい", Reason.SIZE_TOO_SMALL),
        ("质量问题", Reason.DEFECTIVE),
    ],
)
def test_a_plain_reason_becomes_its_code(reason: str, code: Reason) -> None:
    assert code_of(reason) == code


@pytest.mark.parametrize("reason", ["other", "A7", "size", "too small or too large", "latest", "カスタム"])
def test_a_reason_of_no_clear_words_is_other(reason: str) -> None:
    assert code_of(reason) == Reason.OTHER
