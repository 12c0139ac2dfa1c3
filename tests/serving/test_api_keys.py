"""The commands for keys: a key is shown once, its file keeps a hash, and is never half-written."""

import hashlib
import json
import os
import stat
import sys
from datetime import date
from pathlib import Path

import pytest

from data.errors import UserError
from serving import api_keys
from serving.api_keys import new_key, revoke
from serving.http.guards.key_ring import KeyFile, Scope


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "var" / "keys.json"
    monkeypatch.setenv("RETURN_RISK_API_KEYS_FILE", str(path))
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["api_keys", *arguments])
    api_keys.main()


def test_a_key_is_shown_once_and_kept_as_a_hash(file, monkeypatch, capsys):
    run(monkeypatch, "new", "checkout", "--scope", "score", "--scope", "events", "--expires", "2999-01-01")

    key = capsys.readouterr().out.strip()
    prefix, name, secret = key.split("_", 2)
    (kept,) = json.loads(file.read_text())["keys"]
    assert (prefix, name) == ("rr", "checkout")
    assert len(secret) == 43  # 256 random bits in base 64
    assert kept["sha256"] == hashlib.sha256(secret.encode()).hexdigest()
    assert (kept["scopes"], kept["expires"]) == (["events", "score"], "2999-01-01")
    assert secret not in file.read_text()


def test_the_file_is_for_its_owner_alone(file):
    before = os.umask(0)  # what would let everybody read it
    try:
        new_key(file, "a", [Scope.SCORE])
    finally:
        os.umask(before)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_list_shows_no_secret(file, monkeypatch, capsys):
    key = new_key(file, "checkout", [Scope.SCORE])

    run(monkeypatch, "list")

    shown = capsys.readouterr().out
    assert "checkout" in shown
    assert "never" in shown
    assert key.split("_", 2)[2] not in shown


def test_a_revoked_key_is_gone_and_the_others_stay(file, monkeypatch):
    for name in ("a", "b"):
        new_key(file, name, [Scope.SCORE])

    run(monkeypatch, "revoke", "a")

    assert [key.name for key in KeyFile.read(file).keys] == ["b"]
    with pytest.raises(UserError, match=r"one of the keys in .*: b"):
        revoke(file, "a")


def test_a_name_is_taken_once(file):
    new_key(file, "a", [Scope.SCORE])

    with pytest.raises(UserError, match="a name that is free"):
        new_key(file, "a", [Scope.SCORE])


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a" * 41, "ä"])
def test_a_name_is_plain(file, name):
    with pytest.raises(UserError, match="small letters, digits and hyphens"):
        new_key(file, name, [Scope.SCORE])


def test_a_key_does_not_end_before_it_begins(file):
    with pytest.raises(UserError, match="a day after"):
        new_key(file, "a", [Scope.SCORE], date(2024, 1, 1))


def test_a_file_that_cannot_be_written_stays_as_it_was(file, monkeypatch):
    new_key(file, "a", [Scope.SCORE])
    before = file.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UserError, match="No space left"):
        new_key(file, "b", [Scope.SCORE])

    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_without_a_file_the_commands_say_what_to_set(monkeypatch):
    monkeypatch.delenv("RETURN_RISK_API_KEYS_FILE", raising=False)

    with pytest.raises(UserError, match="export RETURN_RISK_API_KEYS_FILE"):
        run(monkeypatch, "list")


def test_a_file_with_one_name_twice_is_refused(file):
    new_key(file, "a", [Scope.SCORE])
    content = json.loads(file.read_text())
    file.write_text(json.dumps({"keys": content["keys"] * 2}))

    with pytest.raises(UserError, match="one name twice"):
        KeyFile.read(file)


def test_a_file_that_can_not_be_written_is_named_and_no_key_is_shown(file, monkeypatch, capsys):
    file.parent.write_text("a file where the folder should be")

    with pytest.raises(UserError, match=r"can be written at [\s\S]*keys\.json"):
        run(monkeypatch, "new", "checkout", "--scope", "score")

    assert capsys.readouterr().out == ""


def test_a_link_to_the_file_stays_and_the_file_itself_has_the_new_key(file, tmp_path, monkeypatch):
    real = tmp_path / "elsewhere.json"
    run(monkeypatch, "new", "checkout", "--scope", "score")
    file.rename(real)
    file.symlink_to(real)

    run(monkeypatch, "new", "events", "--scope", "events")

    assert file.is_symlink()
    assert [key["name"] for key in json.loads(real.read_text())["keys"]] == ["checkout", "events"]
