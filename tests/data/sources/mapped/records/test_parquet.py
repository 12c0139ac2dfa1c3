"""Parquet files, read as CSV files are."""

import pandas as pd

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal


def test_parquet_is_read_as_csv_is(shop: FilesOfAShop) -> None:
    expected = shop.read()
    pd.read_csv(shop.path / "lines.csv", parse_dates=["time"]).to_parquet(shop.path / "lines.parquet")
    shop.mapping["files"]["lines"] = {"path": "lines.parquet", "format": "parquet"}
    assert shop.read() == expected


def test_parquet_times_with_a_zone_become_utc(shop: FilesOfAShop) -> None:
    frame = pd.read_csv(shop.path / "lines.csv", parse_dates=["time"])
    frame["time"] = frame["time"].dt.tz_localize("America/New_York")
    frame.to_parquet(shop.path / "lines.parquet")
    shop.mapping["files"]["lines"] = {"path": "lines.parquet", "format": "parquet"}
    assert [row["ordered_at"].hour for row in shop.read()["order_lines"]] == [15, 15, 16]


def test_a_cut_parquet_file_is_one_clear_message(shop: FilesOfAShop) -> None:
    file = shop.path / "lines.parquet"
    pd.read_csv(shop.path / "lines.csv").to_parquet(file)
    file.write_bytes(file.read_bytes()[:-100])
    shop.mapping["files"]["lines"] = {"path": "lines.parquet", "format": "parquet"}
    assert "lines.parquet to be whole and readable" in refusal(shop).expected
