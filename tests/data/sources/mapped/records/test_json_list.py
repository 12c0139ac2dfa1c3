"""A JSON list: its items one by one, whatever the blocks, and a fault with its line."""

from pathlib import Path

import pytest

from data.errors import UserError
from data.sources.mapped.records import json_list

TEXT = '[ {"a": 1.50, "b": "x] é"},\n\n {"a": 22}, 12345 ,\n[1], null ]\n'


def items(text: str, size: int = 100) -> list[tuple[int, object]]:
    content = text.encode()
    blocks = (content[start : start + size] for start in range(0, len(content), size))
    return list(json_list.items("lines", Path("lines.json"), "utf-8", blocks))


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_items_are_read_with_their_line_whatever_the_blocks(size: int) -> None:
    assert items(TEXT, size) == [
        (1, {"a": "1.50", "b": "x] é"}),
        (3, {"a": "22"}),
        (3, "12345"),
        (4, ["1"]),
        (4, None),
    ]
    assert items(" [\n] ", size) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[{"a": 1},\n', "in line 2"),
        ('[{"a": 1},\n{"a": ', "in line 2"),
        ('[{"a": 1}\n{"a": 2}]', "'{' in the place of ']', in line 2"),
        ("[1]\n[2]\n", "something behind the end of the list, in line 2"),
    ],
)
def test_a_list_that_is_cut_or_broken_is_refused_with_the_line(text: str, found: str) -> None:
    with pytest.raises(UserError) as caught:
        items(text)
    assert found in caught.value.found
