"""A file of settings means the same to the service as to a shell, or is refused."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from serving import environment_file

SIGNS = st.text(st.sampled_from("ab0 '\"\\#=$`;&|<>~*?(){}[]!,.-/é\t"), max_size=12)


def read(folder: Path, text: str) -> dict[str, str]:
    file = folder / "service.env"
    file.write_text(text, encoding="utf-8")
    return dict(environment_file.read(file))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=b", {"A": "b"}),
        ("  A=b  ", {"A": "b"}),
        ("A=redis://host?db=1", {"A": "redis://host?db=1"}),
        ("A=", {"A": ""}),
        ("A='b $c # d'", {"A": "b $c # d"}),
        ('A="b c"', {"A": "b c"}),
        ("A=b=c", {"A": "b=c"}),
        ("# A=b", {}),
        ("", {}),
        ("A=1\nA=2", {"A": "2"}),
    ],
)
def test_a_line_sets_a_variable(tmp_path: Path, line: str, expected: dict[str, str]) -> None:
    assert read(tmp_path, line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "A",
        "A b",
        "A=b c",
        "A='b",
        "A=$B",
        'A="$(id)"',
        "A=`id`",
        "1A=b",
        "A =b",
        "export A=b",
        "A=b # why",
        "A=b;c",
        "A=~/x",
    ],
)
def test_a_line_that_readers_take_otherwise_is_refused_and_not_shown(tmp_path: Path, line: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, f"X=1\n{line}\n")

    assert "line 2" in error.value.found
    assert line not in error.value.found


def test_no_file_sets_nothing(tmp_path: Path) -> None:
    assert environment_file.read(tmp_path / "service.env") == {}


@given(st.lists(SIGNS, min_size=1, max_size=30))
def test_a_value_that_is_taken_is_what_a_shell_reads(
    tmp_path_factory: pytest.TempPathFactory, values: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("settings")
    taken = {f"V{number}": value for number, value in enumerate(values) if is_taken(folder, f"V={value}")}
    found = read(folder, "".join(f"{name}={value}\n" for name, value in taken.items()))

    names = " ".join(f'"${name}"' for name in taken)
    shell = subprocess.run(
        ["sh", "-c", f". {folder}/service.env; printf '%s\\0' {names}"], capture_output=True, check=True
    )

    assert list(found.values()) == shell.stdout.decode().split("\0")[: len(taken)]


def is_taken(folder: Path, text: str) -> bool:
    try:
        read(folder, text)
    except UserError:
        return False
    return True
