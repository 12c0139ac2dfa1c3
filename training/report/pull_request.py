"""What a change did to the headline metrics, in Markdown, for the comment of a pull request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from data.number_format import ENGLISH
from training.evaluation.headline import AGAINST_BEST, OF_BACKTEST, OF_TEST

LESS_IS_BETTER = ("log_loss", "backtest_log_loss", "ece", "reasons_log_loss", "against_best", "refusals")
MORE_IS_BETTER = ("roc_auc", "backtest_roc_auc", "average_precision", "saving_minor")
SHOWN = (*OF_BACKTEST, *AGAINST_BEST, *OF_TEST, "refusals")
"""The order: first those by which one chooses. Others, such as those of another layout, are left out."""
MONEY = ("saving_minor",)
SAME = 5e-7
"""Metrics are rounded to six digits: a difference below that is none."""
NUMBERS = replace(ENGLISH, missing="-")

Changes = Mapping[str, Mapping[str, Any]]
"""By file, then by the path of the metric or parameter: ``old`` and ``new``, of which one may be absent."""


def comment(against: str, metrics: Changes, params: Changes, refusals: Sequence[str]) -> str:
    """Write the comment.

    Parameters
    ----------
    against
        The revision that is compared with, such as ``main``.
    metrics, params
        What ``dvc metrics diff --all --json`` and ``dvc params diff --json`` give.
    refusals
        Why the gate refused the model; empty where it let it through.
    """
    lines = [f"## Return risk: this change against `{against}`", "", *_verdict(refusals), ""]
    lines += ["### What was changed", "", *_parameters(params), ""]
    lines += ["### Headline metrics", "", *_metrics(metrics)]
    return "\n".join(lines) + "\n"


def _verdict(refusals: Sequence[str]) -> Iterator[str]:
    if not refusals:
        yield "**The gate lets the model through.**"
        return
    yield "**The gate refuses the model:**"
    yield ""
    yield from (f"- {each}" for each in refusals)


def _parameters(params: Changes) -> Iterator[str]:
    changed = {path: each for file in params.values() for path, each in file.items()}
    if not changed:
        yield "No parameter: code or data."
        return
    yield "| parameter | before | now |"
    yield "| --- | --- | --- |"
    for path, each in sorted(changed.items()):
        yield f"| `{path}` | {_code(each.get('old'))} | {_code(each.get('new'))} |"


def _metrics(metrics: Changes) -> Iterator[str]:
    known = {path: each for file in metrics.values() for path, each in file.items()}
    if not known:
        yield "There are none: run `dvc repro` first, and `dvc pull` for those of before."
        return
    yield "| metric | before | now | difference | |"
    yield "| --- | ---: | ---: | ---: | --- |"
    for name in (each for each in SHOWN if each in known):
        old, new = known[name].get("old"), known[name].get("new")
        digits = 0 if name in MONEY or name == "refusals" else 5
        figures = (NUMBERS.number(each, digits) for each in (old, new))
        yield f"| `{name}` | {' | '.join(figures)} | {_difference(old, new, digits)} | {_word(name, old, new)} |"
    yield ""
    yield "Choose by the backtest. The test lines confirm: a model that was chosen by them looks better than it is."


def _difference(old: float | None, new: float | None, digits: int) -> str:
    if old is None or new is None:
        return NUMBERS.missing
    return NUMBERS.difference(new - old, digits)


def _word(name: str, old: float | None, new: float | None) -> str:
    if old is None or new is None or abs(new - old) < SAME:
        return ""
    if name in LESS_IS_BETTER:
        return "better" if new < old else "worse"
    if name in MORE_IS_BETTER:
        return "better" if new > old else "worse"
    return ""


def _code(value: Any) -> str:
    return NUMBERS.missing if value is None else f"`{value}`"
