"""Writes a letter that explains to a person how an order was assessed: ``python -m serving.letter basket.json``.

The basket is a request for a score, as the checkout sends it. It is scored by the model and the state that the service
has now; each change that the letter tells of is scored in the same way. ``make letter`` is the same.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import UserError
from data.files import write_private
from data.stage import run
from data.times import from_us, now_us
from features.online_state.order import Order
from features.recipe import Recipe
from serving.assembly.reader import Reader, assemble_reader
from serving.http import attributes, currencies
from serving.http.problems import ProblemError
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.letter import decision, history
from serving.letter.arguments import read_basket, read_instead, require_place
from serving.letter.content import Explained, Model, blocks, html, text
from serving.letter.data_used import Reads
from serving.letter.history import History
from serving.letter.language import LOCALES, Language
from serving.letter.variations import vary
from serving.process.file_rights import keep_from_others
from serving.scores import Explain
from serving.scoring.scorer import ScoredBaskets
from serving.settings import Settings
from serving.shops import Shop
from training.registry.contact import CardParams


def main() -> None:
    """Write the letter.

    Raises
    ------
    UserError
        An argument is wrong, the basket can't be read or scored, there is no such decision, or neither model nor state.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.letter", description=__doc__)
    parser.add_argument("basket", type=Path, help="JSON file with the basket, as POST /v1/score takes it")
    parser.add_argument("--decision", help="id of the decision that was made about it")
    parser.add_argument("--language", choices=sorted(LOCALES), default="en")
    parser.add_argument("--instead", action="append", default=[], metavar="FIELD=VALUE", help="another value to try")
    parser.add_argument("--out", type=Path, default=Path("letter.html"), help="file; one that ends in .txt is plain")
    asked = parser.parse_args()
    require_place(asked.out)
    basket, instead = read_basket(asked.basket), read_instead(asked.instead)
    shop = Shop.only(Settings.from_environment())
    contact, logged = shop.params("card", CardParams).contact, None
    if asked.decision is not None:
        products = [line.product_id for line in basket.lines]
        logged = decision.find(asked.decision, products, shop.settings.decision_log, shop.settings.prediction_log)
    reader = assemble_reader(shop)  # takes long: what was asked is checked before
    try:
        now = now_us()
        explained = explain(reader, order_of(basket, reader, now), labels_of(instead, reader), now)
    finally:
        reader.close()
    explained = replace(explained, contact=contact, logged=logged)
    language = Language.of(asked.language)
    found = blocks(explained, language)
    write_private(text(found) if asked.out.suffix == ".txt" else html(found, language), asked.out)
    print(asked.out)


def order_of(basket: Basket, reader: Reader, now: int) -> Order:
    """Read the basket as the service would at ``now`` (microseconds since 1970, UTC).

    Raises
    ------
    UserError
        It has attributes that the shop did not declare, or a currency without a rate.
    """
    try:
        attributes.check([((), basket)], reader.attributes)
        (own,) = currencies.converted([((), basket)], reader.rates, now)
    except ProblemError as error:
        said = "; ".join([error.detail, *(f"{each.pointer}: {each.expected}" for each in error.errors)])
        raise UserError(
            expected="a basket that the service would score", found=said, fix="correct the basket"
        ) from None
    return read_order(own.body, now, reader.intake)


def labels_of(instead: Mapping[str, str | bool], reader: Reader) -> Mapping[str, str | bool]:
    """Read the values to try as ingest reads those of the tables.

    Raises
    ------
    UserError
        The shop reads a value as a missing one.
    """
    found: dict[str, str | bool] = {}
    for name, value in instead.items():
        label = value if isinstance(value, bool) else reader.intake.label(name, value)
        if label is None:
            raise UserError(
                expected=f"--instead {name}=VALUE, with a value that the shop knows",
                found=f"{value}, which the shop reads as no value",
                fix="give another value, or leave it out: the letter tells of each field as if it were not known",
            )
        found[name] = label
    return found


def history_of(reader: Reader, order: Order, scored: ScoredBaskets, now: int) -> History | None:
    """Read what the state counts of the customer of ``order``, after all merges and erasures; None where nothing."""
    owner = scored.facts[0]["customer_id"] if scored.facts else None
    if owner is None:
        return None
    if owner != order.customer_id:
        scored = reader.scorer.score([replace(order, customer_id=str(owner))], now)
    if scored.basis is None or owner not in scored.basis.asked.answer.met.buyers:
        return None
    return history.read(reader.store, str(owner), now, reader.silence)


def explain(reader: Reader, order: Order, instead: Mapping[str, Any], now: int) -> Explained:
    """Score and explain ``order``, and each of its variations.

    Raises
    ------
    UserError
        The model could not score the basket.
    """
    scored = reader.scorer.score([order], now, Explain.ALL)
    (basket,) = scored.baskets
    if scored.features is None or any(line.why is None or line.why.drivers is None for line in basket.lines):
        raise UserError(
            expected="a score with its explanation",
            found="; ".join(f"{each.cause}: {each.detail}" for each in basket.degraded) or "no explanation",
            fix="bring state and model in order first: GET /v1/health of the service says what is wrong",
        )
    bundle, level = reader.model.bundle, reader.model.level
    expected = next(line.why.drivers.expected for line in basket.lines if line.why and line.why.drivers) - level.shift
    until = bundle.learned_until
    known = history_of(reader, order, scored, now)
    varied = [] if known is None else history.vary(reader.store, reader.scorer, known, order, now, reader.silence)
    return Explained(
        order=order,
        score=basket,
        features=[dict(zip(scored.names, row, strict=True)) for row in scored.features.tolist()],
        facts=scored.facts,
        varied=[*varied, *vary(reader.scorer, order, now, instead)],
        model=Model(
            lines=int(bundle.built["lines"]),
            until=(until or pd.Timestamp(bundle.built["train_until"])).to_pydatetime(),
            catalog=[entry for entry in bundle.catalog if not entry.only_reasons],
            demographics=Recipe.from_json(bundle.recipe).params.demographics,
            level=bool(level.shift),
            expected=expected,
            reads=Reads.of(reader.model.prepared.online.contents),
        ),
        history=known,
        at=from_us(now),
        currency=reader.rates.own,
        known_until=None if basket.data_as_of is None else from_us(basket.data_as_of),
    )


if __name__ == "__main__":
    run(main, part=True)
