"""The model card: one page of Markdown on what the model is for, what it was made from, and how far to trust it.

Its parts are those of Mitchell et al., "Model cards for model reporting" (2019). Every figure is read from the run; the
same run gives the same bytes, so the card has neither the time nor the commit, which MLflow's run has.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jinja2

from data.number_format import ENGLISH
from training.audit.criteria import RISKIEST, Audited, Fairness
from training.audit.groups import LEAST_CUSTOMERS
from training.evaluation.at_path import number
from training.evaluation.headline import summary
from training.evaluation.intervals import LEVEL

TEMPLATES, TEMPLATE = Path(__file__).parent, "model_card.md.j2"
SHOWN = 10
"""Slices that the card shows."""
METRICS = (
    ("log_loss", "log-loss, nats a line"),
    ("roc_auc", "ROC AUC"),
    ("average_precision", "average precision"),
    ("brier", "Brier score"),
    ("return_rate", "share returned"),
    ("mean_probability", "mean probability"),
)
"""Metrics of reports/evaluation.json below ``test``, with their words."""
PARTS = (
    ("fit", "trees are fitted"),
    ("stop", "boosting stops"),
    ("calibration", "probabilities are calibrated"),
    ("train", "trees are fitted again, if lines are few"),
)
"""Parts of the split, with what they are for."""
MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#"})


@dataclass(frozen=True)
class Content:
    """What the card is made from.

    ``evaluation``, ``backtest``, ``verdict``, ``spans`` and ``source``: the content of reports/evaluation.json,
    reports/backtest.json, reports/gate.json, training/split.json and data/raw/source.json. ``built``: the facts in the
    bundle. ``score_parts``: those whose log-odds are averaged. ``features`` counts those of the score, ``factors``
    names their factors. ``demographics``: whether age and title are features. ``reasons``: whether the model gives
    them. ``digests``: of the bundle and the raw tables.
    ``contact``: whom a customer may ask, None where the shop did not say.
    """

    shop: str
    currency: str
    window_days: int
    contact: str | None
    evaluation: Mapping[str, Any]
    backtest: Mapping[str, Any]
    verdict: Mapping[str, Any]
    spans: Mapping[str, Any]
    source: Mapping[str, Any]
    built: Mapping[str, Any]
    features: int
    factors: Sequence[str]
    demographics: bool
    score_parts: tuple[str, ...]
    reasons: bool
    fairness: Fairness
    digests: Mapping[str, str]


@dataclass(frozen=True)
class Piece:
    """One slice: its figures, and its calibration gap with the ends of the interval, None where there is none."""

    kind: str
    name: str
    lines: int
    return_rate: float
    log_loss: float | None
    roc_auc: float | None
    gap: float
    low: float | None
    high: float | None

    @property
    def beyond(self) -> float:
        """How far the interval of the gap stays from 0; 0 where it holds 0, or there is none."""
        return 0.0 if self.low is None or self.high is None else max(self.low, -self.high, 0.0)


def write(content: Content) -> str:
    """Write the card."""
    pieces = slices(content.evaluation)
    text = (
        environment(content.currency)
        .get_template(TEMPLATE)
        .render(
            **{name: getattr(content, name) for name in content.__dataclass_fields__},
            summary=summary(content.evaluation),
            test=content.evaluation["test"],
            pays=content.evaluation.get("business", {}).get("where_it_pays"),
            refusals=[check["message"] for check in content.verdict.get("checks", []) if not check.get("passed")],
            metrics=METRICS,
            parts=PARTS,
            slices=pieces,
            shown=SHOWN,
            beyond=sum(piece.beyond > 0 for piece in pieces),
            by_chance=round((1 - LEVEL) * len(pieces)),
            riskiest=RISKIEST,
            least_customers=LEAST_CUSTOMERS,
            ends=_ends,
            gap_ends=_gap_ends,
            figure=_figure,
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def environment(currency: str) -> jinja2.Environment:
    """The templates of this folder, with the filters that write figures and the shop's own text."""
    made = jinja2.Environment(  # noqa: S701 - Markdown: `plain` escapes the shop's own text
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        plain=plain,
        words=lambda name: plain(name.replace("_", " ")),
        number=ENGLISH.number,
        loss=partial(ENGLISH.number, digits=4),
        two=partial(ENGLISH.number, digits=2),
        signed=partial(ENGLISH.difference, digits=4),
        percent=ENGLISH.percent,
        share=partial(ENGLISH.percent, digits=0),
        points=ENGLISH.points,
        money=partial(ENGLISH.amount, currency=currency),
    )
    return made


def slices(evaluation: Mapping[str, Any]) -> list[Piece]:
    """List the slices: those whose calibration gap is surely farthest from 0 first, then those of most lines."""
    found = [
        Piece(
            kind=kind.replace("_", " "),
            name=name,
            lines=each["lines"],
            return_rate=each["return_rate"],
            log_loss=number(each, "log_loss"),
            roc_auc=number(each, "roc_auc"),
            gap=each["mean_probability"] - each["return_rate"],
            low=number(each, "calibration_gap_low"),
            high=number(each, "calibration_gap_high"),
        )
        for kind, names in evaluation.get("slices", {}).items()
        for name, each in names.items()
    ]
    return sorted(found, key=lambda piece: (-piece.beyond, -piece.lines, piece.kind, piece.name))


def plain(text: object) -> str:
    """Text of the shop on one line, of which no Markdown or HTML can be made."""
    return " ".join(str(text).split()).translate(MARKDOWN)


def _ends(figures: Mapping[str, Any], name: str) -> str:
    low, high = number(figures, f"{name}_low"), number(figures, f"{name}_high")
    if low is None or high is None:
        return ENGLISH.missing
    write_number = ENGLISH.difference if name == "difference" else ENGLISH.number
    return f"{write_number(low, 4)} to {write_number(high, 4)}"


def _figure(group: Audited, name: str) -> str:
    """A share of the group, in percent."""
    found = group.figures.get(name)
    return ENGLISH.missing if found is None else ENGLISH.percent(found.value)


def _gap_ends(low: float | None, high: float | None) -> str:
    return ENGLISH.missing if low is None or high is None else f"{ENGLISH.points(low)} to {ENGLISH.points(high)}"
