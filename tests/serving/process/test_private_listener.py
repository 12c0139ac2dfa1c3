import socket
from pathlib import Path

import pytest

from data.errors import UserError
from serving.process.private_listener import PrivateListener


def test_only_this_user_reaches_it_and_nothing_of_it_is_left() -> None:
    with PrivateListener() as listener:
        folder = listener.path.parent

        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_who_connects_while_the_server_is_started_anew_waits_for_the_next_one() -> None:
    with PrivateListener() as listener, socket.socket(socket.AF_UNIX) as asking:
        listener.for_server().close()  # the first one has ended
        asking.connect(str(listener.path))
        asking.sendall(b"question")

        with listener.for_server() as server, server.accept()[0] as connection:
            assert connection.recv(100) == b"question"


def test_a_folder_for_temporary_files_with_too_long_a_path_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))

    with pytest.raises(UserError, match="TMPDIR"):
        PrivateListener()

    assert list(long.iterdir()) == []
