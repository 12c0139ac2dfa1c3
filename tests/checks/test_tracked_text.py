from pathlib import Path

import pytest

from tests.checks.tracked_text import findings

LOCK = Path("requirements.lock")


@pytest.mark.parametrize(
    "text",
    [
        # put together here, so that this file passes the check itself
        "https://files.python" + "hosted.org/packages/x.whl",
        "see pypi" + ".org/project/x",
        "deb http://deb.debian" + ".org/debian bookworm main",
        "--index" + "-url https://packages.example/simple",
        "    --extra-index" + "-url=https://packages.example/simple",
        "open('/" + "root/x.csv')",
        "cd /" + "work/x",
    ],
)
def test_an_index_or_a_path_of_a_machine_is_found(text: str) -> None:
    assert len(list(findings(LOCK, f"first line\n{text}\n"))) == 1


def test_a_folder_of_the_machine_at_hand_is_found() -> None:
    found = list(findings(LOCK, 'DATA = "/home/ada/shop"', [Path("/home/ada")]))

    assert len(found) == 1
    assert "a folder of this machine: '/home/ada/'" in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "../shared/datasets/bads/order_lines.csv.gz",
        "/usr/bin/env bash",
        "a framework/home/page",
        "duckdb==2.0.0 --hash=sha256:0123",
        "http://127.0.0.1:5000",
        "on Debian: apt-get install python3-venv",
    ],
)
def test_what_holds_on_every_machine_passes(text: str) -> None:
    assert list(findings(LOCK, text)) == []


def test_the_place_is_named_by_file_and_line() -> None:
    found = list(findings(Path("a.md"), "one\ntwo /" + "root/x\n"))

    assert found[0].startswith("a.md:2: a path of one machine")
