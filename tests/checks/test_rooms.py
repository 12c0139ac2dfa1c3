from pathlib import Path

import pytest

from tests.checks import rooms


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house whose one room holds as many modules as it may."""
    room = tmp_path / "features" / "crowded"
    room.mkdir(parents=True)
    (room / "__init__.py").write_text('"""Doors."""\n')
    for number in range(rooms.MOST):
        (room / f"m{number}.py").write_text(f"def f():\n    return {number}\n")
    monkeypatch.chdir(tmp_path)
    return room


@pytest.mark.usefixtures("house")
def test_a_room_may_hold_so_many_modules() -> None:
    assert list(rooms.problems()) == []


def test_one_module_more_is_named_with_the_fix(house: Path) -> None:
    (house / "one_more.py").write_text("")

    (said,) = rooms.problems()

    assert said.startswith(f"features/crowded/ holds {rooms.MOST + 1} modules, and {rooms.MOST} are the most; fix: ")


def test_the_lines_of_functions_count_their_first_and_last(house: Path) -> None:
    (found,) = rooms.functions(house / "m0.py")

    assert found == (2, f"{house / 'm0.py'}:f")


def test_the_figures_of_this_project_name_each_top_folder(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(top)

    told = list(rooms.figures())

    assert [line.partition(":")[0] for line in told[:4]] == ["data/", "features/", "training/", "serving/"]
    assert told[-1].startswith("README.md: ")
