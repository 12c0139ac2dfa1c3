"""The logs of a shop that have lines about persons: erasure, retention, search and access go through all of them."""

from pathlib import Path
from typing import NamedTuple, Self

from data.logged.decisions import DECISIONS
from data.logged.files import LogFiles
from data.logged.predictions import PREDICTIONS
from serving.settings import Settings


class PersonLogs(NamedTuple):
    """Their folders; other processes may be writing them.

    ``scores``: what the champion answered. ``shadow_scores``: what the version in shadow would have answered.
    ``decisions``: what was decided, what followed, and contacts.
    """

    scores: Path
    shadow_scores: Path
    decisions: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those that the settings of a shop name."""
        return cls(settings.prediction_log, settings.shadow_log, settings.decision_log)

    @property
    def of_scores(self) -> dict[str, Path]:
        """The folders whose lines are `data.logged.predictions.Prediction`, by the name of what they hold."""
        return {"scores": self.scores, "shadow_scores": self.shadow_scores}

    @property
    def kinds(self) -> list[tuple[LogFiles, Path]]:
        """Each folder with the kind of its files."""
        return [*((PREDICTIONS, each) for each in self.of_scores.values()), (DECISIONS, self.decisions)]
