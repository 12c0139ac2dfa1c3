"""Whether it is time to train anew, and why: what was seen of the served scores, against what is tolerated.

A drift of features is no reason: it tells little of the loss. What is asked is whether the loss is higher than the
scores themselves say, beyond what the level of all lines can mend.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from data.params import Section

Nats = Annotated[float, Field(gt=0, le=10)]


class RetrainingParams(Section):
    """The section ``retraining`` of params.yaml."""

    most_days: Annotated[float, Field(gt=0, le=3650)]
    least_days: Annotated[float, Field(ge=0, le=3650)]
    loss: Nats
    new_products: Annotated[float, Field(gt=0, le=1)]
    recent_days: Annotated[int, Field(ge=1, le=365)]
    least_lines: Annotated[int, Field(ge=1, le=1_000_000)]
    most_hours: Annotated[float, Field(gt=0, le=168)]


@dataclass(frozen=True)
class Excess:
    """The loss of all recent lines: the lower bound of what is expected in the end, and what the scores say of it.

    ``level``: the shift of all log-odds that would make the scores true in the mean; ``rate``: the final return rate to
    expect. Losses in nats a line.
    """

    lines: int
    log_loss_low: float
    expected_log_loss: float
    level: float
    rate: float

    @property
    def mended(self) -> float:
        """What a shift of all log-odds by ``level`` takes off the loss: p(1-p)·level²/2, to the second order."""
        return self.rate * (1 - self.rate) * self.level**2 / 2

    @property
    def beyond(self) -> float:
        """The loss beyond what the scores say and the level can mend, at least."""
        return self.log_loss_low - self.mended - self.expected_log_loss


@dataclass(frozen=True)
class Signs:
    """What was seen; None where it could not be.

    ``days``: since the last training. ``excess``: of the loss. ``alarms``: texts of those that go on about a label, not
    about all lines. ``scored_lines``: in the prediction log of the recent days; ``new_lines``: those of them whose
    product is not in the tables of the last training.
    """

    days: float | None = None
    excess: Excess | None = None
    alarms: tuple[str, ...] = ()
    scored_lines: int | None = None
    new_lines: int | None = None


@dataclass(frozen=True)
class Reason:
    """A reason to train anew: its kind (``loss``, ``alarm``, ``new_products``, ``age``), and it in a sentence."""

    kind: str
    text: str


def reasons(signs: Signs, chosen: RetrainingParams) -> list[Reason]:
    """Find the reasons; none within ``chosen.least_days`` of the last training."""
    if signs.days is not None and signs.days < chosen.least_days:
        return []
    return list(_reasons(signs, chosen))


def _reasons(signs: Signs, chosen: RetrainingParams) -> Iterator[Reason]:
    excess = signs.excess
    if excess is not None and excess.lines >= chosen.least_lines and excess.beyond > chosen.loss:
        yield Reason(
            "loss",
            f"the log-loss of the last {excess.lines:,} lines is at least {excess.log_loss_low:.4f} nats a line, where"
            f" the scores say {excess.expected_log_loss:.4f}; the level can mend {excess.mended:.4f} of that",
        )
    for text in signs.alarms:
        yield Reason("alarm", f"the level moves all lines alike and can't mend this: {text}")
    scored, new = signs.scored_lines, signs.new_lines
    if scored is not None and new is not None and scored >= chosen.least_lines and new > chosen.new_products * scored:
        yield Reason(
            "new_products",
            f"{new / scored:.0%} of the {scored:,} lines that were scored in {chosen.recent_days} days are of products"
            " that the last training did not know",
        )
    if signs.days is not None and signs.days >= chosen.most_days:
        yield Reason("age", f"the last training was {signs.days:.0f} days ago")
