"""A shop whose order lines stand in two files that overlap."""

import json
from typing import Any

from tests.data.sources.mapped.files_of_a_shop import ROWS, FilesOfAShop

CHANGED = ROWS.replace("l2,o1,anna-1,p2,2024-03-01 10:00,1,5", "l2,o1,anna-1,p2,2024-03-01 10:00,1,6")
EMPTIER = ROWS.replace("l2,o1,anna-1", "l2,o1,")


def overlapping(shop: FilesOfAShop, first: str, second: str, rule: Any = None) -> None:
    (shop.path / "lines.csv").unlink()
    shop.write("lines-1.csv", first)
    shop.write("lines-2.csv", second)
    shop.mapping["files"]["lines"] = {"path": "lines-*.csv", **({"copies": rule} if rule else {})}


def prices(shop: FilesOfAShop) -> dict[str, int]:
    return {row["line_id"]: row["price_minor"] for row in shop.read()["order_lines"]}


def decided(shop: FilesOfAShop) -> tuple[dict[str, int], dict[str, list[str]], list[str]]:
    """The decisions about the files of the order lines, their examples, and all notices."""
    report = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))
    return report["decisions"]["files.lines"], report["examples"]["files.lines"], report.get("notices", [])
