"""Finds the level of the served model from the matrix, and hands it to the running service, without a restart.

``python -m serving.level`` is a step of ``make level`` and of ``make retrain``. Backtest and evaluation find the level
of each day by the same function.
"""

import argparse
import time
from datetime import UTC
from pathlib import Path

from data import params
from data.errors import UserError
from data.files import read_json
from data.logs import log
from data.stage import run
from data.times import utc_now
from features import recipe
from features.catalog import LINES_FILE
from features.recipe import Recipe
from serving.model.folder import Challenger, Pointer, RegistryStatus
from serving.model.level import ChallengerLevel, LevelFile
from serving.process.file_rights import keep_from_others
from serving.settings import Settings
from training.model.bundle import Bundle
from training.model.level.days import latest_level
from training.model.level.level import Level, LevelParams
from training.model.split import read_times
from training.registry.names import model_name

SOURCE = Path("data/raw/source.json")
LOOK_SECONDS = 0.5
POLLS = 2
"""So many polls of the registry are waited for, until the service has the champion of the last run."""


def main() -> None:
    """Write the level into the model folder that the settings name.

    Raises
    ------
    UserError
        The matrix is missing, of another shop, or of other features than the served model's.
    """
    keep_from_others()
    argparse.ArgumentParser(prog="python -m serving.level", description=__doc__).parse_args()
    settings, chosen = Settings.from_environment(), params.load("level", LevelParams)
    if not chosen.deviation:
        LevelFile.path(settings.model_dir).unlink(missing_ok=True)
        log.info("level.deviation is 0: the service scores without a level")
        return
    wait_for_poll(settings.model_dir, POLLS * settings.registry_poll_seconds)
    pointer = Pointer.read(settings.model_dir)
    if pointer is None:
        log.info("no service has served a model from here yet: there is no level to find")
        return
    hand_over(settings.model_dir, pointer, chosen)
    hand_over_challenger(settings.model_dir, chosen)


def wait_for_poll(model_dir: Path, seconds: float) -> None:
    """Wait until a running service has asked the registry once more, so that it points to the champion of now.

    Where no service has run within the last polls, there is none to wait for.
    """
    start = utc_now()
    status = RegistryStatus.read(model_dir)
    if status is None or (start - status.checked_at).total_seconds() > seconds:
        return
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status = RegistryStatus.read(model_dir)
        if status is not None and status.checked_at > start:
            return
        time.sleep(LOOK_SECONDS)


def hand_over_challenger(model_dir: Path, chosen: LevelParams) -> None:
    """Find the level of the version in shadow, where there is one; else it would be compared without one."""
    pointer = Challenger.read(model_dir)
    if pointer is None:
        return
    try:
        hand_over(model_dir, pointer, chosen, ChallengerLevel)
    except UserError as error:
        ChallengerLevel.path(model_dir).unlink(missing_ok=True)
        log.warning("version %s scores in shadow without a level: %s", pointer.version, error.found)


def hand_over(model_dir: Path, pointer: Pointer, chosen: LevelParams, kind: type[LevelFile] = LevelFile) -> None:
    """Find the level of the bundle that ``pointer`` names, and write it for the service, as a file of ``kind``.

    Raises
    ------
    UserError
        As `main`.
    """
    bundle = Bundle.load(model_dir / pointer.folder)
    _require_its_matrix(pointer, bundle)
    if why := _no_level(bundle):
        kind.path(model_dir).unlink(missing_ok=True)
        log.warning("version %s scores without a level: %s", pointer.version, why)
        return
    found = latest_level(bundle, LINES_FILE, read_times(), chosen)
    _as_file(found, pointer, kind).write(model_dir)
    log.info(
        "version %s: log-odds shifted by %.4f%s, from %d lines before %s, of which %d are settled",
        pointer.version,
        found.shift,
        " (its bound)" if found.bounded else "",
        found.lines,
        found.as_of.isoformat(timespec="seconds"),
        found.settled,
    )


def _no_level(bundle: Bundle) -> str:
    """Why there is no level to find; empty where there is one."""
    if bundle.learned_until is None:
        return "it is of an earlier version of the code, and does not know what it learned from"
    ahead = read_json(SOURCE).get("decisions", {}).get("order_lines.closes_at", {}).get("ahead", 0)
    # Returns of such lines are not in the tables yet (`data.sources.events`): all of them would seem to be open.
    return (
        f"{ahead:.0f} lines have a closes_at that lies ahead, and their returns are not in the tables" if ahead else ""
    )


def _as_file(level: Level, pointer: Pointer, kind: type[LevelFile]) -> LevelFile:
    return kind(
        bundle_sha256=pointer.bundle_sha256,
        shift=level.shift,
        as_of=level.as_of.to_pydatetime().replace(tzinfo=UTC),
        lines=level.lines,
        settled_lines=level.settled,
        bounded=level.bounded,
    )


def _require_its_matrix(pointer: Pointer, bundle: Bundle) -> None:
    """Refuse a matrix whose features are not those that the model is scored on.

    Raises
    ------
    UserError
        The matrix is of another shop, or has other features.
    """
    if pointer.name != model_name():
        raise UserError(
            expected=f"params.yaml to name the shop of the served model, {pointer.name}",
            found=f"{model_name()}",
            fix="run it in the shop's own folder, or set data.* of params.yaml as when the model was trained",
        )
    if recipe.read() != Recipe.from_json(bundle.recipe):
        raise UserError(
            expected=f"features in {LINES_FILE} that are computed as those of the served model",
            found="another recipe: features or outcome of params.yaml, or the columns of the tables, changed since",
            fix="train again: make retrain",
        )


if __name__ == "__main__":
    run(main)
