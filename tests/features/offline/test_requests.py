"""The copies of lines as requests have them that lack fields, and the late lines in each named case."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from features.language.request_field import ALL_SENT
from features.offline import matrix, requests
from features.offline.lines import prepare
from features.offline.matrix import CountedLines
from features.params import UnsentParams
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop

pytestmark = pytest.mark.long

UNSENT = UnsentParams(
    field_share=0.2, new_product_share=0.2, minimal_share=0.2, measured_lines=10_000, measured_days=20, seed=1
)


@dataclass(frozen=True)
class CountedShop:
    """The lines of a crowded shop with all their counters."""

    backend: Backend
    counted: CountedLines

    def only(self, *features: str) -> "CountedShop":
        """The shop with a few of its features: to compile all of them takes far longer than to count the lines."""
        few = [each for each in self.counted.features if each.name in features]
        return replace(self, counted=replace(self.counted, features=few))

    def lines(self) -> pd.DataFrame:
        return self._frame(self.counted.table)

    def copies(self, **params: Any) -> pd.DataFrame:
        found = self._frame(requests.drawn(self.backend, self.counted, UNSENT.model_copy(update=params)))
        self.backend.raw_sql("DROP TABLE unsent_draws")
        return found

    def cases(self, **params: Any) -> dict[str, pd.DataFrame]:
        found = self._frame(requests.in_cases(self.backend, self.counted, UNSENT.model_copy(update=params)))
        for name in ("unsent_cases", "measured_lines"):
            self.backend.raw_sql(f"DROP TABLE {name}")
        return {str(name): lines.drop(columns="case") for name, lines in found.groupby("case")}

    def _frame(self, table: ir.Table) -> pd.DataFrame:
        frame: pd.DataFrame = self.backend.to_pyarrow(matrix.compute(table, self.counted)).to_pandas()
        return frame


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CountedShop]:
    yield from _counted(tmp_path_factory.mktemp("shop"))


def _counted(folder: Path) -> Iterator[CountedShop]:
    backend = matrix.connect(PARAMS, folder)
    prepared = prepare(backend, crowded_shop(orders=300).write(folder / "validated"), OUTCOME)
    yield CountedShop(backend, matrix.count(backend, prepared, PARAMS, OUTCOME).kept_in(backend))
    backend.disconnect()


@pytest.fixture(scope="module")
def lines(shop: CountedShop) -> pd.DataFrame:
    return shop.lines()


@pytest.fixture(scope="module")
def copies(shop: CountedShop) -> pd.DataFrame:
    return shop.copies()


def test_copies_are_the_same_lines_in_the_same_rows(lines: pd.DataFrame, copies: pd.DataFrame) -> None:
    about = [name for name in matrix.ABOUT if name in lines.columns and name != "customer_id"]

    assert list(copies.columns) == list(lines.columns)
    pd.testing.assert_frame_equal(copies[about], lines[about])
    assert not copies.equals(lines)


def test_where_no_field_is_taken_the_copies_are_the_lines(shop: CountedShop, lines: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(shop.copies(field_share=0.0, new_product_share=0.0, minimal_share=0.0), lines)


def test_a_field_is_missing_from_all_lines_of_an_order_or_from_none(lines: pd.DataFrame, copies: pd.DataFrame) -> None:
    gone = (lines.notna() & copies.isna())[["voucher_used", "customer_lines"]]
    by_order = gone.groupby(lines["order_id"]).agg(["any", "all"])

    assert gone.any().all()
    for name in gone:
        assert (by_order[name, "any"] == by_order[name, "all"]).all()


@pytest.mark.parametrize(
    ("field_share", "minimal_share", "voucher", "guest"),
    # A guest is one in two of the smallest requests.
    [(0.3, 0.0, 0.3, 0.3), (0.0, 0.4, 0.4, 0.2), (0.3, 0.4, 1 - 0.7 * 0.6, 1 - 0.7 * 0.8)],
)
def test_a_field_is_missing_on_its_share_of_the_orders(
    shop: CountedShop, lines: pd.DataFrame, field_share: float, minimal_share: float, voucher: float, guest: float
) -> None:
    few = shop.only("voucher_used", "customer_lines")
    copies = few.copies(field_share=field_share, minimal_share=minimal_share)

    first = ~lines["order_id"].duplicated() & lines["customer_id"].notna()
    assert copies.loc[first, "voucher_used"].isna().mean() == pytest.approx(voucher, abs=0.06)
    assert copies.loc[first, "customer_lines"].isna().mean() == pytest.approx(guest, abs=0.06)


def test_products_are_new_on_their_own_share_of_the_orders(shop: CountedShop, lines: pd.DataFrame) -> None:
    copies = shop.copies(field_share=0.0, new_product_share=0.4, minimal_share=0.0)

    first = ~lines["order_id"].duplicated() & (lines["product_lines"] > 0)
    assert (copies.loc[first, "product_lines"] == 0).mean() == pytest.approx(0.4, abs=0.06)
    assert copies["voucher_used"].isna().equals(lines["voucher_used"].isna())


def test_in_the_smallest_request_an_unknown_product_has_neither_history_nor_facts(
    shop: CountedShop, lines: pd.DataFrame
) -> None:
    read = shop.only("product_lines", "basket_brand_lines", "voucher_used")
    copies = read.copies(field_share=0.0, new_product_share=0.0, minimal_share=1.0)

    sold = lines["product_lines"] > 0
    unknown = sold & (copies["product_lines"] == 0)
    assert unknown[sold].mean() == pytest.approx(0.6, abs=0.06)
    assert copies.loc[unknown, "basket_brand_lines"].isna().all()
    known = sold & ~unknown
    pd.testing.assert_series_equal(copies.loc[known, "basket_brand_lines"], lines.loc[known, "basket_brand_lines"])
    assert copies["voucher_used"].isna().all()


def test_the_seed_decides_which_fields_are_taken(shop: CountedShop) -> None:
    few = shop.only("voucher_used", "customer_lines")
    first = few.copies()

    pd.testing.assert_frame_equal(few.copies(), first)
    assert not few.copies(seed=2).equals(first)


@pytest.fixture(scope="module")
def cases(shop: CountedShop) -> dict[str, pd.DataFrame]:
    return shop.cases()


def test_there_is_a_case_without_each_field_and_without_those_that_go_together(
    shop: CountedShop, cases: dict[str, pd.DataFrame]
) -> None:
    fields = {field.name for field in shop.counted.recipe.request_fields()}

    assert set(cases) - fields == {
        ALL_SENT,
        "the order's fields",
        "the line's fields",
        "guest and unknown product",
        "minimal request",
        "minimal request of an unknown product",
    }
    assert fields < set(cases)


def test_with_all_fields_sent_the_lines_are_those_of_the_matrix(
    lines: pd.DataFrame, cases: dict[str, pd.DataFrame]
) -> None:
    whole = cases[ALL_SENT]

    assert list(whole.columns) == list(lines.columns)
    same = lines.set_index("line_id").loc[whole["line_id"]].reset_index()[whole.columns]
    pd.testing.assert_frame_equal(whole.reset_index(drop=True), same, check_dtype=False)


def test_every_case_has_the_same_lines_and_lacks_what_its_name_says(cases: dict[str, pd.DataFrame]) -> None:
    whole = cases[ALL_SENT].reset_index(drop=True)
    for name, each in cases.items():
        assert each["line_id"].tolist() == whole["line_id"].tolist()
        assert each["label"].tolist() == whole["label"].tolist()
        changed = not each.reset_index(drop=True).equals(whole)
        assert changed == (name != ALL_SENT), name
        lacking = {"voucher_used", "the order's fields", "minimal request", "minimal request of an unknown product"}
        assert each["voucher_used"].isna().all() == (name in lacking), name


def test_cases_have_the_settled_lines_of_the_last_days(lines: pd.DataFrame, cases: dict[str, pd.DataFrame]) -> None:
    settled = lines[lines["label"].notna()]
    late = settled[settled["ordered_at"] >= settled["ordered_at"].max() - timedelta(days=20)]

    assert cases[ALL_SENT]["line_id"].tolist() == late["line_id"].tolist()
    assert 0 < len(late) < len(settled) < len(lines)


def test_fewer_lines_are_measured_by_whole_orders(shop: CountedShop, cases: dict[str, pd.DataFrame]) -> None:
    late = cases[ALL_SENT]
    some = shop.only("voucher_used").cases(measured_lines=len(late) // 3)[ALL_SENT]

    assert len(some) == pytest.approx(len(late) / 3, rel=0.3)
    assert some["line_id"].tolist() == late.loc[late["order_id"].isin(some["order_id"]), "line_id"].tolist()
