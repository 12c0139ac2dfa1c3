"""One export in a YAML file of its own: the shop's files as text, how they are written, its mapping, and the facts."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from data.ingest import ingest
from data.outcome import OutcomeParams
from data.params import load
from data.schema import ORDER_LINES, PRODUCTS, REJECTS, RETURNS
from data.sources.params import CommentParams, DataParams
from data.tables import read
from data.validate import validate
from data.validation.params import ValidationParams
from tests.data.sources.mapped.fuzz.layouts import workbook

OUTCOMES = ("kept", "returned", "unknown")


@dataclass(frozen=True)
class Run:
    """One way to read the files of a case: the mapping, changed as ``instead`` says, and what must come out."""

    case: dict[str, Any]
    expected: dict[str, Any]

    def read(self, folder: Path) -> None:
        """Write the files into ``folder`` and ingest them; `UserError` where the run is refused.

        Validation takes more time than all else. It runs where it is what judges the kind: ``validated: true``.
        """
        shop, mapping = folder / "shop", folder / "mapping.yaml"
        shop.mkdir()
        for name, text in self.case["files"].items():
            (shop / name).write_bytes(_written(text, **self.case.get("written", {}).get(name, {})))
        mapping.write_text(self._mapping(), encoding="utf-8")
        comments = CommentParams(min_confidence=0.8, min_examples=200)
        ingest(DataParams(source="mapped", path=shop, mapping=mapping, comments=comments), folder / "raw", folder / "t")
        if self.expected.get("validated"):
            limits, outcome = load("validation", ValidationParams), load("outcome", OutcomeParams)
            validate(folder / "raw", folder / "validated", folder / "report.json", limits, outcome)

    def _mapping(self) -> str:
        text: str = self.case["mapping"]
        for old, new in self.expected.get("instead", {}).items():
            assert old in text
            text = text.replace(old, new)
        return text


def runs(file: Path) -> dict[str, Run]:
    """Read the runs of a case by their names."""
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {f"{file.stem}-{name.replace(' ', '_')}": Run(case, expected) for name, expected in case["runs"].items()}


def facts(folder: Path) -> dict[str, Any]:
    """Give what came out of a run: the money of each line by its outcome, and what became of the other records."""
    raw = folder / "raw"
    lines = {row["line_id"]: row for row in read(ORDER_LINES, raw).to_pylist()}
    returns = read(RETURNS, raw).to_pylist()
    found: dict[str, Any] = {outcome: {} for outcome in OUTCOMES}
    back = {row["line_id"] for row in returns}
    for name, line in lines.items():
        outcome = "returned" if name in back else "kept" if line["outcome_recorded"] else "unknown"
        found[outcome][name] = line["quantity"] * line["price_minor"]
    customers = [line["customer_id"] for line in lines.values()]
    rejects = read(REJECTS, raw).to_pylist()
    accounts = json.loads((raw / "source.json").read_text(encoding="utf-8"))["accounts"]
    left_out: Counter[str] = Counter()
    for account in accounts:
        left_out.update(account["left_out"])
        left_out.update({f"copy: {rule}": count for rule, count in account["copies"].items()})
    products = {row["product_id"]: row for row in read(PRODUCTS, raw).to_pylist()}
    return found | {
        "pieces_back": sum(row["quantity"] for row in returns),
        "customers": len({*customers} - {None}),
        "guest_lines": customers.count(None),
        "rejects": dict(Counter(f"{row['key']}: {row['rule']}" for row in rejects)),
        "left_out": dict(left_out),
        "lines": {name: {**line, "ordered_at": str(line["ordered_at"])[:19]} for name, line in lines.items()},
        "products": products,
    }


def texts(folder: Path) -> str:
    """Give all that a run wrote: every cell of its tables, and its reports."""
    written = [file for file in folder.rglob("*") if file.is_file() and folder / "shop" not in file.parents]
    tables = [file for file in written if file.suffix == ".parquet"]
    reports = [file.read_text(encoding="utf-8") for file in written if file.suffix == ".json"]
    return "\n".join([*(str(pq.read_table(file).to_pylist()) for file in tables), *reports])


def _written(
    text: str,
    kind: str = "csv",
    encoding: str = "utf-8",
    line_ends: tuple[str, ...] = ("\n",),
    wrong_bytes: dict[str, int] | None = None,
    rows_for: tuple[int, int] | None = None,
) -> bytes:
    """Write ``text``: in an encoding, with line ends that take turns, with bytes in the place of signs, or as xlsx.

    With ``rows_for``, the rows behind the header are written for each number ``n`` from the first to before the second.
    """
    header, *lines = text.splitlines()
    lines = [header, *(line.format(n=n) for n in range(*rows_for) for line in lines)] if rows_for else [header, *lines]
    if kind == "xlsx":
        return workbook([tuple(line.split(",")) for line in lines])
    content = "".join(line + line_ends[number % len(line_ends)] for number, line in enumerate(lines)).encode(encoding)
    for sign, byte in (wrong_bytes or {}).items():
        content = content.replace(sign.encode(encoding), bytes([byte]))
    return content
