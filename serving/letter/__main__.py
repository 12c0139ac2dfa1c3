"""Writes a letter that explains to a person how an order was assessed: ``python -m serving.letter basket.json``.

The basket is a request for a score, as the checkout sends it. It is scored by the model and the state that the service
has now; each change that the letter tells of is scored in the same way. ``make letter`` is the same.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pydantic import ValidationError

from data.errors import UserError
from data.files import read_json, write_private
from data.stage import run
from data.times import from_us, now_us
from features.online_state.order import Order
from features.recipe import Recipe
from serving import assembly
from serving.assembly import Reader
from serving.http import attributes, currencies
from serving.http.problems import ProblemError
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.letter import decision
from serving.letter.content import Explained, Model, blocks, html, text
from serving.letter.language import LOCALES, Language
from serving.letter.variations import FIELDS, vary
from serving.process.file_rights import keep_from_others
from serving.scores import Explain
from serving.settings import Settings
from serving.shops import Shop
from training.registry.contact import CardParams

VALUES: Final = {"true": True, "false": False}
OF_SCORING: Final = ("explain", "decide", "open_complaint")
"""Keys of a request that say what is asked of the service, and are no part of the basket."""
EXAMPLE: Final = "give the request that the checkout sent to POST /v1/score: docs/how-to/scores.md has an example"


def main() -> None:
    """Write the letter.

    Raises
    ------
    UserError
        The basket can't be read or scored, there is no such decision, or there is neither model nor state.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.letter", description=__doc__)
    parser.add_argument("basket", type=Path, help="JSON file with the basket, as POST /v1/score takes it")
    parser.add_argument("--decision", help="id of the decision that was made about it")
    parser.add_argument("--language", choices=sorted(LOCALES), default="en")
    parser.add_argument("--instead", action="append", default=[], metavar="FIELD=VALUE", help="another value to try")
    parser.add_argument("--out", type=Path, default=Path("letter.html"), help="file; one that ends in .txt is plain")
    asked = parser.parse_args()
    shop = Shop.only(Settings.from_environment())
    reader = assembly.assemble_reader(shop)
    try:
        given, logs = read_basket(asked.basket), shop.settings
        now = now_us()
        order = order_of(given, reader, now)
        logged = None
        if asked.decision is not None:
            logged = decision.find(asked.decision, order, logs.decision_log, logs.prediction_log)
        explained = explain(reader, order, instead_of(asked.instead, reader), now)
    finally:
        reader.close()
    explained = replace(explained, contact=shop.params("card", CardParams).contact, logged=logged)
    language = Language.of(asked.language)
    found = blocks(explained, language)
    write_private(text(found) if asked.out.suffix == ".txt" else html(found, language), asked.out)
    print(asked.out)


def read_basket(file: Path) -> Basket:
    """Read the basket in ``file``.

    Raises
    ------
    UserError
        It is no basket.
    """
    content = read_json(file, expected=f"a basket in {file}", fix=EXAMPLE)
    try:
        return Basket.model_validate({name: value for name, value in content.items() if name not in OF_SCORING})
    except ValidationError as error:
        found = " ".join(str(error).split())[:300]
        raise UserError(expected=f"a basket in {file}", found=found, fix=EXAMPLE) from None


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


def instead_of(given: Sequence[str], reader: Reader) -> Mapping[str, Any]:
    """Read values to try, FIELD=VALUE each.

    Raises
    ------
    UserError
        A field is none that can be tried.
    """
    found = {}
    for each in given:
        name, _, value = each.partition("=")
        if name not in FIELDS or not value:
            raise UserError(
                expected=f"--instead FIELD=VALUE, with a FIELD of {', '.join(FIELDS)}",
                found=each,
                fix="name one of them",
            )
        found[name] = VALUES.get(value.lower()) if name == "voucher_used" else reader.intake.label(name, value)
    return found


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
    return Explained(
        order=order,
        score=basket,
        features=[dict(zip(scored.names, row, strict=True)) for row in scored.features.tolist()],
        varied=vary(reader.scorer, order, now, instead),
        model=Model(
            lines=int(bundle.built["lines"]),
            until=(until or pd.Timestamp(bundle.built["train_until"])).to_pydatetime(),
            catalog=[entry for entry in bundle.catalog if not entry.only_reasons],
            demographics=Recipe.from_json(bundle.recipe).params.demographics,
            level=bool(level.shift),
            expected=expected,
        ),
        at=from_us(now),
        currency=reader.rates.own,
        known_until=None if basket.data_as_of is None else from_us(basket.data_as_of),
    )


if __name__ == "__main__":
    run(main, part=True)
