"""The report page of one evaluation: one self-contained HTML file, for data scientists and product teams."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds

from data.attributes import PREFIX
from data.number_format import ENGLISH
from data.writing.unseen import shown_in_html
from features.catalog import CatalogEntry
from features.online.what_if import LEAST_GAIN, Change
from training.evaluation import stability
from training.evaluation.measure import Measured, Sliced
from training.evaluation.reasons import GROUPS
from training.evaluation.stability import Stability
from training.evaluation.what_ifs import SliceEffects, WhatIfMeasures
from training.report import curves
from training.report.plots import DARK, LIGHT, draw
from training.report.templates import AUDITS, environment

KINDS = {
    "customer": "Customer",
    "product": "Product",
    "category": "Category",
    "price_band": "Price",
    "basket_size": "Basket",
    "month": "Month of the order",
}
"""Kinds of slices, in the order in which the report shows them, with their headings."""


@dataclass(frozen=True)
class Origin:
    """The origin of the model: its data, split, bundle and catalog, and the rejects of validation.

    ``source``: the source's own facts, from source.json. ``split``: the boundaries of the parts. ``built``: the facts
    in the bundle. ``currency``: that of the prices, an ISO code. ``rejects``: columns ``table``, ``rule`` and ``rows``,
    most rows first. ``stability`` and ``what_ifs``: None where not measured.
    """

    source: Mapping[str, Any]
    split: Mapping[str, Any]
    built: Mapping[str, Any]
    catalog: tuple[CatalogEntry, ...]
    currency: str
    rejects: pd.DataFrame
    stability: Stability | None
    what_ifs: WhatIfMeasures | None


@dataclass(frozen=True)
class ReportFigure:
    """One figure as two data URIs, with title, caption, and the table that it shows."""

    title: str
    caption: str
    light: str
    dark: str
    table: pd.DataFrame


CAPTIONS = {
    "calibration": (
        "Calibration",
        "Of the lines given a probability of 30%, about 30% should come back: dots on the dashed line are right.",
    ),
    "precision_recall": (
        "Precision and recall",
        "What share of warned lines would come back, against the share of all returns found, at every threshold.",
    ),
    "lift": (
        "Lift",
        "The tenth of lines with the highest probabilities comes first; a bar of 2 means twice the average returns.",
    ),
    "months": (
        "Expected and observed by month",
        "The base rate of a shop drifts; a gap between the lines is drift that the model could not foresee.",
    ),
    "backtest": (
        "Backtest over time",
        "The same training repeated on earlier periods: how far one period's result can be trusted. Lower is better.",
    ),
    "importance": (
        "What the trees gain most by",
        "Share of the reduction of training loss, by feature: what the model leans on, not what causes returns.",
    ),
    "reasons": (
        "Returns expected and observed, by reason",
        "Observed are the recorded reasons, scaled up as if returns without a reason were like the others.",
    ),
    "drivers": (
        "How far each factor moves a score",
        "In log-odds, whichever way: at a probability of 30%, 0.1 moves it by about 2 points.",
    ),
}
OWN_SECTION = ("reasons", "drivers")
"""Figures with a section of their own in the report."""
WORDS = {
    Change.WITHOUT_OTHER_SIZES: "without the other sizes",
    Change.WITHOUT_OTHER_COLORS: "without the other colors",
    Change.OTHER_SIZE: "another size",
}
"""Phrases of the report for the changes that a customer could make."""


def count_rejects(path: Path) -> pd.DataFrame:
    """Count the rejects by table and rule: ``table``, ``rule``, ``rows``, most rows first."""
    table = ds.dataset(path).to_table(columns=["table", "rule"])
    counted = table.group_by(["table", "rule"]).aggregate([([], "count_all")]).to_pandas()
    counts: pd.DataFrame = counted.rename(columns={"count_all": "rows"})
    return counts.sort_values(["rows", "table", "rule"], ascending=[False, True, True], ignore_index=True)


def facts(content: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Flatten a JSON object to pairs of label and value; lists of objects are left out."""
    found: list[tuple[str, str]] = []
    for key, value in content.items():
        label = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            found += facts(value, f"{label}: ")
        elif isinstance(value, list):
            if all(isinstance(item, str | int | float) for item in value):
                found.append((label, ", ".join(map(str, value)) or "none"))
        else:
            found.append((label, _text(value)))
    return found


def figures(tables: Mapping[str, pd.DataFrame]) -> dict[str, ReportFigure]:
    """Draw each table that has a caption, for paper and for a dark screen; by name."""
    return {
        name: ReportFigure(
            *CAPTIONS[name],
            light=uri(draw(name, tables[name], LIGHT)),
            dark=uri(draw(name, tables[name], DARK)),
            table=tables[name],
        )
        for name in CAPTIONS
        if name in tables
    }


def by_kind(slices: Sequence[Sliced]) -> list[tuple[str, list[Sliced]]]:
    """Group slices under the headings of `KINDS`; those by personal attributes come last."""
    order = list(dict.fromkeys([*KINDS, *(piece.kind for piece in slices)]))
    ranked = sorted(slices, key=lambda piece: order.index(piece.kind))
    return [(_heading(kind), list(pieces)) for kind, pieces in groupby(ranked, key=lambda piece: piece.kind)]


def _heading(kind: str) -> str:
    return KINDS.get(kind) or f"Personal: {kind.removeprefix(PREFIX).replace('_', ' ')}"


def render(measured: Measured, origin: Origin, tables: Mapping[str, pd.DataFrame]) -> str:
    """Render the report as one HTML page without external resources; `AUDITS` is where the audits go.

    Parameters
    ----------
    measured
        The measures of the evaluation.
    origin
        The origin of the model.
    tables
        The tables of the plots, by the names in `CAPTIONS`; the page omits a figure without a table.
    """
    templates = environment()
    templates.filters.update(
        money=partial(ENGLISH.amount, currency=origin.currency), cell=_cell, plain=_plain, heat=_heat
    )
    drawn = figures(tables)
    page = templates.get_template("report.html.j2").render(
        measured=measured,
        source=facts(origin.source),
        split=facts(origin.split),
        built=facts(origin.built),
        features=len(origin.catalog),
        factors=_factors(origin.catalog),
        meanings={entry.name: entry.meaning for entry in origin.catalog},
        rejects=origin.rejects.to_dict("records"),
        figures=[figure for name, figure in drawn.items() if name not in OWN_SECTION],
        own={name: figure for name, figure in drawn.items() if name in OWN_SECTION},
        backtested="backtest" in tables,
        kinds=by_kind(measured.slices),
        stability=origin.stability,
        stable=[] if origin.stability is None else stability.table(origin.stability).to_dict("records"),
        steady=[] if origin.stability is None else stability.factor_table(origin.stability).to_dict("records"),
        what_ifs=origin.what_ifs,
        changed=[] if origin.what_ifs is None else _by_kind(origin.what_ifs),
        words=WORDS,
        least=round(100 * LEAST_GAIN),
        groups=list(GROUPS),
        ranked=list(curves.drivers(measured.drivers.overall)["factor"]),
        audits=AUDITS,
    )
    return shown_in_html(page) + "\n"


def _factors(catalog: Sequence[CatalogEntry]) -> list[tuple[str, int]]:
    names = sorted(entry.factor for entry in catalog)
    return [(name, len(list(group))) for name, group in groupby(names)]


def _by_kind(found: WhatIfMeasures) -> list[tuple[str, list[SliceEffects]]]:
    return [(KINDS[kind], list(pieces)) for kind, pieces in groupby(found.slices, key=lambda piece: piece.kind)]


def uri(png: bytes) -> str:
    """Give a picture as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _text(value: Any) -> str:
    return ENGLISH.number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _cell(value: Any) -> str:
    return ENGLISH.number(value, 4, grouped=False) if isinstance(value, float) else _text(value)


def _plain(code: str) -> str:
    return code.replace("_", " ").lower()


def _heat(share: float) -> str:
    """Compute the shade of a cell: at most 50%, so that its text stays readable."""
    return f"{50 * min(max(share, 0.0), 1.0):.0f}%"
