"""Whether a state is what its events amount to: against the same events told in order, and against a bulk import."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from data import params, tables
from data.outcome import OutcomeParams
from data.schema import REJECTS
from data.times import now_us
from data.validate import validate
from data.validation.params import ValidationParams
from features import recipe, seed
from features.exporting.export import export
from features.online.features import OnlineFeatures
from features.online_state import order_record, records, restore
from features.online_state.events import known_at, recorded_at
from features.online_state.live import LiveState
from features.online_state.order_record import CountedLine
from features.online_state.seed_file import STATE
from features.params import FeatureParams, OnlineParams
from features.recipe import Recipe
from features.stores.memory import MemoryStore
from features.stores.store import Agenda, Store
from serving.http.wire.convert.events import read_event
from serving.http.wire.requests.events import Event
from serving.ports import AsGiven
from serving.state.export import base_of
from serving.state.home import live_state
from tests.benchmarks.fault_scene import Scene
from tests.features.online_state.test_lives import counters
from tests.features.seeds import advance, content_of
from tests.features.states import MAX_DELAY_DAYS
from tests.workspace import TOP

READER: TypeAdapter[Any] = TypeAdapter(Event)
EVER, AT_ONCE = 1 << 62, 10_000
FACTS = {b"o": "orders", b"l": "lines", b"p": "products", b"c": "customers"}
CLOSE_ENOUGH = 1e-9


@dataclass(frozen=True)
class Difference:
    """Two states: what each has alone or otherwise, by kind of record, and how much was compared."""

    compared: dict[str, int]
    differing: dict[str, int]
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = ", ".join(f"{count} {name}" for name, count in self.compared.items())
        return f"{said} compared; differ: {sum(self.differing.values())} {self.differing or ''}{self.examples or ''}"


@dataclass(frozen=True)
class Verdict:
    """The state against the events in order, and against the import of the tables that it amounts to."""

    in_order: Difference
    imported: Difference
    rows: dict[str, int]

    @property
    def well(self) -> bool:
        """Nothing differs."""
        return not self.in_order.differing and not self.imported.differing

    def __str__(self) -> str:
        rows = ", ".join(f"{count} {name}" for name, count in self.rows.items())
        return (
            f"against each acknowledged event once, in order: {self.in_order}\n"
            f"against the bulk import of its tables ({rows}): {self.imported}"
        )


def check(scene: Scene, acknowledged: Sequence[dict[str, Any]], folder: Path) -> Verdict:
    """Hold the state of a service that has ended against what it was told."""
    now, online = now_us(), OnlineFeatures(_of_counters())
    with scene.opened() as store:
        _keep_up(store, now)
        rows = _export(store, folder / "snapshot", now)
        live = copied(store)
    twin = _told_in_order(acknowledged, now)
    imported = _imported(folder, now)
    in_order = _compare(live, twin, online, facts=True)
    later = max(now, _as_of(imported))  # the tables of a simulated shop may end later today
    for each in (live, imported):
        advance(each, later)
    return Verdict(in_order, _compare(live, imported, online, facts=False), rows)


def copied(store: Store) -> LiveState:
    """The state in memory."""
    copy = MemoryStore()
    keys = store.keys([b""])
    values = [
        (key, value)
        for place in range(0, len(keys), AT_ONCE)
        for key, value in zip(
            keys[place : place + AT_ONCE],
            store.read(lambda snapshot, place=place: snapshot.get(keys[place : place + AT_ONCE])),  # type: ignore[misc]
            strict=True,
        )
        if value is not None
    ]
    agenda = [
        (each, *entry)
        for each in Agenda
        for entry in store.read(lambda s, each=each: s.due(each, EVER, EVER))  # type: ignore[misc]
    ]
    copy.load(values, agenda)
    return _live(copy)


def _live(store: MemoryStore) -> LiveState:
    about = restore.current(store)
    if about is None:
        raise ValueError("the store holds no state")
    return live_state(store, about, MAX_DELAY_DAYS)


def _as_of(live: LiveState) -> int:
    about = restore.current(live.store)
    return 0 if about is None or about.as_of is None else about.as_of


def _keep_up(store: Store, now: int) -> None:
    about = restore.current(store)
    if about is not None:
        advance(live_state(store, about, MAX_DELAY_DAYS), now)


def _export(store: Store, out: Path, now: int) -> dict[str, int]:
    base = base_of(out, TOP / tables.VALIDATED, TOP / tables.RAW)
    max_delay = params.load("validation", ValidationParams).max_delay_days
    return export(store, base, out, now, max_delay, params.load("features", FeatureParams)).rows


def _told_in_order(acknowledged: Sequence[dict[str, Any]], now: int) -> LiveState:
    store = MemoryStore()
    restore.restore(TOP / STATE, store)
    live = _live(store)
    events = [read_event(READER.validate_json(json.dumps(each)), AsGiven()) for each in acknowledged]
    for event in sorted(events, key=lambda each: (max(known_at(each), recorded_at(each)), each.event_id)):
        live.apply([event], now)
    return advance(live, now)


def _imported(folder: Path, now: int) -> LiveState:
    """The state of the seed that the pipeline makes of the exported tables."""
    snapshot, validated = folder / "snapshot", folder / "validated"
    tables.write(REJECTS, REJECTS.arrow().empty_table(), snapshot)
    rules = params.load("validation", ValidationParams)
    validate(snapshot, validated, folder / "report.json", rules, params.load("outcome", OutcomeParams))
    feature_params, online = params.load("features", FeatureParams), params.load("online", OnlineParams)
    seed.build(validated, folder / "seed", _of_counters(), seed.facts_of(TOP / seed.SOURCE), feature_params, online)
    store = MemoryStore()
    restore.restore(folder / "seed", store)
    return advance(_live(store), now)


def _of_counters() -> Recipe:
    """The recipe of the features that events move: all but the posteriors."""
    return replace(recipe.read(TOP / recipe.RECIPE_FILE), posteriors=None)


def _compare(one: LiveState, other: LiveState, online: OnlineFeatures, *, facts: bool) -> Difference:
    mine_lines, its_lines = (_lines(each) for each in (one, other))
    both = mine_lines.keys() & its_lines.keys()
    otherwise = [f"{key}: {mine_lines[key]}, {its_lines[key]}" for key in both if mine_lines[key] != its_lines[key]]
    compared, differing = {"lines as counted": len(both)}, {"lines as counted": len(otherwise)}
    if facts:
        for letter, name in FACTS.items():
            mine, its = (_records(each, letter) for each in (one, other))
            compared[name] = len(mine)
            differing[name] = sum(mine.get(key) != its.get(key) for key in mine.keys() | its.keys())
    mine_counted, its_counted = counters(one, online), counters(other, online)
    compared["counters"] = sum(map(len, mine_counted.values()))
    apart = [
        f"{key!r}: {mine_counted.get(key)}, {its_counted.get(key)}"
        for key in sorted(mine_counted.keys() | its_counted.keys())
        if not _same(mine_counted.get(key), its_counted.get(key))
    ]
    differing["counters"] = len(apart)
    return Difference(
        compared, {name: count for name, count in differing.items() if count}, tuple(otherwise[:3] + apart[:3])
    )


def _same(one: list[float] | None, other: list[float] | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.allclose(one, other, rtol=CLOSE_ENOUGH, atol=CLOSE_ENOUGH, equal_nan=True)


def _lines(live: LiveState) -> dict[str, CountedLine]:
    """What counters hold of each line whose order is remembered."""
    values = [value for key, value in content_of(live).records.items() if records.is_order(key)]
    return {line_id: line for value in values for line_id, line in order_record.read(value).counted.items()}


def _records(live: LiveState, letter: bytes) -> dict[bytes, bytes]:
    return {key: value for key, value in content_of(live).records.items() if key[:1] == letter}
