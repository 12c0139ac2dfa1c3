"""A shop whose returns find their lines by columns: its lines and returns are lists, its tables what comes out."""

from typing import Any

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, Row

LINES = ("line", "order", "customer", "product", "size", "time", "pieces", "price")
RETURNS = ("id", "order", "customer", "product", "size", "time", "pieces")
NAMES = {"order": "order_id", "customer": "customer_id", "product": "product_id", "size": "size"}


class ReturnsOfAShop:
    """Writes lines and returns, reads them by the mapping, and tells lines by what became of them."""

    def __init__(self, shop: FilesOfAShop, match: Any, **rules: Any) -> None:
        keys = [*match["by"], *match.get("prefer", ())] if isinstance(match, dict) else match
        columns: dict[str, Any] = {"return_id": "id", "returned_at": "time"} | (
            {} if rules.get("whole_order") else {"quantity": "pieces"}
        )
        columns |= {name: column for column, name in NAMES.items() if name in keys}
        self.shop, self.columns = shop, columns
        shop.lines["size"] = "size"
        shop.mapping["returns"] = {"file": "returns", "match": match, "columns": columns, **rules}

    def read(self, lines: list[str], returns: list[str]) -> dict[str, list[Row]]:
        """Ingest rows of the columns `LINES` and `RETURNS`, with blanks between cells; ``-`` is an empty cell."""
        self.shop.write("lines.csv", _csv(LINES, lines))
        self.shop.write("returns.csv", _csv(RETURNS, returns))
        return self.shop.read()


def placed(tables: dict[str, list[Row]]) -> dict[Any, Any]:
    """The line of each return."""
    return {row["return_id"]: row["line_id"] for row in tables["returns"]}


def refused(tables: dict[str, list[Row]]) -> list[tuple[Any, Any, Any]]:
    """Rule, column and line number of each reject."""
    return sorted((row["rule"], row["column"], row["key"].split(" ")[-1]) for row in tables["rejects"])


def unknown(tables: dict[str, list[Row]]) -> set[Any]:
    """The lines without an outcome."""
    return {row["line_id"] for row in tables["order_lines"] if not row["outcome_recorded"]}


def _csv(header: tuple[str, ...], rows: list[str]) -> str:
    cells = [["" if cell == "-" else cell for cell in row.split()] for row in rows]
    return "\n".join(map(",".join, [list(header), *cells])) + "\n"
