"""The stage: raw tables in; validated tables, rejects and a report out."""

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import attributes
from data import params as params_file
from data.attributes import Attribute, Kind
from data.errors import UserError
from data.outcome import OutcomeParams
from data.schema import REJECTS, TABLES
from data.validate import validate
from data.validation.params import ValidationParams
from tests.data import small_shop
from tests.data.small_shop import Row, Shop, customer, day, line, product, returned, shop

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

LENIENT = ValidationParams(
    max_reject_share=1,
    max_unknown_share=1,
    earliest=date(1995, 1, 1),
    latest=date(2035, 1, 1),
    max_delay_days=730,
    examples=2,
    chunk_rows=3,
    memory_gb=1,
    threads=2,
    max_reject_share_by_rule={},
    accepted=(),
)
STRICT = LENIENT.model_copy(update={"max_reject_share": 0.2, "max_unknown_share": 0.2})
RULE = OutcomeParams(return_window_days=14, delivery_allowance_days=7, returned_from_share=0)


class Run:
    """One run of the stage in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.raw, self.validated, self.report_file = folder / "raw", folder / "validated", folder / "reports/v.json"

    def __call__(
        self,
        content: Shop,
        params: ValidationParams = LENIENT,
        *,
        without: tuple[str, ...] = (),
        declared: tuple[Attribute, ...] = (),
    ) -> dict[str, Any]:
        """Validate the shop and give the report."""
        small_shop.write(content, self.raw, without=without, declared=declared)
        validate(self.raw, self.validated, self.report_file, params, RULE)
        return self.report

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads(self.report_file.read_text()))

    @property
    def tables(self) -> Shop:
        return small_shop.read(self.validated)

    @property
    def bytes(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (*self.validated.iterdir(), self.report_file)}

    def rules(self, table: str) -> set[tuple[str, str | None]]:
        return {(row["rule"], row["key"]) for row in self.tables["rejects"] if row["table"] == table}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def keys(rows: list[Row], name: str) -> list[Any]:
    return [row[name] for row in rows]


def test_a_shop_without_errors_passes_unchanged(run: Run) -> None:
    report = run(shop(), STRICT)

    assert run.tables == shop()
    assert report["passed"]
    assert {name: (table["rows"], table["refused"]) for name, table in report["tables"].items()} == {
        "order_lines": (4, 0),
        "products": (2, 0),
        "customers": (2, 0),
        "returns": (1, 0),
    }


def test_the_written_tables_have_the_schema_of_the_present_columns(run: Run) -> None:
    run(shop(), without=("order_lines.size", "returns.reason"))

    for name, table in TABLES.items():
        present = set(table.names) - ({"size"} if name == "order_lines" else set()) - {"reason"}
        assert pq.read_schema(run.validated / f"{name}.parquet") == table.arrow(present)
    assert pq.read_schema(run.validated / "rejects.parquet") == REJECTS.arrow()


def test_every_optional_column_may_be_absent(run: Run) -> None:
    optional = tuple(
        f"{table.name}.{column.name}" for table in TABLES.values() for column in table.columns if not column.required
    )

    report = run(shop(), without=optional)

    assert report["passed"]
    assert report["tables"]["products"]["absent"] == [
        "name",
        "department",
        "category",
        "brand",
        "supplier",
        "launched_at",
    ]
    assert report["tables"]["products"]["present"] == []


def test_every_kind_of_broken_row_is_refused_by_its_rule(run: Run) -> None:
    content = shop()
    content["order_lines"] += [
        line("a", product_id="p2"),
        line("q", quantity=0),
        line("w", delivered_at=day(-1)),
        line("x", order_id="order-a", ordered_at=day(1), delivered_at=None),
        line("late", delivered_at=day(900)),
    ]
    content["products"] += [product("p1", brand="z"), product("")]
    content["customers"] += [customer("c1", birth_year=1990), customer("c3", birth_year=30)]
    content["returns"] += [
        returned("r1", "b"),
        returned("r2", "never"),
        returned("r3", "w"),
        returned("r4", "b", returned_at=day(-1)),
        returned("r5", "c", quantity=3),
        returned("r6", "a", returned_at=day(10)),
        returned("r7", "a", returned_at=day(11)),
        returned("r8", "c", reason="BORED"),
    ]

    run(content)

    assert run.rules("order_lines") == {
        ("duplicate_key", "a"),
        ("below_minimum", "q"),
        ("before_order", "w"),
        ("differs_in_order", "x"),
        ("long_after_order", "late"),
    }
    assert run.rules("products") == {("duplicate_key", "p1"), ("blank", "")}
    assert run.rules("customers") == {("duplicate_key", "c1"), ("below_minimum", "c3")}
    assert run.rules("returns") == {
        ("duplicate_key", "r1"),
        ("unknown_line", "r2"),
        ("refused_line", "r3"),
        ("before_order", "r4"),
        ("above_ordered", "r5"),
        ("sum_above_ordered", "r7"),
        ("unknown_code", "r8"),
    }
    assert keys(run.tables["order_lines"], "line_id") == ["a", "b", "c", "z"]
    assert keys(run.tables["returns"], "return_id") == ["r1", "r6"]


def test_the_report_counts_each_rule_with_its_first_examples(run: Run) -> None:
    content = shop()
    content["order_lines"] += [line(f"q{i}", quantity=-i) for i in range(3)]

    table = run(content)["tables"]["order_lines"]

    assert (table["rows"], table["kept"], table["refused"]) == (7, 4, 3)
    assert table["rules"] == [
        {
            "rule": "below_minimum",
            "column": "quantity",
            "found_by": "validation",
            "rows": 3,
            "examples": [{"key": "q0", "value": "0"}, {"key": "q1", "value": "-1"}],
        }
    ]
    assert set(run.report["meanings"]) == {"below_minimum"}


def test_examples_are_in_the_order_of_their_numbers(run: Run) -> None:
    content = shop()
    content["order_lines"] += [line(f"q{i}", quantity=0) for i in (10, 2, 11, 9)]
    (rule,) = run(content)["tables"]["order_lines"]["rules"]
    assert [example["key"] for example in rule["examples"]] == ["q2", "q9"]


def test_a_row_that_breaks_two_rules_is_one_refused_row_and_two_rejects(run: Run) -> None:
    content = shop()
    content["order_lines"] += [line("q", quantity=0, price_minor=-1)]

    assert run(content)["tables"]["order_lines"]["refused"] == 1
    assert len(run.tables["rejects"]) == 2


def test_a_refused_row_without_a_key_is_named_by_its_place(run: Run) -> None:
    content = shop()
    content["order_lines"].insert(1, {**line("a"), "line_id": None})

    run(content)

    assert run.rules("order_lines") == {("missing_value", "order_lines.parquet:row 2")}


def test_a_product_that_only_orders_know_gets_a_bare_row_and_a_warning(run: Run) -> None:
    content = shop()
    content["order_lines"] += [line("y", product_id="p9", customer_id="c9")]

    report = run(content)

    assert run.tables["products"][-1] == product(
        "p9", department=None, category=None, brand=None, supplier=None, launched_at=None
    )
    assert run.tables["customers"][-1]["customer_id"] == "c9"
    assert "name 1 products that the table products lacks, first 'p9'" in report["warnings"][0]
    assert report["tables"]["products"]["unknown"]["keys"] == 1


def test_a_shop_of_guests_needs_no_customers(run: Run) -> None:
    content = shop() | {"customers": [], "order_lines": [{**row, "customer_id": None} for row in shop()["order_lines"]]}

    assert run(content, STRICT)["passed"]
    assert run.tables["customers"] == []


def test_a_line_whose_only_return_was_refused_is_not_called_kept(run: Run) -> None:
    content = shop()
    content["returns"] += [returned("r2", "b", reason="BORED"), returned("r3", "a", quantity=9)]

    report = run(content)

    recorded = {row["line_id"]: row["outcome_recorded"] for row in run.tables["order_lines"]}
    assert recorded == {"a": True, "b": False, "c": True, "z": True}
    assert report["outcomes"]["withdrawn"] == 1


def test_outcomes_are_counted_and_late_returns_are_no_errors(run: Run) -> None:
    content = shop()
    content["order_lines"] += [
        line("u", outcome_recorded=False),
        line("v", cancelled_at=day(2)),
        line("w", cancelled_at=day(2), outcome_recorded=False),
        line("x", cancelled_at=day(60)),
    ]
    content["returns"] += [returned("r2", "b", returned_at=day(40)), returned("r3", "v")]

    report = run(content, STRICT)

    assert run.tables["rejects"] == []
    assert report["outcomes"] == {
        "as_of": day(300).isoformat(),
        "lines": 8,
        "returned": 1,
        "kept": 3,
        "open": 1,
        "unrecorded": 1,
        "withdrawn": 0,
        "cancelled": 2,
        "late_cancellations": 1,
        "late_returns": 1,
    }


@pytest.mark.parametrize("column", ["cancelled_at", "shipped_at"])
def test_a_line_cancelled_or_shipped_before_its_order_is_refused_and_counted(run: Run, column: str) -> None:
    content = shop()
    content["order_lines"] += [line("y", **{column: day(-1)})]

    broken = run(content)["tables"]["order_lines"]["rules"]

    assert [(rule["rule"], rule["column"], rule["rows"]) for rule in broken] == [("before_order", column, 1)]


def test_what_is_carried_is_held_to_its_contract(run: Run) -> None:
    content = shop()
    content["order_lines"] += [line("y", exchanged_for_product=" "), line("x", exchanged_for_size="s" * 201)]
    content["returns"] += [
        returned("r2", "b", refunded_minor=-1),
        returned("r3", "b", requested_at=day(-1)),
        returned("r4", "b", requested_at=day(9), condition="worn", refunded_minor=0),
    ]

    run(content)

    assert run.rules("order_lines") == {("blank", "y"), ("too_long", "x")}
    assert run.rules("returns") == {("below_minimum", "r2"), ("before_order", "r3")}
    assert run.tables["returns"][1] == returned("r4", "b", requested_at=day(9), condition="worn", refunded_minor=0)


def test_changes_of_facts_are_checked_and_passed_on(run: Run) -> None:
    facts = {"name": None, "department": None, "category": None, "supplier": None, "launched_at": None}
    change = {"change_id": "1", "product_id": "p1", "changed_at": day(5), "brand": "new", **facts}
    person = {"change_id": "1", "customer_id": "c2", "changed_at": day(5), "registered_at": None, "title": None}
    content = shop()
    content["order_lines"] += [line("y", product_id="p9")]
    content["product_changes"] = [
        {**change, "change_id": "3"},
        {**change, "change_id": "2", "product_id": "p9"},
        change,
        {**change, "brand": "other", "changed_at": day(6)},
        {**change, "change_id": "4", "product_id": "nobody's"},
        {**change, "change_id": "5", "changed_at": None},
    ]
    content["customer_changes"] = [{**person, "birth_year": 1980}, {**person, "change_id": "2", "birth_year": 7}]

    report = run(content)

    assert [row["change_id"] for row in run.tables["product_changes"]] == ["1", "2", "3"]
    assert run.rules("product_changes") == {("duplicate_key", "1"), ("unknown_key", "4"), ("missing_value", "5")}
    assert run.tables["customer_changes"] == [{**person, "birth_year": 1980}]
    assert report["tables"]["customer_changes"]["refused"] == 1
    assert report["malformed"] == []


def test_a_merged_account_is_replaced_by_the_last_of_its_chain_and_an_erased_customer_by_nobody(run: Run) -> None:
    content = shop()
    content["customers"] = [
        customer("a1", merged_into="a2"),
        customer("a2", merged_into="a3"),
        customer("a3"),
        customer("e1", erased_at=day(5)),
        customer("e2", merged_into="e1"),
        customer("e3", erased_at=day(5)),
    ]
    orders = {"a": ("a1", 0), "b": ("a2", 0), "c": ("e1", 5), "d": ("e1", 6), "e": ("e2", 0), "f": ("e3", 0)}
    content["order_lines"] = [
        line(name, customer_id=who, ordered_at=day(at), delivered_at=None) for name, (who, at) in orders.items()
    ]
    fact = {"registered_at": None, "title": None, "birth_year": 1970}
    moments = [("e1", 4), ("e1", 6), ("e3", 4), ("a3", 4)]
    content["customer_changes"] = [
        {"change_id": f"{who}-{at}", "customer_id": who, "changed_at": day(at), **fact} for who, at in moments
    ]

    report = run(content)

    named = {row["line_id"]: row["customer_id"] for row in run.tables["order_lines"]}
    assert named == {"a": "a3", "b": "a3", "c": None, "d": "e1", "e": None, "f": None}
    assert [(row["customer_id"], row["merged_into"], row["birth_year"]) for row in run.tables["customers"]] == [
        ("a1", "a3", 1980),
        ("a2", "a3", 1980),
        ("a3", None, 1980),
        ("e1", None, None),  # ordered again after the erasure: nothing is known but the id
    ]
    assert [row["change_id"] for row in run.tables["customer_changes"]] == ["a3-4", "e1-6"]
    assert report["accounts"] == {
        "merged": 3,
        "erased": 3,
        "lines_of_survivors": 2,
        "lines_without_customer": 3,
    }
    assert report["tables"]["customers"]["unknown"]["keys"] == 0


def test_accounts_that_were_merged_in_a_circle_are_one_message_with_their_ids(run: Run) -> None:
    content = shop()
    content["customers"] = [
        customer("c0", merged_into="c1"),
        customer("c1", merged_into="c2"),
        customer("c2", merged_into="c1"),
    ]

    with pytest.raises(UserError, match="a circle: c1 -> c2 -> c1"):
        run(content)


def test_what_the_source_refused_stays_in_the_rejects_and_counts(run: Run) -> None:
    content = shop()
    lost = {"table": "order_lines", "key": "o.csv:row 9", "column": "ordered_at", "rule": "unparsable", "value": "soon"}
    cell = {"table": "customers", "key": "c1", "column": "birth_year", "rule": "unparsable", "value": "?"}
    content["rejects"] = [lost, cell]

    tables = run(content)["tables"]

    assert sorted(run.tables["rejects"], key=lambda row: str(row["table"])) == [cell, lost]
    assert (tables["order_lines"]["broken_in_source"], tables["order_lines"]["lost_in_source"]) == (1, 1)
    assert tables["order_lines"]["reject_share"] == 0.2
    assert (tables["customers"]["broken_in_source"], tables["customers"]["lost_in_source"]) == (1, 0)
    assert tables["customers"]["reject_share"] == 0.5


def test_addresses_in_what_the_source_refused_are_masked(run: Run) -> None:
    content = shop()
    content["rejects"] = [
        {"table": "returns", "key": "r9", "column": "quantity", "rule": "unparsable", "value": "ask jane@example.org"}
    ]

    run(content)

    assert run.tables["rejects"][0]["value"] == "ask <email>"


def breaking(count: int) -> Shop:
    """A shop with ``count`` order lines that break a rule."""
    content = shop()
    content["order_lines"] += [line(f"q{i}", quantity=0) for i in range(count)]
    return content


def test_up_to_the_largest_share_of_rejects_the_stage_passes(run: Run) -> None:
    assert run(breaking(1), STRICT)["tables"]["order_lines"]["reject_share"] == STRICT.max_reject_share


def test_past_the_largest_share_of_rejects_the_stage_stops_with_rules_and_examples(run: Run) -> None:
    with pytest.raises(UserError, match=r"max_reject_share") as error:
        run(breaking(2), STRICT)

    assert error.value.found == (
        "order_lines: 33.3% of 6 rows broken, 13.3 points above validation.max_reject_share = 20.0%: "
        "below_minimum in quantity 2 times, first q0: '0', q1: '0'"
    )
    assert not run.report["passed"]
    assert run.report["failures"] == [error.value.found]


def test_a_stage_that_stops_leaves_the_rejects_and_no_tables_of_an_earlier_run(run: Run) -> None:
    run(shop())

    with pytest.raises(UserError):
        run(breaking(2), STRICT)

    assert set(run.tables) == {"rejects"}
    assert len(run.tables["rejects"]) == 2
    assert [file.name for file in run.validated.iterdir()] == ["rejects.parquet"]


def test_rows_that_the_source_could_not_read_at_all_count_too(run: Run) -> None:
    content = shop()
    content["rejects"] = [
        {"table": "", "key": f"o.csv:{i}", "column": None, "rule": "malformed_row", "value": "3 cells"}
        for i in range(2)
    ]

    with pytest.raises(UserError, match=r"the source's files: 33\.3% of 6 rows .*: malformed_row 2 times"):
        run(content, STRICT)


def test_ids_of_two_tables_that_do_not_match_stop_the_stage(run: Run) -> None:
    content = shop() | {"products": [product("0001"), product("0002")]}

    with pytest.raises(UserError, match=r"4 order lines \(100.00%\) name 2 products that the table products lacks"):
        run(content, STRICT)


def test_a_table_of_which_the_source_refused_all_shows_the_rule_and_three_examples(run: Run) -> None:
    content = shop() | {"returns": []}
    content["rejects"] = [
        {"table": "returns", "key": f"r{i}", "column": "returned_at", "rule": "unparsable", "value": f"1{i}.03"}
        for i in range(9)
    ]

    with pytest.raises(UserError, match="rows in the table returns") as error:
        run(content)

    assert "unparsable in returned_at 9 times, first r0: '10.03', r1: '11.03', r2: '12.03'" in error.value.found
    assert "mapping reads the columns named" in error.value.fix


def test_a_rule_with_a_limit_of_its_own_counts_for_that_limit_alone(run: Run) -> None:
    own = STRICT.model_copy(update={"max_reject_share_by_rule": {"below_minimum": 0.5}})

    report = run(breaking(3), own)

    assert report["passed"]
    assert report["tables"]["order_lines"]["under_own_limit"] == 3
    assert report["tables"]["order_lines"]["reject_share"] == 0


def test_a_row_that_breaks_another_rule_too_counts_for_both_limits(run: Run) -> None:
    own = STRICT.model_copy(update={"max_reject_share_by_rule": {"below_minimum": 0.5}})
    content = breaking(3)
    content["order_lines"][-1]["region"] = "a\nb"

    assert run(content, own)["tables"]["order_lines"]["reject_share"] == pytest.approx(1 / 7, abs=1e-6)


def test_past_its_own_limit_a_rule_stops_the_stage_and_is_named_with_it(run: Run) -> None:
    own = LENIENT.model_copy(update={"max_reject_share_by_rule": {"below_minimum": 0.25}})

    with pytest.raises(UserError) as error:
        run(breaking(2), own)

    assert error.value.found == (
        "order_lines: 33.3% of 6 rows broke below_minimum, 8.3 points above "
        "validation.max_reject_share_by_rule.below_minimum = 25.0%: "
        "below_minimum in quantity 2 times, first q0: '0', q1: '0'"
    )
    assert "25.0% by below_minimum" in error.value.expected


def test_rows_that_could_not_be_read_may_have_a_limit_of_their_own(run: Run) -> None:
    content = shop()
    content["rejects"] = [
        {"table": "", "key": f"o.csv:{i}", "column": None, "rule": "malformed_row", "value": "3 cells"}
        for i in range(2)
    ]

    assert run(content, STRICT.model_copy(update={"max_reject_share_by_rule": {"malformed_row": 0.4}}))["passed"]
    with pytest.raises(UserError, match=r"the source's files: 33\.3% of 6 rows broke malformed_row"):
        run(content, STRICT.model_copy(update={"max_reject_share_by_rule": {"malformed_row": 0.3}}))


def test_an_odd_email_refuses_its_row_and_is_written_nowhere(run: Run) -> None:
    content = shop()
    content["order_lines"] += [line(f"n{i}", region="north") for i in range(60)]
    content["order_lines"] += [
        line("jane@example.org", region="jane@example.org"),
        line("e", region="ask jane@example.org"),
    ]

    report = run(content)

    assert report["tables"]["order_lines"]["refused"] == 2
    assert run.rules("order_lines") >= {("personal_data", "e")}
    assert b"jane" not in b"".join(run.bytes.values())
    assert "jane" not in str(run.tables)


def test_of_a_text_that_swallowed_rows_only_the_size_is_written(run: Run) -> None:
    content = shop()
    content["order_lines"] += [line("e", color="red\tno\nPerson 7 Muster\tBeispielweg 4")]
    content["rejects"] = [
        {"table": "returns", "key": "r\n9", "column": "quantity", "rule": "unparsable", "value": "Muster " * 90}
    ]

    run(content)

    assert "Muster" not in str(run.tables)
    assert {row["value"] for row in run.tables["rejects"]} == {"36 characters", "630 characters"}
    assert {row["key"] for row in run.tables["rejects"]} == {"e", "3 characters"}


@pytest.mark.parametrize("name", ["order_lines", "products", "returns"])
def test_a_table_without_rows_is_one_clear_message(run: Run, name: str) -> None:
    with pytest.raises(UserError, match=f"rows in the table {name}"):
        run(shop() | {name: []})


def test_a_missing_required_column_is_one_clear_message(run: Run) -> None:
    with pytest.raises(UserError, match="no column price_minor") as error:
        run(shop(), without=("order_lines.price_minor",))

    assert "order_lines" in error.value.expected


def test_a_missing_file_is_one_clear_message(run: Run) -> None:
    small_shop.write(shop(), run.raw)
    (run.raw / "returns.parquet").unlink()

    with pytest.raises(UserError, match=r"returns\.parquet"):
        validate(run.raw, run.validated, run.report_file, LENIENT, RULE)


@pytest.mark.parametrize("left", [0, 3, 40, -7])
def test_a_file_cut_in_the_middle_is_one_clear_message(run: Run, left: int) -> None:
    small_shop.write(shop(), run.raw)
    file = run.raw / "order_lines.parquet"
    file.write_bytes(file.read_bytes()[:left])

    with pytest.raises(UserError, match=r"order_lines\.parquet"):
        validate(run.raw, run.validated, run.report_file, LENIENT, RULE)


def test_personal_data_stops_the_stage_and_is_written_nowhere(run: Run) -> None:
    content = shop()
    content["order_lines"] += [line("e", region="jane@example.org")]

    with pytest.raises(UserError, match=r"order_lines\.region"):
        run(content)

    assert not run.validated.exists()
    assert not run.report_file.exists()


def test_nothing_is_left_behind_beside_the_outputs(run: Run) -> None:
    run(shop())

    assert {path.name for path in run.raw.parent.iterdir()} == {"raw", "validated", "reports"}
    assert [path.name for path in run.report_file.parent.iterdir()] == [run.report_file.name]


def test_an_order_far_after_all_others_is_a_warning(run: Run) -> None:
    lines = [line(f"{i:05}", ordered_at=day(i / 1000), delivered_at=None) for i in range(10_000)]

    far = line("a", ordered_at=day(300), delivered_at=None)
    whole = LENIENT.model_copy(update={"chunk_rows": 100_000, "accepted": ("one_customer",)})

    assert run(shop() | {"order_lines": [*lines, line("a")]}, whole)["warnings"] == []
    warning, *_ = run(shop() | {"order_lines": [*lines, far]}, whole)["warnings"]
    assert "the last order is of 2024-12-26" in warning


odd_ids = st.sampled_from(["a", "b", "c", " ", "", None])
odd_times = st.sampled_from([day(0), day(1), day(-1), day(800), day(-20_000), day(5_000), None])
odd_counts = st.sampled_from([1, 2, 3, 0, -1, None])
odd_lines = st.builds(
    line,
    odd_ids,
    order_id=odd_ids,
    customer_id=odd_ids,
    product_id=odd_ids,
    ordered_at=odd_times,
    delivered_at=odd_times,
    closes_at=odd_times,
    quantity=odd_counts,
    price_minor=odd_counts,
    outcome_recorded=st.none() | st.booleans(),
)
odd_returns = st.builds(
    returned,
    odd_ids,
    odd_ids,
    returned_at=odd_times,
    quantity=odd_counts,
    reason=st.sampled_from(["STYLE", "style", "", None]),
)
odd_shops = st.fixed_dictionaries(
    {
        "order_lines": st.lists(odd_lines | st.just(line("a")), min_size=1, max_size=8),
        "products": st.lists(st.builds(product, odd_ids, launched_at=odd_times), min_size=1, max_size=4),
        "customers": st.lists(st.builds(customer, odd_ids, birth_year=st.sampled_from([1980, 0, None])), max_size=4),
        "returns": st.lists(odd_returns, min_size=1, max_size=8),
        "rejects": st.just([]),
    }
)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=odd_shops, seed=st.randoms(use_true_random=False))
def test_whatever_the_rows_each_is_kept_or_refused_once_and_for_all(
    content: Shop, seed: random.Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first, shuffled, again = (Run(tmp_path_factory.mktemp("run")) for _ in range(3))

    report = first(content)
    shuffled({name: seed.sample(rows, len(rows)) for name, rows in content.items()})
    once = first.tables

    for name, table in report["tables"].items():
        added = table["unknown"]["keys"] if table["unknown"] else 0
        assert table["rows"] == len(content[name]) == table["kept"] + table["refused"]
        assert len(once[name]) == table["kept"] + added
        assert len(keys(once[name], TABLES[name].key)) == len(set(keys(once[name], TABLES[name].key)))
    assert {name: shuffled.tables[name] for name in TABLES} == {name: once[name] for name in TABLES}
    if all(once[name] for name in ("order_lines", "products", "returns")):
        again({**once, "rejects": []})
        assert again.tables == {**once, "rejects": []}


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    content = breaking(2)
    one, other = Run(tmp_path / "one"), Run(tmp_path / "other")

    one(content)
    other({name: rows[::-1] for name, rows in content.items()}, LENIENT.model_copy(update={"threads": 1}))

    assert one.bytes == other.bytes


def test_a_window_that_ends_before_it_starts_is_one_clear_message(tmp_path: Path) -> None:
    section = LENIENT.model_dump(mode="json") | {"earliest": "2035-01-02"}
    file = tmp_path / "params.yaml"
    file.write_text(json.dumps({"validation": section}))

    with pytest.raises(UserError, match="earliest must lie before latest"):
        params_file.load("validation", ValidationParams, file)


def test_the_raw_files_may_be_of_any_row_groups(run: Run) -> None:
    run(breaking(2))
    expected = run.tables
    for file in run.raw.glob("*.parquet"):
        content: pa.Table = pq.read_table(file)
        pq.write_table(content, file, row_group_size=1)

    validate(run.raw, run.validated, run.report_file, LENIENT, RULE)

    assert run.tables == expected


DECLARED = attributes.checked(
    [
        Attribute("promised_days", "order_lines", Kind.NUMBER),
        Attribute("material", "products", Kind.CATEGORY),
        Attribute("club", "customers", Kind.FLAG),
    ]
)


def test_declared_attributes_pass_with_their_declarations_and_are_missing_in_bare_rows(run: Run) -> None:
    content = shop()
    content["products"] = [product("p1", attribute_material="wool")]  # p2 gets a bare row
    content["order_lines"][0]["attribute_promised_days"] = 2.5
    content["customers"][0]["attribute_club"] = True

    report = run(content, declared=DECLARED)

    assert attributes.read(run.validated) == DECLARED
    assert keys(run.tables["products"], "attribute_material") == ["wool", None]
    assert keys(run.tables["order_lines"], "attribute_promised_days") == [2.5, None, None, None]
    assert keys(run.tables["customers"], "attribute_club") == [True, None]
    assert "attribute_material" in report["tables"]["products"]["present"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.1e9])
def test_a_number_that_no_sum_can_hold_is_refused(run: Run, number: float) -> None:
    content = shop()
    content["order_lines"][1]["attribute_promised_days"] = number

    run(content, declared=DECLARED)

    assert run.rules("order_lines") == {("number_out_of_bounds", "b")}


def test_a_column_that_no_declaration_names_is_one_clear_message(run: Run) -> None:
    small_shop.write(shop(), run.raw, declared=DECLARED)
    (run.raw / attributes.FILE).unlink()

    with pytest.raises(UserError, match="an unknown column attribute_promised_days"):
        validate(run.raw, run.validated, run.report_file, LENIENT, RULE)


def test_an_address_in_an_attribute_is_personal_data(run: Run) -> None:
    content = shop()
    content["products"][0]["attribute_material"] = "ann@example.org"

    with pytest.raises(UserError, match=r"products\.attribute_material"):
        run(content, declared=DECLARED)
