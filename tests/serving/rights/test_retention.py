"""Retention removes files whose last line is too old, and that nobody writes; and erases customers who are idle."""

import os
from pathlib import Path

import orjson
import pytest

from data.logged.files import LogFiles
from data.logged.predictions import PREDICTIONS
from data.times import MICROSECONDS_PER_DAY
from serving.assembly.person import assemble_person
from serving.privacy.person_logs import PersonLogs
from serving.privacy.retention import Retention, remove_old
from tests.serving.rights.small_shop import HOUR, SmallShop, now, order

NOW = 1_700_000_000_000_000
DAY = MICROSECONDS_PER_DAY
GONE = 2**22 + 1
"""No process has this id."""


def write(
    folder: Path, begun: int, process: int, *times: int, blank: bool = False, kind: LogFiles = PREDICTIONS
) -> Path:
    file = folder / kind.file_name(begun, process)
    lines = [orjson.dumps({"scored_at": at, "customer": None}) for at in times]
    file.write_bytes(b"".join(each + b"\n" for each in lines) + (b"   \n" if blank else b""))
    return file


def test_a_file_goes_once_its_last_line_is_too_old_and_no_process_writes_it(tmp_path: Path) -> None:
    mine = os.getpid()
    old = write(tmp_path, NOW - 9 * DAY, GONE, NOW - 9 * DAY, NOW - 8 * DAY, blank=True)
    young = write(tmp_path, NOW - 9 * DAY, GONE + 1, NOW - 9 * DAY, NOW - 2 * DAY)
    turned = write(tmp_path, NOW - 9 * DAY, mine, NOW - 8 * DAY)
    written = write(tmp_path, NOW - 8 * DAY, mine, NOW - 8 * DAY)
    (tmp_path / "notes.txt").write_text("mine")

    assert remove_old(PREDICTIONS, tmp_path, NOW - 7 * DAY) == 2

    assert sorted(tmp_path.iterdir()) == sorted([young, written, tmp_path / "notes.txt"])
    assert not old.exists()
    assert not turned.exists()


def test_a_file_of_blank_lines_alone_is_as_old_as_its_last_change(tmp_path: Path) -> None:
    file = write(tmp_path, NOW - 9 * DAY, GONE, blank=True)
    os.utime(file, (0, (NOW - 8 * DAY) / 1e6))
    assert remove_old(PREDICTIONS, tmp_path, NOW - 9 * DAY) == 0
    assert remove_old(PREDICTIONS, tmp_path, NOW - 7 * DAY) == 1


def test_files_of_every_log_about_persons_go_by_age(shop: SmallShop) -> None:
    logs, young = PersonLogs.of(shop.shop.settings), now()
    for kind, folder in logs.kinds:
        folder.mkdir(exist_ok=True)
        write(folder, young - 9 * DAY, GONE, young - 8 * DAY, kind=kind)
        write(folder, young - 2 * DAY, GONE, young - DAY, kind=kind)
    with assemble_person(shop.shop, 0.0) as parts:
        assert Retention(logs, 7.0, None, lambda _: [], parts.erasures).work() == (3, 0)
    assert [len(kind.files(folder)) for kind, folder in logs.kinds] == [1, 1, 1]


def test_without_ages_nothing_is_removed(tmp_path: Path, shop: SmallShop) -> None:
    write(tmp_path, NOW - 9 * DAY, GONE, NOW - 9 * DAY)
    with assemble_person(shop.shop, 0.0) as parts:
        kept = Retention(PersonLogs(tmp_path, tmp_path, tmp_path), None, None, lambda _: ["c"], parts.erasures)
        assert kept.work() == (0, 0)
        kept.start()
        kept.stop()


@pytest.mark.parametrize("merged", [False, True])
def test_customers_without_an_order_for_long_are_erased_with_all_accounts(shop: SmallShop, merged: bool) -> None:  # noqa: FBT001
    shop.send([order("o-new", "new", now() - HOUR)])
    every = dict(zip(shop.forms, shop.keys.find(shop.forms), strict=True))
    if merged:
        shop.keys.merge("another account", shop.forms[0])
    with assemble_person(shop.shop, 0.0) as parts:
        assert parts.state is not None
        idle = parts.state.idle(now() - DAY)
        assert set(idle) == set(every.values())
        kept = Retention(PersonLogs.of(shop.shop.settings), None, 1.0, parts.state.idle, parts.erasures)
        assert kept.work() == (0, len(every) + merged)
        assert parts.erasures.work_off(0) == len(every) + merged
        assert parts.state.idle(now() - DAY) == []
        assert kept.work() == (0, 0)
    assert shop.keys.find(shop.forms) == [None] * len(every)
    assert shop.keys.find(["new"]) != [None]
