"""Views of the pages to read: each takes the values of its template from the report."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from data.errors import UserError
from serving.products import alert_effect, alerts, attributes, item_page, items, shop
from serving.products.alert_effect import AlertEffect
from serving.products.alerts import Alert
from serving.products.fields import read, wrong
from serving.products.filters import AlertFilter, ItemFilter
from serving.products.item_page import ItemPage
from serving.products.reviews import ReviewEntry, ReviewState
from serving.products.web import charts, failures, texts
from serving.products.web.charts import Spec, Spike
from serving.products.web.language import mark
from serving.products.web.page_context import PageContext
from serving.products.web.page_route import download
from training.products.columns import DISCOUNT_BANDS

MOST_CATEGORIES: Final = 8
"""Rows of the heat map, so that the overview fits on one screen."""


class PeriodAsked(BaseModel):
    """The parameter of pages that show one period, in days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: Annotated[int, Field(ge=1, le=100_000)] | None = None


@dataclass(frozen=True)
class AlertCard:
    """An alert with its history and its effect."""

    alert: Alert
    history: tuple[ReviewEntry, ...]
    effect: AlertEffect | None


@dataclass(frozen=True)
class ChartFigure:
    """A chart: its id, its title, its rows, and the name of the part that can be downloaded."""

    id: str
    title: str
    spec: Spec
    rows: list[tuple[str, Any]]
    part: str


def overview(view: PageContext) -> Response:
    """The shop on one screen."""
    period = _period(view)
    found = [each for each in view.report.overview.periods if each.days == period]
    return view.page(
        "overview.html.j2",
        period=period,
        figures=found[0],
        shop=shop.item(view.report, period),
        heat=shop.heat_map(view.report, period, MOST_CATEGORIES),
        urgent=alerts.most_urgent(view.report, view.reviews, 5),
        counts=alerts.counts(view.report, view.reviews),
    )


def item_list(view: PageContext) -> Response:
    """The ranked table."""
    asked = _asked(view)
    page = items.find(view.report, asked)
    top = max([row.rate_high95 or 0.0 for row in page.rows], default=1.0) or 1.0
    return view.page("items.html.j2", asked=asked, page=page, choices=items.choices(view.report), top=top)


def item_list_csv(view: PageContext) -> Response:
    """The list of items as CSV, with all its rows."""
    asked = _asked(view)
    return download(view, f"{asked.level}-returns", items.csv(view.report, asked))


def item(view: PageContext) -> Response:
    """One product."""
    found = item_page.find(view.report, _product_id(view))
    if found is None:
        return failures.not_found(view)
    current = found.item(_period(view, beside="id")) or found.items[-1]
    alerts_ = alerts.of_product(view.report, view.reviews, current.item_id)
    return view.page(
        "item.html.j2",
        stored=False,
        found=found,
        item=current,
        attributes=attributes.of_product(view.report, current.item_id),
        figures=figures(view, found, current.period_days),
        cards=[card(view, alert) for alert in alerts_],
    )


def item_csv(view: PageContext) -> Response:
    """One part of a product's page as CSV."""
    part = view.request.path_params["part"]
    return download(view, part, item_page.csv(view.report, part, _product_id(view)))


def alert_list(view: PageContext) -> Response:
    """The list of alerts."""
    asked = read(AlertFilter, view.params)
    page = alerts.find(view.report, view.reviews, asked)
    return view.page(
        "alerts.html.j2",
        stored=False,
        asked=asked,
        page=page,
        cards=[card(view, alert) for alert in page.rows],
        choices=alerts.choices(view.report),
        states=[*ReviewState, "all"],
        counts=alerts.counts(view.report, view.reviews),
    )


def alert_list_csv(view: PageContext) -> Response:
    """The list of alerts as CSV, with all its rows."""
    asked = read(AlertFilter, view.params)
    say = partial(view.language.filled, currency=view.report.about.currency)
    return download(view, "alerts", alerts.csv(view.report, view.reviews, asked, say))


def segments(view: PageContext) -> Response:
    """The segments of customers; never single customers."""
    rows = shop.segments(view.report)
    named = {
        kind: [(view.language.text(texts.ACTIVITIES[row.segment]), row) for row in rows if row.segmentation == kind]
        for kind in texts.SEGMENTATIONS
    }
    tops = [row.rate_high95 for row in rows if row.rate_high95 is not None]
    return view.page("segments.html.j2", named=named, top=max(tops, default=1.0) or 1.0)


def segments_csv(view: PageContext) -> Response:
    """The segments of customers as CSV."""
    return download(view, "segments", shop.csv(view.report))


def about(view: PageContext) -> Response:
    """How to read the pages; without a report, the part that needs none."""
    try:
        return view.page("about.html.j2", about=view.report.about)
    except UserError:
        return view.page("about.html.j2", about=None)


def card(view: PageContext, alert: Alert) -> AlertCard:
    """Combine an alert with its history and its effect."""
    reviews = view.reviews
    history = reviews.history(alert.alert_id) if alert.review is not None else ()
    return AlertCard(alert, history, alert_effect.of_alert(view.report, reviews, alert))


def figures(view: PageContext, found: ItemPage, period: int) -> list[ChartFigure]:
    """Make the charts of a product's page; those without rows are left out."""
    spoken = view.language
    item = found.item(period)
    spike = Spike(item.spike_since) if item is not None and item.spike and item.spike_since is not None else None
    weeks = [(spoken.date(week.week), week) for week in found.weeks]
    reasons = list(found.reasons_of(period))
    named = [
        ("sizes", mark("Sizes"), "variants", [(row.value, row) for row in found.sizes]),
        ("colors", mark("Colors"), "variants", [(row.value, row) for row in found.colors]),
        ("discounts", mark("Discounts"), "prices", _in_order(view, found)),
        ("buyers", mark("Who buys it"), "buyers", _named_buyers(view, found)),
    ]
    made = [
        ChartFigure("time", mark("Rate over time"), charts.over_time(found.weeks, spike, spoken), weeks, "weekly"),
        ChartFigure(
            "reasons",
            mark("Why it comes back"),
            charts.reasons(reasons, spoken),
            [(spoken.text(texts.REASONS[row.reason]), row) for row in reasons],
            "reasons",
        ),
        *(ChartFigure(id_, title, charts.intervals(rows, spoken), rows, part) for id_, title, part, rows in named),
    ]
    return [figure for figure in made if figure.rows]


def _in_order(view: PageContext, found: ItemPage) -> list[tuple[str, Any]]:
    rows = sorted(found.prices, key=lambda row: DISCOUNT_BANDS.index(row.discount))
    return [(view.language.text(texts.DISCOUNTS[row.discount]), row) for row in rows]


def _named_buyers(view: PageContext, found: ItemPage) -> list[tuple[str, Any]]:
    order = list(texts.ACTIVITIES)
    rows = sorted(found.buyers, key=lambda row: order.index(row.segment))
    return [(view.language.text(texts.ACTIVITIES[row.segment]), row) for row in rows]


def _product_id(view: PageContext) -> str:
    """Give the product of the address: the end of its path, or its parameter ``id``; see `addresses.item_url`."""
    found: str = view.request.path_params.get("product_id") or view.request.query_params.get("id", "")
    return found


def _period(view: PageContext, beside: str | None = None) -> int:
    """Give the requested period, else the report's default; `FieldsError` where the report lacks the period.

    ``beside``: another parameter that the page takes.
    """
    asked = read(PeriodAsked, [(name, value) for name, value in view.params if name != beside])
    period = asked.period or view.report.default_period
    if period not in view.report.about.periods_days:
        raise wrong("period", f"one of {', '.join(map(str, view.report.about.periods_days))}", str(period))
    return period


def _asked(view: PageContext) -> ItemFilter:
    """Read the filter of items, and set its period, so that links and the form show it."""
    asked = read(attributes.item_filter(view.report), view.params)
    return asked if asked.period else asked.model_copy(update={"period": view.report.default_period})
