"""Break the service while it is used, one fault after the other: ``python -m tests.benchmarks.faults [NAME…]``.

The real service with the project's own seed and champion, in a temporary folder; baskets of two lines at 50 a second
and orders at 20 a second, each told until it is acknowledged. A verdict is `ok` only if every basket got an answer,
degraded by nothing but the fault's own cause, and the state holds every acknowledged order once.
"""

import argparse
import fcntl
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import lightgbm as lgb
import lmdb
import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from data.logged.predictions import PREDICTIONS
from tests import redis_server
from tests.benchmarks.fault_clients import Baskets, Orders, send
from tests.benchmarks.fault_scene import BEFORE_SECONDS, Expected, Row, Scene, describe, judge, observe, told
from tests.benchmarks.server_process import free_port
from training.model import bundle
from training.model.bundle import Bundle
from training.model.learners.trees import Trees
from training.registry import mlflow_registry
from training.registry.alias_history import Cause
from training.registry.mlflow_model import PackagedModel
from training.registry.mlflow_registry import BUNDLE_TAG, RunRecord
from training.registry.names import model_name
from training.registry.provenance import folder_digest

KILLS = 50
SECONDS_BETWEEN_KILLS = 2.0
"""At the most, and until all workers are back."""
FAULT_SECONDS = 4.0
GARBAGE_BYTES = 4 << 20
DISK_BYTES = 400 << 20
Fault = Callable[[Scene], Iterator[Row]]

UNREADABLE = frozenset({"state_gone", "state_corrupt", "state_unreachable"})
FULL = Expected(refused=True)


def store_deleted(scene: Scene) -> Iterator[Row]:
    """The file goes, and comes back from where it was moved."""
    kept = scene.folder / "kept.mdb"
    break_, mend = (lambda: shutil.move(scene.file, kept)), (lambda: shutil.move(kept, scene.file))
    expected = Expected(UNREADABLE, refused=True)
    yield observe(scene, "store file deleted, put back", break_, mend, expected, FAULT_SECONDS)


def store_truncated(scene: Scene) -> Iterator[Row]:
    """The file is cut to half, and replaced by a copy."""

    def cut(file: Path) -> None:
        os.truncate(file, file.stat().st_size // 2)

    yield _damaged(scene, "store file cut to half, copy put back", cut)


def store_overwritten(scene: Scene) -> Iterator[Row]:
    """The middle of the file is overwritten, and the file replaced by a copy."""

    def overwrite(file: Path) -> None:
        with file.open("r+b") as stream:
            stream.seek((file.stat().st_size // 8192) * 4096)
            stream.write(random.Random(1).randbytes(GARBAGE_BYTES))

    yield _damaged(scene, f"{GARBAGE_BYTES >> 20} MB of garbage in the store file, copy put back", overwrite)


def _damaged(scene: Scene, name: str, damage: Callable[[Path], None]) -> Row:
    """Copy the state and damage it while nobody writes; later put the copy back, and tell it all that came after."""
    copy, state = scene.folder / "copy", scene.file.parent

    def copy_and_damage() -> None:
        shutil.copytree(state, copy)
        damage(scene.file)

    def mend() -> None:
        (copy / "lock.mdb").unlink()
        shutil.rmtree(state)
        copy.rename(state)

    expected = Expected(UNREADABLE, refused=True, told_again=True)
    return observe(scene, name, lambda: _hold(scene.file, copy_and_damage), mend, expected, FAULT_SECONDS)


def _hold(file: Path, meanwhile: Callable[[], object]) -> None:
    """Do something while this process holds the lock of those who write."""
    with file.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        meanwhile()


def store_locked(scene: Scene) -> Iterator[Row]:
    """Another process holds the lock of those who write, for longer than a write waits."""
    hold = lambda: _hold(scene.file, lambda: time.sleep(6))  # noqa: E731 - it says what it is
    yield observe(scene, "write lock held for 6 s", hold, lambda: None, Expected(refused=True), 0.5)


def model_truncated(scene: Scene) -> Iterator[Row]:
    """The served bundle is cut short, and the workers start again, one after the other."""

    def break_() -> None:
        (folder,) = (each for each in scene.models.iterdir() if each.is_dir())
        booster = folder / "booster.txt"
        os.truncate(booster, booster.stat().st_size // 2)
        for pid in scene.processes():
            scene.wait_for_workers()
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.5)

    name = "booster.txt cut to half, workers killed one by one"
    row = observe(scene, name, break_, lambda: None, Expected(may=frozenset({"no_model"})), 8)
    wrong = () if scene.said("other content in") else ("no worker refused it",)
    yield Row(row.fault, row.baskets, row.events, row.recovery, (*row.wrong, *wrong))


def champion_broken(scene: Scene) -> Iterator[Row]:
    """A new champion's bundle is cut short; then comes one that has other features; then a good one."""
    served = scene.ask("/v1/model")["version"]
    for name, spoil in (("is cut short", _cut_booster), ("has another feature", _other_features)):
        row = observe(scene, f"a new champion {name}", partial(new_champion, scene, spoil), lambda: None,
                      Expected(), 12)  # fmt: skip
        now = scene.ask("/v1/model")
        wrong = [] if now["version"] == served else [f"version {now['version']} is served"]
        why = now["registry"] if now["last_refusal"] is None else now["last_refusal"]["reason"]
        yield Row(row.fault, row.baskets, row.events, f"refused: {why[:150]}", (*row.wrong, *wrong))
    row = observe(scene, "a new champion that is good", lambda: new_champion(scene, touch), lambda: None,
                  Expected(), 12)  # fmt: skip
    now = scene.ask("/v1/model")["version"]
    yield Row(row.fault, row.baskets, row.events, f"{served} → {now}",
              (*row.wrong, *([] if now != served else ["it is not served"])))  # fmt: skip


def _cut_booster(folder: Path) -> None:
    os.truncate(folder / "booster.txt", 10_000)


def _other_features(folder: Path) -> None:
    """Make a bundle that is whole, of features that the state has no counters for."""
    found = Bundle.load(folder)
    name = found.features[0]
    trees = found.model.text().replace(f"feature_names={name} ", "feature_names=another ")
    catalog = (replace(found.catalog[0], name="another"), *found.catalog[1:])
    replace(found, catalog=catalog, model=Trees(lgb.Booster(model_str=trees))).save(folder)


def touch(folder: Path) -> None:
    file = folder / "bundle.json"
    file.write_text(file.read_text() + "\n")


def new_champion(scene: Scene, spoil: Callable[[Path], None]) -> None:
    """Register a changed copy of the project's bundle as the pipeline does."""
    with tempfile.TemporaryDirectory(dir=scene.folder) as scratch:
        folder = Path(scratch) / "bundle"
        shutil.copytree(bundle.FOLDER, folder)
        spoil(folder)
        registry = mlflow_registry.connect(scene.variables["MLFLOW_TRACKING_URI"])
        record = RunRecord("fault", {}, {}, {}, {}, "shop", "0" * 64)
        frame, answer = pd.DataFrame({"price": np.array([0.5])}), pd.DataFrame({"probability": [0.1]})
        model = PackagedModel(folder, [], frame, answer, ["pandas"])
        version = registry.log("faults", record, model_name(), model, {BUNDLE_TAG: folder_digest(folder)})
        registry.move_alias(model_name(), version.number, "a fault", Cause.BY_HAND)


def registry_away(scene: Scene) -> Iterator[Row]:
    """The registry goes while the service runs, and comes back."""
    kept = scene.registry.with_suffix(".kept")
    seen: list[str] = []

    def mend() -> None:
        seen.append(scene.ask("/v1/model")["registry"])
        kept.rename(scene.registry)

    row = observe(scene, "registry away for 8 s", lambda: scene.registry.rename(kept), mend, Expected(), 8)
    wrong = () if "answered" not in seen[0] else ("it was not noticed",)
    yield Row(row.fault, row.baskets, row.events, f"said: {seen[0][:110]}", (*row.wrong, *wrong))


def clock_back(scene: Scene) -> Iterator[Row]:
    """The service's clock goes back an hour, while the shop's own goes on; orders are then ahead of it."""
    seen: list[str] = []

    def break_() -> None:
        unfinished = scene.clock.with_suffix(".new")
        unfinished.write_text("3600")
        unfinished.rename(scene.clock)

    def mend() -> None:
        seen.append(scene.ask("/readyz")["status"])
        scene.clock.unlink()

    row = observe(scene, "clock back an hour for 5 s", break_, mend, Expected(answers=frozenset({"refused"})), 5)
    wrong = () if seen == ["ready"] else (f"/readyz said {seen}",)
    yield Row(row.fault, row.baskets, row.events, row.recovery, (*row.wrong, *wrong))


def kills(scene: Scene) -> Iterator[Row]:
    """Processes are killed, at random: workers, and at times the model watch."""
    chance, wrong = random.Random(3), list[str]()
    baskets, orders = Baskets(scene.url, scene.bodies), Orders(scene.url, scene.bodies, rate=40, threads=4)
    with baskets, orders:
        for _ in range(KILLS):
            time.sleep(SECONDS_BETWEEN_KILLS * chance.random())
            scene.wait_for_workers()  # one must be left to answer
            found = scene.processes(answering=chance.random() < 0.9) or scene.processes(answering=False)
            os.kill(chance.choice(found), signal.SIGKILL)
        time.sleep(5)
    wrong += judge(baskets.since(0), frozenset())
    yield Row(f"kill -9 {KILLS} times", describe(baskets.since(0)), told(scene, orders, wrong), "-", tuple(wrong))


def sigterm(scene: Scene) -> Iterator[Row]:
    """SIGTERM while orders wait for the store and baskets come; it starts again afterwards."""
    before, wrong = _scored(scene), list[str]()
    with scene.file.open("rb") as lock, Baskets(scene.url, scene.bodies, rate=200) as baskets:
        time.sleep(BEFORE_SECONDS)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with Orders(scene.url, scene.bodies, rate=160, threads=16) as orders:
            time.sleep(0.5)  # by now each of the threads waits for its order
            os.kill(scene.pid, signal.SIGTERM)
            asked_at = time.monotonic()
            time.sleep(0.5)
            fcntl.flock(lock, fcntl.LOCK_UN)
            while Path(f"/proc/{scene.pid}/stat").read_text().split()[2] != "Z":
                time.sleep(0.02)
            ended = time.monotonic() - asked_at
    got = [one for one in baskets.since(0) if one.status == 200]
    lost = _scored(scene) - before - len(got)
    if lost:
        wrong.append(f"{lost} baskets were scored and not answered")
    if len(orders.acknowledged) < 16:
        wrong.append(f"of 16 orders that waited {len(orders.acknowledged)} were acknowledged")
    scene.stop()
    refused = [one for one in baskets.since(0) if one.status != 200]
    wrong += [f"{one.status} at {one.at - asked_at:.3f} s" for one in refused if one.at < asked_at][:3]
    said = f"{len(got)} answered and {_scored(scene) - before} scored; {len(refused)} refused after the signal"
    events = told(scene, orders, wrong)
    yield Row("SIGTERM in the middle of load", said, events, f"ended after {ended:.1f} s", tuple(wrong))
    scene.start()


def _scored(scene: Scene) -> int:
    """Baskets in the prediction log."""
    time.sleep(0.5)  # it is written four times a second
    return len({one["request_id"] for one in PREDICTIONS.read(scene.predictions)})


def store_deleted_for_good(scene: Scene) -> Iterator[Row]:
    """The state is deleted, and the service started again: it comes from the seed, and the shop tells all once more."""
    wrong: list[str] = []
    with Orders(scene.url, scene.bodies) as orders:
        time.sleep(BEFORE_SECONDS)
    scene.stop()
    shutil.rmtree(scene.folder / "state")
    seconds = scene.start()
    again = send(scene.url, orders.acknowledged)
    vars(scene).pop("twin", None)  # it was told what went with the file
    events = told(scene, orders, wrong)
    with Baskets(scene.url, scene.bodies) as baskets:
        time.sleep(2)
    wrong += judge(baskets.since(0), frozenset())
    yield Row("store deleted, service restarted, all told again", describe(baskets.since(0)),
              f"told again: {dict(again)}; {events}", f"ready after {seconds:.0f} s", tuple(wrong))  # fmt: skip


def start_without_registry(scene: Scene) -> Iterator[Row]:
    """The service starts while the registry can't be reached: with bundles from before, and without any."""
    scene.stop()
    own = scene.variables["MLFLOW_TRACKING_URI"]
    scene.variables["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{free_port()}"
    seconds = scene.start()
    yield observe(scene, f"started without a registry, bundle fetched before ({seconds:.0f} s)", lambda: None,
                  lambda: None, Expected(), FAULT_SECONDS)  # fmt: skip
    scene.stop()
    scene.variables["MLFLOW_TRACKING_URI"] = own
    shutil.rmtree(scene.models)
    kept = scene.registry.with_suffix(".kept")
    scene.registry.rename(kept)
    name = f"started without registry or bundle ({scene.start(wait_for_model=False):.0f} s), registry put back"

    def mend() -> None:
        kept.rename(scene.registry)

    yield observe(scene, name, lambda: None, mend, Expected(frozenset({"no_model"})), FAULT_SECONDS)


def disk_full(scene: Scene) -> Iterator[Row]:
    """The disk of store and prediction log is full, and is given room again."""
    scene.stop()
    _compact(scene.file)
    scene.start()
    filler = scene.folder / "filler"
    seen: list[set[str]] = []

    def fill() -> None:
        with filler.open("wb") as stream:
            try:
                while True:
                    stream.write(bytes(1 << 16))
                    stream.flush()
            except OSError:
                pass

    def mend() -> None:
        seen.append({item["cause"] for item in scene.ask("/readyz")["causes"]})
        filler.unlink()

    row = observe(scene, "disk full for 6 s", fill, mend, FULL, 6)
    wrong = [] if {"events_full", "prediction_log"} <= seen[0] else [f"said to be {sorted(seen[0])}"]
    yield Row(row.fault, row.baskets, row.events, f"/readyz: {', '.join(sorted(seen[0]))}", (*row.wrong, *wrong))


def _compact(file: Path) -> None:
    """Leave no free pages in the file, in which changes would find room for long."""
    with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
        with lmdb.open(str(file.parent), max_dbs=16) as env:
            env.copy(scratch, compact=True)
        (Path(scratch) / file.name).replace(file)


def redis_stopped(scene: Scene) -> Iterator[Row]:
    """Redis stands still, goes on, is killed and started again on its file."""
    server = REDIS[0]
    halt = lambda: server.process.send_signal(signal.SIGSTOP)  # noqa: E731 - it says what it is
    go_on = lambda: server.process.send_signal(signal.SIGCONT)  # noqa: E731
    away = frozenset({"state_slow", "state_unreachable"})
    yield observe(scene, "redis-server stands still for 4 s", halt, go_on, Expected(away, refused=True), FAULT_SECONDS)
    yield observe(scene, "redis-server killed, started 4 s later", server.stop, server.start,
                  Expected(away, refused=True), FAULT_SECONDS)  # fmt: skip


REDIS: list[redis_server.RedisServer] = []

ON_DISK: tuple[Fault, ...] = (
    store_deleted, store_locked, store_truncated, store_overwritten, model_truncated, registry_away, champion_broken,
    clock_back, kills, sigterm, store_deleted_for_good, start_without_registry,
)  # fmt: skip
FAULTS: dict[str, Fault] = {fault.__name__: fault for fault in (*ON_DISK, disk_full, redis_stopped)}


def report(names: list[str]) -> int:
    """Do the faults of these names, print what was seen, and return the exit code."""
    rows: list[Row] = []
    on_disk = [fault for fault in ON_DISK if fault.__name__ in names]
    groups: list[tuple[list[Fault], Callable[[ExitStack], Scene]]] = [
        (on_disk, _scene_on_disk), ([disk_full], _scene_on_small_disk), ([redis_stopped], _scene_on_redis),
    ]  # fmt: skip
    for faults, setting in groups:
        wanted = [fault for fault in faults if fault.__name__ in names]
        if wanted:
            with ExitStack() as stack:
                scene = setting(stack)
                stack.callback(scene.stop)
                scene.start()
                for fault in wanted:
                    for row in fault(scene):
                        rows.append(row)
                        print(_line(row), flush=True)
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(_table(rows))
    return int(any(row.wrong for row in rows))


def _scene_on_disk(stack: ExitStack) -> Scene:
    return Scene(_folder(stack), workers=2)


def _scene_on_small_disk(stack: ExitStack) -> Scene:
    """A file system of its own, in memory; only root may make one."""
    folder = _folder(stack)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)], check=True)
    stack.callback(subprocess.run, ["umount", str(folder)], check=True)
    return Scene(folder, workers=1)


def _scene_on_redis(stack: ExitStack) -> Scene:
    folder = _folder(stack)
    server = stack.enter_context(redis_server.running(folder))
    REDIS[:] = [server]
    return Scene(folder, workers=1, RETURN_RISK_STATE=server.url)


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="return-risk-faults-")))


def _line(row: Row) -> str:
    return f"{row.fault} | {row.baskets} | {row.events} | {row.recovery} | {'; '.join(row.wrong) or 'ok'}"


def _table(rows: list[Row]) -> Table:
    made = Table(title="faults", title_justify="left", box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in ("fault", "baskets", "events", "recovery", "verdict"):
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(row.fault, row.baskets, row.events, row.recovery, "; ".join(row.wrong) or "ok")
    return made


def main() -> None:
    """Do some of the faults, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(FAULTS)}; none: all")
    given = parser.parse_args().names
    if unknown := set(given) - set(FAULTS):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    raise SystemExit(report(given or list(FAULTS)))


if __name__ == "__main__":
    main()
