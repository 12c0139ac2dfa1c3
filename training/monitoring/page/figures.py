"""The figures of the page: log-loss and gap of the rate by week, as expected and as it was told at the time."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from training.report.page_figures import PageFigure, figure
from training.report.plots import Theme

LABELS = 12
"""The most weeks that are named on an axis."""


def losses(weeks: pd.DataFrame) -> PageFigure:
    """The log-loss of each week with its interval, beside what it would be if the scores were true chances."""
    return figure(_losses, weeks.reset_index(drop=True), "Final log-loss to expect, by week")


def rates(weeks: pd.DataFrame) -> PageFigure:
    """The rate of each week with its interval, beside the mean probability that was given."""
    return figure(_rates, weeks.reset_index(drop=True), "Final rate to expect and mean probability, by week")


def told(table: pd.DataFrame) -> PageFigure:
    """What was told of each week at one time, and what it came to."""
    return figure(_told, table.reset_index(drop=True), "Log-loss as it was told, and the final one, by week")


def _losses(axes: Axes, weeks: pd.DataFrame, theme: Theme) -> None:
    _bars(axes, weeks, "log_loss", theme, "expected in the end")
    axes.plot(weeks.index, weeks["expected_log_loss"], "--", color=theme.second, label="if the scores were right")
    _name(axes, weeks["slice"])
    axes.set(xlabel="week from", ylabel="log-loss, nats a line")


def _rates(axes: Axes, weeks: pd.DataFrame, theme: Theme) -> None:
    _bars(axes, weeks, "rate", theme, "expected in the end")
    axes.plot(weeks.index, weeks["mean_probability"], "--", color=theme.second, label="mean probability given")
    _name(axes, weeks["slice"])
    axes.set(xlabel="week from", ylabel="share returned")


def _told(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    _bars(axes, table, "log_loss", theme, "told")
    axes.plot(table.index, table["log_loss_final"], "x", color=theme.second, label="came")
    _name(axes, table["week"])
    axes.set(xlabel="week from", ylabel="log-loss, nats a line")


def _bars(axes: Axes, table: pd.DataFrame, name: str, theme: Theme, label: str) -> None:
    errors = np.maximum([table[name] - table[f"{name}_low"], table[f"{name}_high"] - table[name]], 0)
    axes.errorbar(table.index, table[name], yerr=errors, fmt="o", markersize=4, color=theme.first, label=label)


def _name(axes: Axes, names: pd.Series) -> None:
    step = max(1, -(-len(names) // LABELS))
    axes.set_xticks(names.index[::step], names[::step], rotation=35)
