"""Views of the page under /products/experiment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from data.logged.decisions import HOLDOUT, POLICY
from data.writing.csv_text import for_people
from serving.products.experiment import drawing, words
from serving.products.experiment.content import ALL, CHOSEN, Course, Earned, Experiment, Figures, Look, ReadOut, Scope
from serving.products.fields import read, wrong
from serving.products.policy.words import VERDICTS
from serving.products.web.language import Language, mark
from serving.products.web.page_context import PageContext
from serving.products.web.page_route import download

PROFIT: Final = "profit_minor"
ENDED: Final = frozenset({"harm", "not_comparable"})
"""The verdicts that ask for an act at once."""
COLUMNS: Final = (
    *("policy", "arm", "against", "scope", "measure", "figure", "figure_against", "difference", "low", "high", "level"),
    *("earned_a_month_minor", "earned_low_minor", "earned_high_minor"),
)


class Asked(BaseModel):
    """The parameters of the page: which experiment, and what its course is of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    experiment: str = ""
    measure: str = PROFIT
    arm: str = POLICY
    against: str = HOLDOUT


@dataclass(frozen=True)
class MeasureRow:
    """A measure with its name, and its figures; None where it is too early for them."""

    measure: str
    name: words.MeasureName
    figures: Figures | None


def page(view: PageContext) -> Response:
    """What the policy earned, by action and arm, with the checks, and over time."""
    asked = read(Asked, view.params)
    content = view.experiments.current()
    if content is None or not content.summary.experiments:
        if asked.experiment:
            raise wrong("experiment", "an experiment of the read-out", asked.experiment)
        summary = None if content is None else content.summary
        trouble = view.experiments.trouble()
        return view.page(
            "experiment.html.j2", content=content, summary=summary, trouble=trouble, chosen=None, currency=""
        )
    chosen = _chosen(content, asked)
    looks = _looks(content, chosen, asked)
    return view.page(
        "experiment.html.j2",
        content=content,
        summary=content.summary,
        trouble=view.experiments.trouble(),
        chosen=chosen,
        asked=asked,
        words=words,
        verdicts=VERDICTS,
        urgent=chosen.verdict in ENDED,
        harm_since=_harm_since(content.looks(_course(chosen, PROFIT, POLICY, HOLDOUT))),
        rows=measure_rows(chosen),
        courses=_courses(chosen),
        looks=looks,
        drawn=_drawn(view.language, looks, asked, view.desk.currency) if looks else None,
        written=lambda name, value, sign=False: written(view.language, name, value, view.desk.currency, signed=sign),
        around=drawing.around,
        most=_most([each.earned_a_month for each in (*chosen.actions.values(), chosen.chosen) if each is not None]),
        most_of_arms=_most([each for arm in chosen.arms.values() for each in (arm.earned, _directly(arm))]),
        currency=view.desk.currency,
    )


def csv(view: PageContext) -> Response:
    """The last look of each measure of the experiment, in each scope, as CSV."""
    asked = read(Asked, view.params)
    content = view.experiments.current()
    found = () if content is None or not content.summary.experiments else tuple(_csv_rows(_chosen(content, asked)))
    return download(view, "experiment", for_people(COLUMNS, [found], view.desk.currency))


def measure_rows(chosen: Experiment) -> list[MeasureRow]:
    """The measures of the scope of choices; those that are about all customers, of the scope of all."""
    scopes = [scope for name in (CHOSEN, ALL) if (scope := chosen.scopes.get(name)) is not None]
    found = {name: figures for scope in reversed(scopes) for name, figures in scope.measures.items()}
    known = set(found) | {name for scope in scopes for name in scope.too_early}
    return [MeasureRow(name, each, found.get(name)) for name, each in words.MEASURES.items() if name in known]


def written(language: Language, name: str, value: float | None, currency: str, *, signed: bool = False) -> str:
    """Write a figure of the measure ``name``; ``signed``: as a difference."""
    match words.MEASURES[name].kind:
        case "money":
            text = language.price(value, currency)
            return f"+{text}" if signed and value is not None and value > 0 else text
        case "share":
            return language.points(value, 2) if signed else language.percent(value, 2)
    return language.difference(value, 4) if signed else language.number(value, 4)


def _chosen(content: ReadOut, asked: Asked) -> Experiment:
    """The experiment that was asked for; the latest one without a question."""
    experiments = content.summary.experiments
    found = next((each for each in experiments if asked.experiment in {"", each.key}), None)
    if found is None:
        raise wrong("experiment", "an experiment of the read-out", asked.experiment)
    return found


def _looks(content: ReadOut, chosen: Experiment, asked: Asked) -> list[Look]:
    if asked.measure not in words.MEASURES:
        raise wrong("measure", f"one of {', '.join(words.MEASURES)}", asked.measure)
    if (asked.arm, asked.against) not in _courses(chosen):
        raise wrong("arm", "an arm that is compared, and with which one", f"{asked.arm}, {asked.against}")
    return content.looks(_course(chosen, asked.measure, asked.arm, asked.against)) or content.looks(
        _course(chosen, asked.measure, asked.arm, asked.against, ALL)
    )


def _course(chosen: Experiment, measure: str, arm: str, against: str, scope: str = CHOSEN) -> Course:
    return Course(chosen.policy_name, chosen.holdout_share, measure, arm, against, scope)


def _courses(chosen: Experiment) -> list[tuple[str, str]]:
    """The pairs of arms that are compared."""
    directly = [(name, POLICY) for name, arm in chosen.arms.items() if arm.against_policy is not None]
    return [(POLICY, HOLDOUT), *((name, HOLDOUT) for name in chosen.arms), *directly]


def _drawn(language: Language, looks: Sequence[Look], asked: Asked, currency: str) -> Any:
    top, bottom = drawing.reach(looks)
    labels = [written(language, asked.measure, each, currency, signed=True) for each in (top, 0.0, bottom)]
    last = looks[-1]
    ends = [
        written(language, asked.measure, each, currency, signed=True) for each in (last.difference, last.low, last.high)
    ]
    said = language.text(
        mark("%(measure)s: difference at each look with its interval; at the last one %(last)s, %(low)s to %(high)s"),
        measure=language.text(words.MEASURES[asked.measure].label), last=ends[0], low=ends[1], high=ends[2],
    )  # fmt: skip
    return drawing.course(looks, labels, [language.date(each.at) for each in (looks[0], last)], said)


def _harm_since(looks: Sequence[Look]) -> datetime | None:
    return next((each.at for each in looks if each.high < 0), None)


def _most(earned: Sequence[Earned | None]) -> float:
    ends = [abs(end) for each in earned if each is not None for end in (each.low_minor, each.high_minor)]
    return max(ends, default=1.0)


def _directly(arm: Any) -> Earned | None:
    return None if arm.against_policy is None else arm.against_policy.earned


def _csv_rows(chosen: Experiment) -> Iterator[tuple[Any, ...]]:
    compared: list[tuple[str, str, Any]] = [(POLICY, HOLDOUT, chosen.scopes)]
    for name, arm in chosen.arms.items():
        compared.append((name, HOLDOUT, arm.scopes))
        if arm.against_policy is not None:
            compared.append((name, POLICY, arm.against_policy.scopes))
    for arm_name, against, scopes in compared:
        for name, scope in scopes.items():
            yield from _rows_of(scope, (chosen.policy_name, arm_name, against, name))


def _rows_of(scope: Scope, key: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    for measure, each in scope.measures.items():
        money = scope.earned_a_month if measure == PROFIT else None
        ends = (None,) * 3 if money is None else (money.a_month_minor, money.low_minor, money.high_minor)
        yield *key, measure, each.figure, each.figure_against, each.difference, each.low, each.high, scope.level, *ends
