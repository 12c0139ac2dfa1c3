"""Rates and relations in the simulated shop, read from its files."""

from typing import Any

import duckdb
import numpy as np
import pytest

from data.schema import Reason

WINDOW = "interval 14 days"
TRUE_REASONS = [reason.value.lower() for reason in Reason if reason is not Reason.UNKNOWN]


def one(shop: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    [row] = shop.execute(query).fetchall()
    return tuple(row)


def test_about_30_percent_come_back_and_each_category_is_in_the_range_of_its_trade(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    # Lines of the last 40 days are still on their way.
    settled = "from lines where ordered_at < timestamp '2024-05-20'"

    total = one(shop, f"select avg(returned::int) {settled}")[0]
    rates = shop.execute(f"select department, category, avg(return_probability) {settled} group by all").fetchall()

    assert 0.27 < total < 0.33
    assert len(rates) == 15
    for department, category, rate in rates:
        low, high = (0.10, 0.20) if department == "electronics" else (0.30, 0.50)
        assert low - 0.01 < rate < high + 0.01, (category, rate)


def test_the_true_probability_is_calibrated_in_every_part_of_its_range(shop: duckdb.DuckDBPyConnection) -> None:
    frame = shop.execute("select * from lines where ordered_at < timestamp '2024-05-25'").df()
    probability, returned = frame["return_probability"].to_numpy(), frame["returned"].to_numpy()
    bracket = (frame["same_product"] > 1).to_numpy()

    for part in (bracket, ~bracket):
        order = np.argsort(probability[part])
        for rows in np.array_split(order, 10):
            p, y = probability[part][rows], returned[part][rows]
            z = (y.sum() - p.sum()) / np.sqrt((p * (1.0 - p)).sum())
            # Lines of one basket share its delivery, so the spread is a little more than that of independent draws.
            assert abs(z) < 4.5, (p.mean(), y.mean(), z)


def test_the_true_probability_ranks_lines_as_well_as_in_credible_shops(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    auc = one(
        shop,
        """
        with ranked as (select returned, rank() over (order by return_probability) as r from lines
                        where ordered_at < timestamp '2024-05-20')
        select (sum(r) filter (returned) - count(*) filter (returned) * (count(*) filter (returned) + 1) / 2)
               / (count(*) filter (returned) * count(*) filter (not returned)) from ranked
        """,
    )[0]

    assert 0.74 < auc < 0.82


def test_the_true_reasons_sum_to_one_and_are_those_recorded(shop: duckdb.DuckDBPyConnection) -> None:
    total = " + ".join(f"reason_{reason}" for reason in TRUE_REASONS)
    expected = ", ".join(f"sum(reason_{reason})" for reason in TRUE_REASONS)
    observed = ", ".join(f"count(*) filter (reason = '{reason.upper()}')" for reason in TRUE_REASONS)
    known = "from lines where returned and reason is not null and reason <> 'UNKNOWN'"

    assert one(shop, f"select max(abs({total} - 1)) < 1e-6 from lines") == (True,)
    for reason, due, seen in zip(
        TRUE_REASONS, one(shop, f"select {expected} {known}"), one(shop, f"select {observed} {known}"), strict=True
    ):
        assert abs(seen - due) < 5 * np.sqrt(due) + 5, reason


def test_a_part_of_the_reasons_is_missing_or_unknown(shop: duckdb.DuckDBPyConnection) -> None:
    empty, unknown, detail = one(
        shop,
        "select avg((reason is null)::int), avg((reason = 'UNKNOWN')::int), avg((reason_detail is null)::int) "
        "from returns",
    )

    assert 0.05 < empty < 0.07
    assert 0.05 < unknown < 0.075
    assert 0.25 < detail < 0.45


def test_brackets_are_there_and_mostly_one_line_of_them_is_kept(shop: duckdb.DuckDBPyConnection) -> None:
    shop.execute(
        """
        create or replace view brackets as
        select order_id, product_id, count(*) as n, count(*) filter (not returned) as kept,
               sum(1 - return_probability) as due, sum(return_probability * (1 - return_probability)) as independent
        from lines where same_product > 1 and department = 'fashion' and delivered_at < timestamp '2024-06-15'
        group by all having count(distinct size) = n or count(distinct color) = n
        """
    )

    count, lines, at_most_one = one(shop, "select count(*), sum(n), avg((kept <= 1)::int) from brackets")
    spread, independent = one(shop, "select var_pop(kept - due), avg(independent) from brackets")

    assert count > 1_000
    assert 0.05 < lines / 60_000 < 0.12
    assert at_most_one > 0.85
    assert spread < 0.88 * independent  # keeping one sends the others back


def test_some_customers_bracket_again_and_again(shop: duckdb.DuckDBPyConnection) -> None:
    top, usual = one(
        shop,
        """
        with c as (select customer_id, count(*) as n, avg((same_product > 1)::int) as share from lines
                   where department = 'fashion' and customer_id is not null group by all having n >= 15)
        select quantile_cont(share, 0.98), median(share) from c
        """,
    )

    assert top > 2.5 * usual
    assert usual < 0.2


def test_no_return_is_known_before_its_delivery_nor_after_the_window(shop: duckdb.DuckDBPyConnection) -> None:
    early, late, undelivered, early_delivery, future = one(
        shop,
        f"""
        select count(*) filter (returned_at <= delivered_at), count(*) filter (returned_at > delivered_at + {WINDOW}),
               count(*) filter (returned and delivered_at is null), count(*) filter (delivered_at <= ordered_at),
               count(*) filter (greatest(ordered_at, delivered_at, returned_at) >= timestamp '2024-07-01')
        from lines
        """,
    )

    assert (early, late, undelivered, early_delivery, future) == (0, 0, 0, 0, 0)


def test_no_delivery_comes_after_an_order_counts_as_never_delivered(shop: duckdb.DuckDBPyConnection) -> None:
    slowest, lost = one(
        shop,
        "select max(delivered_at - ordered_at) < interval 21 days, avg((delivered_at is null)::int) "
        "from lines where ordered_at < timestamp '2024-06-10'",
    )

    assert slowest
    assert 0.005 < lost < 0.015


def test_late_deliveries_come_back_more_often_for_that_reason(shop: duckdb.DuckDBPyConnection) -> None:
    late, on_time, truth_late, truth_on_time, reasons = one(
        shop,
        """
        with l as (from lines select *, date_diff('day', ordered_at, delivered_at) >= 6 as late
                   where delivered_at < timestamp '2024-06-15')
        select avg(returned::int) filter (late), avg(returned::int) filter (not late),
               avg(return_probability) filter (late), avg(return_probability) filter (not late),
               count(*) filter (not late and reason = 'ARRIVED_LATE')
        from l
        """,
    )

    # The truth is of checkout, where the delay is not known yet: only its chances are.
    assert late - on_time > 0.08
    assert truth_late - truth_on_time < 0.04
    assert reasons == 0


def test_customers_and_products_appear_over_the_whole_span(shop: duckdb.DuckDBPyConnection) -> None:
    months = one(
        shop,
        """
        select (select count(distinct date_trunc('month', registered_at)) from customers
                where registered_at >= timestamp '2022-07-02'),
               (select count(distinct date_trunc('month', launched_at)) from products
                where launched_at >= timestamp '2022-07-02')
        """,
    )
    before = one(shop, "select avg((registered_at < timestamp '2022-07-02')::int) from customers")[0]
    too_early = one(shop, "select count(*) from lines where ordered_at < launched_at")[0]

    assert months == (24, 24)
    assert abs(before - 0.3) < 0.01
    assert too_early == 0


def test_products_retire(shop: duckdb.DuckDBPyConnection) -> None:
    longest = one(shop, "select max(date_diff('day', launched_at, ordered_at)) from lines where category = 'dresses'")

    assert 250 < longest[0] <= 300


def test_a_newcomers_first_order_follows_the_registration(shop: duckdb.DuckDBPyConnection) -> None:
    newcomers, prompt = one(
        shop,
        """
        with first as (select customer_id, min(ordered_at) as first_order from order_lines group by all)
        select count(*), count(*) filter (first_order - registered_at between interval 1 minute and interval 1 hour)
        from first join customers using (customer_id) where registered_at >= timestamp '2022-07-02'
        """,
    )

    assert newcomers > 3_000
    assert prompt == newcomers


def test_hidden_size_bias_shows_in_the_reasons(shop: duckdb.DuckDBPyConnection) -> None:
    bias = shop.execute(
        """
        select size_bias > 0 as runs_small, count(*) filter (reason = 'SIZE_TOO_SMALL') as small,
               count(*) filter (reason = 'SIZE_TOO_LARGE') as large
        from lines join truth_products using (product_id) where abs(size_bias) > 0.6 group by all
        """
    )

    counts = {row[0]: row[1:] for row in bias.fetchall()}
    assert counts[True][0] > 1.5 * counts[True][1]
    assert counts[False][1] > 1.5 * counts[False][0]


def test_a_fault_raises_the_returns_of_its_product_from_the_day_it_begins(shop: duckdb.DuckDBPyConnection) -> None:
    excess = shop.execute(
        """
        with typical as (select category, avg(return_probability) as rate from lines group by all)
        select fault, ordered_at >= fault_from as begun, avg(return_probability - rate) from lines
        join typical using (category) join truth_products using (product_id) where fault is not null group by all
        """
    )

    by_fault = {row[:2]: row[2] for row in excess.fetchall()}
    assert {fault for fault, _ in by_fault} == {"defective", "runs_small", "runs_large", "not_as_described"}
    for fault in ("defective", "not_as_described"):
        assert by_fault[fault, True] > 0.12, fault
        assert abs(by_fault[fault, False]) < 0.12, fault


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("payment_method = 'invoice'", "payment_method = 'prepayment'"),
        ("month(ordered_at) = 12 and day(ordered_at) < 24", "month(ordered_at) in (10, 11)"),
        ("channel = 'app'", "channel = 'store'"),
    ],
)
def test_what_shops_know_to_raise_returns_does(shop: duckdb.DuckDBPyConnection, more: str, less: str) -> None:
    high, low = one(
        shop,
        f"select avg(return_probability) filter ({more}), avg(return_probability) filter ({less}) from lines",
    )

    assert high > low + 0.015


def test_dearer_clothes_come_back_more_often(shop: duckdb.DuckDBPyConnection) -> None:
    slope = one(
        shop,
        """
        with l as (select return_probability as p,
                          ln(price_minor) - avg(ln(price_minor)) over (partition by category) as x
                   from lines where department = 'fashion')
        select regr_slope(p, x) from l
        """,
    )[0]

    assert 0.01 < slope < 0.15


def test_prices_follow_discounts_and_vouchers(shop: duckdb.DuckDBPyConnection) -> None:
    dearer, voucher, none, january, march = one(
        shop,
        """
        select count(*) filter (price_minor > list_price_minor),
               avg(price_minor / list_price_minor) filter (voucher_used),
               avg(price_minor / list_price_minor) filter (not voucher_used),
               avg(price_minor / list_price_minor) filter (month(ordered_at) = 1 and not voucher_used),
               avg(price_minor / list_price_minor) filter (month(ordered_at) = 3 and not voucher_used)
        from lines
        """,
    )

    assert dearer == 0
    assert abs(voucher / none - 0.9) < 0.01
    assert january < march - 0.05
