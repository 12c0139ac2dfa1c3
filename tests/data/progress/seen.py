"""A watcher that remembers what it is told."""

from dataclasses import dataclass, field

from data.progress.steps import Step


@dataclass
class Seen:
    """What happened: paths of the steps that began and ended, and each move as path, share and figures."""

    began_paths: list[tuple[str, ...]] = field(default_factory=list)
    moves: list[tuple[tuple[str, ...], float | None, dict[str, float]]] = field(default_factory=list)
    ended_paths: list[tuple[str, ...]] = field(default_factory=list)

    def began(self, step: Step) -> None:
        self.began_paths.append(step.path)

    def moved(self, step: Step) -> None:
        self.moves.append((step.path, step.share(), dict(step.figures)))

    def ended(self, step: Step) -> None:
        self.ended_paths.append(step.path)
