"""Files of a shop without a known layout, and the mapping drafted from them."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from data.draft import draft
from data.sources.params import CommentParams

COMMENTS = CommentParams(min_confidence=0.8, min_examples=200)


class Drafted:
    """A mapping drafted from files in a folder: its YAML, its text, what was printed, and whether it worked."""

    def __init__(self, folder: Path, **files: str) -> None:
        (folder / "shop").mkdir()
        paths = [folder / "shop" / name.replace("_csv", ".csv") for name in files]
        for path, content in zip(paths, files.values(), strict=True):
            path.write_text(content, encoding="utf-8")
        printed = io.StringIO()
        self.worked = draft(paths, folder / "mine.yaml", COMMENTS, Console(width=200, file=printed))
        self.printed = printed.getvalue()
        self.text = (folder / "mine.yaml").read_text(encoding="utf-8")
        self.yaml: dict[str, Any] = yaml.load(self.text, Loader=yaml.BaseLoader)

    @property
    def lines(self) -> dict[str, Any]:
        """The columns of the order lines."""
        columns: dict[str, Any] = self.yaml["order_lines"]["columns"]
        return columns


def orders(header: str, cells: Callable[[int], str], count: int = 24) -> str:
    """A file of ``count`` order lines, two of each order, with ``cells`` by their place in the columns ``header``."""
    rows = (
        f"{number // 2},K{number // 2 % 5},A{number % 7},2024-03-{number // 2 + 1:02d} 10:{number:02d},9.90,"
        f"{cells(number)}"
        for number in range(count)
    )
    return "\n".join([f"order,customer,sku,order date,price,{header}", *rows, ""])
