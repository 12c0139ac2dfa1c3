"""Finds a decision in the decision log, and the scores of then in the prediction log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from data.errors import UserError
from data.logged.decisions import DECISIONS, Decision, kind_of
from data.logged.predictions import PREDICTIONS
from serving.letter.content import Logged


def find(decision_id: str, products: Sequence[str], decisions: Path, predictions: Path) -> Logged:
    """Find the decision ``decision_id`` about lines of ``products`` (their ids) in the folders of the logs.

    Raises
    ------
    UserError
        The log has no such decision, or it was about other lines.
    """
    row = next((row for row in DECISIONS.read(decisions) if _is(row, decision_id)), None)
    if row is None:
        raise UserError(
            expected=f"the decision {decision_id} in the decision log, {decisions}",
            found="no such decision",
            fix="look for its id in the answer to the checkout, and set RETURN_RISK_DECISION_LOG as for the service",
        )
    names = {each.name for each in fields(Decision)}
    made = Decision(**{name: value for name, value in row.items() if name in names})
    scored = sorted(_scored(PREDICTIONS.read(predictions), made.request_id), key=lambda line: int(line["line"]))
    _require_same(made, scored, list(products))
    return Logged(made, [float(line["probability"]) for line in scored])


def _is(row: Mapping[str, Any], decision_id: str) -> bool:
    return kind_of(row) is Decision and row.get("decision_id") == decision_id


def _scored(rows: Iterable[Mapping[str, Any]], request_id: str) -> Iterable[Mapping[str, Any]]:
    return (row for row in rows if row.get("request_id") == request_id and row.get("basket") == 0)


def _require_same(made: Decision, scored: list[Mapping[str, Any]], products: list[str]) -> None:
    then = [line["product_id"] for line in scored]
    if made.line_count != len(products) or (then and then != products):
        raise UserError(
            expected=f"the basket that the decision {made.decision_id} was about",
            found=f"a basket of {', '.join(products)}; it was about {', '.join(then) or f'{made.line_count} lines'}",
            fix="give the basket as the checkout sent it",
        )
