"""The figures of the pages: learning curve, ablation, one effect, and gaps over time."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from training.report.page_figures import PageFigure, figure
from training.report.plots import Theme, rows_height
from training.understanding.retraining.curve import LINES


def curve(table: pd.DataFrame) -> PageFigure:
    """Log-loss by the number of training lines, a dot a draw and a line through their means."""
    return figure(_curve, table[table["kind"] == LINES], "Log-loss by training lines")


def ablation(table: pd.DataFrame) -> PageFigure:
    """Rise of the log-loss without each factor or column, with its interval, beside the seeds' own."""
    return figure(_ablation, table, "Rise of the log-loss without each of them", rows_height(table))


def effect(table: pd.DataFrame, name: str) -> PageFigure:
    """The effect of one feature."""
    return figure(_effect, table, f"Effect of {name} on the log-odds", 2.6)


def weeks(table: pd.DataFrame) -> PageFigure:
    """The gap of each week, with its interval."""
    return figure(_weeks, table.reset_index(drop=True), "Observed minus expected share returned, by week")


def _curve(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    means = table.groupby("size", as_index=False)[["train_lines", "log_loss"]].mean()  # draws differ in lines
    axes.plot(table["train_lines"], table["log_loss"], "o", color=theme.second, markersize=4, label="one draw")
    axes.plot(means["train_lines"], means["log_loss"], "-", color=theme.first, label="mean")
    axes.set_xscale("log")
    axes.set(xlabel="training lines", ylabel="log-loss, nats a line")


def _ablation(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    rows = table[::-1].reset_index(drop=True)
    seeds = (rows["kind"] == "seed").to_numpy()
    for mask, color, label in ((~seeds, theme.first, "left out"), (seeds, theme.second, "another seed")):
        part = rows[mask]
        errors = [part["difference"] - part["low"], part["high"] - part["difference"]]
        axes.errorbar(
            part["difference"], part.index, xerr=np.maximum(errors, 0), fmt="o", markersize=4, color=color, label=label
        )
    axes.axvline(0, linestyle="--", color=theme.faint)
    axes.set_yticks(rows.index, rows["name"])
    axes.tick_params(axis="y", labelsize=7.5)
    axes.grid(visible=False, axis="y")
    axes.set(xlabel="rise of the log-loss, nats a line")


def _effect(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    axes.fill_between(table["value"], table["low"], table["high"], color=theme.first, alpha=0.25, linewidth=0)
    axes.plot(table["value"], table["effect"], ".-", color=theme.first)
    axes.axhline(0, linestyle="--", color=theme.faint)
    axes.set(xlabel=str(table["feature"].iloc[0]), ylabel="log-odds")


def _weeks(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    errors = [table["gap"] - table["gap_low"], table["gap_high"] - table["gap"]]
    axes.errorbar(table.index, table["gap"], yerr=np.maximum(errors, 0), fmt="o", markersize=4, color=theme.first)
    axes.axhline(0, linestyle="--", color=theme.second)
    step = max(1, len(table) // 12)
    axes.set_xticks(table.index[::step], table["slice"][::step], rotation=35)
    axes.set(xlabel="week from", ylabel="observed minus expected")
