import ast
import json
import os
import shlex
from pathlib import Path

import pytest

from data.logged.predictions import PREDICTIONS
from data.times import utc_now
from features.stores.embedded import LmdbStore
from serving.model.folder import Pointer
from serving.predictions.rotating_file import RotatingFile
from serving.process.file_rights import keep_from_others
from serving.start import _address, announcement, served


def test_what_is_announced_can_be_pasted_into_a_shell() -> None:
    basket = json.dumps({"customer_id": "it's $HOME", "lines": [{"product_id": "p\n1"}]})

    text = announcement("http://127.0.0.1:8000", "the model version 3", basket, keys_required=False)

    command = shlex.split(text.partition("Try:\n")[2])
    assert command[:3] == ["curl", "-s", "http://127.0.0.1:8000/v1/score"]
    assert command[-2:] == ["-d", basket]
    assert "Serving the model version 3 at http://127.0.0.1:8000" in text
    assert "No API key is needed" in text


def test_where_keys_are_required_the_command_takes_one() -> None:
    text = announcement("http://shop.example:80", "it", "{}", keys_required=True)

    assert '-H "Authorization: Bearer $KEY"' in text
    assert "No API key" not in text


def test_without_an_example_there_is_no_command() -> None:
    assert "curl" not in announcement("http://127.0.0.1:8000", "it", "", keys_required=False)


def a_pointer() -> Pointer:
    now = utc_now()
    return Pointer(
        name="return-risk-simulated", version=3, bundle_sha256="0", folder="3-0", tags={}, since=now, fetched_at=now
    )


@pytest.mark.parametrize("before", [0o022, 0o077, 0])
def test_files_of_the_service_are_not_for_other_users(tmp_path: Path, before: int) -> None:
    usual = os.umask(before)
    try:
        keep_from_others()
        LmdbStore(tmp_path / "state").close()
        log = RotatingFile(PREDICTIONS, tmp_path / "predictions", 100, 2)
        log.append([b"line"])
        log.close()
        a_pointer().write(tmp_path / "models")
    finally:
        assert os.umask(usual) == before | 0o027

    made = list(tmp_path.rglob("*"))
    assert len(made) >= 6
    assert not [path for path in made if path.stat().st_mode & 0o027]


DOORS = sorted(path for path in Path("serving").rglob("*.py") if "\ndef main() -> None:" in path.read_text())


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_every_command_of_the_service_keeps_its_files_from_others_before_it_does_anything(door: Path) -> None:
    (main,) = [
        each for each in ast.parse(door.read_text()).body if isinstance(each, ast.FunctionDef) and each.name == "main"
    ]

    first = ast.unparse(main.body[1])

    assert first == "keep_from_others()" or door.name == "__main__.py"  # which does nothing but call `start`


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("fd00::5", "http://[fd00::5]:80"),
        ("shop.example", "http://shop.example:80"),
    ],
)
def test_the_address_is_one_that_this_machine_reaches(host: str, address: str) -> None:
    assert _address(host, 80) == address


def test_the_model_that_is_pointed_at_is_named(tmp_path: Path) -> None:
    a_pointer().write(tmp_path)

    assert served(tmp_path) == "return-risk-simulated version 3"


def test_without_a_model_it_is_said_that_priors_answer(tmp_path: Path) -> None:
    (tmp_path / "current.json").write_text("{")

    assert "priors" in served(tmp_path)
    assert "priors" in served(tmp_path / "none")
