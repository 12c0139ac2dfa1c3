"""The charts of a product's page, as Vega-Lite specs: this module has data and texts, the style sheet the colors.

Marks name a style (``band``, ``rate``, ``expected`` and so on) that `static/charts.js` colors for light and dark.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from babel import dates
from markupsafe import Markup

from serving.products.rows import ReasonRow, Week
from serving.products.web import texts
from serving.products.web.language import Language, mark

Spec = dict[str, Any]
SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""Names the version of the specs; nothing is loaded from this address."""
_STEP: Final = 26
"""Height of one row, in pixels."""
_PERCENT: Final = {"format": ".0%", "tickCount": 5, "labelOverlap": True, "labelSeparation": 8}


class Rated(Protocol):
    """A row with a rate, its 80% interval, its expected rate, and its number of lines."""

    @property
    def lines(self) -> int: ...  # noqa: D102
    @property
    def rate(self) -> float | None: ...  # noqa: D102
    @property
    def rate_low80(self) -> float | None: ...  # noqa: D102
    @property
    def rate_high80(self) -> float | None: ...  # noqa: D102
    @property
    def expected_rate(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True)
class Spike:
    """A rise: the week in which it began."""

    since: datetime


def over_time(weeks: Sequence[Week], spike: Spike | None, language: Language) -> Spec:
    """Draw the rate week by week with its 80% interval, the expected rate, and when a rise began."""
    values = [
        {
            "week": week.week.strftime("%Y-%m-%d"),
            "rate": week.rate,
            "low": week.rate_low80,
            "high": week.rate_high80,
            "expected": week.expected_rate,
            "tip": _tip(language, language.date(week.week), week),
        }
        for week in weeks
    ]
    x = {"field": "week", "type": "temporal", "title": None, "scale": {"type": "utc"}, "axis": {"tickCount": 6}}
    y = {"type": "quantitative", "title": language.text(mark("return rate")), "axis": _PERCENT, "scale": {"zero": True}}
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "style": "band"},
            "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}},
        },
        {"mark": {"type": "line", "style": "expected"}, "encoding": {"x": x, "y": {"field": "expected", **y}}},
        {"mark": {"type": "line", "style": "rate"}, "encoding": {"x": x, "y": {"field": "rate", **y}}},
        {
            "mark": {"type": "point", "style": "dot", "filled": True},
            "encoding": {"x": x, "y": {"field": "rate", **y}, "tooltip": {"field": "tip"}},
        },
    ]
    if spike is not None:
        layers += _spike(spike, x, language)
    return _chart(
        layers, values, 260, language, mark("Return rate by week, with its 80%% interval and what is expected")
    )


def _spike(spike: Spike, x: Spec, language: Language) -> list[Spec]:
    data = {"values": [{"week": spike.since.strftime("%Y-%m-%d"), "label": language.text(mark("sudden rise"))}]}
    return [
        {"data": data, "mark": {"type": "rule", "style": "spike"}, "encoding": {"x": x}},
        {
            "data": data,
            "mark": {"type": "text", "style": "spike-label", "align": "left", "dx": 4, "dy": 8, "y": 0},
            "encoding": {"x": x, "text": {"field": "label"}},
        },
    ]


def intervals(rows: Sequence[tuple[str, Rated]], language: Language) -> Spec:
    """Draw one line for each row: its rate as a dot, its 80% interval, and its expected rate as a tick."""
    values = [
        {
            "name": name,
            "rate": row.rate,
            "low": row.rate_low80,
            "high": row.rate_high80,
            "expected": row.expected_rate,
            "tip": _tip(language, name, row),
        }
        for name, row in rows
    ]
    y = {"field": "name", "type": "nominal", "sort": None, "title": None}
    title = language.text(mark("return rate"))
    x = {"type": "quantitative", "title": title, "axis": _PERCENT, "scale": {"zero": True, "nice": True}}
    tip = {"tooltip": {"field": "tip"}}
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "style": "within"},
            "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "tick", "style": "expected-tick"},
            "encoding": {"y": y, "x": {"field": "expected", **x}} | tip,
        },
        {
            "mark": {"type": "point", "style": "dot", "filled": True},
            "encoding": {"y": y, "x": {"field": "rate", **x}} | tip,
        },
    ]
    return _chart(
        layers, values, _STEP * len(values), language, mark("Return rates with 80%% intervals and what is expected")
    )


def reasons(rows: Sequence[ReasonRow], language: Language) -> Spec:
    """Draw the share of each reason as a bar, and its share in the category as a tick."""
    values = [
        {
            "name": language.text(texts.REASONS[row.reason]),
            "share": row.share,
            "parent": row.parent_share,
            "tip": language.text(
                mark("%(name)s: %(share)s, category %(parent)s"),
                name=language.text(texts.REASONS[row.reason]),
                share=language.percent(row.share),
                parent=language.percent(row.parent_share),
            ),
        }
        for row in rows
    ]
    y = {"field": "name", "type": "nominal", "sort": None, "title": None}
    x = {"type": "quantitative", "title": language.text(mark("share of returns")), "axis": _PERCENT}
    tip = {"tooltip": {"field": "tip"}}
    layers: list[Spec] = [
        {"mark": {"type": "bar", "style": "share"}, "encoding": {"y": y, "x": {"field": "share", **x}} | tip},
        {"mark": {"type": "tick", "style": "expected-tick"}, "encoding": {"y": y, "x": {"field": "parent", **x}} | tip},
    ]
    return _chart(
        layers, values, _STEP * len(values), language, mark("Share of each reason, and its share in the category")
    )


def embedded(spec: Spec, language: Language) -> Markup:
    """Write a spec as the content of a script element of JSON."""
    content = json.dumps({"spec": spec, "time": _time_format(language)}, ensure_ascii=False, separators=(",", ":"))
    return Markup(content.replace("<", "\\u003c").replace("\N{LINE SEPARATOR}", ""))  # noqa: S704 - can't end the script


def _chart(layers: list[Spec], values: list[Spec], height: int, language: Language, description: str) -> Spec:
    return {
        "$schema": SCHEMA,
        "description": language.text(description),
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": values},
        "layer": layers,
    }


def _tip(language: Language, name: str, row: Rated) -> str:
    return language.text(
        mark("%(name)s: %(rate)s (%(low)s to %(high)s), expected %(expected)s, %(lines)s lines"),
        name=name,
        rate=language.percent(row.rate),
        low=language.percent(row.rate_low80),
        high=language.percent(row.rate_high80),
        expected=language.percent(row.expected_rate),
        lines=language.number(row.lines),
    )


def _time_format(language: Language) -> Spec:
    """Give d3's format of times in a language: https://d3js.org/d3-time-format#timeFormatLocale."""
    locale = language.locale
    months, days = dates.get_month_names, dates.get_day_names
    numbered, sunday_first = range(1, 13), (6, 0, 1, 2, 3, 4, 5)
    return {
        "dateTime": "%x %X",
        "date": "%Y-%m-%d",
        "time": "%H:%M",
        "periods": ["AM", "PM"],
        "days": [days("wide", locale=locale)[day] for day in sunday_first],
        "shortDays": [days("abbreviated", locale=locale)[day] for day in sunday_first],
        "months": [months("wide", locale=locale)[month] for month in numbered],
        "shortMonths": [months("abbreviated", locale=locale)[month] for month in numbered],
    }
