"""The template environment of each language, with its filters for texts, numbers, money and times."""

from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Final

import jinja2

from serving.products.filters import as_text
from serving.products.web import texts
from serving.products.web.addresses import item_url, part_url
from serving.products.web.charts import embedded
from serving.products.web.drawing import bar, interval
from serving.products.web.language import NAMES, Language, language

FOLDER: Final = Path(__file__).parent.parent / "templates"


@cache
def environment(code: str) -> jinja2.Environment:
    """Give the template environment of one language."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    spoken = language(code)
    # The extension i18n adds this method to the environment.
    made.install_gettext_translations(spoken.translations, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "texts": texts,
        "languages": NAMES,
        "lang": spoken,
        "interval": interval,
        "bar": bar,
        "part_url": part_url,
    }
    made.filters |= _filters(spoken)
    return made


def _filters(spoken: Language) -> dict[str, object]:
    return {
        "t": spoken.text,
        "count": spoken.number,
        "percent": spoken.percent,
        "points": spoken.points,
        "sure": spoken.sure,
        "money": spoken.money,
        "price": spoken.price,
        "short_money": spoken.short_money,
        "date": spoken.date,
        "day": lambda iso: spoken.date(datetime.fromisoformat(iso)),
        "change": lambda share: f"{spoken.difference(100 * share, 1)}%",
        "moment": spoken.moment,
        "of_us": lambda us: datetime.fromtimestamp(us / 1e6, UTC),
        "known": spoken.translations.gettext,
        "embedded": partial(embedded, language=spoken),
        "item_url": item_url,
        "as_text": as_text,
        "warmth": warmth,
    }


def warmth(excess: float | None) -> str:
    """Give the class of a cell of the heat map: how far its share lies above or below the shop's."""
    steps = ((0.15, "heat-3"), (0.08, "heat-2"), (0.03, "heat-1"), (-0.03, ""), (-0.08, "cool-1"))
    value = 0.0 if excess is None else excess
    return next((name for least, name in steps if value >= least), "cool-2")
