"""The level follows what becomes known of the served lines: found from the log, by the function that training uses.

After a run the level is from its matrix, which holds the lines of all versions (`serving.level`). The log has those
that this version scored. So the log's level takes over once it is from more lines, or once the other is too old.
"""

from datetime import timedelta
from typing import Final

import pandas as pd
from scipy.special import logit

from data import params
from data.logs import log
from data.times import utc_now
from serving.model.folder import Challenger, Pointer
from serving.model.level import ChallengerLevel, LevelFile, Source, move, why_no_level
from serving.settings import Settings
from training.model.bundle import Bundle
from training.model.level.known import LinesSince
from training.model.level.level import Level, LevelParams, find_level, since

LEAST_MOVE: Final = 0.002
"""Smaller moves are not made: they would change no probability by a twentieth of a point."""


def follow_level(settings: Settings, scored: pd.DataFrame, times: pd.DataFrame, now: pd.Timestamp) -> None:
    """Move the level of the served model where the log says so.

    Parameters
    ----------
    scored, times
        As `serving.quality.lines` gives them.
    now
        What is known was known before it (UTC).
    """
    pointer = Pointer.read(settings.model_dir)
    found = _moved(settings, scored, times, now, pointer, LevelFile)
    if pointer is not None and found is not None:
        why = f"{found.settled_lines} of {found.lines} lines that it scored are settled"
        move(settings.model_dir, found, why)
        log.info("version %s: log-odds shifted by %.4f, as %s", pointer.version, found.shift, why)


def follow_in_shadow(settings: Settings, scored: pd.DataFrame, times: pd.DataFrame, now: pd.Timestamp) -> None:
    """Move the level of the version in shadow by what it scored itself, as `follow_level` moves the champion's."""
    found = _moved(settings, scored, times, now, Challenger.read(settings.model_dir), ChallengerLevel)
    if found is not None:
        found.write(settings.model_dir)


def _moved(
    settings: Settings,
    scored: pd.DataFrame,
    times: pd.DataFrame,
    now: pd.Timestamp,
    pointer: Pointer | None,
    kind: type[LevelFile],
) -> LevelFile | None:
    """The level that the log tells for the model of ``pointer``; None where that in the file of ``kind`` stays."""
    chosen = params.load("level", LevelParams)
    if not settings.level_follows or not chosen.deviation or pointer is None:
        return None
    bundle = Bundle.load(settings.model_dir / pointer.folder)
    learned_until = bundle.learned_until
    if learned_until is None or why_no_level(bundle):
        return None
    own = scored[scored["model_version"] == str(pointer.version)]
    found = _find(own, times, learned_until, now, chosen)
    stays = _stays(kind.read(settings.model_dir), found, pointer, chosen)
    if stays:
        log.debug("the level of version %s stays: %s", pointer.version, stays)
        return None
    return kind.of(found, pointer, Source.LOG)


def _find(
    own: pd.DataFrame, times: pd.DataFrame, learned_until: pd.Timestamp, now: pd.Timestamp, chosen: LevelParams
) -> Level:
    """The level that the lines tell which this version scored; earlier lines tell the delays."""
    columns = ["ordered_at", "closes_at", "settled_at", "cancelled_at", "label"]
    first = since(learned_until, now, chosen)
    counted = own[own["ordered_at"] >= first]
    known = pd.concat([times.loc[times["ordered_at"] < learned_until, columns], counted[columns]], ignore_index=True)
    margin = logit(counted["probability"].to_numpy("float64")) - counted["level_shift"].fillna(0.0).to_numpy("float64")
    return find_level(LinesSince.of(known, learned_until, first, margin), learned_until, now, chosen)


def _stays(before: LevelFile | None, found: Level, pointer: Pointer, chosen: LevelParams) -> str:
    """Why the level ``before``, or that there is none, stays; empty where it does not."""
    if not found.lines:
        return "the log has no line of this version yet"
    if before is None or before.bundle_sha256 != pointer.bundle_sha256:
        return ""
    if before.held is not None:
        return f"a person holds it ({before.held})"
    young = utc_now() - before.as_of < timedelta(days=chosen.max_age_days)
    if before.source is Source.TABLES and young and before.lines >= found.lines:
        return f"that of the tables is from {before.lines} lines, and the log has {found.lines}"
    fresh = utc_now() - before.as_of < timedelta(days=chosen.max_age_days) / 2
    if before.source is Source.LOG and fresh and abs(before.shift - found.shift) < LEAST_MOVE:
        return "it would move by less than matters"
    return ""
