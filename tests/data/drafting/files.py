"""Files of a shop without a known layout, and the mapping drafted from them."""

import io
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from data.draft import try_out, write_first
from data.sources.params import CommentParams

COMMENTS = CommentParams(min_confidence=0.8, min_examples=200)


class Drafted:
    """A mapping drafted from files in a folder: its YAML, its text, what was printed, and whether it worked.

    The mapping is tried on the files once a test looks at what came of it: the try takes longer than the draft.
    """

    def __init__(self, folder: Path, **files: str) -> None:
        (folder / "shop").mkdir()
        paths = [folder / "shop" / name.replace("_csv", ".csv") for name in files]
        for path, content in zip(paths, files.values(), strict=True):
            path.write_text(content, encoding="utf-8")
        self._mapping, self._output = folder / "mine.yaml", io.StringIO()
        self._console = Console(width=200, file=self._output)
        self._files = write_first(paths, self._mapping, self._console)
        self.text = self._mapping.read_text(encoding="utf-8")
        self.yaml: dict[str, Any] = yaml.load(self.text, Loader=yaml.CBaseLoader)

    @cached_property
    def worked(self) -> bool:
        """Whether ingest reads the files by the mapping, and a line came back."""
        return try_out(self._mapping, self._files, COMMENTS, self._console)

    @property
    def printed(self) -> str:
        """All that `make mapping` prints."""
        _ = self.worked
        return self._output.getvalue()

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
