"""A shop's lines in random layouts and spellings come out of ingest as they are; of damaged files, none is altered."""

import os
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from data import identity
from data.errors import UserError
from data.sources.mapped.records import streams
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop
from tests.data.sources.mapped.fuzz.damage import EXAMPLES, Damage, broken, damages
from tests.data.sources.mapped.fuzz.layouts import Layout, layouts
from tests.data.sources.mapped.fuzz.shops import Line, Spelling, shops, spellings

SHOPS = st.sampled_from(["ab,;|\t\"'\n 9", 'abäöüß,\n"', "ab太小了,\n", "abサイズ\n"]).flatmap(shops)


def ingest(layout: Layout, spelling: Spelling, files: dict[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    """Ingest ``files`` by the mapping of the layout and the spelling."""
    with tempfile.TemporaryDirectory() as name, patch.object(streams, "BLOCK", layout.block):
        shop = FilesOfAShop(Path(name))
        for old in shop.path.iterdir():
            old.unlink()
        for file, content in files.items():
            shop.write(file, content)
        rule = {**layout.rule, "path": f"*{layout.name}", "copies": "identical"}
        if spelling.first_row_only:
            rule["fill_down"] = {"within": "order", "columns": ["customer", "time"]}
        flag = {"column": "back", "returned": "1", "kept": "0"}
        shop.mapping = {
            "files": {"lines": rule},
            "timezone": "Europe/Berlin",
            "order_lines": {"columns": spelling.columns()},
            "returns": {"flag": flag, "known_after": {"delivered_days": 14, "ordered_days": 21}},
        }
        with patch.dict(os.environ):
            os.environ.pop(identity.KEY_VARIABLE, None)
            return shop.read()


def facts(line: Line, spelling: Spelling) -> tuple[Any, ...]:
    """The canonical line that is true."""
    customer = identity.IdKey(identity.DEMO_KEY, public=True).hash(line.customer)
    cells = (line.quantity, line.price, line.region or None)
    return (line.line_id, f"order{line.order}", customer, "p1", spelling.utc(line), *cells)


def read_facts(tables: dict[str, list[dict[str, Any]]]) -> list[tuple[Any, ...]]:
    """The canonical lines that came out."""
    names = ("line_id", "order_id", "customer_id", "product_id", "ordered_at", "quantity", "price_minor", "region")
    return [
        tuple(row[name].replace(tzinfo=None) if name == "ordered_at" else row[name] for name in names)
        for row in tables["order_lines"]
    ]


def fits(layout: Layout, spelling: Spelling, lines: list[Line]) -> bool:
    """Whether the layout can hold the cells."""
    rows = spelling.rows(lines)
    return all(layout.holds(cell) for row in rows for cell in row)


@settings(max_examples=1 + EXAMPLES // 4)
@given(lines=SHOPS, spelling=spellings(), layout=layouts())
def test_the_lines_of_a_shop_come_out_as_they_are(lines: list[Line], spelling: Spelling, layout: Layout) -> None:
    assume(fits(layout, spelling, lines))
    half = len(lines) // 2
    parts = [lines] if spelling.parts == 1 or half == 0 else [lines[: half + 1], lines[half:]]
    parts = [lines] if spelling.first_row_only else parts
    files = {
        f"{number or ''}{layout.name}": layout.pack(layout.write(spelling.rows(part)))
        for number, part in enumerate(parts)
    }
    note(repr(files))
    tables = ingest(layout, spelling, files)
    assert sorted(read_facts(tables)) == sorted(facts(line, spelling) for line in lines)
    assert {row["line_id"] for row in tables["returns"]} == {line.line_id for line in lines if line.returned}
    assert tables["rejects"] == []


@settings(max_examples=1 + EXAMPLES // 4)
@given(lines=SHOPS, spelling=spellings(), layout=layouts(), damage=damages())
def test_no_line_of_a_damaged_file_is_altered(
    lines: list[Line], spelling: Spelling, layout: Layout, damage: Damage
) -> None:
    assume(fits(layout, spelling, lines))
    text, content = broken(layout, spelling.rows(lines), damage)
    note(repr(text))
    try:
        tables = ingest(layout, spelling, {layout.name: content})
    except UserError:  # it can't be built without a fix
        return
    truth = {line.line_id: facts(line, spelling) for line in lines}
    for row in read_facts(tables):
        was = truth.get(row[0], row)
        assert sum(one != other for one, other in zip(was, row, strict=True)) <= 1
