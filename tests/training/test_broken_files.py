"""What an earlier stage wrote and somebody cut or took away is one clear message, whoever reads it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data.errors import UserError
from features import catalog, recipe, seed
from training import summary
from training.evaluation import stability, what_ifs
from training.model import baselines, split
from training.registry import gate

READERS: dict[str, Callable[[Path], object]] = {
    "catalog.json": catalog.read,
    "recipe.json": recipe.read,
    "source.json": seed.facts_of,
    "split.json": split.load,
    "baselines.json": baselines.load,
    "gate.json": gate.read_verdict,
    "stability.json": stability.read,
    "what_ifs.json": what_ifs.read,
    "evaluation.json": lambda file: summary.summary(file.parent),
}
OPTIONAL = {"stability.json", "what_ifs.json"}
"""Whoever reads them goes on without."""


@pytest.mark.parametrize("content", [b'{"a": ', b"\xff\xfe", b"3"], ids=["cut", "not UTF-8", "a number"])
@pytest.mark.parametrize("name", READERS)
def test_a_broken_file_is_one_clear_message(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(UserError, match="dvc repro") as caught:
        READERS[name](tmp_path / name)

    assert name in caught.value.expected


@pytest.mark.parametrize("name", sorted(READERS.keys() - OPTIONAL))
def test_a_missing_file_is_one_clear_message(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"repro"):
        READERS[name](tmp_path / name)
