"""Numbers of orders that the two files write in two ways are read alike, where no order can be taken for another."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted


def drafted(folder: Path, sold: str, *back: str, sku: str = "S{0}") -> Drafted:
    """Eight lines of orders 1001 to 1004, and returns of two of them whose numbers are written as ``back`` in turn."""
    lines = (f"{sold.format(1001 + n // 2)},c{n},S{n % 3},2024-03-{n + 1:02d},1,9.90" for n in range(8))
    rows = (
        f"{back[n % len(back)].format(1001 + n)},{sku.format(n * 2 % 3)},2024-04-{n + 1:02d},1" for n in range(1, 4)
    )
    return Drafted(
        folder,
        orders_csv="\n".join(["Order No,Customer No,SKU,Order Date,Qty,Price", *lines, ""]),
        returns_csv="\n".join(["Order No,SKU,Return Date,Qty", *rows, ""]),
    )


@pytest.mark.parametrize(
    ("sold", "back", "of_lines", "of_returns"),
    [
        ("#{}", ["{}"], "^#?(.+)$", None),
        ("{}", ["SO-{}"], None, r"^\D*0*(\d.*)$"),
        ("#{}", ["#{}", "#{}", "{}"], "^#?(.+)$", "^#?(.+)$"),
    ],
)
def test_what_stands_before_a_number_is_cut_off_where_the_files_differ_by_it(
    sold: str, back: list[str], of_lines: str | None, of_returns: str | None, tmp_path: Path
) -> None:
    found = drafted(tmp_path, sold, *back)
    rules = [found.lines["order_id"], found.yaml["returns"]["columns"]["order_id"]]

    assert found.yaml["returns"]["match"] == ["order_id", "product_id"]
    assert [rule.get("extract") if isinstance(rule, dict) else None for rule in rules] == [of_lines, of_returns]
    assert "3 lines came back" in found.printed


@pytest.mark.parametrize(("sold", "back", "sku"), [("A-{}", "B-{}", "S{1}"), ("#{}", "9{}", "S{0}")])
def test_numbers_of_other_orders_are_not_taken_for_these_and_the_match_says_that_they_are_unused(
    sold: str, back: str, sku: str, tmp_path: Path
) -> None:
    found = drafted(tmp_path, sold, back, sku=sku.replace("{1}", "9"))

    assert found.lines["order_id"] == "Order No"
    assert "order_id" not in found.yaml["returns"].get("match", [])


def test_returns_that_name_the_invoice_match_by_it(tmp_path: Path) -> None:
    lines = (f"{n // 2};RE{70 + n // 2};K{n};A{n % 3};{n + 1:02d}.03.2024;1;9,90\n" for n in range(8))
    rows = (f"GS{n};RE{71 + n};A{(n * 2 + 2) % 3};1;{n + 1:02d}.04.2024\n" for n in range(3))
    found = Drafted(
        tmp_path,
        auftraege_csv="Auftragsnr;Rechnungsnr;Kundennr;Artikelnr;Bestelldatum;Menge;VK brutto\n" + "".join(lines),
        gutschriften_csv="Gutschriftsnr;Rechnungsnr;Artikelnr;Menge;Datum\n" + "".join(rows),
    )

    assert found.lines["order_id"] == found.yaml["returns"]["columns"]["order_id"] == "Rechnungsnr"
    assert "CHECK: gutschriften names an order by it, and not by Auftragsnr" in found.text
    assert found.yaml["returns"]["columns"]["return_id"] == "Gutschriftsnr"
    assert "3 lines came back" in found.printed
