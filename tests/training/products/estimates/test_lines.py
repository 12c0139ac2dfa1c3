from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.attributes import Attribute, Kind
from data.errors import UserError
from data.outcome import outcomes
from data.reading.labels import normal_form
from data.times import MICROSECONDS_PER_DAY, to_us
from features.language.reasons import REASONS
from tests.features.crowded_shop import OUTCOME, START, Shop, crowded_shop
from tests.features.spellings import in_many_spellings
from tests.training.products.made_shop import AS_OF, Sold, made_context, made_lines
from training.products.estimates.lines import NONE, ReportLines, read


@pytest.fixture(scope="module")
def shop() -> Shop:
    return crowded_shop()


@pytest.fixture(scope="module")
def lines(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> ReportLines:
    return read_of(shop, tmp_path_factory.mktemp("shop"))


def read_of(shop: Shop, folder: Path) -> ReportLines:
    """Read the shop through a matrix without features, with the outcomes of the features stage's own rule."""
    validated, matrix = shop.write(folder / "validated"), folder / "lines.parquet"
    backend = ibis.duckdb.connect()
    try:
        orders, returns = (backend.read_parquet(validated / f"{name}.parquet") for name in ("order_lines", "returns"))
        known = outcomes(orders, returns, OUTCOME)
        own = [name for name in orders.columns if name in ("order_id", "ordered_at", "line_id")]
        names = ("line_id", "ordered_at", "closes_at", "settled_at", "cancelled_at", "label")
        joined = orders.select(own).join(known, "line_id").order_by("ordered_at", "order_id", "line_id")
        pq.write_table(joined.select(*names).to_pyarrow(), matrix)
    finally:
        backend.disconnect()
    return read(matrix, validated)


def recorded(shop: Shop) -> pd.DataFrame:
    """The lines whose outcome is recorded, in the matrix's order."""
    table = shop.lines.sort_values(["ordered_at", "order_id", "line_id"])
    return table[table["outcome_recorded"]].reset_index(drop=True)


def days(times: pd.Series) -> list[float]:
    return [to_us(time) / MICROSECONDS_PER_DAY for time in times]


def labels(codes: np.ndarray, names: list[str]) -> list[str | None]:
    return [names[code] if code >= 0 else None for code in codes]


def missing_as_none(column: pd.Series) -> list[object]:
    return [None if pd.isna(value) else value for value in column]


def test_every_line_is_read_but_those_whose_outcome_was_never_recorded(shop: Shop, lines: ReportLines):
    table = recorded(shop)

    assert len(table) < len(shop.lines)
    assert lines.day.tolist() == days(table["ordered_at"])
    assert labels(lines.product, lines.names.product) == table["product_id"].tolist()
    assert lines.price_minor.tolist() == table["price_minor"].tolist()
    assert lines.value_minor.tolist() == (table["price_minor"] * table["quantity"]).tolist()


def test_a_line_cancelled_in_time_is_left_out_and_not_kept(tmp_path: Path):
    shop = crowded_shop(orders=40, lives=True)
    returns = shop.returns.groupby("line_id")["returned_at"].min()
    far = pd.Timestamp(START + timedelta(days=1000))
    early = shop.lines["line_id"].map(returns).fillna(far)
    # A cancellation after the first return, or after a window of three weeks to five, comes too late.
    sure = (shop.lines["cancelled_at"] <= early) & (shop.lines["cancelled_at"] - shop.lines["ordered_at"]).lt("15D")

    found = read_of(shop, tmp_path)

    rows = set(found.row.tolist())
    table = shop.lines.assign(sure=sure).sort_values(["ordered_at", "order_id", "line_id"]).reset_index(drop=True)
    assert sure.sum() > 5
    assert not rows & set(table.index[table["sure"]])
    assert rows >= set(table.index[table["outcome_recorded"] & table["cancelled_at"].isna()])


def test_a_product_has_the_facts_that_are_known_at_the_end(tmp_path: Path):
    shop = crowded_shop(orders=40)
    changes = pd.DataFrame({"change_id": ["1"], "product_id": "p5", "changed_at": START, "category": "Lamps"})

    found = read_of(shop.with_(product_changes=changes), tmp_path)

    assert labels(found.names.product_category, found.names.category)[-2:] == ["phones", "Lamps"]


@pytest.mark.parametrize("name", ["size", "color"])
def test_what_is_missing_has_no_code(shop: Shop, lines: ReportLines, name: str):
    names = getattr(lines.names, name)

    assert labels(getattr(lines, name), names) == missing_as_none(recorded(shop)[name])
    assert names == sorted(names)
    assert (getattr(lines, name) == NONE).any()


@pytest.mark.parametrize("name", ["category", "brand", "supplier"])
def test_a_line_is_of_its_products_kind(shop: Shop, lines: ReportLines, name: str):
    kinds = shop.products.set_index("product_id")[name]

    expected = missing_as_none(recorded(shop)["product_id"].map(kinds))
    assert labels(getattr(lines, name), getattr(lines.names, name)) == expected


@pytest.mark.parametrize("name", ["category", "brand", "supplier", "size", "color"])
def test_the_spellings_of_a_label_have_one_code_and_the_most_frequent_is_its_name(
    shop: Shop, lines: ReportLines, tmp_path: Path, name: str
):
    spelled = read_of(in_many_spellings(shop), tmp_path)

    codes, names = getattr(spelled, name), getattr(spelled.names, name)
    expected = labels(getattr(lines, name), getattr(lines.names, name))

    assert [None if label is None else normal_form(label) for label in labels(codes, names)] == expected
    assert len(names) == len(set(map(normal_form, names)))


def test_the_name_of_a_label_is_its_most_frequent_spelling(shop: Shop, tmp_path: Path):
    colors = np.resize(np.array(["Navy", "NAVY ", "navy", "Navy", "\u200b"], dtype=object), len(shop.lines))

    read = read_of(shop.with_(lines=shop.lines.assign(color=colors)), tmp_path)

    assert read.names.color == ["Navy"]
    assert set(read.color.tolist()) == {0, NONE}


def test_guests_have_no_code_and_customers_and_orders_one_each(shop: Shop, lines: ReportLines):
    table = recorded(shop)

    assert ((lines.customer == NONE) == table["customer_id"].isna()).all()
    for codes, ids in ((lines.customer, table["customer_id"]), (lines.order, table["order_id"])):
        pairs = {(code, name) for code, name in zip(codes, missing_as_none(ids), strict=True)}
        assert len(pairs) == len({code for code, _ in pairs}) == len({name for _, name in pairs})


def test_a_line_is_returned_where_it_came_back_within_its_window(shop: Shop, lines: ReportLines):
    table = recorded(shop).merge(shop.returns[["line_id", "returned_at", "reason"]], on="line_id", how="left")
    back = np.array([np.nan if pd.isna(at) else days(pd.Series([at]))[0] for at in table["returned_at"]])

    expected = back <= lines.closes_day
    assert lines.returned.tolist() == expected.tolist()
    assert lines.returned_day[expected].tolist() == back[expected].tolist()
    assert np.isnan(lines.returned_day[~expected]).all()
    known = [reason.value for reason in REASONS]
    codes = [known.index(r) if b and r in known else NONE for b, r in zip(expected, table["reason"], strict=True)]
    assert lines.reason.tolist() == codes


def test_of_several_returns_of_a_line_the_first_gives_the_reason(shop: Shop, lines: ReportLines, tmp_path: Path):
    first = shop.returns
    again = first.assign(
        return_id="again-" + first["return_id"], returned_at=first["returned_at"] + timedelta(hours=1), reason="OTHER"
    )
    twice = read_of(shop.with_(returns=pd.concat([again, first], ignore_index=True)), tmp_path)

    assert twice.reason.tolist() == lines.reason.tolist()
    assert twice.returned_day[twice.returned].tolist() == lines.returned_day[lines.returned].tolist()


def test_a_discount_is_the_share_off_the_list_price(shop: Shop, lines: ReportLines):
    table = recorded(shop)

    expected = 1 - table["price_minor"] / table["list_price_minor"].astype(float)
    assert lines.discount_share == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_a_source_without_the_columns_that_may_lack_is_read(shop: Shop, lines: ReportLines, tmp_path: Path):
    bare = shop.with_(
        lines=shop.lines.drop(columns=["size", "color", "list_price_minor", "outcome_recorded"]),
        products=shop.products.drop(columns=["category", "brand", "supplier"]),
        returns=shop.returns.drop(columns=["reason"]),
    )
    found = read_of(bare, tmp_path)

    assert len(found) == len(shop.lines)
    for name in ("size", "color", "category", "brand", "supplier"):
        assert getattr(found.names, name) == []
        assert (getattr(found, name) == NONE).all()
    assert np.isnan(found.discount_share).all()
    assert (found.reason == NONE).all()
    assert found.names.name == [None] * 6
    assert len(lines) < len(found)


def test_products_are_called_what_their_names_say(shop: Shop, tmp_path: Path):
    named = shop.with_(products=shop.products.assign(name=pd.Series(["Dress", None, "Boot", "Clog", "Phone", "Hat"])))

    assert read_of(named, tmp_path).names.name == ["Dress", None, "Boot", "Clog", "Phone", "Hat"]


def test_products_have_the_values_of_their_attributes_and_lines_and_customers_none_here(shop: Shop, lines: ReportLines):
    found = {each.name: values.to_pylist() for each, values in lines.names.attributes.items()}

    assert found == {
        "material": missing_as_none(shop.products["attribute_material"]),
        "weight": missing_as_none(shop.products["attribute_weight"]),
    }
    assert None in found["material"]


def test_the_spellings_of_an_attributes_label_are_one_and_personal_attributes_are_left_out(shop: Shop, tmp_path: Path):
    declared = [
        Attribute("fit", "products", Kind.CATEGORY),
        Attribute("made_for", "products", Kind.CATEGORY, personal=True),
        Attribute("washable", "products", Kind.FLAG),
    ]
    spellings = pd.Series(["Slim", "SLIM ", "slim", "Slim", "\u200b", None], dtype=object)
    flags = [True, False, None, True, False, None]
    products = shop.products.assign(
        attribute_fit=spellings, attribute_made_for=spellings, attribute_washable=pd.Series(flags, dtype=object)
    )

    names = read_of(shop.with_(products=products, attributes=tuple(declared)), tmp_path).names

    assert [each.name for each in names.attributes] == ["fit", "washable"]
    assert names.attributes[declared[0]].to_pylist() == ["Slim", "Slim", "Slim", "Slim", None, None]
    assert names.attributes[declared[2]].to_pylist() == flags


def test_the_same_tables_give_the_same_lines(shop: Shop, lines: ReportLines, tmp_path: Path):
    again = read_of(shop, tmp_path)

    for field in fields(ReportLines):
        if field.name not in {"as_of", "names"}:
            np.testing.assert_array_equal(getattr(again, field.name), getattr(lines, field.name))
    assert again.as_of == lines.as_of


@pytest.mark.parametrize("day", [20, 35, 45])
def test_going_back_gives_what_reading_then_would_have_given(shop: Shop, lines: ReportLines, tmp_path: Path, day: int):
    now = START + timedelta(days=day)
    known = shop.lines[shop.lines["ordered_at"] <= now]
    delivered = pd.to_datetime(known["delivered_at"])
    early = shop.with_(
        lines=known.assign(delivered_at=delivered.where(delivered <= now).astype(object)),
        returns=shop.returns[(shop.returns["returned_at"] <= now) & shop.returns["line_id"].isin(known["line_id"])],
    )
    then = read_of(early, tmp_path)
    back = lines.at(then.as_of)

    for name in ("row", "product", "day", "returned", "returned_day", "reason", "closed", "value_minor"):
        np.testing.assert_array_equal(getattr(back, name), getattr(then, name))
    np.testing.assert_array_equal(back.closes_day[back.closed], then.closes_day[then.closed])
    assert labels(back.size, back.names.size) == labels(then.size, then.names.size)


def test_going_back_forgets_whatever_came_later(lines: ReportLines):
    moment = to_us(START) / MICROSECONDS_PER_DAY + 30
    later_return, later_order = lines.returned_day > moment, lines.day > moment
    altered = replace(
        lines,
        returned=lines.returned & ~later_return,
        returned_day=np.where(later_return, np.nan, lines.returned_day),
        reason=np.where(later_return | later_order, NONE, lines.reason),
        product=np.where(later_order, 0, lines.product),
        price_minor=np.where(later_order, 1e6, lines.price_minor),
    )
    assert later_return.any()
    assert later_order.any()

    for field in fields(ReportLines):
        if field.name != "names":
            np.testing.assert_array_equal(
                getattr(lines.at(moment), field.name), getattr(altered.at(moment), field.name)
            )


def test_a_return_at_the_very_close_of_its_window_is_not_taken_for_kept(lines: ReportLines):
    back = np.flatnonzero(lines.returned)[0]
    at_close = replace(lines, returned_day=np.where(lines.row == lines.row[back], lines.closes_day, lines.returned_day))

    then = at_close.at(float(at_close.closes_day[back]))

    assert then.closed[back]
    assert then.returned[back]


def test_without_a_matrix_the_error_says_so(shop: Shop, tmp_path: Path):
    with pytest.raises(UserError):
        read(tmp_path / "lines.parquet", shop.write(tmp_path / "validated"))


def test_periods_end_with_the_latest_order_though_outcomes_go_on_after_it():
    made = made_lines([Sold(ago=day) for day in (1.5, 20, 100)], {"shirt": "tops"}).at(AS_OF)
    dump = replace(made, as_of=AS_OF + 150).at(AS_OF + 150)

    assert dump.until == AS_OF - 1.5
    late = replace(made_context([Sold(ago=1.0)]), lines=dump)
    assert late.within(30).sum() == 2
