"""Learned effects as a folder of text, which a policy's challenger is served from and MLflow registers.

``effects.json`` has all but the trees, and ``trees.txt`` those, in LightGBM's own format, one text after the other.
Loading executes no code from the folder.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from data.errors import UserError
from data.files import read_json, whole_folder, write_json, write_text
from training.decisions.learning.effects import LearnedEffects
from training.decisions.learning.pooled_effects import STAKE, PooledEffects
from training.decisions.learning.stored_parts import UnfitError
from training.registry.pyfunc import typed

DESCRIPTION: Final = "effects.json"
TREES: Final = "trees.txt"
FILES: Final = (DESCRIPTION, TREES)
"""The files of the folder."""
OWN_DIGEST: Final = "content_sha256"
"""The digest of all else in `DESCRIPTION`; a folder that an earlier version wrote has none."""
BETWEEN: Final = "\f\n"
"""Stands between two texts of trees."""
FIX: Final = "install it again (make install-policy), or learn it again (make learn-policy)"
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
    content |= {OWN_DIGEST: _digest_of(content)}
    with whole_folder(folder) as unfinished:
        write_text(text, unfinished / TREES)
        write_json(content, unfinished / DESCRIPTION)


def load(folder: Path) -> Effects:
    """Read a folder that `save` wrote.

    Raises
    ------
    UserError
        A file is missing, was changed, has another format, or its parts do not fit each other.
    """
    content = read_json(folder / DESCRIPTION, expected=f"learned effects in {folder}", fix=FIX)
    number = content.get("format")
    if isinstance(number, bool) or not isinstance(number, int) or number not in _FORMATS:
        raise _broken(folder, f"learned effects of format {' or '.join(map(str, _FORMATS))}", f"format {number!r}")
    stated = content.pop(OWN_DIGEST, None)
    if stated is not None and stated != _digest_of(content):
        raise _broken(folder, f"{DESCRIPTION} as it was written", "other content")
    try:
        text = (folder / TREES).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(folder, f"trees in {folder / TREES}", type(error).__name__) from None
    if _digest(text) != content.get("trees_sha256"):
        raise _broken(folder, f"{folder / TREES} as it was written", "other content")
    try:
        effects = _FORMATS[number](content, text.split(BETWEEN) if text else [])
        _try(effects)
    except UnfitError as error:
        raise _broken(folder, error.expected, error.found) from None
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise _broken(folder, f"all that {DESCRIPTION} of format {number} has", repr(error)) from None
    return effects


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


def _try(effects: Effects) -> None:
    """Predict one customer of whom nothing is known: whatever fails at checkout fails here first."""
    unknown = pd.DataFrame([dict.fromkeys(effects.names, np.nan)])
    found = effects.predict(unknown, pd.DataFrame([dict.fromkeys(effects.actions, 1.0)]))
    if wrong := sorted(name for name, each in found.items() if not np.isfinite(each).all()):
        raise UnfitError("effects of a customer of whom nothing is known", f"none for {', '.join(wrong)}")


def _digest_of(content: Mapping[str, Any]) -> str:
    return _digest(json.dumps(content, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _broken(folder: Path, expected: str, found: str) -> UserError:
    return UserError(expected=expected, found=f"{found} in {folder}", fix=FIX)
