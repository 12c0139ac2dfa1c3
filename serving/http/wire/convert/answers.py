"""Makes answers and checks them in one step: pydantic reads their fields from the attributes of results."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any

from data.attributes import Attribute
from data.number_format import minor_digits
from data.times import from_us, now_us
from features.online_state import events
from serving.exchange_rates import ExchangeRates
from serving.http.wire import answers
from serving.ports import ModelDescription, ShadowDescription


def answer_events(receipts: Sequence[events.Receipt]) -> answers.EventResults:
    """Make the answer for the receipts of events."""
    counted = Counter(receipt.status for receipt in receipts)
    counts = {status: counted[status] for status in events.Status if status in counted}
    return answers.EventResults.model_validate({"results": receipts, "counts": counts})


def answer_event(receipt: events.Receipt) -> answers.EventResult:
    """Make the answer for the receipt of one event."""
    return answers.EventResult.model_validate(receipt)


def answer_model(
    model: ModelDescription,
    attributes: Sequence[Attribute] | None,
    rates: ExchangeRates,
    *,
    keys_required: bool,
) -> answers.ServedModel:
    """Make the answer that describes the served model, with the attributes and currencies that requests may have."""
    refusal = model.last_refusal
    others = [{**dict(rate), "minor_digits": minor_digits(rate.currency)} for rate in rates.at(now_us())]
    return answers.ServedModel.model_validate(
        {
            "name": model.name,
            "version": model.version,
            "since": None if model.since is None else from_us(model.since),
            "registry": model.registry,
            "metrics": model.metrics,
            "last_refusal": None if refusal is None else {"reason": refusal.reason, "at": from_us(refusal.at)},
            "level": {
                **dataclasses.asdict(model.level),
                "as_of": None if model.level.as_of is None else from_us(model.level.as_of),
            },
            "posteriors_as_of": None if model.posteriors_as_of is None else from_us(model.posteriors_as_of),
            "shadow": None if model.shadow is None else _shadow(model.shadow),
            "keys_required": keys_required,
            "currency": rates.own,
            "minor_digits": minor_digits(rates.own),
            "other_currencies": others,
            "attributes": attributes,
        }
    )


def _shadow(shadow: ShadowDescription) -> dict[str, Any]:
    looked_at = None if shadow.looked_at is None else from_us(shadow.looked_at)
    return {**dataclasses.asdict(shadow), "since": from_us(shadow.since), "looked_at": looked_at}


def answer_catalog(model: ModelDescription) -> answers.Catalog:
    """Make the answer that lists the features of the served model."""
    return answers.Catalog.model_validate({"version": model.version, "features": model.catalog})
