"""Writes the letter: procedure and principles, data, result, what would change it, decision, and rights.

It follows what the Court of Justice asks for in C-203/22 (27 February 2025, Dun & Bradstreet Austria): the procedure
and principles actually applied, in an intelligible form, and to what extent other data would have led to another
result. A formula is not enough.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from html import escape
from typing import Final

from scipy.special import expit

from data.logged.decisions import HOLDOUT, Decision
from data.times import from_us
from features.catalog import CatalogEntry
from features.online_state.order import Order, OrderLine
from serving.letter import data_used
from serving.letter.data_used import Asked, Facts, Reads, written
from serving.letter.facts import fact
from serving.letter.history import History
from serving.letter.language import Language
from serving.letter.variations import GUEST, Varied
from serving.scores import BasketScore, ScoreDriver, WhatIfScore

STRONG, WEAK = 0.5, 0.1
"""A contribution above the one, in log-odds, is called strong, and one below the other slight."""
LEAST: Final = 0.005
"""A probability that moves by less is said not to change."""


class Kind(StrEnum):
    """What a block of the letter is, named by its element of HTML."""

    TITLE = "h1"
    HEADING = "h2"
    ITEM = "h3"
    TEXT = "p"
    POINT = "li"


Block = tuple[Kind, str]


@dataclass(frozen=True)
class Model:
    """What the letter says of the model: how many ``lines`` it learned from, ordered before ``until``.

    ``catalog``: of its score. ``level``: whether scores have a level of the day. ``demographics``: whether age and
    title are features. ``expected``: the mean log-odds that drivers are added to, without the level. ``reads``: the
    data that it reads.
    """

    lines: int
    until: datetime
    catalog: Sequence[CatalogEntry]
    demographics: bool
    level: bool
    expected: float
    reads: Reads


@dataclass(frozen=True)
class Logged:
    """A decision of the log, and the probabilities of then by the line; none where no log has them."""

    decision: Decision
    probabilities: Sequence[float] = ()


@dataclass(frozen=True)
class Explained:
    """An order with its score, why, and what would change it.

    ``features``: of each line, by name, NaN where missing. ``facts``: the lines with the facts that the state filled
    in. ``history``: of the customer; None where the state counts nothing of earlier orders. ``at``: the time of the
    score. ``known_until``: the latest fact of the state.
    """

    order: Order
    score: BasketScore
    features: Sequence[Mapping[str, float]]
    facts: Facts
    varied: Sequence[Varied]
    model: Model
    history: History | None
    at: datetime
    currency: str
    known_until: datetime | None = None
    contact: str | None = None
    logged: Logged | None = None


def blocks(explained: Explained, language: Language) -> Iterator[Block]:
    """Write the letter, block by block."""
    yield Kind.TITLE, language.say("title")
    yield Kind.TEXT, language.say("date", date=language.day(explained.at))
    yield Kind.TEXT, language.say("intro")
    yield from _procedure(explained.model, language)
    yield from _data(explained, language)
    yield from _result(explained, language)
    yield from _changes(explained, language)
    if explained.logged is not None:
        yield from _decision(explained, explained.logged, language)
    yield from _rights(explained, language)


def text(found: Iterator[Block]) -> str:
    """The letter as plain text."""
    marks = {Kind.TITLE: "# ", Kind.HEADING: "\n## ", Kind.ITEM: "\n### ", Kind.TEXT: "\n", Kind.POINT: "- "}
    return "\n".join(marks[kind] + said for kind, said in found) + "\n"


def html(found: Iterator[Block], language: Language) -> str:
    """The letter as a page that needs nothing else."""
    parts, inside = [], False
    for kind, said in found:
        if (kind is Kind.POINT) != inside:
            parts.append("<ul>" if kind is Kind.POINT else "</ul>")
            inside = kind is Kind.POINT
        parts.append(f"<{kind}>{escape(said)}</{kind}>")
    body = "\n".join([*parts, *(["</ul>"] if inside else [])])
    title = escape(language.say("title"))
    style = "body{font:1rem/1.5 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{style}</style>'
    return f'<!doctype html>\n<html lang="{language.code}">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def _procedure(model: Model, language: Language) -> Iterator[Block]:
    def say(key: str, **values: object) -> Block:
        return Kind.TEXT, language.say("procedure", key, **values)

    factors = sorted({entry.factor for entry in model.catalog})
    yield Kind.HEADING, language.say("procedure", "title")
    yield say("learned", lines=language.number(model.lines), until=language.day(model.until))
    yield say("weighed", factors=language.listed([language.say("factor", each) for each in factors]))
    yield say("start", base=language.share(float(expit(model.expected))))
    if model.level:
        yield say("level")
    yield say("demographics_yes" if model.demographics else "demographics_no")


def _data(explained: Explained, language: Language) -> Iterator[Block]:
    yield Kind.HEADING, language.say("data", "title")
    items = language.listed(_item(line, explained, language) for line in explained.order.lines)
    known = explained.history is not None, explained.known_until or explained.at
    unlearned = {each.field for each in explained.score.missing or () if each.unknown_label}
    asked = Asked(explained.order, explained.facts, unlearned)
    for said in data_used.points(explained.model.reads, asked, known, items, language):
        yield Kind.POINT, said


def _result(explained: Explained, language: Language) -> Iterator[Block]:
    yield Kind.HEADING, language.say("result", "title")
    entries = {entry.name: entry for entry in explained.model.catalog}
    for number, (line, score) in enumerate(zip(explained.order.lines, explained.score.lines, strict=True), 1):
        yield Kind.ITEM, language.say("result", "item", number=number, product=_item(line, explained, language))
        ends = {"chance": score.probability, "low": score.low, "high": score.high}
        written = {name: language.share(value) for name, value in ends.items()}
        level = explained.score.level
        if level is None:
            yield Kind.TEXT, language.say("result", "chance_alone", **written)
        else:
            yield Kind.TEXT, language.say("result", "chance", level=language.share(level, 0), **written)
        drivers = None if score.why is None else score.why.drivers
        for driver in () if drivers is None else drivers.factors:
            yield Kind.POINT, _driver(driver, entries, explained.features[number - 1], explained.currency, language)
    missing = explained.score.missing
    if missing:
        fields = [_field(each.field, language) for each in missing]
        yield Kind.TEXT, language.say("result", "missing", fields=language.listed(fields))


def _driver(
    driver: ScoreDriver,
    entries: Mapping[str, CatalogEntry],
    values: Mapping[str, float],
    currency: str,
    language: Language,
) -> str:
    size = abs(driver.contribution)
    how = ("up" if driver.contribution > 0 else "down") + (
        "_strong" if size > STRONG else "_weak" if size < WEAK else ""
    )
    return language.say(
        "result",
        "raised",
        factor=_sentence(language.say("factor", driver.factor)),
        strength=language.say("strength", how),
        fact=fact(language, entries[driver.feature], values, currency),
    )


def _changes(explained: Explained, language: Language) -> Iterator[Block]:
    yield Kind.HEADING, language.say("changes", "title")
    now = [line.probability for line in explained.score.lines]
    said = [_varied(each, now, explained.history is not None, language) for each in explained.varied]
    said += [
        _line(_what_if(number, found, language), {number - 1: found.probability}, now, language)
        for number, line in enumerate(explained.score.lines, 1)
        for found in (() if line.why is None else line.why.what_ifs or ())
    ]
    if not said:
        yield Kind.TEXT, language.say("changes", "none")
        return
    yield Kind.TEXT, language.say("changes", "intro")
    for each in said:
        yield Kind.POINT, each
    if explained.history is not None and not explained.history.lines:
        settled = explained.history.settled
        yield Kind.TEXT, language.say("changes", "counts_alone" if settled else "no_outcome", count=settled)


def _varied(varied: Varied, now: Sequence[float], history: bool, language: Language) -> str:  # noqa: FBT001 - a fact
    variation, values = varied.variation, dict(varied.variation.values)
    if "field" in values:
        values["field"] = language.say("field", values["field"])
        for name in ("value", "now"):
            if name in values:
                values[name] = written(values[name], language)
    if "day" in values:
        values["day"] = language.day(values["day"])
    kind = "guest_without_history" if variation.kind == GUEST and not history else variation.kind
    what = language.say("change", kind, **values)
    return _line(_sentence(what), varied.probabilities, now, language)


def _line(what: str, then: Mapping[int, float], now: Sequence[float], language: Language) -> str:
    moved = [
        language.say(
            "changes", "result", number=place + 1, then=language.share(probability), now=language.share(now[place])
        )
        for place, probability in then.items()
        if abs(probability - now[place]) >= LEAST
    ]
    return language.say("changes", "line", what=what, results=language.listed(moved) or language.say("changes", "same"))


def _what_if(number: int, found: WhatIfScore, language: Language) -> str:
    return language.say("change", found.change.value, number=number, size=found.size)


def _decision(explained: Explained, logged: Logged, language: Language) -> Iterator[Block]:
    made = logged.decision

    def say(key: str, **values: object) -> Block:
        return Kind.TEXT, language.say("decision", key, **values)

    yield Kind.HEADING, language.say("decision", "title")
    yield say("at", date=language.day(from_us(made.decided_at)), id=made.decision_id, policy=made.policy)
    if made.arm == HOLDOUT and HOLDOUT in made.shares:
        yield say("holdout", share=language.share(made.shares[HOLDOUT]))
    if made.action is None:
        yield say("nothing")
    else:
        items = [
            _item(explained.order.lines[place], explained, language)
            for place in made.lines
            if place < len(explained.order.lines)
        ]
        yield say("action", action=made.action.replace("_", " "), items=language.listed(items))
    yield say("chance", chance=language.share(made.propensity))
    if logged.probabilities:
        yield say("logged", chances=language.listed(language.share(each) for each in logged.probabilities))
    if made.ruled_out:
        yield say("others")
        for action, why in made.ruled_out.items():
            words = language.say("decision", "other", action=action.replace("_", " "), why=language.say("why_not", why))
            yield Kind.POINT, words
    yield say("none_refused")


def _rights(explained: Explained, language: Language) -> Iterator[Block]:
    yield Kind.HEADING, language.say("rights", "title")
    yield Kind.TEXT, language.say("rights", "contest")
    yield Kind.TEXT, language.say("rights", "complain")
    if explained.contact is not None:
        yield Kind.TEXT, language.say("rights", "contact", contact=explained.contact)


def _item(line: OrderLine, explained: Explained, language: Language) -> str:
    words = [line.product_id, *(each for each in (line.size, line.color) if each is not None)]
    return ", ".join([*words, f"{line.quantity} × {language.price(line.price_minor, explained.currency)}"])  # noqa: RUF001


def _field(name: str, language: Language) -> str:
    return language.say("field", name.removeprefix("product.").removeprefix("customer.").removeprefix("attributes."))


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:]
