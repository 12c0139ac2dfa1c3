"""The account of a file: each record once, or one clear message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from data.sources.report import Account

counts = st.integers(0, 1000)
by_rule = st.dictionaries(st.sampled_from(["short", "same", "gift_card"]), counts, max_size=3)
parts = st.tuples(counts, counts, by_rule, by_rule, by_rule)


def account(parts: tuple[int, int, dict[str, int], dict[str, int], dict[str, int]], off: int = 0) -> Account:
    kept, refused, unread, copies, left_out = parts
    records = kept + refused + sum(map(sum, (unread.values(), copies.values(), left_out.values()))) + off
    return Account("o.csv", "order_lines", records, kept, refused, unread, copies, left_out)


@given(parts)
def test_an_account_whose_parts_are_its_records_is_one(
    parts: tuple[int, int, dict[str, int], dict[str, int], dict[str, int]],
) -> None:
    assert account(parts).as_json()["kept"] == parts[0]


@given(parts, st.integers(-5, 5).filter(bool))
def test_a_record_that_is_lost_or_taken_twice_is_one_clear_message(
    parts: tuple[int, int, dict[str, int], dict[str, int], dict[str, int]], off: int
) -> None:
    with pytest.raises(UserError, match=r"every record of o\.csv"):
        account(parts, off)


def test_an_account_is_one_line_without_what_is_zero() -> None:
    of = Account("o.csv", "order_lines", 1_263, 1_000, left_out={"child": 260, "gift_card": 0}, unread={"short": 3})

    assert str(of) == "o.csv (order_lines): 1,263 records: 1,000 kept, 3 unread (short 3), 260 left out (child 260)"


def test_what_a_table_lacks_is_left_out_of_the_json() -> None:
    of = Account("p.csv", "products", 2, 2)

    assert "kept_quantity" not in of.as_json()
    assert Account("o.csv", "order_lines", 2, 2, kept_quantity=3).as_json()["kept_quantity"] == 3
