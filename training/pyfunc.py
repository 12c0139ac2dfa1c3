"""The loader that MLflow calls for each registered model, which names this module.

Models that were registered earlier name the module too, so its name has to stay.
"""

import sys
from pathlib import Path
from typing import Any

TOP = str(Path(__file__).resolve().parents[1])


def _load_pyfunc(path: str) -> Any:
    """Load the bundle, or the learned effects, in the folder ``path``: the name and the signature are MLflow's.

    MLflow puts the model's own copy of the code first on the path of imports. Where this project is imported already,
    the rest of it has to come from the same place: a mixture of two versions fits nowhere.
    """
    sys.path.insert(0, TOP)
    try:
        # ruff: noqa: PLC0415 - not before the path is set
        from training.decisions.learning import stored_effects
        from training.registry import pyfunc
    finally:
        sys.path.remove(TOP)
    if (Path(path) / stored_effects.DESCRIPTION).is_file():
        return stored_effects.EffectsModel(stored_effects.load(Path(path)))
    return pyfunc.load(path)
