"""News of alarms in words: the subject and text of an e-mail, and the body of a webhook."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from data.number_format import ENGLISH
from serving.telling.news import AlarmNews, Kind

TYPE: Final = "quality.alarm"
MOST_SUBJECT: Final = 150
HEADS: Final = {
    Kind.BEGUN: "New alarm",
    Kind.WORSE: "An alarm got worse",
    Kind.ENDED: "An alarm is over",
    Kind.TRY: "A try: nothing is wrong",
}
OVER: Final = "Nothing has told of it for four weeks: scores and returns agree again, as far as can be known by now."


class Body(BaseModel):
    """The body of a webhook, as Standard Webhooks lay it out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Annotated[str, Field(description=f"always `{TYPE}`")]
    timestamp: Annotated[datetime, Field(description="when the news was found")]
    data: Annotated[AlarmNews, Field(description="what is new about one alarm")]


def body(news: AlarmNews, at: datetime) -> str:
    """Write the body of a webhook, JSON."""
    return Body(type=TYPE, timestamp=at, data=news).model_dump_json()


def subject(news: Sequence[AlarmNews]) -> str:
    """Name the first of ``news``, which costs most, and how many more there are; one line."""
    first, more = news[0], f" and {len(news) - 1} more" if len(news) > 1 else ""
    said = f"{first.model}: {HEADS[first.news].lower()}, {segment(first)}"
    if first.news in {Kind.BEGUN, Kind.WORSE}:
        said += f": {_parts(first)}, {money(first)} a month"
    room = MOST_SUBJECT - len(more)
    return (said if len(said) <= room else f"{said[: room - 1]}…") + more


def text(news: Sequence[AlarmNews]) -> str:
    """Write the text of an e-mail about all of ``news``."""
    return "\n\n".join(map(_paragraph, news)) + "\n"


def segment(news: AlarmNews) -> str:
    """Name the segment of an alarm, on one line."""
    named = news.slice if news.kind == "all" else f"{news.kind} {news.slice}"
    return " ".join(named.split())


def money(news: AlarmNews) -> str:
    """Write what an alarm costs or saves in a month."""
    amount = abs(news.cost_minor_a_month)
    return ENGLISH.money(amount, news.currency) if news.currency else f"{ENGLISH.number(amount)} minor units"


def _parts(news: AlarmNews) -> str:
    """What parts: returns from scores, or the scores from how sure they may be."""
    if news.direction in {"more", "fewer"}:
        return f"{news.direction} returns than the scores say"
    return f"the scores are {news.direction}"


def _paragraph(news: AlarmNews) -> str:
    if news.news is Kind.TRY:
        return f"{HEADS[news.news]}\n\n{news.text}"
    percent, rate = ENGLISH.percent, news.rate
    rows = {
        "Segment": segment(news),
        "Since": f"{news.since:%Y-%m-%d}",
        "Comes back": f"{percent(rate.value)} ({percent(rate.low)} to {percent(rate.high)}) of {news.lines:,} lines;"
        f" the scores said {percent(news.mean_probability)}",
        "What": _parts(news),
        "Money": f"{money(news)} a month, {'a loss' if news.cost_minor_a_month > 0 else 'saved'}",
        "Alarm": news.id,
    }
    wide = max(map(len, rows)) + 1
    table = "\n".join(f"{name + ':':<{wide}} {value}" for name, value in rows.items())
    return f"{HEADS[news.news]}\n\n{table}\n\n{OVER if news.news is Kind.ENDED else news.text}"
