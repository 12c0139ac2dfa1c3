"""The parameters that the backtest trains by, and the same with some of them changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from data import params, yaml_text
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
LEFT_OUT: Final = {
    "model.unsent_lines": "copies of lines",
    "model.refit_below_lines": "a refit",
    "calibration.level_carried": "a refit",
}
"""Parameters that a fast training does not read, with what it does without."""


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
        """The value of a parameter by its path; `UserError` where it is none of these sections."""
        section, _, key = path.partition(".")
        _require_known(path, dict(getattr(self, section)) if section in SECTIONS else {}, key)
        return getattr(getattr(self, section), key)

    def no_choice(self, path: str) -> str:
        """Say why a parameter is no choice of a model, so that its best value says nothing; empty where it is one."""
        section, _, key = path.partition(".")
        marks = type(getattr(self, section)).model_fields[key].metadata
        return next((mark.why for mark in marks if isinstance(mark, params.NoChoice)), "")

    def fast(self, most_rounds: int | None = None) -> "Trained":
        """The same without copies of lines and without a refit, which cost most of the time."""
        rounds = self.model.max_rounds if most_rounds is None else min(most_rounds, self.model.max_rounds)
        return self.with_values({"model.unsent_lines": 0, "model.refit_below_lines": 0, "model.max_rounds": rounds})

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
        There is none, one has no value or one that is no YAML, or a parameter stands twice.
    """
    found: dict[str, Any] = {}
    for each in given.split():
        path, equals, value = each.partition("=")
        if not equals or path in found or (read := _read(value)) is None:
            raise UserError(
                expected='assignments such as S="model.num_leaves=20 linear.share=0.3", each parameter once',
                found=repr(each),
                fix="write section.key=value, with a space between two of them",
            )
        found[path] = read
    if not found:
        raise UserError(expected="a parameter to try", found="none", fix='name it: S="model.num_leaves=20"')
    return found


def _read(value: str) -> Any:
    """Read a value as params.yaml is read; None where it is none."""
    try:
        return yaml_text.parse(value, "the value")
    except yaml.YAMLError:
        return None


def _require_known(path: str, section: Mapping[str, Any], key: str) -> None:
    if key not in section:
        raise UserError(
            expected=f"a parameter of the sections {', '.join(SECTIONS)}, which can be tried on the present matrix",
            found=path,
            fix=f"{params.did_you_mean(key, list(section)) or 'see params.yaml'}; other sections: make experiment"
            f' S="{path}=…"',
        )
