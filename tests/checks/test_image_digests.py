"""Images are pinned to what their registry says; without a registry nothing changes. A stand-in answers for docker."""

import shutil
from pathlib import Path

import pytest

from data.errors import UserError
from tests.checks import compose, container, image_digests

A_DIGEST = "sha256:" + "0a" * 32


@pytest.fixture
def copy(tmp_path: Path, top: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "serving").mkdir()
    for path in image_digests.FILES:
        shutil.copyfile(top / path, tmp_path / path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def docker(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "bin" / "docker"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")


def test_images_are_pinned_once_and_pinned_anew(copy, monkeypatch):
    for found in (A_DIGEST, A_DIGEST.replace("0a", "0b")):
        docker(copy, monkeypatch, f"echo {found}")

        image_digests.main()

        texts = [(copy / path).read_text(encoding="utf-8") for path in image_digests.FILES]
        assert f"FROM python:3.11.15-slim-trixie@{found} AS base\n" in texts[0]
        assert "FROM base AS packages" in texts[0]
        assert f"    image: redis:8.2.8-bookworm@{found}\n" in texts[1]
        assert "  image: return-risk:local\n" in texts[1]
    assert compose.pinned(f"redis:8.2.8-bookworm@{A_DIGEST}")
    instructions = tuple(container.read((copy / container.DOCKERFILE).read_text(encoding="utf-8")))
    assert list(container.bases(instructions)) == []


@pytest.mark.parametrize("script", ["echo no such host >&2; exit 1", "echo nonsense", "exit 0"])
def test_without_a_registry_nothing_changes(copy, monkeypatch, script):
    docker(copy, monkeypatch, script)
    before = [(copy / path).read_bytes() for path in image_digests.FILES]

    with pytest.raises(UserError, match="digest of grafana"):
        image_digests.main()

    assert [(copy / path).read_bytes() for path in image_digests.FILES] == before
