"""The layout of each preset is recognised, whatever the files are called, and comes out with the same facts."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from data.draft import draft, write_first
from data.ingest import ingest
from data.sources.params import CommentParams, DataParams
from tests.data.drafting.files import Drafted
from tests.data.mappings import test_presets
from tests.data.mappings.test_presets import CASES, facts

COMMENTS = CommentParams(min_confidence=0.8, min_examples=200)
FILES = Path(test_presets.__file__).parent


@pytest.mark.parametrize("preset", CASES)
def test_files_of_a_known_layout_give_a_working_mapping(preset: str, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    files = [file for file in sorted((FILES / preset).iterdir()) if file.name != "expected.json"]
    renamed = [tmp_path / "shop" / f"{number} {file.name}" for number, file in enumerate(files)]
    for file, copy in zip(files, renamed, strict=True):
        shutil.copy(file, copy)
    mapping = tmp_path / "mine.yaml"
    printed = io.StringIO()

    write_first(renamed, mapping, Console(width=200, file=printed))

    assert f"made of data/mappings/{preset}.yaml" in mapping.read_text(encoding="utf-8")
    data = DataParams(source="mapped", path=tmp_path / "shop", mapping=mapping, comments=COMMENTS)
    ingest(data, tmp_path / "raw", tmp_path / "truth")
    expected = json.loads((FILES / preset / "expected.json").read_text(encoding="utf-8"))
    found = facts(tmp_path / "raw")
    assert {key: found[key] for key in ("lines", "pieces", "value_minor", "returned")} == {
        key: expected[key] for key in ("lines", "pieces", "value_minor", "returned")
    }
    text = mapping.read_text(encoding="utf-8") + printed.getvalue()
    assert [secret for secret in expected["secret"] if secret in text] == []


def test_columns_that_the_files_lack_are_taken_out_of_the_preset(tmp_path: Path) -> None:
    text = (FILES / "square" / "items-2024-07.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    held = [name for name in rows[0] if name not in ("Price Point Name", "Channel", "Itemization Type")]
    with (tmp_path / "items.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, held, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row for row in rows if row["SKU"])
    printed = io.StringIO()

    assert draft([tmp_path / "items.csv"], tmp_path / "mine.yaml", COMMENTS, Console(width=200, file=printed))

    mapping = (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    assert [name for name in ("Price Point Name", "Channel", "no goods", "prefer") if name in mapping] == []
    assert "not found: Price Point Name" in printed.getvalue()


@pytest.mark.parametrize(
    ("lacking", "left"),
    [
        ("Cancelled at", "voided: {column: Financial Status, is: voided, optional: true}"),
        (
            "Paid at",
            "voided: [{column: Financial Status, is: voided, optional: true}, {column: Cancelled at, empty: true}]",
        ),
    ],
)
def test_of_a_rule_with_several_tests_that_of_an_empty_cell_holds_where_the_files_lack_its_column(
    tmp_path: Path, lacking: str, left: str
) -> None:
    rows = list(csv.DictReader(io.StringIO((FILES / "shopify" / "orders_export_1.csv").read_text(encoding="utf-8"))))
    with (tmp_path / "orders.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [name for name in rows[0] if name != lacking], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)

    write_first([tmp_path / "orders.csv"], tmp_path / "mine.yaml", Console(quiet=True))

    assert left in (tmp_path / "mine.yaml").read_text(encoding="utf-8")


def woocommerce(folder: Path, state: str, other: str) -> Drafted:
    """A draft of the preset's file after the ``state`` of an order became an ``other`` one."""
    text = (FILES / "woocommerce" / "orders-2024.csv").read_text(encoding="utf-8")
    return Drafted(folder, orders_csv=text.replace(state, other))


def test_states_that_no_rule_of_the_preset_names_are_counted_and_named(tmp_path: Path) -> None:
    found = woocommerce(tmp_path, "503,cancelled", "503,back-at-us")

    asked = "CHECK: no rule names these values of Order Status: completed (4 rows), back-at-us (1 rows)."
    assert asked in found.text
    assert "matched no row" not in found.printed


def test_an_order_that_was_refunded_by_its_status_alone_is_not_kept(tmp_path: Path) -> None:
    found = woocommerce(tmp_path, "502,completed", "502,refunded")

    assert "2 lines came back, 1 have an unknown outcome" in found.printed


def test_times_of_another_form_than_the_presets_get_their_format(tmp_path: Path) -> None:
    text = (FILES / "square" / "items-2024-07.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["SKU"]]
    for row in rows:
        year, month, day = row["Date"].split("-")
        row["Date"], row["Time"] = f"{month}/{day}/{year[2:]}", f"10{row['Time'][2:5]}:00 AM"
    rows[0]["Date"] = "07/13/24"
    with (tmp_path / "items.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    write_first([tmp_path / "items.csv"], tmp_path / "mine.yaml", Console(quiet=True))

    assert "format: '%m/%d/%y %I:%M:%S %p'" in (tmp_path / "mine.yaml").read_text(encoding="utf-8")


def test_a_file_of_returns_beside_the_orders_of_a_preset_is_used(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((FILES / "shopify" / "orders_export_1.csv").read_text(encoding="utf-8"))))
    shutil.copy(FILES / "shopify" / "orders_export_1.csv", tmp_path / "orders_export_1.csv")
    first = next(row for row in rows if row["Financial Status"] == "paid")
    back = f"Return,Order name,SKU,Return date,Quantity\nR1,{first['Name']},{first['Lineitem sku']},2024-06-09,1\n"
    (tmp_path / "returns.csv").write_text(back, encoding="utf-8")
    printed = io.StringIO()
    files = [tmp_path / "orders_export_1.csv", tmp_path / "returns.csv"]

    draft(files, tmp_path / "mine.yaml", COMMENTS, Console(width=200, file=printed))

    text = (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    assert "unknown_without_return: {refunded: {column: Financial Status" in text
    assert "Not used" not in text
    assert "1 lines came back" in printed.getvalue()


def test_a_preset_fits_with_another_column_of_the_product_and_with_another_file_of_returns(tmp_path: Path) -> None:
    orders = (FILES / "ebay" / "eBay-OrdersReport-June.csv").read_text(encoding="utf-8")
    (tmp_path / "orders.csv").write_text(
        orders.replace("Item Number,Item Title,Custom Label", "Custom Label,Item Title,Note"), encoding="utf-8"
    )
    back = (
        "Return ID,Order Number,Custom Label,Return Quantity,Return Opened Date\nR1,20-00001-00001,1100,1,Jun-13-24\n"
    )
    (tmp_path / "returns.csv").write_text(back, encoding="utf-8")
    printed = io.StringIO()
    files = [tmp_path / "orders.csv", tmp_path / "returns.csv"]

    draft(files, tmp_path / "mine.yaml", COMMENTS, Console(width=200, file=printed))

    text = (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    assert "made of data/mappings/ebay.yaml" in text
    assert "CHECK: Custom Label is read in place of Item Number, which no file has" in text
    assert "CHECK: Return Opened Date is when a return was asked for" in text
    assert "1 lines came back" in printed.getvalue()
