"""Views of the page under /products/model, to which /model leads."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from starlette.responses import RedirectResponse, Response

from data.writing.csv_text import for_people
from serving.http.request_context import exchange_of
from serving.http.service import instance_of
from serving.ports import ModelDescription
from serving.products.model import drawing, words
from serving.products.model.drawing import Week
from serving.products.web.language import Language, mark
from serving.products.web.page_context import PageContext
from serving.products.web.page_route import download
from serving.quality.found import ALL, DAY, WEEK, Alarm, Part, Quality

IN_TIME: Final = frozenset({ALL, DAY, WEEK, "part"})
"""Kinds of parts that follow each other in time, or hold all lines: they are no slices."""
SHOWN: Final = 12
"""Slices that are shown at once, or more where more of them stand out; the others open on demand."""
COLUMNS: Final = (
    *("kind", "name", "lines", "settled", "known", "mean_probability", "rate", "rate_low", "rate_high"),
    *("log_loss", "log_loss_low", "log_loss_high", "expected_log_loss", "level", "slope", "beyond", "found"),
)


def page(view: PageContext) -> Response:
    """Today's quality of the scores, level, alarms, slices and trend."""
    found, trouble = view.quality.current()
    told = found is not None and found.whole is not None
    weeks, slices = _of_kind(found, WEEK), _slices(found)
    return view.page(
        "model.html.j2",
        found=found,
        trouble=trouble,
        told=told,
        every_seconds=view.quality.every_seconds,
        model=_model(view),
        alarms=sorted(
            () if found is None else found.alarms, key=lambda each: (not each.open, -each.cost_minor_a_month)
        ),
        trends=_trends(view.language, weeks) if weeks else (),
        weeks=weeks,
        days=_of_kind(found, DAY),
        versions=_of_kind(found, "part"),
        slices=slices,
        moves=view.quality.moves(),
        first=max(SHOWN, sum(bool(each.found) for each in slices)),
        words=words,
        named=lambda kind, name: named(view.language, kind, name),
        kind_of=lambda kind: view.language.text(words.KINDS.get(kind, kind)),
        advice=lambda alarm: view.language.text(_advice(alarm)),
    )


def to_page(_: PageContext) -> Response:
    """Lead from /model to the page."""
    return RedirectResponse("/products/model", 308)


def csv(view: PageContext) -> Response:
    """Every part of the lines with its figures, as CSV."""
    found, _ = view.quality.current()
    rows = () if found is None else tuple(_csv_rows(found))
    return download(view, "model-quality", for_people(COLUMNS, [rows]))


def named(language: Language, kind: str, name: str) -> str:
    """What a slice is called."""
    known = words.NAMES.get((kind, name)) or words.MISSING.get(name)
    return name if known is None else language.text(known)


def _advice(alarm: Alarm) -> str:
    if alarm.direction not in words.LEVEL:
        return words.SLOPE
    return words.ADVICE.get(alarm.kind, words.ADVICE["category"]) if alarm.direction == "more" else words.FEWER


def _model(view: PageContext) -> ModelDescription:
    service = instance_of(view.request).services[exchange_of(view.request.scope).shop]
    return service.parts.models.describe()


def _of_kind(found: Quality | None, kind: str) -> list[Part]:
    return [] if found is None else [each for each in found.parts if each.kind == kind]


def _slices(found: Quality | None) -> list[Part]:
    """The slices: first those that stand out, then by how far they lie from what was said."""
    slices = () if found is None else [each for each in found.parts if each.kind not in IN_TIME]
    return sorted(slices, key=lambda each: (not each.found, -abs(each.beyond)))


def _trends(language: Language, weeks: Sequence[Part]) -> list[tuple[str, object]]:
    """The log-loss and the rate of each week, drawn."""
    days = [_day(language, each.name) for each in weeks]
    losses = [Week(day, each.log_loss, each.expected_log_loss) for day, each in zip(days, weeks, strict=True)]
    rates = [Week(day, each.rate, each.mean_probability) for day, each in zip(days, weeks, strict=True)]
    last = weeks[-1]
    loss_words = language.text(
        mark("Log-loss by week; of the week of %(week)s it will be %(value)s, %(low)s to %(high)s"),
        week=days[-1], value=language.number(last.log_loss.value, 4), low=language.number(last.log_loss.low, 4),
        high=language.number(last.log_loss.high, 4),
    )  # fmt: skip
    rate_words = language.text(
        mark("Return rate by week; of the week of %(week)s it will be %(value)s, %(low)s to %(high)s"),
        week=days[-1], value=language.percent(last.rate.value), low=language.percent(last.rate.low),
        high=language.percent(last.rate.high),
    )  # fmt: skip
    return [
        (language.text(mark("Log-loss")), drawing.trend(losses, lambda each: language.number(each, 3), loss_words)),
        (language.text(mark("Return rate")), drawing.trend(rates, language.percent, rate_words)),
    ]


def _day(language: Language, iso: str) -> str:
    return language.date(datetime.fromisoformat(iso))


def _csv_rows(found: Quality) -> Iterator[tuple[object, ...]]:
    for each in found.parts:
        yield (
            *(each.kind, each.name, each.lines, each.settled, each.known, each.mean_probability),
            *(each.rate.value, each.rate.low, each.rate.high),
            *(each.log_loss.value, each.log_loss.low, each.log_loss.high, each.expected_log_loss),
            *(each.level, each.slope, each.beyond, each.found),
        )
