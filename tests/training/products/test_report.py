import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import attributes
from data.attributes import Attribute, Kind
from data.errors import UserError
from data.schema import Reason
from features import catalog
from tests.training.products.planted_shop import PlantedShop
from training.products import report
from training.products.columns import TABLES, dictionary, items_with
from training.products.estimates import lines
from training.products.estimates.context import Context
from training.products.tables.about import About
from training.products.tables.all_tables import make
from training.products.tables.overview import Overview
from training.products.tables.periods import overview
from training.products.tables.write import about, write


@pytest.fixture(scope="module")
def context() -> Context:
    shop = PlantedShop()
    shop.plant(shop.product == 4, Reason.DEFECTIVE, 0.4)
    return shop.context


@pytest.fixture(scope="module")
def tables(context: Context) -> dict[str, pa.Table]:
    return make(context)


@pytest.fixture
def written(context: Context, tables: dict[str, pa.Table], tmp_path: Path) -> Path:
    folder = tmp_path / "products"
    write(tables, about(context, "made", tables), overview(context), folder)
    return folder


def test_every_table_is_there_as_its_columns_say(tables: dict[str, pa.Table]) -> None:
    assert {name: table.schema for name, table in tables.items()} == {table.name: table.schema for table in TABLES}


def test_a_report_that_was_written_can_be_read(written: Path, context: Context, tables: dict[str, pa.Table]) -> None:
    for table in TABLES:
        assert pq.read_table(written / table.file).equals(tables[table.name].replace_schema_metadata(None))
        assert (written / f"{table.name}.csv").is_file() == table.csv
    assert About.read(written).lines == len(context.lines)
    assert Overview.read(written).periods
    with (written / "dictionary.csv").open(encoding="utf-8-sig", newline="") as stream:
        described = list(csv.reader(stream))
    assert [[*row[:2], *row[3:]] for row in described[1:]] == [list(row) for row in dictionary()]
    named = {(row[0], row[1]): row[2] for row in described}
    assert (named["items", "excess_cost_minor"], named["items", "rate"]) == ("excess_cost_eur", "rate")
    assert not (written / "attributes.json").exists()


def test_a_report_with_attributes_lists_them_beside_its_items(
    context: Context, tables: dict[str, pa.Table], tmp_path: Path, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = Attribute("fit", "products", Kind.CATEGORY)
    items = tables["items"]
    labels = pa.array(["slim"] * len(items))
    names = replace(context.lines.names, attributes={fit: labels})
    declaring = replace(context, lines=replace(context.lines, names=names))
    ready(declaring, {**tables, "items": items.append_column(fit.column, labels)}, tmp_path, top, monkeypatch)

    report.main()

    folder = Path("reports/products")
    assert attributes.read(folder) == (fit,)
    assert pq.read_schema(folder / "items.parquet").equals(items_with([fit]).schema)
    for file in ("items.csv", "dictionary.csv"):
        assert "attribute_fit" in (folder / file).read_text(encoding="utf-8")


def test_the_csv_of_alerts_has_sentences_written_out(written: Path, tables: dict[str, pa.Table]) -> None:
    with (written / "alerts.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))

    assert len(rows) == len(tables["alerts"]) > 0
    assert not any("{" in row["evidence"] + row["advice"] for row in rows)
    assert any("%" in row["evidence"] for row in rows)


def test_the_csv_of_items_has_the_figures_of_the_table(written: Path, tables: dict[str, pa.Table]) -> None:
    read, table = pd.read_csv(written / "items.csv"), tables["items"].to_pandas()

    assert read["rate"].tolist() == pytest.approx(table["rate"].tolist(), nan_ok=True)
    assert read["excess_cost_eur"].tolist() == pytest.approx((table["excess_cost_minor"] / 100).round(2).tolist())
    assert "numbers" not in pd.read_csv(written / "alerts.csv")


@pytest.mark.parametrize(
    ("currency", "written", "digits"), [("JPY", "123,456", 0), ("EUR", "1,235", 2), ("KWD", "123", 3)]
)
def test_money_of_the_csv_has_the_digits_of_the_currency(
    context: Context, tables: dict[str, pa.Table], tmp_path: Path, currency: str, written: str, digits: int
) -> None:
    alerts = tables["alerts"].slice(0, 1)
    texts = {"evidence": "{cost:money} are at stake.", "advice": "Look at it.", "numbers": '{"cost": 123456}'}
    for name, text in texts.items():
        alerts = alerts.set_column(alerts.column_names.index(name), name, pa.array([text]))
    described = about(context, "made", tables).model_copy(update={"currency": currency})

    write({**tables, "alerts": alerts}, described, overview(context), tmp_path / "products")

    with (tmp_path / "products/alerts.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["evidence"] == f"{currency} {written} are at stake."
    assert row[f"cost_{currency.lower()}"] == f"{alerts['cost_minor'][0].as_py() / 10**digits:.{digits}f}"


def test_a_new_report_takes_the_place_of_the_old_one_with_nothing_of_it_left(
    written: Path, context: Context, tables: dict[str, pa.Table]
) -> None:
    (written / "former.parquet").write_bytes(b"of a version before")

    write(tables, about(context, "another", tables), overview(context), written)

    assert not (written / "former.parquet").exists()
    assert About.read(written).shop == "another"
    assert [path.name for path in written.parent.iterdir()] == ["products"]


def test_a_report_that_stops_in_the_middle_leaves_the_old_one_whole(
    written: Path, context: Context, tables: dict[str, pa.Table]
) -> None:
    before = {file.name: file.read_bytes() for file in written.iterdir()}

    with pytest.raises(KeyError):
        write({"items": tables["items"]}, about(context, "made", tables), overview(context), written)

    assert {file.name: file.read_bytes() for file in written.iterdir()} == before


def ready(
    context: Context, tables: dict[str, pa.Table], tmp_path: Path, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the stage run in ``tmp_path`` on this context and these tables."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").symlink_to(top / "params.yaml")
    Path("reports").mkdir()
    monkeypatch.setattr(catalog, "read", lambda _: [])
    monkeypatch.setattr(lines, "read", lambda: context.lines)
    monkeypatch.setattr(report, "context_of", lambda *_: context)
    monkeypatch.setattr(report, "make", lambda _: tables)


@pytest.mark.parametrize("left", ["products.partial", ".products.unfinished-1234", ".products.html.unfinished-1234"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_an_interrupted_run_left_stops_no_later_one(
    left: str,
    kind: str,
    context: Context,
    tables: dict[str, pa.Table],
    tmp_path: Path,
    top: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready(context, tables, tmp_path, top, monkeypatch)
    if kind == "file":
        Path("reports", left).write_text("half of a page")
    else:
        Path("reports", left, "products").mkdir(parents=True)
        Path("reports", left, "products", "items.parquet").write_bytes(b"half of a table")

    report.main()

    assert About.read(Path("reports/products")).lines == len(context.lines)
    assert Path("reports/products.html").read_text(encoding="utf-8").endswith("</html>\n")
    cleared = kind == "folder" and left != "products.partial"  # the name that an earlier version of this code used
    assert Path("reports", left).exists() is not cleared


def test_the_same_shop_has_the_same_report_and_another_one_another_id(
    context: Context, tables: dict[str, pa.Table]
) -> None:
    described = about(context, "made", tables)
    fewer = {**tables, "alerts": tables["alerts"].slice(1)}

    assert about(context, "made", make(context)) == described
    assert about(context, "made", fewer).report_id != described.report_id


def test_a_report_of_another_version_is_refused_with_a_fix(written: Path) -> None:
    described = json.loads((written / "about.json").read_text())
    (written / "about.json").write_text(json.dumps({**described, "of_old": 1}))

    with pytest.raises(UserError, match="dvc repro"):
        About.read(written)


def test_products_add_up_to_the_shop(tables: dict[str, pa.Table]) -> None:
    items = tables["items"].to_pandas()
    for _, rows in items.groupby("period_days"):
        shop = rows[rows["level"] == "shop"].iloc[0]
        products = rows[rows["level"] == "product"]
        for column in ("lines", "closed_lines", "returned_lines"):
            assert products[column].sum() == shop[column]
        assert np.isfinite(products["rate"]).all()
