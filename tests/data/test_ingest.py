"""The stage ingest: it replaces its folders as a whole or not at all, and describes its input."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from data import ingest as stage
from data.errors import UserError
from data.identity import KeyKind
from data.ingest import ingest, main
from data.reading.reading import Reading
from data.sources import mapped, simulated
from data.sources.params import CommentParams, DataParams
from data.sources.report import Account, SourceReport

LINES = "line,order,customer,product,time,price,size,back\n"
ROWS = "".join(f"l{n},o{n // 2},c{n % 5},p{n % 3},2024-03-{1 + n % 28:02},{n}.5,M,{n % 2}\n" for n in range(200))
COMMENTS = CommentParams(min_confidence=0.8, min_examples=200)
MAPPING: dict[str, Any] = {
    "files": {"lines": {"path": "lines.csv"}},
    "order_lines": {
        "columns": {
            "line_id": "line",
            "order_id": "order",
            "customer_id": "customer",
            "product_id": "product",
            "ordered_at": "time",
            "quantity": {"constant": "1"},
            "price_minor": "price",
            "size": "size",
        },
    },
    "returns": {
        "flag": {"column": "back", "returned": "1", "kept": "0"},
        "known_after": {"delivered_days": 14, "ordered_days": 21},
    },
}


@pytest.fixture
def shop(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> DataParams:
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "a secret of the tests")
    monkeypatch.setenv("RETURN_RISK_CUSTOMER_KEYS", str(tmp_path_factory.mktemp("keys") / "customer-keys.sqlite"))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "lines.csv").write_text(LINES + ROWS + "l900,o9,c9,p1,never,1,M,0\n")
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(MAPPING))
    return DataParams(source="mapped", path=tmp_path / "shop", mapping=tmp_path / "shop.yaml", comments=COMMENTS)


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_two_runs_write_the_same_bytes(shop: DataParams, tmp_path: Path) -> None:
    ingest(shop, tmp_path / "one" / "raw", tmp_path / "one" / "truth")
    ingest(shop, tmp_path / "two" / "raw", tmp_path / "two" / "truth")
    assert content(tmp_path / "one" / "raw") == content(tmp_path / "two" / "raw")


def test_source_json_describes_the_files_read_and_the_rejects(shop: DataParams, tmp_path: Path) -> None:
    ingest(shop, tmp_path / "raw", tmp_path / "truth")
    described = json.loads((tmp_path / "raw" / "source.json").read_text())
    file = (tmp_path / "shop" / "lines.csv").read_bytes()
    assert described["source"] == "mapped"
    assert described["files"] == [{"name": "lines.csv", "bytes": len(file), "sha256": hashlib.sha256(file).hexdigest()}]
    assert described["rows"] == {"order_lines": 200, "products": 3, "customers": 5, "returns": 100}
    assert described["optional_columns"]["order_lines"] == ["size", "closes_at", "outcome_recorded"]
    assert described["rejects"] == {"order_lines.unparsable_time": 1}
    assert described["id_key"]["public_demo_key"] is False
    assert "a secret of the tests" not in str(described)
    assert str(tmp_path) not in str(described)


def test_source_json_has_an_account_of_each_file_where_the_source_gives_one(
    shop: DataParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = (Account("lines.csv", "order_lines", 201, 200, 1, kept_quantity=200),)
    write = mapped.write

    def with_accounts(folder: Path, mapping: Path, raw: Path, comments: CommentParams) -> SourceReport:
        return replace(write(folder, mapping, raw, comments), accounts=accounts)

    monkeypatch.setattr(mapped, "write", with_accounts)
    with caplog.at_level("INFO"):
        ingest(shop, tmp_path / "raw", tmp_path / "truth")

    described = json.loads((tmp_path / "raw" / "source.json").read_text())
    assert described["accounts"] == [accounts[0].as_json()]
    assert "lines.csv (order_lines): 201 records: 200 kept, 1 refused" in caplog.text


def test_a_source_without_accounts_writes_none(
    shop: DataParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = mapped.write
    monkeypatch.setattr(mapped, "write", lambda *arguments: replace(write(*arguments), accounts=()))
    ingest(shop, tmp_path / "raw", tmp_path / "truth")
    assert "accounts" not in json.loads((tmp_path / "raw" / "source.json").read_text())


def test_source_json_has_the_reading_of_the_mapping_and_nothing_where_it_is_plain(
    shop: DataParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(shop, tmp_path / "plain", tmp_path / "truth")
    write, reading = mapped.write, Reading(KeyKind.EMAIL, ("0",))
    monkeypatch.setattr(mapped, "write", lambda *given: replace(write(*given), reading=reading))
    ingest(shop, tmp_path / "raw", tmp_path / "truth")
    plain, read_so = (json.loads((tmp_path / name / "source.json").read_text()) for name in ("plain", "raw"))
    assert "reading" not in plain
    assert read_so == plain | {"reading": {"customer_key": "email", "guests": ["0"]}}


def test_folders_are_replaced_as_a_whole(shop: DataParams, tmp_path: Path) -> None:
    for name in ("raw", "truth"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "old.parquet").touch()
    ingest(shop, tmp_path / "raw", tmp_path / "truth")
    assert "old.parquet" not in content(tmp_path / "raw")
    assert content(tmp_path / "truth") == {}


def test_a_run_that_fails_leaves_the_folders_as_they_were(shop: DataParams, tmp_path: Path) -> None:
    raw, truth = tmp_path / "raw", tmp_path / "truth"
    ingest(shop, raw, truth)
    before = content(raw)
    (tmp_path / "shop" / "lines.csv").write_text(LINES + ROWS + "l900,o9,c9,p1,2024-03-01,1,M,?\n")
    with pytest.raises(UserError, match=r"'\?' on 1 lines"):
        ingest(shop, raw, truth)
    assert content(raw) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw", "shop", "shop.yaml", "truth"]


def test_an_unforeseen_failure_leaves_them_too(
    shop: DataParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(shop, tmp_path / "raw", tmp_path / "truth")
    before = content(tmp_path / "raw")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(stage, "_describe", fail)
    with pytest.raises(OSError, match="disk full"):
        ingest(shop, tmp_path / "raw", tmp_path / "truth")
    assert content(tmp_path / "raw") == before


@pytest.mark.parametrize("inside", ["raw", "raw/files", "truth"])
def test_a_shops_files_are_never_replaced(shop: DataParams, tmp_path: Path, inside: str) -> None:
    (tmp_path / inside).mkdir(parents=True)
    params = shop.model_copy(update={"path": tmp_path / inside})
    with pytest.raises(UserError, match="which this stage replaces"):
        ingest(params, tmp_path / "raw", tmp_path / "truth")


def test_a_simulated_shop_leaves_its_truth_apart(top: Path, tmp_path: Path) -> None:
    sections = yaml.safe_load((top / "params.yaml").read_text())
    simulator = simulated.SimulatorParams.model_validate(sections["simulator"] | {"lines": 2000})
    params = DataParams(source="simulated", path=Path("unused"), mapping=Path("unused"), comments=COMMENTS)
    ingest(params, tmp_path / "raw", tmp_path / "truth", simulator)
    described = json.loads((tmp_path / "raw" / "source.json").read_text())
    assert abs(described["rows"]["order_lines"] - 2000) < 100
    assert described["rejects"] == {}
    assert pq.read_metadata(tmp_path / "raw" / "rejects.parquet").num_rows == 0
    assert (tmp_path / "truth" / "truth.parquet").is_file()
    assert not (tmp_path / "raw" / "truth.parquet").exists()


def test_the_stage_reads_params_yaml(shop: DataParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"data": shop.model_dump(mode="json")}))
    main()
    assert (tmp_path / "data" / "raw" / "order_lines.parquet").is_file()
    assert (tmp_path / "data" / "truth").is_dir()


def test_an_unknown_source_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("data: {source: shopify, path: x, mapping: y}\n")
    with pytest.raises(
        UserError, match=r"data\.source = 'shopify'.*'simulated', 'mapped', 'online_retail' or 'events'"
    ):
        main()
