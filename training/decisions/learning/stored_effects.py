"""Learned effects as a folder of text, which a policy's challenger is served from and MLflow registers.

``effects.json`` has all but the trees, and ``trees.txt`` those, in LightGBM's own format, one text after the other.
Loading executes no code from the folder.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from data.errors import UserError
from data.files import read_json, whole_folder, write_json, write_text
from training.decisions.learning.effects import LearnedEffects
from training.decisions.learning.pooled_effects import STAKE, PooledEffects
from training.registry.pyfunc import typed

DESCRIPTION: Final = "effects.json"
TREES: Final = "trees.txt"
BETWEEN: Final = "\f\n"
"""Stands between two texts of trees."""
FIX: Final = "learn it again: make learn-policy"
Effects = LearnedEffects | PooledEffects
_FORMATS: Final[Mapping[int, Callable[[Mapping[str, Any], Sequence[str]], Effects]]] = {
    1: LearnedEffects.of,
    2: PooledEffects.of,
}


def save(effects: Effects, folder: Path) -> None:
    """Write the folder as a whole; the same effects give the same bytes."""
    text = BETWEEN.join(effects.texts())
    number = 2 if isinstance(effects, PooledEffects) else 1
    content = {"format": number, **effects.content(), "trees_sha256": _digest(text)}
    with whole_folder(folder) as unfinished:
        write_text(text, unfinished / TREES)
        write_json(content, unfinished / DESCRIPTION)


def load(folder: Path) -> Effects:
    """Read a folder that `save` wrote.

    Raises
    ------
    UserError
        A file is missing, was changed, or has another format.
    """
    content = read_json(folder / DESCRIPTION, expected=f"learned effects in {folder}", fix=FIX)
    number = content.get("format")
    if not isinstance(number, int) or number not in _FORMATS:
        raise _broken(folder, f"learned effects of format {' or '.join(map(str, _FORMATS))}", f"format {number!r}")
    try:
        text = (folder / TREES).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(folder, f"trees in {folder / TREES}", type(error).__name__) from None
    if _digest(text) != content.get("trees_sha256"):
        raise _broken(folder, f"{folder / TREES} as it was written", "other content")
    try:
        return _FORMATS[number](content, text.split(BETWEEN) if text else [])
    except (KeyError, ValueError, TypeError, StopIteration) as error:
        raise _broken(folder, f"all that {DESCRIPTION} of format {number} has", repr(error)) from None


@dataclass(frozen=True)
class EffectsModel:
    """Learned effects with the method that MLflow calls."""

    effects: Effects

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Give ``ACTION_mean`` and ``ACTION_deviation`` of each action, minor units, a row a row of ``frame``.

        ``frame``: the covariates; for pooled effects also ``stake_ACTION``, minor units, NaN where it does not fit.
        """
        frame = typed(frame)
        stakes = {name: frame[STAKE.format(name)] for name in self.effects.actions if STAKE.format(name) in frame}
        found = self.effects.predict(frame, pd.DataFrame(stakes, index=frame.index))
        columns = {
            f"{action}_{name}": found[action][:, place]
            for action in self.effects.actions
            for place, name in enumerate(("mean", "deviation"))
        }
        return pd.DataFrame(columns, index=frame.index)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _broken(folder: Path, expected: str, found: str) -> UserError:
    return UserError(expected=expected, found=f"{found} in {folder}", fix=FIX)
