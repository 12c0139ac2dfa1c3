"""Describes the model that is served."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from data.times import to_us
from serving import ports
from serving.model.holder import ChampionHolder
from serving.model.level import ServedLevel
from serving.ports import LevelDescription, ModelDescription, ShadowDescription

METRICS = ("test.", "backtest.")
"""Prefixes of the tags of a registered version that hold its metrics."""


class ServedModels:
    """`serving.ports.Models` for the model that a worker holds.

    ``posteriors`` gives as of when they hold, ``shadow`` the version in shadow.
    """

    def __init__(
        self,
        holder: ChampionHolder[Any],
        posteriors: Callable[[], int | None] = lambda: None,
        shadow: Callable[[], ShadowDescription | None] = lambda: None,
    ) -> None:
        self._holder, self._posteriors, self._shadow = holder, posteriors, shadow

    def describe(self) -> ModelDescription:
        """Describe the model that scores now; from memory."""
        model, refusal = self._holder.model, self._holder.refusal
        refused = None if refusal is None else ports.Refusal(refusal.why, to_us(refusal.at))
        if model is None:
            return ModelDescription("none", None, None, self._registry(), last_refusal=refused, shadow=self._shadow())
        return ModelDescription(
            name=model.pointer.name,
            version=str(model.pointer.version),
            since=to_us(model.since),
            registry=self._registry(),
            catalog=model.bundle.catalog,
            metrics={key: float(value) for key, value in model.pointer.tags.items() if key.startswith(METRICS)},
            last_refusal=refused,
            level=_level(model.level),
            posteriors_as_of=self._posteriors(),
            asked=model.bundle.asked,
            shadow=self._shadow(),
        )

    def _registry(self) -> str:
        status = self._holder.registry
        if status is None:
            return "not asked yet"
        if status.problem is None:
            trouble = status.challenger_problem
            beside = "" if trouble is None else f"; there is no shadow: {trouble}"
            return f"answered at {_as_text(status.checked_at)}{beside}"
        return f"no champion since {_as_text(status.since)}: {status.problem}"


def _level(level: ServedLevel) -> LevelDescription:
    found = level.source
    if found is None:
        return LevelDescription(trouble=level.trouble)
    return LevelDescription(found.shift, to_us(found.as_of), found.lines, found.settled_lines, found.bounded)


def _as_text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
