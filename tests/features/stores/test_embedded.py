"""Faults of an LMDB file, and the errors of the store."""

import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import lmdb
import pytest

from features.stores.embedded import FILE, LmdbStore
from features.stores.lmdb_check import verify
from features.stores.store import Agenda, Snapshot, StoreError, Transaction
from tests.features.stores.processes import TOP, line, workers

PAGE = 4096


def fill(change: Transaction) -> None:
    for number in range(2000):
        change.put(b"%06d" % number, b"x" * 120)
        change.schedule(Agenda.CLOSE, number, b"%06d" % number)


def first(view: Snapshot) -> list[bytes | None]:
    return view.get([b"000000"])


def put_one(change: Transaction) -> None:
    change.put(b"000000", b"y")


def put_much(change: Transaction) -> None:
    for number in range(2000):
        change.put(b"much %d" % number, bytes(PAGE))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an undamaged store with 2000 records that no process has open."""
    store = LmdbStore(tmp_path / "shop")
    store.write(fill)
    store.close()
    return tmp_path / "shop"


@pytest.fixture
def store(folder: Path) -> Iterator[LmdbStore]:
    store = LmdbStore(folder, write_timeout_seconds=0.05)
    yield store
    store.close()


def causes(*calls: Callable[[], object]) -> list[str]:
    """The cause of each call's error."""
    found = []
    for call in calls:
        with pytest.raises(StoreError) as failed:
            call()
        found.append(failed.value.cause)
    return found


def uses(store: LmdbStore) -> tuple[Callable[[], object], ...]:
    return lambda: store.read(first), lambda: store.write(put_one), store.clear, lambda: store.load([], _one_entry())


def _one_entry() -> Iterator[tuple[Agenda, int, bytes]]:
    yield Agenda.CLOSE, 1, b"a"


def test_a_deleted_file_is_gone_for_readers_and_writers(store, folder):
    (folder / FILE).unlink()

    assert causes(*uses(store)) == ["gone"] * 4


def test_a_deleted_folder_is_gone_and_another_can_be_opened_in_its_place(store, folder):
    shutil.rmtree(folder)

    assert causes(*uses(store)) == ["gone"] * 4
    again = LmdbStore(folder)
    assert again.read(first) == [None]
    assert causes(*uses(store)) == ["gone"] * 4
    again.close()


def test_a_file_that_replaced_the_opened_one_is_gone(store, folder):
    shutil.copy(folder / FILE, folder / "copy")
    (folder / "copy").rename(folder / FILE)

    assert causes(*uses(store)) == ["gone"] * 4


def test_a_change_is_not_acknowledged_when_the_file_was_deleted_in_the_middle_of_it(store, folder):
    def change(transaction: Transaction) -> None:
        put_one(transaction)
        (folder / FILE).unlink()

    assert causes(lambda: store.write(change)) == ["gone"]


@pytest.mark.parametrize("length", [0, 1, PAGE, 10 * PAGE])
def test_a_file_that_is_cut_short_while_it_is_open_is_corrupt(store, folder, length):
    os.truncate(folder / FILE, length)

    assert causes(*uses(store)) == ["corrupt"] * 4


@pytest.mark.parametrize("length", [1, PAGE, 10 * PAGE, 40 * PAGE + 1])
def test_a_file_that_was_cut_short_before_is_not_opened(folder, length):
    os.truncate(folder / FILE, length)

    assert causes(lambda: LmdbStore(folder)) == ["corrupt"]


def test_a_file_that_lacks_only_free_pages_at_its_end_is_opened(folder):
    """A process that is killed right after its change leaves such a file."""
    env = lmdb.open(str(folder), max_dbs=4, map_size=1 << 30)
    records = env.open_db(b"records")
    while (folder / FILE).stat().st_size == (env.info()["last_pgno"] + 1) * PAGE:
        with env.begin(records, write=True) as txn:
            txn.put(b"new", b"x" * PAGE * 40)
            txn.delete(b"new")
    env.close()

    store = LmdbStore(folder)

    assert store.read(first) == [b"x" * 120]
    store.write(put_one)
    assert (folder / FILE).stat().st_size == (store._env.info()["last_pgno"] + 1) * PAGE
    store.close()


def test_garbage_is_not_opened(folder):
    (folder / FILE).write_bytes(b"garbage" * PAGE)

    assert causes(lambda: LmdbStore(folder), lambda: verify(folder)) == ["corrupt"] * 2


def test_a_sound_file_passes_the_check_beside_its_users_and_nothing_is_made_by_it(store, folder, tmp_path):
    verify(folder)

    assert causes(lambda: verify(tmp_path / "none")) == ["unreachable"]
    assert not (tmp_path / "none").exists()
    assert store.read(first) == [b"x" * 120]


def test_the_check_finds_pages_that_were_overwritten(folder):
    with (folder / FILE).open("r+b") as file:
        file.seek(10 * PAGE)
        file.write(os.urandom(50 * PAGE))

    assert causes(lambda: verify(folder)) == ["corrupt"]


def test_the_check_finds_keys_out_of_order(folder):
    content = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(content.replace(b"000777" + b"x" * 120, b"999777" + b"x" * 120))

    with pytest.raises(StoreError, match="out of order") as failed:
        verify(folder)
    assert "777" not in failed.value.detail


def test_the_check_finds_a_broken_list_of_free_pages(folder):
    """Only the next writer would meet this damage, no reader."""
    store = LmdbStore(folder)
    store.write(put_one)
    store.close()
    content = bytearray((folder / FILE).read_bytes())
    metas = [content[:PAGE], content[PAGE : 2 * PAGE]]
    newest = max(metas, key=lambda meta: struct.unpack_from("=Q", meta, 144))
    (root,) = struct.unpack_from("=Q", newest, 80)
    content[root * PAGE : (root + 1) * PAGE] = bytes(PAGE)
    (folder / FILE).write_bytes(content)

    assert causes(lambda: verify(folder)) == ["corrupt"]


def test_the_check_finds_records_missing(folder):
    content = (folder / FILE).read_bytes()
    true, false = struct.pack("=Q", 2000), struct.pack("=Q", 2001)
    count = re.compile(b"(records.{32})" + re.escape(true), re.DOTALL)
    (folder / FILE).write_bytes(count.sub(rb"\g<1>" + false, content))

    with pytest.raises(StoreError, match="has 2000 entries and should have 2001"):
        verify(folder)


def test_a_check_that_ends_by_a_signal_says_so(folder, monkeypatch):
    """A shell replaces a Python that reads a missing page."""
    monkeypatch.setattr(sys, "executable", str(folder / "bus-error"))
    (folder / "bus-error").write_text("#!/bin/sh\nkill -BUS $$\n")
    (folder / "bus-error").chmod(0o755)

    with pytest.raises(StoreError, match=f"signal {signal.SIGBUS.value}") as failed:
        verify(folder)

    assert failed.value.cause == "corrupt"


def test_a_full_map_undoes_the_change_and_smaller_ones_go_on(tmp_path):
    store = LmdbStore(tmp_path, max_bytes=1 << 20)
    store.write(put_one)

    assert causes(lambda: store.write(put_much)) == ["full"]

    store.write(lambda change: change.put(b"other", b"z"))
    assert store.read(lambda view: view.get([b"000000", b"other", b"much 0"])) == [b"y", b"z", None]
    store.close()


def test_a_full_disk_undoes_the_change_and_smaller_ones_go_on(store, folder):
    """A limit on the size of files replaces a full disk: LMDB sees a failed write in both cases."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / FILE).stat().st_size + 10 * PAGE, hard))
        assert causes(lambda: store.write(put_much)) == ["full"]
        store.write(put_one)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)

    assert store.read(lambda view: view.get([b"000000", b"much 0"])) == [b"y", None]
    verify(folder)


def test_a_writer_that_hangs_locks_out_others_but_no_reader(store, folder):
    with workers(f"lmdb:{folder.parent}", "hold") as (process,):
        assert line(process) == "holding"
        process.send_signal(signal.SIGSTOP)

        assert causes(lambda: store.write(put_one)) == ["locked"]
        assert store.read(first) == [b"x" * 120]

    store.write(put_one)


def test_a_thread_that_hangs_locks_out_others(store):
    def change(transaction: Transaction) -> None:
        assert causes(lambda: store.write(put_one)) == ["locked"]
        put_one(transaction)

    store.write(change)

    assert store.read(first) == [b"y"]


@pytest.mark.usefixtures("store")
def test_a_process_opens_a_folder_once(folder):
    assert causes(lambda: LmdbStore(folder)) == ["locked"]


def test_a_folder_that_cant_be_made_is_unreachable(tmp_path):
    (tmp_path / "file").write_text("")

    assert causes(lambda: LmdbStore(tmp_path / "file"), lambda: LmdbStore(tmp_path / "file" / "x")) == [
        "unreachable",
        "unreachable",
    ]


def test_a_store_that_was_closed_is_gone(store):
    store.close()

    assert causes(*uses(store)) == ["gone"] * 4


def test_readers_that_were_killed_are_forgotten(store, folder):
    """Otherwise no page that they may have read would be used again."""
    program = "import os, sys, lmdb; env = lmdb.open(sys.argv[1]); txn = env.begin(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", program, str(folder)], cwd=TOP, check=False)
    held = store._env.readers().count("\n")

    store.write(put_one)

    assert store._env.readers().count("\n") < held


def test_records_that_dont_ascend_are_refused(tmp_path):
    store = LmdbStore(tmp_path)

    with pytest.raises(ValueError, match="ascend"):
        store.load([(b"b", b""), (b"a", b"")], [])

    assert store.read(lambda view: view.get([b"a", b"b"])) == [None, None]
    store.close()
