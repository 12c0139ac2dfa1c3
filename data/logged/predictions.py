"""The prediction log: the record of one score, and the files that hold them.

Monitoring joins the log with later returns. Each line of a file is one JSON object with the fields of `Prediction` as
its keys. The order's id is not known at the checkout. `data.predicted` joins a score with its order line by
``line_id`` where the shop gives the line the id that it has in the order, and else by ``customer``, ``product_id``,
``size``, ``color`` and the time (the first such order at or after ``scored_at``).

``customer`` is a keyed hash for every shop. The tables of a simulated shop hold their made-up ids in clear: hash them
with the key of the environment (`data.identity.IdKey.hash`) before the join. Labels join in their normal form
(`data.reading.labels.normal_form`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from data.logged.files import LogFiles

PREDICTIONS: Final = LogFiles("predictions")


@dataclass(frozen=True, slots=True)
class Prediction:
    """The score of one line of a basket. Times are microseconds since 1970, UTC; money is in minor units.

    ``request_id``, ``basket`` (place of the basket in the request, from 0) and ``line`` (place of the line in the
    basket) identify the score; ``line_id`` is the shop's own id of the line, None where the shop sent none; ``lines``
    counts the lines of the basket. ``scored_at`` is the time of the request, the
    same for all of its lines. ``basket_id`` is the shop's own id of the basket, None where the shop sent none.
    ``customer`` is the keyed hash, None for a guest. ``model_version`` is None where priors answered; ``degraded``
    names the causes of a degraded answer. ``reasons`` has the probability of each predicted reason by its code, None
    where no reasons were predicted. ``data_as_of`` is the time of the latest fact in the online state.
    ``features_sha256`` is the hash of the feature values in the order of the model's catalog; ``features`` has the
    values themselves where their logging is switched on, None for a missing value. ``level_shift`` is what the level
    added to the log-odds.
    """

    scored_at: int
    request_id: str
    basket: int
    basket_id: str | None
    customer: str | None
    ordered_at: int
    line: int
    line_id: str | None
    lines: int
    product_id: str
    size: str | None
    color: str | None
    quantity: int
    price_minor: int
    probability: float
    low: float
    high: float
    expected_cost_minor: float
    model_version: str | None
    data_as_of: int | None
    degraded: tuple[str, ...] = ()
    reasons: Mapping[str, float] | None = None
    features_sha256: str | None = None
    features: Mapping[str, float | None] | None = None
    level_shift: float = 0.0
