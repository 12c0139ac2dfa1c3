"""What no shop has, through the whole stage: each finding beside a shop that is only almost so."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from data.errors import UserError
from data.identity import key_from_environment
from data.reading.guests import STANDING_FOR_GUESTS
from data.validate import validate
from data.validation.improbable.finding import Improbable
from data.validation.params import Grave
from tests.data import small_shop
from tests.data.small_shop import Shop, customer, day, line, product, returned
from tests.data.test_validate import LENIENT, RULE

LINES = 240
Change = Callable[[Shop], None]


def usual() -> Shop:
    """120 orders of two products at many times of day, by 40 customers; every eighth line came back."""
    lines = [
        line(
            f"l{number}",
            order_id=f"o{number // 2}",
            customer_id=f"c{number // 2 % 40}",
            product_id=f"p{number % 10}",
            ordered_at=day(number // 2 * 1.37),
            delivered_at=day(number // 2 * 1.37 + 2),
            price_minor=1000 + 100 * (number % 10),
        )
        for number in range(LINES)
    ]
    return {
        "order_lines": [*lines, line("z", order_id="oz", customer_id="c1", ordered_at=day(400), delivered_at=None)],
        "products": [product(f"p{number}") for number in range(10)],
        "customers": [customer(f"c{number}") for number in range(40)],
        "returns": [
            returned(f"r{number}", f"l{number}", returned_at=day(number // 2 * 1.37 + 6))
            for number in range(0, LINES, 8)
        ],
        "rejects": [],
    }


class Searched:
    """The stage on a usual shop after a change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, *changes: Change, accepted: tuple[Any, ...] = (), source: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Validate the shop, and give the findings by name."""
        content = usual()
        for change in changes:
            change(content)
        raw = small_shop.write(content, self.folder / "raw")
        if source is not None:
            (raw / "source.json").write_text(json.dumps(source))
        params = LENIENT.model_copy(update={"accepted": accepted, "chunk_rows": 10_000})
        validate(raw, self.folder / "validated", self.folder / "v.json", params, RULE)
        return self.findings

    def refused(self, *changes: Change, source: dict[str, Any] | None = None) -> str:
        """Validate a shop that is refused, and give what the message says was found."""
        with pytest.raises(UserError) as caught:
            self(*changes, source=source)
        assert "order_lines.parquet" not in {file.name for file in (self.folder / "validated").iterdir()}
        return caught.value.found

    @property
    def findings(self) -> dict[str, Any]:
        return {finding["name"]: finding for finding in json.loads((self.folder / "v.json").read_text())["improbable"]}

    @property
    def warnings(self) -> list[str]:
        return list(json.loads((self.folder / "v.json").read_text())["warnings"])


@pytest.fixture
def searched(tmp_path: Path) -> Searched:
    return Searched(tmp_path)


def lines_with(values: Callable[[int], dict[str, Any]]) -> Change:
    """Change each order line by its place."""

    def change(shop: Shop) -> None:
        for number, row in enumerate(shop["order_lines"]):
            row.update(values(number))

    return change


def ids(table: str, column: str, form: Callable[[str], str], every: int = 1) -> Change:
    """Change every so-manieth id of a column."""

    def change(shop: Shop) -> None:
        for row in shop[table][::every]:
            row[column] = form(row[column])

    return change


def test_a_usual_shop_has_nothing_improbable(searched: Searched) -> None:
    assert searched() == {}
    assert searched.warnings == []


def test_one_id_with_a_tenth_of_the_lines_is_refused_and_named_where_it_stands_for_guests(searched: Searched) -> None:
    hashed = key_from_environment(warn=False).hash("游客")

    found = searched.refused(lines_with(lambda i: {"customer_id": hashed} if i < 26 else {}))

    assert "one_customer" in found
    assert "'游客'" in found
    assert 'missing: "游客" on customer_id' in found


def test_one_id_with_a_tenth_of_the_lines_that_stands_for_nothing_known_is_named_by_its_hash(
    searched: Searched,
) -> None:
    assert "c0" not in STANDING_FOR_GUESTS
    found = searched.refused(lines_with(lambda i: {"customer_id": "c0"} if i < 26 else {}))

    assert "the customer with the hash c0" in found
    assert 'missing: "THAT VALUE"' in found


def test_a_grave_finding_that_is_accepted_stops_nothing_and_is_no_warning(searched: Searched) -> None:
    found = searched(lines_with(lambda i: {"customer_id": "c0"} if i < 26 else {}), accepted=("one_customer",))

    assert found["one_customer"]["accepted"]
    assert searched.warnings == []


def test_ids_that_a_spreadsheet_cut_are_refused_with_column_and_example(searched: Searched) -> None:
    columns = [("order_lines", "order_id"), ("order_lines", "product_id"), ("returns", "line_id")]

    found = searched.refused(*(ids(*place, lambda _: "1.85137E+18", every=20) for place in columns))

    assert "such as '1.85137E+18'" in found
    for table, column in columns:
        assert re.search(rf"scientific_ids: \d+ of \d+ values of {column} in {table}", found)


def few(shop: Shop) -> None:
    shop["order_lines"], shop["returns"] = shop["order_lines"][:20], shop["returns"][:2]


def test_ids_are_looked_at_in_small_files_too(searched: Searched) -> None:
    assert searched(few, ids("order_lines", "order_id", lambda one: f"5E+{one[1:]}x")) == {}

    found = searched.refused(few, ids("order_lines", "order_id", lambda _: "1.85137E+18", every=20))

    assert "scientific_ids: 1 of 20 values of order_id in order_lines" in found


def long(shop: Shop, last: str) -> None:
    for row in shop["order_lines"]:
        row["order_id"] = f"{401234567890000 + int(row['order_id'][1:].replace('z', '999'))}{last}"


def test_long_ids_that_all_end_in_zeros_were_cut_and_other_long_ids_were_not(searched: Searched) -> None:
    assert searched(lambda shop: long(shop, "010")) == {}

    found = searched.refused(lambda shop: long(shop, "000"))

    assert "padded_ids: all 121 ids of more than 15 digits in order_lines.order_id end in zeros" in found


def test_every_grave_finding_can_be_accepted_as_its_message_says() -> None:
    with pytest.raises(ValueError, match="not among the names that can be accepted"):
        Improbable("of_no_name", "", None, "", "", grave=True)
    for name in get_args(Grave):
        assert f"validation.accepted: [{name}]" in str(Improbable(name, "", None, "", "", grave=True))


CUSTOMERS = "order_lines.customer_id"


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({"scientific_ids": 3}, "scientific_ids: 3 of 241 values of customer_id in order_lines"),
        ({"ids_in_two_forms": 2, "decimal_ids": 9}, "ids_in_two_forms: 2 ids of customers"),
    ],
)
def test_damaged_ids_of_customers_that_the_source_counted_are_refused_like_others(
    searched: Searched, counts: dict[str, int], found: str
) -> None:
    refused = searched.refused(
        source={"decisions": {CUSTOMERS: counts}, "examples": {CUSTOMERS: {key: ["9.9E+99"] for key in counts}}}
    )
    assert found in refused
    assert "such as '9.9E+99', each digit shown as 9" in refused


def test_decimal_ids_of_customers_are_warned_of(searched: Searched) -> None:
    searched(source={"decisions": {CUSTOMERS: {"scientific_ids": 2, "decimal_ids": 9}}})
    (warning,) = searched.warnings
    assert warning.startswith("decimal_ids: 9 of 241 values of customer_id")


def test_notices_of_the_source_are_warnings(searched: Searched) -> None:
    searched(source={"notices": ["the rule 'gifts' matched no row"]})
    assert searched.warnings == ["from ingest: the rule 'gifts' matched no row"]


def numbered(shop: Shop) -> None:
    for table in ("order_lines", "returns"):
        for row in shop[table]:
            row["line_id"] = "9" + row["line_id"].replace("l", "").replace("z", "999")


def test_returns_that_match_no_line_because_of_a_suffix_are_refused_with_both_forms(searched: Searched) -> None:
    found = searched.refused(numbered, ids("returns", "line_id", lambda one: f"{one}.0"))

    assert "ids_in_two_forms: 30 ids in returns.line_id" in found
    assert "'90.0' for '90'" in found


def test_products_are_compared_too_and_the_suffix_may_be_on_either_side(searched: Searched) -> None:
    change = ids("order_lines", "product_id", lambda one: one.replace("p", "7") + ".0")
    other = ids("products", "product_id", lambda one: one.replace("p", "7"))

    found = searched.refused(change, other, numbered, ids("order_lines", "line_id", lambda one: f"{one}.0"))

    assert "10 ids in order_lines.product_id match nothing, and would in another form, such as '70.0' for '70'" in found
    assert "'90' for '90.0'" in found


def doubled(orders: int, price: int) -> Change:
    """Give each of the first orders a second row for its first line."""

    def change(shop: Shop) -> None:
        first = [
            row for row in shop["order_lines"] if row["line_id"][1:].isdigit() and int(row["line_id"][1:]) % 2 == 0
        ]
        shop["order_lines"] += [
            {**row, "line_id": f"{row['line_id']}x", "price_minor": price} for row in first[:orders]
        ]

    return change


def test_orders_with_equal_twins_are_refused_whatever_the_second_costs(searched: Searched) -> None:
    found = searched.refused(doubled(61, 0))

    assert "equal_twins: 61 of 121 orders have two lines of equal product_id, size, color, quantity" in found


def test_prices_in_two_currencies_are_refused(searched: Searched) -> None:
    found = searched.refused(lines_with(lambda i: {"price_minor": 150_000} if i % 20 == 0 else {}))

    assert "far_apart_prices: 13 of 241 prices" in found


def test_a_shop_that_is_only_almost_so_has_nothing_improbable(searched: Searched) -> None:
    odd = ["1E5", "A+12", "1.5E-3", "4.01E12", "1.0"]

    found = searched(
        doubled(60, 0),
        lines_with(lambda i: {"customer_id": None} if (i // 2) % 2 == 0 and i < LINES else {}),
        lines_with(lambda i: {"customer_id": None} if i >= LINES else {}),
        ids("order_lines", "order_id", lambda one: f"{odd[len(one) % 5]} {one}"),
        lines_with(lambda i: {"price_minor": 150_000} if i % 100 == 0 else {}),
        ids("returns", "line_id", lambda one: f"x{one}", every=9),
    )

    assert found == {}


@pytest.mark.parametrize(("cells", "grave"), [(3, True), (2, False)])
def test_amounts_that_were_rounded_are_grave_from_a_hundredth_on(searched: Searched, cells: int, grave: bool) -> None:  # noqa: FBT001
    source = {"decisions": {"order_lines.price_minor": {"rounded": cells}}, "rows": {"order_lines": 241}}

    if grave:
        assert "rounded_amounts: 3 of 241 amounts in order_lines.price_minor" in searched.refused(source=source)
    else:
        assert not searched(source=source)["rounded_amounts"]["grave"]


def test_marks_that_may_stand_between_thousands_are_grave(searched: Searched) -> None:
    source = {"decisions": {"order_lines.price_minor": {"three_decimals_or_none": 1}}, "rows": {"order_lines": 241}}

    assert "thousands_as_decimals: 1 of 241 amounts" in searched.refused(source=source)
    assert "thousands_as_decimals" in searched(source=source, accepted=("thousands_as_decimals",))


def test_a_shop_in_which_nobody_kept_a_line_is_refused(searched: Searched) -> None:
    def all_back(shop: Shop) -> None:
        shop["returns"] = [
            returned(f"r{row['line_id']}", row["line_id"], returned_at=row["delivered_at"] + timedelta(days=1))
            for row in shop["order_lines"][:-1]
        ]

    assert "nobody_kept: all 240 lines" in searched.refused(all_back)


def test_returns_that_are_all_late_and_a_shop_without_returns_are_warnings(searched: Searched) -> None:
    def late(shop: Shop) -> None:
        for row in shop["returns"]:
            row["returned_at"] += timedelta(days=40)

    assert set(searched(late)) == {"all_returns_late", "nobody_returned"}
    assert "all 30 returns came after the return window" in " ".join(searched.warnings)


def test_times_that_are_all_of_midnight_are_a_warning(searched: Searched) -> None:
    def midnight(number: int) -> dict[str, Any]:
        return {"ordered_at": day(min(number // 2, 390)) + timedelta(hours=22 + (number // 2) % 2)}

    found = searched(
        lines_with(midnight), lines_with(lambda _: {"delivered_at": None}), ids("returns", "return_id", str)
    )

    assert "all_at_midnight" in found
    assert not found["all_at_midnight"]["grave"]


@pytest.mark.parametrize("sure", [False, True])
def test_orders_on_the_first_of_every_month_stand_where_the_source_is_sure_of_them(
    searched: Searched, *, sure: bool
) -> None:
    def on_the_first(shop: Shop) -> None:
        for place, row in enumerate(shop["order_lines"]):
            row["ordered_at"], row["delivered_at"] = datetime(2024, 1 + place // 2 % 12, 1), None
        for row in shop["returns"]:
            row["returned_at"] = datetime(2024, 12, 9)

    source = {"decisions": {"order_lines.ordered_at": {"few_sure_days": 12}}} if sure else {"decisions": {}}
    if sure:
        assert "few_days_of_the_month" not in searched(on_the_first, source=source)
    else:
        assert "few_days_of_the_month" in searched.refused(on_the_first, source=source)


def test_a_shop_without_a_repeat_customer_is_a_warning(searched: Searched) -> None:
    apart = lines_with(lambda i: {"order_id": f"o{i}", "customer_id": f"d{i}"})

    assert set(searched(apart)) == {"no_repeat_customer"}


def test_a_shop_with_few_lines_is_not_refused_whatever_it_is(searched: Searched) -> None:
    def few(shop: Shop) -> None:
        shop["order_lines"] = [{**row, "customer_id": "c0"} for row in shop["order_lines"][:99]]
        shop["returns"] = shop["returns"][:4]

    assert set(searched(few)) == {"one_customer"}


def whole_orders_back(every: int) -> Change:
    """Send each so-manieth order back whole, at one moment."""

    def change(shop: Shop) -> None:
        shop["returns"] = [
            returned(f"r{number}", f"l{number}", returned_at=day(number // 2 * 1.37 + 6))
            for number in range(LINES)
            if number // 2 % every == 0
        ]

    return change


def test_orders_that_only_come_back_whole_are_a_sign_of_a_date_of_orders(searched: Searched) -> None:
    found = searched(whole_orders_back(4))["whole_orders_returned"]

    assert found["figure"] == "30 of 30 orders with several lines and a return came back whole, at one moment"
    assert "order_lines.unknown_outcome" in found["fix"]


def test_a_few_orders_that_came_back_whole_are_none(searched: Searched) -> None:
    assert searched(whole_orders_back(10)) == {}


def test_a_product_in_most_orders_that_never_came_back_is_most_likely_shipping(searched: Searched) -> None:
    def ship(shop: Shop) -> None:
        shop["products"].append(product("SHIP"))
        for number in range(0, LINES, 2):
            shop["order_lines"].append({**shop["order_lines"][number], "line_id": f"s{number}", "product_id": "SHIP"})

    found = searched(ship)["product_in_most_orders"]

    assert found["example"] == "product_id 'SHIP'"
    assert found["figure"] == "one product stands in 120 of 121 orders, and none of it came back"


def test_it_is_so_in_a_small_shop_unless_few_lines_came_back_at_all(searched: Searched) -> None:
    def small(back: int) -> Change:
        def change(shop: Shop) -> None:
            del shop["order_lines"][50:]
            shop["returns"] = [returned(f"r{n}", f"l{2 * n}", returned_at=day(n * 1.37 + 6)) for n in range(back)]
            shop["products"].append(product("SHIP"))
            for number in range(0, 50, 2):
                shipping = {"line_id": f"s{number}", "product_id": "SHIP"}
                shop["order_lines"].append({**shop["order_lines"][number], **shipping})

        return change

    assert searched(small(12))["product_in_most_orders"]["figure"].startswith("one product stands in 25 of 25 orders")
    assert "product_in_most_orders" not in searched(small(4))


@pytest.mark.parametrize(("orders", "found"), [(8, True), (4, False)])
def test_in_a_small_shop_a_customer_far_ahead_of_all_others_is_named_and_not_refused(
    searched: Searched,
    orders: int,
    found: bool,  # noqa: FBT001 - a case
) -> None:
    def small(shop: Shop) -> None:
        del shop["order_lines"][60:]
        shop["returns"] = shop["returns"][:4]
        for number in range(2 * orders):
            shop["order_lines"][number]["customer_id"] = "c0"

    assert ("one_customer" in searched(small)) is found
