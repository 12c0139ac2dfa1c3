"""A shop's files and its mapping, written into a folder and read through the stage."""

import copy
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from data.errors import UserError
from data.ingest import ingest
from data.sources.params import CommentParams, DataParams

HEADER = "line,order,customer,product,time,pieces,price\n"
ROWS = (
    "l1,o1,anna-1,p1,2024-03-01 10:00,2,19.99\n"
    "l2,o1,anna-1,p2,2024-03-01 10:00,1,5\n"
    "l3,o2,ben-2,p1,2024-03-02 11:30,1,18.5\n"
)  # fmt: skip
RETURNS = "id,line,time,pieces,why\nr1,l1,2024-03-09,1,too small\n"

MAPPING: dict[str, Any] = {
    "files": {"lines": {"path": "lines.csv"}, "returns": {"path": "returns.csv"}},
    "order_lines": {
        "file": "lines",
        "columns": {
            "line_id": "line",
            "order_id": "order",
            "customer_id": "customer",
            "product_id": "product",
            "ordered_at": "time",
            "quantity": "pieces",
            "price_minor": "price",
        },
    },
    "returns": {
        "file": "returns",
        "columns": {"return_id": "id", "line_id": "line", "returned_at": "time", "quantity": "pieces", "reason": "why"},
        "reasons": {"too small": "SIZE_TOO_SMALL"},
    },
}

Row = dict[str, Any]


class FilesOfAShop:
    """Files in ``path`` and a mapping, both right until a test changes them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "shop"
        self.path.mkdir()
        self.comments = CommentParams(min_confidence=0.8, min_examples=200)
        self.mapping = copy.deepcopy(MAPPING)
        self.write("lines.csv", HEADER + ROWS)
        self.write("returns.csv", RETURNS)

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @property
    def lines(self) -> dict[str, Any]:
        """The columns mapped to order lines."""
        columns: dict[str, Any] = self.mapping["order_lines"]["columns"]
        return columns

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def one_flat_file(self, content: str, flag: dict[str, Any] | None, **returns: Any) -> None:
        """Let one file feed all tables, with returns beside its lines."""
        self.write("lines.csv", content)
        self.mapping["files"].pop("returns")
        (self.path / "returns.csv").unlink(missing_ok=True)
        self.mapping["returns"] = {**({"flag": flag} if flag else {}), **returns}

    def read(self) -> dict[str, list[Row]]:
        """Ingest and return each table's rows by its name."""
        file = self.folder / "mapping.yaml"
        file.write_text(yaml.safe_dump(self.mapping), encoding="utf-8")
        params = DataParams(source="mapped", path=self.path, mapping=file, comments=self.comments)
        ingest(params, self.raw, self.folder / "truth")
        names = ("order_lines", "products", "customers", "returns", "rejects")
        return {name: pq.read_table(self.raw / f"{name}.parquet").to_pylist() for name in names}

    def rejected(self) -> list[tuple[str, str | None, str | None, str, str | None]]:
        """Ingest and return the rejects: table, key, column, rule, value."""
        return [(r["table"], r["key"], r["column"], r["rule"], r["value"]) for r in self.read()["rejects"]]


def lines_beside(name: str, a: str, b: str) -> str:
    """A flat file of three lines with the column ``name``: ``a`` on the kept lines, ``b`` on the returned one."""
    return (
        f"line,order,customer,product,time,pieces,price,back,{name}\n"
        f"1,o1,c1,p1,2024-03-01 10:00,1,10.00,,{a}\n"
        f"2,o1,c1,p2,2024-03-01 10:00,1,20.00,2024-03-05 09:00,{b}\n"
        f"3,o2,c2,p1,2024-03-02 11:00,1,10.00,,{a}\n"
    )


def shop_with(shop: FilesOfAShop, name: str, a: str, b: str) -> FilesOfAShop:
    """The shop with `lines_beside` as its one file; no mapping reads the column ``name``."""
    shop.one_flat_file(lines_beside(name, a, b), None, columns={"returned_at": "back"})
    return shop


def refusal(shop: FilesOfAShop) -> UserError:
    """The error of a refused ingest, which leaves nothing behind."""
    with pytest.raises(UserError) as caught:
        shop.read()
    assert not shop.raw.exists()
    assert [path.name for path in shop.folder.iterdir() if path.name.startswith(".")] == []
    return caught.value


def many_rows(count: int = 20_000) -> str:
    """A file of the order lines that spans several blocks when packed."""
    numbers = random.Random(1)
    rows = (f"l{n},o{n},c{numbers.random()},p{n % 7},2024-03-01 10:00,1,{n % 100}.5\n" for n in range(count))
    return HEADER + "".join(rows)
