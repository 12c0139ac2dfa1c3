"""A return goes to the line that it undoes, or to none: it is never guessed which of several lines is meant."""

import pytest

from data.errors import UserError
from data.files import read_json
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop
from tests.data.sources.mapped.returns.returns_of_a_shop import ReturnsOfAShop, placed, refused, unknown

ORDER = ["order_id", "product_id"]
SIZES = ["s o1 c p1 s 2024-03-01 1 10", "m o1 c p1 m 2024-03-01 1 10", "x o1 c p2 m 2024-03-01 1 10"]


def test_a_return_that_fits_several_sizes_is_refused_and_their_outcome_unknown(shop: FilesOfAShop) -> None:
    tables = ReturnsOfAShop(shop, ORDER).read(SIZES, ["r o1 c p1 - 2024-03-09 1", "q o1 c p2 - 2024-03-09 1"])
    assert placed(tables) == {"q": "x"}
    assert refused(tables) == [("ambiguous_line", "line_id", "2")]
    assert unknown(tables) == {"s", "m"}
    assert (
        "order_id o1, product_id p1: 2 lines fit, which match [order_id, product_id]" in tables["rejects"][0]["value"]
    )


def test_where_all_sizes_came_back_each_of_them_did(shop: FilesOfAShop) -> None:
    back = ["r o1 c p1 - 2024-03-09 1", "q o1 c p1 - 2024-03-10 1"]
    tables = ReturnsOfAShop(shop, ORDER).read(SIZES, back)
    assert placed(tables) == {"r": "m", "q": "s"} or placed(tables) == {"r": "s", "q": "m"}
    assert unknown(tables) == set()


def test_a_preferred_column_decides_in_any_case_of_letters(shop: FilesOfAShop) -> None:
    match = {"by": ORDER, "prefer": ["size"]}
    tables = ReturnsOfAShop(shop, match).read(SIZES, ["r o1 c p1 M 2024-03-09 1"])
    assert placed(tables) == {"r": "m"}
    assert unknown(tables) == set()


def test_a_return_on_a_line_of_another_size_is_counted(shop: FilesOfAShop) -> None:
    back = ["r o1 c p2 s 2024-03-09 1", "q o1 c p1 m 2024-03-09 1"]
    tables = ReturnsOfAShop(shop, {"by": ORDER, "prefer": ["size"]}).read(SIZES, back)
    assert placed(tables) == {"r": "x", "q": "m"}
    found = read_json(shop.raw / "source.json")
    assert found["decisions"]["returns.line_id"] == {"preferred": 1, "other size": 1}
    assert found["examples"]["returns.line_id"] == {
        "preferred": ["returns.csv:line 3"],
        "other size": ["returns.csv:line 2"],
    }


def test_the_first_preferred_column_outweighs_the_others(shop: FilesOfAShop) -> None:
    match = {"by": ["order_id"], "prefer": ["size", "product_id", "customer_id"]}
    lines = ["a o1 c p1 s 2024-03-01 1 10", "b o1 c p2 m 2024-03-01 1 10"]
    assert placed(ReturnsOfAShop(shop, match).read(lines, ["r o1 c p1 m 2024-03-09 1"])) == {"r": "b"}


def test_a_line_that_is_taken_is_no_candidate_any_more(shop: FilesOfAShop) -> None:
    back = ["r o1 c p1 s 2024-03-09 1", "q o1 c p1 - 2024-03-08 1"]
    tables = ReturnsOfAShop(shop, {"by": ORDER, "prefer": ["size"]}).read([*SIZES, "l o1 c p1 l 2024-03-20 1 10"], back)
    assert placed(tables) == {"r": "s", "q": "m"}


def test_a_return_is_never_of_a_line_ordered_after_it(shop: FilesOfAShop) -> None:
    lines = ["a o1 c p1 s 2024-03-01 1 10", "b o2 c p1 s 2024-03-20 1 10"]
    tables = ReturnsOfAShop(shop, ["customer_id", "product_id"]).read(lines, ["r - c p1 - 2024-03-09 1"])
    assert placed(tables) == {"r": "a"}


OTHER = "y o2 c p9 m 2024-03-01 1 10"


@pytest.mark.parametrize(
    ("by", "back", "doubted"),
    [
        (ORDER, "r o1 c p7 - 2024-03-09 1", {"s", "m", "x"}),
        ([*ORDER, "size"], "r o1 c p1 xl 2024-03-09 1", {"s", "m"}),
        ([*ORDER, "size"], "r o1 c p7 m 2024-03-09 1", {"s", "m", "x"}),
        (ORDER, "r o5 c p1 - 2024-03-09 1", set()),
    ],
)
def test_of_an_order_that_lacks_the_product_of_its_return_no_line_that_may_be_meant_is_kept(
    shop: FilesOfAShop, by: list[str], back: str, doubted: set[str]
) -> None:
    tables = ReturnsOfAShop(shop, by).read([*SIZES, OTHER], [back, "q o2 c p9 m 2024-03-09 1"])
    assert refused(tables) == [("unknown_line", "line_id", "2")]
    assert unknown(tables) == doubted
    found = read_json(shop.raw / "source.json")
    counts = found["decisions"].get("order_lines.outcome_recorded", {})
    assert counts.get("return_not_placed", 0) == len(doubted)
    if doubted:
        assert found["decisions"]["returns.line_id"]["order_without_such_a_line"] == 1
        assert found["examples"]["returns.line_id"]["order_without_such_a_line"] == ["returns.csv:line 2"]
        assert "lines.csv:line 2" in found["examples"]["order_lines.outcome_recorded"]["return_not_placed"]


def test_the_lines_of_such_an_order_that_came_back_stay_returned(shop: FilesOfAShop) -> None:
    back = ["r o1 c p7 - 2024-03-09 1", "q o1 c p2 - 2024-03-09 1"]
    tables = ReturnsOfAShop(shop, ORDER).read(SIZES, back)
    assert placed(tables) == {"q": "x"}
    assert unknown(tables) == {"s", "m"}


def test_a_return_before_its_order_leaves_the_order_unknown(shop: FilesOfAShop) -> None:
    tables = ReturnsOfAShop(shop, ORDER).read(
        [*SIZES, "y o2 c p2 m 2024-03-01 1 10"], ["r o1 c p2 - 2024-02-09 1", "q o2 c p2 - 2024-03-09 1"]
    )
    assert refused(tables) == [("unknown_line", "line_id", "2")]
    assert unknown(tables) == {"x"}


def test_of_several_purchases_the_latest_within_the_days_is_meant(shop: FilesOfAShop) -> None:
    match = {"by": ["customer_id", "product_id"], "choose": "latest", "within_days": "30"}
    lines = [
        f"{name} {name} c p1 s {day} 1 10"
        for name, day in (("a", "2024-01-01"), ("b", "2024-02-10"), ("c", "2024-02-20"))
    ]
    back = ["r - c p1 - 2024-03-01 1", "q - c p1 - 2024-07-01 1"]
    tables = ReturnsOfAShop(shop, match).read(lines, back)
    assert placed(tables) == {"r": "c"}
    assert refused(tables) == [("unknown_line", "line_id", "3")]


@pytest.mark.parametrize(("day", "found"), [("2024-03-31", {"r": "a"}), ("2024-04-01", {})])
def test_days_are_counted_as_days_where_the_return_has_a_date_alone(
    shop: FilesOfAShop, day: str, found: dict[str, str]
) -> None:
    match = {"by": ORDER, "within_days": "30"}
    lines = ["a o1 c p1 s 2024-03-01T10:00 1 10", "z o9 c p1 s 2024-03-01T10:00 1 10"]
    tables = ReturnsOfAShop(shop, match).read(lines, [f"r o1 c p1 - {day} 1", "z o9 c p1 - 2024-03-02 1"])
    assert placed(tables) == found | {"z": "z"}


def test_a_date_on_the_day_of_the_order_is_not_before_it(shop: FilesOfAShop) -> None:
    shop.mapping["timezone"] = "America/New_York"
    lines = ["a o1 c p1 s 2024-03-01T22:00 1 10"]  # 03:00 of the next day in UTC
    (row,) = ReturnsOfAShop(shop, ORDER).read(lines, ["r o1 c p1 - 2024-03-01 1"])["returns"]
    assert f"{row['returned_at']:%m-%d %H:%M}" == "03-02 04:59"


def test_more_pieces_than_ordered_are_refused_and_the_others_stay(shop: FilesOfAShop) -> None:
    lines = ["a o1 c p1 s 2024-03-01 2 10", "b o2 c p1 s 2024-03-01 2 10"]
    back = [
        "r o1 c p1 - 2024-03-09 1",
        "q o1 c p1 - 2024-03-10 2",
        "t o1 c p1 - 2024-03-11 1",
        "u o2 c p1 - 2024-03-09 3",
    ]
    tables = ReturnsOfAShop(shop, ORDER).read(lines, back)
    assert placed(tables) == {"r": "a", "t": "a"}
    assert refused(tables) == [("above_ordered", "quantity", "3"), ("above_ordered", "quantity", "5")]
    assert unknown(tables) == {"b"}


def test_returns_of_several_pieces_fill_lines_without_lying_across_two(shop: FilesOfAShop) -> None:
    lines = ["a o1 c p1 s 2024-03-01 2 10", "b o1 c p1 m 2024-03-01 2 10"]
    back = ["r o1 c p1 - 2024-03-09 1", "q o1 c p1 - 2024-03-10 2", "t o1 c p1 - 2024-03-11 1"]
    tables = ReturnsOfAShop(shop, ORDER).read(lines, back)
    assert placed(tables)["r"] == placed(tables)["t"] != placed(tables)["q"]


def test_an_empty_key_is_no_key_and_only_lines_without_it_may_be_meant(shop: FilesOfAShop) -> None:
    lines = [
        "a o1 c1 p1 s 2024-03-01 1 10", "b o2 - p1 s 2024-03-01 1 10", "c o3 - p2 s 2024-03-01 1 10",
        "d o4 - p1 s 2024-04-01 1 10",
    ]  # fmt: skip
    back = ["r - - p1 - 2024-03-09 1", "q - c1 p1 - 2024-03-09 1"]
    tables = ReturnsOfAShop(shop, ["customer_id", "product_id"]).read(lines, back)
    assert placed(tables) == {"q": "a"}
    assert refused(tables) == [("empty_key", "customer_id", "2")]
    assert unknown(tables) == {"b"}


def test_a_return_of_an_order_without_its_product_leaves_the_order_unknown(shop: FilesOfAShop) -> None:
    back = ["r o1 c - - 2024-03-09 1", "q o2 c p1 - 2024-03-09 1"]
    tables = ReturnsOfAShop(shop, ORDER).read([*SIZES, "y o2 c p1 s 2024-03-01 1 10"], back)
    assert refused(tables) == [("empty_key", "product_id", "2")]
    assert unknown(tables) == {"s", "m", "x"}


def test_a_return_without_its_product_leaves_its_order_unknown_even_with_a_date_before_it(shop: FilesOfAShop) -> None:
    back = ["r o1 c - - 2024-02-09 1", "q o2 c p1 - 2024-03-09 1"]
    tables = ReturnsOfAShop(shop, ORDER).read([*SIZES, "y o2 c p1 s 2024-03-01 1 10"], back)
    assert unknown(tables) == {"s", "m", "x"}


def test_an_empty_preferred_column_says_nothing(shop: FilesOfAShop) -> None:
    match = {"by": ["order_id"], "prefer": ["product_id"]}
    tables = ReturnsOfAShop(shop, match).read(["a o1 c p1 s 2024-03-01 1 10"], ["r o1 c - - 2024-03-09 1"])
    assert placed(tables) == {"r": "a"}


def test_an_unreadable_return_leaves_the_lines_unknown_that_it_may_be_of(shop: FilesOfAShop) -> None:
    back = ["r o1 c p1 - soon 1", "q o1 c p2 - 2024-03-09 1", "t o1 c p2 - 2024-03-09 many"]
    tables = ReturnsOfAShop(shop, ORDER).read(SIZES, back)
    assert placed(tables) == {"q": "x"}
    assert unknown(tables) == {"s", "m"}


def test_a_rejects_text_never_holds_the_customer(shop: FilesOfAShop) -> None:
    back = ["r - anna-1 p9 - 2024-03-09 1", "q - c p2 - 2024-03-09 1"]
    tables = ReturnsOfAShop(shop, ["customer_id", "product_id"]).read(SIZES, back)
    assert [row["value"] for row in tables["rejects"]] == ["product_id p9"]


def test_whole_orders_return_every_line_with_all_pieces(shop: FilesOfAShop) -> None:
    lines = ["a o1 c p1 s 2024-03-01 2 10", "b o1 c p2 m 2024-03-01 1 10", "c o2 c p2 m 2024-03-01 1 10"]
    back = ["r o1 c - - 2024-03-09 1", "q o1 c - - 2024-03-10 1"]
    tables = ReturnsOfAShop(shop, ["order_id"], whole_order="true").read(lines, back)
    assert [(row["return_id"], row["line_id"], row["quantity"]) for row in tables["returns"]] == [
        ("r-1", "a", 2),
        ("r-2", "b", 1),
    ]
    assert refused(tables) == [("above_ordered", "quantity", "3")]
    assert tables["rejects"][0]["value"] == "order_id o1: another return of this whole order comes before"
    assert unknown(tables) == set()


def test_pieces_of_whole_orders_are_not_ignored(shop: FilesOfAShop) -> None:
    returns = ReturnsOfAShop(shop, ["order_id"], whole_order="true")
    returns.columns["quantity"] = "pieces"
    with pytest.raises(UserError, match=r"returns\.columns\.quantity beside whole_order"):
        returns.read(SIZES, ["r o1 c - - 2024-03-09 1"])


def test_the_first_examples_are_those_of_the_first_lines(shop: FilesOfAShop) -> None:
    back = [f"r{number} o9 c p{number} - 2024-03-09 1" for number in range(12)]
    back[0] = "r0 o9 c - - 2024-03-09 1"
    with pytest.raises(UserError, match=r"unknown_line of 11 returns \(returns.csv:line 3, "):
        ReturnsOfAShop(shop, ORDER).read(SIZES, back)


def test_a_return_of_an_order_that_has_several_lines_is_no_return_of_the_first(shop: FilesOfAShop) -> None:
    with pytest.raises(UserError, match="whole_order: true") as caught:
        ReturnsOfAShop(shop, ["order_id"]).read(SIZES, ["r o1 c - - 2024-03-09 1"])
    assert "returns.match [order_id]" in caught.value.expected


def test_without_a_date_a_return_is_known_at_the_close_of_its_line(shop: FilesOfAShop) -> None:
    returns = ReturnsOfAShop(shop, ORDER, known_after={"delivered_days": "14", "ordered_days": "21"})
    del returns.columns["returned_at"]
    (row,) = returns.read(SIZES, ["r o1 c p2 - - 1"])["returns"]
    assert f"{row['returned_at']:%m-%d}" == "03-22"


def test_so_is_a_return_that_names_its_line(shop: FilesOfAShop) -> None:
    shop.mapping["returns"]["known_after"] = {"delivered_days": "14", "ordered_days": "21"}
    del shop.mapping["returns"]["columns"]["returned_at"]
    shop.write("returns.csv", "id,line,time,pieces,why\nr1,l1,,1,too small\nr2,l9,,1,too small\n")
    tables = shop.read()
    assert [(row["return_id"], f"{row['returned_at']:%m-%d}") for row in tables["returns"]] == [("r1", "03-22")]
    assert refused(tables) == [("unknown_line", "line_id", "3")]


def test_keys_that_thousands_of_lines_and_returns_share_tell_nothing(
    shop: FilesOfAShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.sources.mapped.returns.pairs.MANY", 1)
    monkeypatch.setattr("data.sources.mapped.returns.pairs.MOST", 3)
    back = ["r o1 c p1 - 2024-03-09 1", "q o1 c p1 - 2024-03-10 1", "t o1 c p2 - 2024-03-10 1"]
    tables = ReturnsOfAShop(shop, ORDER).read(SIZES, back)
    assert placed(tables) == {"t": "x"}
    assert unknown(tables) == {"s", "m"}


PIECES = [f"{name} o1 c p1 s 2024-03-01 1 10" for name in "abc"]
"""A row for each piece."""


def test_a_return_of_more_pieces_than_a_line_has_is_spread_over_lines_that_are_equal(shop: FilesOfAShop) -> None:
    tables = ReturnsOfAShop(shop, ORDER).read(PIECES, ["r o1 c p1 - 2024-03-09 2", "q o1 c p1 - 2024-03-10 1"])
    assert sorted(placed(tables)) == ["q", "r-1", "r-2"]
    assert sorted(placed(tables).values()) == ["a", "b", "c"]
    assert [row["quantity"] for row in tables["returns"]] == [1, 1, 1]
    assert (tables["rejects"], unknown(tables)) == ([], set())
    assert read_json(shop.raw / "source.json")["decisions"]["returns.line_id"]["spread_over_equal_lines"] == 1


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(PIECES[:2], id="more pieces than they have together"),
        pytest.param([*PIECES, "m o1 c p1 m 2024-03-01 1 10"], id="lines that differ"),
    ],
)
def test_a_return_is_not_spread_over_lines_that_may_be_others(shop: FilesOfAShop, lines: list[str]) -> None:
    tables = ReturnsOfAShop(shop, ORDER).read(
        [*lines, "z o9 c p1 s 2024-03-01 1 10"], ["r o1 c p1 - 2024-03-09 3", "q o9 c p1 - 2024-03-09 1"]
    )
    assert placed(tables) == {"q": "z"}
    assert refused(tables) == [("above_ordered", "quantity", "2")]
    assert unknown(tables) == {row["line_id"] for row in tables["order_lines"]} - {"z"}


def test_returns_that_are_spread_share_no_piece(shop: FilesOfAShop) -> None:
    lines = [*PIECES, "d o1 c p1 s 2024-03-01 1 10"]
    tables = ReturnsOfAShop(shop, ORDER).read(lines, ["r o1 c p1 - 2024-03-09 2", "q o1 c p1 - 2024-03-10 2"])
    assert sorted(placed(tables)) == ["q-1", "q-2", "r-1", "r-2"]
    assert sorted(placed(tables).values()) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("prefer", [[], ["size"]])
def test_a_line_bought_at_the_moment_of_the_return_is_not_the_one_that_came_back(
    shop: FilesOfAShop, prefer: list[str]
) -> None:
    lines = ["a o1 c p1 s 2024-03-01T10:00:00 1 10", "b o2 c p1 m 2024-03-09T10:00:00 1 10"]
    match = {"by": ["customer_id", "product_id"], "prefer": prefer, "choose": "latest"}

    tables = ReturnsOfAShop(shop, match).read(lines, ["r o2 c p1 - 2024-03-09T10:00:00 1"])

    assert placed(tables) == {"r": "a"}
    assert read_json(shop.raw / "source.json")["decisions"]["returns.line_id"]["ordered_before"] == 1


def test_a_return_at_the_moment_of_its_only_line_is_of_it(shop: FilesOfAShop) -> None:
    tables = ReturnsOfAShop(shop, ["customer_id", "product_id"]).read(SIZES[:1], ["r o1 c p1 - 2024-03-01 1"])

    assert placed(tables) == {"r": "s"}


RETURNS_OF_BOTH_SIGNS = ["r o1 c p1 - 2024-03-09 -1", "q o1 c p2 - 2024-03-10 -1", "w o1 c p2 - 2024-03-11 1"]


def test_pieces_of_both_signs_are_refused_where_the_sign_is_dropped(shop: FilesOfAShop) -> None:
    returned = ReturnsOfAShop(shop, ORDER)
    returned.columns["quantity"] = {"column": "pieces", "sign": "drop"}

    with pytest.raises(UserError) as error:
        returned.read(SIZES[1:], RETURNS_OF_BOTH_SIGNS)

    assert error.value.found == "2 below zero and 1 above it, such as at returns.csv:line 4"
    left_out = "returns.leave_out: {sent_out: {column: pieces, above: 0}}; or set sign: either"
    assert left_out in error.value.fix


def test_what_the_message_about_both_signs_advises_reads_the_returns(shop: FilesOfAShop) -> None:
    returned = ReturnsOfAShop(shop, ORDER, leave_out={"sent_out": {"column": "pieces", "above": 0}})
    returned.columns["quantity"] = {"column": "pieces", "sign": "drop"}
    assert placed(returned.read(SIZES[1:], RETURNS_OF_BOTH_SIGNS)) == {"r": "m", "q": "x"}

    returned = ReturnsOfAShop(shop, ORDER)
    returned.columns["quantity"] = {"column": "pieces", "sign": "either"}
    lines = [SIZES[1], "x o1 c p2 m 2024-03-01 2 10"]
    assert placed(returned.read(lines, RETURNS_OF_BOTH_SIGNS)) == {"r": "m", "q": "x", "w": "x"}
