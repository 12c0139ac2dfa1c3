"""Finds the level of the served model from the matrix, and hands it to the running service, without a restart.

``python -m serving.level`` is a step of ``make level`` and of ``make retrain``. Backtest and evaluation find the level
of each day by the same function.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from data import params
from data.errors import UserError
from data.logs import log
from data.stage import run
from data.times import utc_now
from features import recipe
from features.catalog import LINES_FILE
from features.recipe import Recipe
from serving.model.folder import Challenger, Pointer, RegistryStatus
from serving.model.level import ChallengerLevel, LevelFile, LevelMove, Source, move, moves_of, why_no_level
from serving.process.file_rights import keep_from_others
from serving.settings import Settings
from training.model.bundle import Bundle
from training.model.level.days import latest_level
from training.model.level.level import Level, LevelParams
from training.model.split import read_times
from training.registry.names import model_name

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
    asked = _asked()
    settings = Settings.from_environment()
    if asked.history:
        print(history(moves_of(settings.model_dir)))
        return
    if asked.undo is not None:
        undo(settings.model_dir, asked.undo)
        return
    chosen = params.load("level", LevelParams)
    if not chosen.deviation:
        _take_away(settings.model_dir, "level.deviation is 0")
        log.info("level.deviation is 0: the service scores without a level")
        return
    wait_for_poll(settings.model_dir, POLLS * settings.registry_poll_seconds)
    pointer = Pointer.read(settings.model_dir)
    if pointer is None:
        log.info("no service has served a model from here yet: there is no level to find")
        return
    hand_over(settings.model_dir, pointer, chosen)
    hand_over_challenger(settings.model_dir, chosen)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m serving.level", description=__doc__)
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--history", action="store_true", help="show the moves of the level, oldest first")
    one.add_argument(
        "--undo",
        metavar="WHY",
        help="give back the level of before the last move, until the next make level",
    )
    return parser.parse_args()


def history(moves: Sequence[LevelMove]) -> str:
    """Lay out the recorded moves, oldest first."""
    if not moves:
        return "the level has not moved yet"
    return "\n".join(f"{each.at:%Y-%m-%d %H:%M} UTC  {_shift(each.level)}  {each.why}" for each in moves)


def undo(model_dir: Path, why: str) -> None:
    """Give back the level of before the last move; the service does not move it by itself until the next `make level`.

    Raises
    ------
    UserError
        There was no move, the level of before was of another model, or no reason is given.
    """
    moves, pointer = moves_of(model_dir), Pointer.read(model_dir)
    if not why.strip():
        raise UserError(expected="the reason, for the record", found="none", fix='say it: --undo "…"')
    if not moves or pointer is None:
        raise UserError(
            expected=f"a move of the level in {model_dir}",
            found="none on record",
            fix="do nothing: the level has not moved",
        )
    before = moves[-2].level if len(moves) > 1 else None
    if before is not None and before.bundle_sha256 != pointer.bundle_sha256:
        before = None  # the scores of this model had no level before its first one
    kept = (before or _none(pointer)).model_copy(update={"held": why})
    move(model_dir, kept, f"undone: {why}")
    log.info("version %s: log-odds shifted by %.4f again, until the next make level", pointer.version, kept.shift)


def _none(pointer: Pointer) -> LevelFile:
    """A level that shifts nothing."""
    digest = pointer.bundle_sha256
    return LevelFile(bundle_sha256=digest, shift=0, as_of=utc_now(), lines=0, settled_lines=0, bounded=False)


def _shift(level: LevelFile | None) -> str:
    return "  none " if level is None else f"{level.shift:+.4f}"


def _take_away(model_dir: Path, why: str) -> None:
    if LevelFile.path(model_dir).exists():
        move(model_dir, None, why)


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


def hand_over(model_dir: Path, pointer: Pointer, chosen: LevelParams) -> None:
    """Find the level of the bundle that ``pointer`` names, and write it for the service.

    Raises
    ------
    UserError
        As `main`.
    """
    found = _find(model_dir, pointer, chosen)
    if isinstance(found, str):
        _take_away(model_dir, found)
        log.warning("version %s scores without a level: %s", pointer.version, found)
        return
    move(
        model_dir,
        LevelFile.of(found, pointer, Source.TABLES),
        f"from the tables: {found.settled} of {found.lines} lines are settled",
    )
    _say(found, pointer)


def hand_over_challenger(model_dir: Path, chosen: LevelParams) -> None:
    """Find the level of the version in shadow, where there is one; else it would be compared without one."""
    pointer = Challenger.read(model_dir)
    if pointer is None:
        return
    try:
        found = _find(model_dir, pointer, chosen)
    except UserError as error:
        found = error.found
    if isinstance(found, str):
        ChallengerLevel.path(model_dir).unlink(missing_ok=True)
        log.warning("version %s scores in shadow without a level: %s", pointer.version, found)
        return
    ChallengerLevel.of(found, pointer, Source.TABLES).write(model_dir)
    _say(found, pointer)


def _find(model_dir: Path, pointer: Pointer, chosen: LevelParams) -> Level | str:
    """Find the level of a bundle, or why it has none; `UserError` as `main`."""
    bundle = Bundle.load(model_dir / pointer.folder)
    _require_its_matrix(pointer, bundle)
    return why_no_level(bundle) or latest_level(bundle, LINES_FILE, read_times(), chosen)


def _say(found: Level, pointer: Pointer) -> None:
    log.info(
        "version %s: log-odds shifted by %.4f%s, from %d lines before %s, of which %d are settled",
        pointer.version,
        found.shift,
        " (its bound)" if found.bounded else "",
        found.lines,
        found.as_of.isoformat(timespec="seconds"),
        found.settled,
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
