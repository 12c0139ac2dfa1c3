"""The process that reads all that is known of a person: its answer, its limits, and its end."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from serving.ports import ExportError
from serving.privacy import person_file
from serving.privacy.person_file import PersonFiles
from serving.settings import Settings
from serving.shops import Shop

ECHO = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
FAIL = "raise SystemExit(1)"
HANG = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"


def files(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str, most_bytes: int = 100) -> PersonFiles:
    """Documents that are made by a program; the customer '-' is a guest."""
    monkeypatch.setattr(Shop, "module", lambda _, __: ([sys.executable, "-c", code], dict(os.environ)))
    shop = Shop("small", Settings(), folder)
    return PersonFiles(shop, lambda key: None if key == "-" else key, most_bytes)


def test_the_customer_goes_in_by_the_standard_input_and_a_guest_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = files(monkeypatch, tmp_path, ECHO)

    assert asyncio.run(made.of("ü-1")) == "ü-1".encode()
    assert asyncio.run(made.of("-")) is None


def test_it_stands_back_from_its_start_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "import os, sys; sys.stdin.read(); print(os.getpriority(os.PRIO_PROCESS, 0))"

    assert asyncio.run(files(monkeypatch, tmp_path, told).of("C-1")) == b"10\n"


def test_a_program_that_fails_and_a_document_that_is_too_long_are_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ExportError, match="log says why"):
        asyncio.run(files(monkeypatch, tmp_path, FAIL).of("C-1"))
    with pytest.raises(ExportError, match="longer than 3 bytes"):
        asyncio.run(files(monkeypatch, tmp_path, ECHO, most_bytes=3).of("C-12"))


def test_one_is_read_at_a_time_and_ends_with_the_request_or_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = files(monkeypatch, tmp_path, HANG)
    os.mkfifo(tmp_path / "pid")

    async def several() -> int:
        first = asyncio.create_task(made.of("C-1"))
        number = int(await asyncio.to_thread((tmp_path / "pid").read_text))
        with pytest.raises(ExportError, match="wait a little"):
            await made.of("C-2")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        monkeypatch.setattr(person_file, "EXPORT_SECONDS", 0.01)
        with pytest.raises(ExportError, match="took more than"):
            await made.of("C-3")
        return number

    number = asyncio.run(several())

    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
