"""Figures of an evaluation: the same tables as CSV for DVC's plots and as PNG for MLflow and the report."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data.files import whole_folder, write_bytes
from training.report.tables import as_csv

DOTS_PER_INCH = 144
HEIGHT = 3.6
"""Inches."""


@dataclass(frozen=True)
class Theme:
    """Colors of a figure. Both palettes suit the common kinds of color blindness; lines differ in dash as well."""

    paper: str
    ink: str
    faint: str
    first: str
    second: str


Drawing = Callable[[Axes, pd.DataFrame, Theme], None]
"""Draws a table with the colors of a theme."""
LIGHT = Theme(paper="#ffffff", ink="#1d2733", faint="#d5dbe1", first="#0b63b5", second="#b8480a")
DARK = Theme(paper="#161b22", ink="#e4e9ee", faint="#39434e", first="#6cb2ff", second="#ff9d5c")


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write each table as ``NAME.csv``, rounded as the metrics are; ``folder`` is replaced as a whole."""
    with whole_folder(folder) as unfinished:
        for name, table in tables.items():
            write_bytes(as_csv(table), unfinished / f"{name}.csv")


def write_figures(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Draw each table that has a figure (`DRAWINGS`) as ``NAME.png`` on white; ``folder`` is replaced as a whole."""
    with whole_folder(folder) as unfinished:
        for name, table in tables.items():
            if name in DRAWINGS:
                write_bytes(draw(name, table, LIGHT), unfinished / f"{name}.png")


def draw(name: str, table: pd.DataFrame, theme: Theme) -> bytes:
    """Draw the table of one plot as a PNG: the same table gives the same bytes.

    Raises
    ------
    KeyError
        There is no plot of this name.
    """
    drawing = DRAWINGS[name]
    return drawn(drawing, table, theme, rows_height(table) if drawing is _importance else HEIGHT)


def rows_height(table: pd.DataFrame) -> float:
    """The height of a figure with a bar for each row of ``table``, in inches."""
    return max(2.4, 0.8 + 0.19 * len(table))


def drawn(drawing: Drawing, table: pd.DataFrame, theme: Theme, height: float = HEIGHT) -> bytes:
    """Draw ``table`` by ``drawing`` as a PNG of ``height`` inches: the same table gives the same bytes."""
    figure = Figure(figsize=(6.4, height), layout="constrained", facecolor=theme.paper)
    axes = figure.add_subplot(facecolor=theme.paper)
    axes.tick_params(colors=theme.ink, labelsize=9)
    axes.grid(color=theme.faint, linewidth=0.6)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(theme.faint)
    drawing(axes, table, theme)
    axes.xaxis.label.set_color(theme.ink)
    axes.yaxis.label.set_color(theme.ink)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, labelcolor=theme.ink, fontsize=9)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return buffer.getvalue()


def _calibration(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    mean, rate = table["mean_probability"], table["return_rate"]
    ends = [min(mean.min(), rate.min()), max(mean.max(), rate.max())]
    axes.plot(ends, ends, "--", color=theme.second, label="perfectly calibrated")
    errors = [rate - table["low"], table["high"] - rate]
    axes.errorbar(mean, rate, yerr=errors, fmt="o", markersize=4, color=theme.first, label="model, 95% interval")
    axes.set(xlabel="mean probability", ylabel="share returned")


def _precision_recall(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    axes.plot(table["recall"], table["precision"], color=theme.first, label="model")
    axes.plot(table["recall"], table["without_skill"], "--", color=theme.second, label="without skill")
    axes.set(xlabel="recall: share of all returns found", ylabel="precision: share returned", ylim=(0, 1.02))


def _lift(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    axes.bar(table["tenth"], table["lift"], color=theme.first, width=0.75)
    axes.axhline(1, linestyle="--", color=theme.second, label="average line")
    axes.set_xticks(table["tenth"])
    axes.set(xlabel="tenth of the lines, from the most probable down", ylabel="returns, times the average")


def _importance(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    axes.barh(table["feature"][::-1], table["gain_share"][::-1], color=theme.first, height=0.7)
    axes.tick_params(axis="y", labelsize=7.5)
    axes.grid(visible=False, axis="y")
    axes.set(xlabel="share of all gain")


def _backtest(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    axes.plot(table.index, table["baseline_log_loss"], "s--", color=theme.second, label="global rate")
    axes.plot(table.index, table["log_loss"], "o-", color=theme.first, label="model")
    axes.set_xticks(table.index, table["test_from"], rotation=35)
    axes.set(xlabel="tested from", ylabel="log-loss, nats a line")


def _months(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    axes.plot(table.index, table["observed_rate"], "s--", color=theme.second, label="observed")
    axes.plot(table.index, table["expected_rate"], "o-", color=theme.first, label="expected")
    axes.set_xticks(table.index, table["month"], rotation=35)
    highest = table[["observed_rate", "expected_rate"]].to_numpy().max()
    axes.set(xlabel="month of the order", ylabel="share returned", ylim=(0, 1.25 * highest))


def _reasons(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    rows = table[::-1].reset_index(drop=True)
    axes.barh(rows.index + 0.2, rows["returns_expected"], color=theme.first, height=0.36, label="expected")
    axes.barh(
        rows.index - 0.2, rows["returns_observed"], color=theme.second, height=0.36, hatch="///", label="observed"
    )
    axes.set_yticks(rows.index, [str(reason).replace("_", " ").lower() for reason in rows["reason"]])
    axes.grid(visible=False, axis="y")
    axes.set(xlabel="returned lines")


def _drivers(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    axes.barh(table["factor"][::-1], table["mean_absolute"][::-1], color=theme.first, height=0.7)
    axes.grid(visible=False, axis="y")
    axes.set(xlabel="how far a line's log-odds are moved, on average")


DRAWINGS: dict[str, Drawing] = {
    "calibration": _calibration,
    "precision_recall": _precision_recall,
    "lift": _lift,
    "months": _months,
    "backtest": _backtest,
    "importance": _importance,
    "reasons": _reasons,
    "drivers": _drivers,
}
"""The figures, by name."""
