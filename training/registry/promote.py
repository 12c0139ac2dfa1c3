"""Promote: decide on a registered candidate, move the champion's alias or leave it, and write what was found.

This and a change by hand (`training.champion`) are the only ways in which a model becomes champion. No stage of the
pipeline moves the alias, so no experiment changes what the checkout uses.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from data import params
from data.errors import UserError
from data.files import read_json, write_json
from features import recipe
from features.catalog import LINES_FILE as MATRIX
from training.model.bundle import FOLDER as BUNDLE
from training.model.bundle import Bundle
from training.model.level.level import LevelParams
from training.registry import alias_history, provenance
from training.registry.alias_history import Cause
from training.registry.challenge import Contender, SharedLines
from training.registry.mlflow_registry import Registry, Version
from training.registry.promotion import Decision, Measured, PromotionParams, decide, read_folds
from training.registry.registration import RECEIPT, REPORTS, read_predictions
from training.registry.shadow import ShadowParams, keep_former
from training.registry.store import address as store_address

FILE = REPORTS / "promotion.json"
"""What was decided last: the same as the tag ``decision`` of the version, with the figures."""
BACKTEST = "report/backtest.csv"
"""Where a run in MLflow has the folds of its backtest."""


@dataclass(frozen=True)
class Outcome:
    """What became of a candidate: its version, and a sentence that says it. ``decided``: whether `FILE` was written."""

    version: Version
    said: str
    decided: bool = True


def promote(registry: Registry, name: str, number: int | None = None) -> Outcome:
    """Decide on a version (None: that of the last run), and make it champion where the decision is so.

    Raises
    ------
    UserError
        There is no such version, the last run registered none, or a file of the last run is missing.
    """
    version = of_last_run(registry, name) if number is None else registry.version(name, number)
    holder = registry.holder(name)
    if holder is not None and holder.number == version.number:
        return Outcome(version, "is the champion already: the same bundle", decided=False)
    decision = _decision(registry, version, holder)
    said = _carry_out(registry, version, holder, decision)
    registry.tag(version, "decision", said[:5000])
    write_json(_content(registry, version, holder, decision), FILE)
    return Outcome(version, said)


def promote_first(registry: Callable[[], Registry], name: str) -> Outcome | None:
    """Make the version of the last run champion where there is no champion yet; None where there is nothing to do.

    Without opening the registry where the last decision shows that it has a champion: this ends each ``make repro``.
    """
    if not read_json(RECEIPT, expected=f"the receipt {RECEIPT}", fix="dvc repro")["registered"] or _decided(name):
        return None
    opened = registry()
    if opened.holder(name) is not None:
        return None
    return promote(opened, name)


def of_last_run(registry: Registry, name: str) -> Version:
    """Find the version that the last run registered.

    Raises
    ------
    UserError
        It registered none.
    """
    if not BUNDLE.exists():
        raise UserError(expected=f"the bundle of a run in {BUNDLE}", found="no such folder", fix="run it: make repro")
    digest = provenance.folder_digest(BUNDLE)
    found = registry.find(name, digest)
    if found is None:
        raise UserError(
            expected=f"the model in {BUNDLE} to be registered as a version of {name}",
            found=f"no version with the bundle {digest[:8]}",
            fix="register it: make repro; if the gate refuses it, reports/gate.json says why",
        )
    return found


def _decided(name: str) -> bool:
    """Whether the last decision was on this model, in a store that is still there."""
    if not FILE.is_file():
        return False
    last, store = read_json(FILE), store_address.resolve(None)
    file = Path(store.removeprefix(store_address.SQLITE))
    there = file.is_file() or not store.startswith(store_address.SQLITE)
    return there and (last["model"], last["store"]) == (name, store_address.safe(store))


def _decision(registry: Registry, version: Version, holder: Version | None) -> Decision:
    rollback = alias_history.withdrawn(registry.history(version.name), version.number)
    if rollback is not None:
        return Decision(promote=False, why=f"this same bundle was rolled back at {rollback.at} ({rollback.why})")
    if holder is None:
        return Decision(promote=True, why="there was no champion to compare with")
    chosen = params.load("promotion", PromotionParams)
    lines = read_predictions()[["line_id", "ordered_at", "label"]]
    on = SharedLines(lines, MATRIX, recipe.read(), params.load("level", LevelParams))
    with tempfile.TemporaryDirectory(prefix="return-risk-") as scratch:
        candidate, champion = (_measured(registry, each, Path(scratch)) for each in (version, holder))
        return decide(candidate, champion, registry.versions(version.name), on, chosen)


def _measured(registry: Registry, version: Version, scratch: Path) -> Measured:
    folder = scratch / f"v{version.number}"
    folder.mkdir()
    table = registry.fetch_file(version, BACKTEST, folder)
    return Measured(
        version,
        Contender(
            number=version.number,
            learned_until=pd.Timestamp(version.tags.get("learned_until", "NaT")),
            load=cache(lambda: Bundle.load(registry.fetch(version, folder))),
        ),
        folds={} if table is None else read_folds(pd.read_csv(table, dtype={"lines": str, "return_rate": str})),
    )


def _carry_out(registry: Registry, version: Version, holder: Version | None, decision: Decision) -> str:
    if not decision.promote:
        by_hand = f'python -m training.champion promote {version.number} --why "…"'
        return f"is not the champion: {decision.why}. By hand: {by_hand}"
    cause = Cause.FIRST if holder is None else Cause.COMPARED
    registry.move_alias(version.name, version.number, decision.why[: alias_history.LONGEST_REASON], cause)
    keep_former(registry, holder, params.load("shadow", ShadowParams))
    return f"is the champion now: {decision.why}"


def _content(registry: Registry, version: Version, holder: Version | None, decision: Decision) -> dict[str, Any]:
    return {
        "model": version.name,
        "store": store_address.safe(registry.uri),
        "version": version.number,
        "champion_before": None if holder is None else holder.number,
        **asdict(decision),
    }
