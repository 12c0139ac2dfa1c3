"""params.yaml as it is read: a number has to be written as a number, and a switch as a switch."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from data import params
from data.errors import UserError
from data.params import Section


class Shop(Section):
    """A section with one parameter of each kind."""

    rate: float
    lines: int
    late: bool
    end: date
    path: Path
    days: tuple[int, ...]
    shares: dict[str, float]


WRITTEN = "rate: 1e-05\nlines: 7\nlate: no\nend: 2024-07-01\npath: data/raw\ndays: [30, 90]\nshares: {2024: 1}"


def with_each(content: Any, kind: type, other: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Copies of ``content`` with one leaf of this kind made ``other`` of itself, each with the path of the leaf."""
    if type(content) is kind:
        yield (), other(content)
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        for path, changed in with_each(value, kind, other):
            copy = content.copy()
            copy[key] = changed
            yield (key, *path), copy


@pytest.mark.parametrize(
    ("kind", "other"),
    [(int, str), (float, str), (int, bool), (float, bool), (bool, int), (bool, str), (str, len), (int, float)],
)
def test_a_value_that_is_written_as_another_kind_is_refused_and_named(kind: type, other: Any) -> None:
    """Of the law that a section holds what is written: each leaf in turn, also those in lists and mappings."""
    right = yaml.safe_load(WRITTEN) | {"rate": 0.5, "end": "2024-07-01", "shares": {"shoes": 0.25, "hats": 1}}
    params.parse("shop", right, Shop)
    tried = [each for each in with_each(right, kind, other) if not (other is float and each[0][0] == "shares")]

    assert tried
    for path, content in tried:
        with pytest.raises(UserError, match=rf"shop\.{path[0]}.* = "):
            params.parse("shop", content, Shop)


def test_what_yaml_has_no_kind_for_is_read_from_a_text_or_a_list() -> None:
    found = params.parse("shop", yaml.safe_load(WRITTEN.replace("1e-05", "3")), Shop)

    assert found.model_dump() == {
        "rate": 3.0, "lines": 7, "late": False, "end": date(2024, 7, 1), "path": Path("data/raw"),
        "days": (30, 90), "shares": {"2024": 1.0},
    }  # fmt: skip
    assert params.parse("shop", found.model_dump(), Shop) == found


def test_a_small_number_is_one_as_dvc_writes_it(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("shop:\n  " + WRITTEN.replace("\n", "\n  "))

    assert params.load("shop", Shop, tmp_path / "params.yaml").rate == 1e-05
