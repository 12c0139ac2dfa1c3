"""The learners by the names that ``model.learner`` of params.yaml has for them."""

from collections.abc import Mapping
from typing import Final

from data.errors import UserError
from training.model.learners.hist_gradient_boosting import HistGradientBoosting
from training.model.learners.learner import Learner
from training.model.learners.lightgbm_trees import LightGBM

FIRST: Final = "lightgbm"
"""The learner of bundles that name none: those of earlier versions, and its own, so that earlier versions read them."""
LEARNERS: Final[Mapping[str, Learner]] = {
    FIRST: LightGBM(),
    "hist_gradient_boosting": HistGradientBoosting(),
}


def learner_of(name: object, where: str = "model.learner in params.yaml", fix: str = "name one of these") -> Learner:
    """The learner of this name.

    Raises
    ------
    UserError
        There is none; ``where`` says where the name stands, ``fix`` what to do.
    """
    found = LEARNERS.get(name) if isinstance(name, str) else None
    if found is None:
        raise UserError(expected=f"a learner among {', '.join(LEARNERS)} as {where}", found=repr(name), fix=fix)
    return found
