"""The parameters that the backtest trains by, and the same with some of them changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml

from data import params
from data.errors import UserError
from data.params import PARAMS_FILE
from features.recipe import Recipe
from training.model.booster import ModelParams
from training.model.calibrate import CalibrationParams
from training.model.fit import Training
from training.model.level.level import LevelParams
from training.model.linear.fit import LinearParams

SECTIONS: Final = ("model", "linear", "calibration", "level")
"""The sections whose parameters can be tried on the matrix as it is."""


@dataclass(frozen=True)
class Trained:
    """Everything of params.yaml that the score of a fold follows from, but the features and the split."""

    model: ModelParams
    linear: LinearParams
    calibration: CalibrationParams
    level: LevelParams

    def with_values(self, values: Mapping[str, Any]) -> "Trained":
        """The same with other ``values``, by path such as ``model.num_leaves``.

        Raises
        ------
        UserError
            A path is no parameter of these sections, or a value is out of its range.
        """
        tree = {name: getattr(self, name).model_dump() for name in SECTIONS}
        for path, value in values.items():
            section, _, key = path.partition(".")
            _require_known(path, tree.get(section, {}), key)
            tree[section][key] = value
        return Trained(
            model=params.parse("model", tree["model"], ModelParams),
            linear=params.parse("linear", tree["linear"], LinearParams),
            calibration=params.parse("calibration", tree["calibration"], CalibrationParams),
            level=params.parse("level", tree["level"], LevelParams),
        )

    def value(self, path: str) -> Any:
        """The value of a parameter by its path."""
        section, _, key = path.partition(".")
        return getattr(getattr(self, section), key)

    def fast(self, most_rounds: int | None = None) -> "Trained":
        """The same without copies of lines and without a refit, which cost most of the time."""
        rounds = self.model.max_rounds if most_rounds is None else min(most_rounds, self.model.max_rounds)
        return replace(
            self,
            model=self.model.model_copy(update={"unsent_lines": 0, "refit_below_lines": 0, "max_rounds": rounds}),
        )

    def training(self, recipe: Recipe) -> Training:
        """What the training of a fold reads: no reasons, intervals and joint outcomes, as in the backtest."""
        return Training(self.model, self.calibration, reasons=None, recipe=recipe, linear=self.linear)


def load(path: Path = PARAMS_FILE) -> Trained:
    """Read the sections of params.yaml."""
    return Trained(
        model=params.load("model", ModelParams, path),
        linear=params.load("linear", LinearParams, path),
        calibration=params.load("calibration", CalibrationParams, path),
        level=params.load("level", LevelParams, path),
    )


def assignments(given: str) -> dict[str, Any]:
    """Read assignments such as ``model.num_leaves=20 linear.share=0.3``, as ``dvc exp run -S`` takes them.

    Raises
    ------
    UserError
        There is none, one has no value, or a parameter stands twice.
    """
    found: dict[str, Any] = {}
    for each in given.split():
        path, equals, value = each.partition("=")
        if not equals or path in found:
            raise UserError(
                expected='assignments such as S="model.num_leaves=20 linear.share=0.3", each parameter once',
                found=repr(each),
                fix="write section.key=value, with a space between two of them",
            )
        found[path] = yaml.safe_load(value)
    if not found:
        raise UserError(expected="a parameter to try", found="none", fix='name it: S="model.num_leaves=20"')
    return found


def _require_known(path: str, section: Mapping[str, Any], key: str) -> None:
    if key not in section:
        raise UserError(
            expected=f"a parameter of the sections {', '.join(SECTIONS)}, which can be tried on the present matrix",
            found=path,
            fix=f"{params.did_you_mean(key, list(section)) or 'see params.yaml'}; other sections: make experiment"
            f' S="{path}=…"',
        )
