"""Ports: the interfaces through which the HTTP side scores, takes events, and describes the served model."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from data.attributes import Attribute
from features.catalog import CatalogEntry
from features.online_state.events import Event, Receipt
from features.online_state.order import Order
from serving.decided import Decided
from serving.exchange_rates import ExchangeRates
from serving.scores import BasketScore, Degraded, Explain
from training.model.asked import Asked


class Scoring(Protocol):
    """Scores baskets. A call is synchronous: it takes about a millisecond, and longer with all explanations.

    In operation it never raises: it falls back.
    """

    def score(
        self, orders: Sequence[Order], request_id: str, now: int, first: int = 0, explain: Explain = Explain.NONE
    ) -> list[BasketScore]:
        """Score each of ``orders``, in their order, with the explanations that ``explain`` names.

        ``request_id`` names the request in the logs; ``now`` is the time of the request, in microseconds
        since 1970, UTC; ``first`` is the place of the first order in the request.
        """

    def latest_fact(self) -> int | None:
        """Give the time of the latest fact that the state knows, in microseconds since 1970, UTC.

        The state can't answer as of an earlier time. None where it can't be read.
        """


class Deciding(Protocol):
    """Decides about baskets. In operation it never raises: in doubt, it decides for nothing."""

    def decide(
        self, order: Order, request_id: str, now: int, explain: Explain = Explain.NONE, *, complaint: bool = False
    ) -> Decided:
        """Score the basket ``order``, which has a basket_id, as `Scoring` does, and decide about it.

        ``complaint``: whether the customer has an open complaint, so that nothing is done.
        """


class FeedFull(Exception):  # noqa: N818 - it is a state of the queue, and clears by itself
    """The queue of events is full; the caller may send the events again a little later."""


class Feeding(Protocol):
    """Takes events into the online state."""

    async def submit(self, events: Sequence[Event]) -> list[Receipt]:
        """Apply ``events``, and return once they are durable, with a receipt for each, in their order.

        Raises
        ------
        FeedFull
            The queue is full; nothing was taken.
        StoreError
            The store can't take the events; none of them counts as acknowledged.
        """


class Tally(NamedTuple):
    """So many events of one ``type`` with one ``status``; ``cause``: of refused ones, else empty."""

    type: str
    status: str
    cause: str
    events: int


@dataclass(frozen=True, slots=True)
class Written:
    """Events of one request that were applied.

    ``answer``: the body of the answer, JSON. ``counts``: the events by `features.online_state.events.Status`.
    ``lines``: the order lines that they have or are about. ``state``: the name of the state that has them; None where
    there is only one. ``tallies``: the events once more, by type, status and cause.
    """

    answer: bytes
    counts: Mapping[str, int]
    lines: int
    state: str | None = None
    tallies: Sequence[Tally] = ()


class EventWriting(Protocol):
    """Takes events from the body of a request into the online state."""

    async def write(self, body: bytes) -> Written:
        """Validate and apply the events in ``body``, JSON; return once they are durable and scores know them.

        Raises
        ------
        ProblemError
            `serving.http.problems`: nothing in the body counts as acknowledged.
        """


class Receipts(Protocol):
    """Knows what became of events."""

    def look_up(self, event_id: str, now: int, /) -> Receipt | None:
        """Give the receipt that an event would get at ``now`` (microseconds since 1970, UTC).

        None for an id that is not known, or no longer.

        Raises
        ------
        StoreError
            The store can't be read.
        """

    def kept_days(self) -> int | None:
        """How many days after its arrival an event is kept; None while no state was read."""


class NoReceipts:
    """Knows no event."""

    def look_up(self, _: str, __: int, /) -> Receipt | None:
        """Give None."""
        return None

    def kept_days(self) -> int | None:
        """Give None."""
        return None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A model that was not taken: ``reason`` in a sentence for people, ``at`` in microseconds since 1970, UTC."""

    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class LevelDescription:
    """The level of all scores: ``shift`` in log-odds, 0 where there is none.

    ``as_of``: until when it knows facts, microseconds since 1970, UTC. ``lines``: those that it is from, of which the
    outcomes of ``settled_lines`` were known. ``bounded``: whether its bound cut it off. All None where there is none.
    ``trouble``: why a level that is there is not used.
    """

    shift: float = 0.0
    as_of: int | None = None
    lines: int | None = None
    settled_lines: int | None = None
    bounded: bool | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class ShadowDescription:
    """The version in shadow, as `serving.model.folder` has it: its ``role``, and since when it is there.

    ``refusal``: why it is not scored with, None where it is. ``scored_lines``: since its process started. The others
    are of the last look, ``looked_at``, and None before the first one: ``lines`` are those of closed return windows
    that champion and shadow both scored, ``difference`` its log-loss less the champion's in nats a line, which ``low``
    and ``high`` bound at all looks together; ``e_value`` of ``needed`` is the evidence for it. ``act``: what follows.
    Times are microseconds since 1970, UTC.
    """

    version: str
    role: str
    since: int
    refusal: str | None = None
    scored_lines: int | None = None
    looked_at: int | None = None
    lines: int | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    e_value: float | None = None
    needed: float | None = None
    act: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """The model that is served.

    ``version``: None where there is no model and priors answer. ``since``: when this instance began to serve the model,
    in microseconds since 1970, UTC. ``registry``: the state of the registry at the last poll, in a few words.
    ``metrics``: those that the model was registered with. ``last_refusal``: the latest model that was refused.
    ``level``: the shift of all log-odds that the scores have. ``posteriors_as_of``: the time before which outcomes are
    known to the posteriors; None without them. ``asked``: what training lines asked with; None where the model does not
    know. ``shadow``: the version that scores the same baskets and answers none.
    """

    name: str
    version: str | None
    since: int | None
    registry: str
    catalog: tuple[CatalogEntry, ...] = ()
    metrics: Mapping[str, float] | None = None
    last_refusal: Refusal | None = None
    level: LevelDescription = LevelDescription()
    posteriors_as_of: int | None = None
    asked: Asked | None = None
    shadow: ShadowDescription | None = None


class Models(Protocol):
    """Knows which model is served."""

    def describe(self) -> ModelDescription:
        """Describe the model that scores now; from memory, without a call to the registry."""


class Intake(Protocol):
    """Reads keys and labels of requests and events as ingest reads those of the shop's files."""

    def customer(self, key: str, /) -> str | None:
        """Give the id that the tables hold for the customer with the shop's ``key``; None for a guest.

        A customer who is not known gets an id that nothing else has.
        """

    def lasting(self, *, always: bool = False) -> "Intake":
        """Give an intake whose ids of customers that are not known last: for what is kept.

        ``always``: a customer whose id can't be made counts as a guest, instead of an error.
        """

    def holder(self, key: str, /) -> str | None:
        """Give the id of a customer of whom something is said; None for guests.

        It is `features.online_state.events.NOBODY` for one of whom nothing is kept: one who opted out.
        """

    def to_erase(self, key: str, /) -> str | None:
        """Give the id of a customer who is to be erased; `NOBODY` for one who is not known, None for guests."""

    def label(self, column: str, label: str | None, /) -> str | None:
        """Give the label of ``column`` that the tables hold for the shop's own label; None where it is missing."""


class AsGiven:
    """Takes keys and labels as they are."""

    def customer(self, key: str, /) -> str | None:
        """Give ``key``."""
        return key

    def lasting(self, *, always: bool = False) -> "AsGiven":  # noqa: ARG002 - it never fails
        """Give this intake."""
        return self

    def holder(self, key: str, /) -> str | None:
        """Give the id of the customer."""
        return self.customer(key)

    def to_erase(self, key: str, /) -> str | None:
        """Give the id of the customer."""
        return self.customer(key)

    def label(self, _: str, label: str | None, /) -> str | None:
        """Give ``label``."""
        return label


EXPORT_SECONDS: Final = 240.0
"""The longest time that reading all that is known of a person may take."""


class ExportError(Exception):
    """What is known of a person can't be given now.

    Parameters
    ----------
    detail
        For the caller; it names no person.
    retry_seconds
        After so long it may be asked again.
    """

    def __init__(self, detail: str, retry_seconds: int = 60) -> None:
        self.detail, self.retry_seconds = detail, retry_seconds
        super().__init__(detail)


async def nothing_known(_: str, /) -> bytes | None:
    """Give a document without anybody: for parts that keep no customers."""
    lists = ("pseudonyms", "scores", "shadow_scores", "decisions", "reactions", "contacts")
    content = {"opted_out": False, "state": {}, "tables": {}, **{name: [] for name in lists}}
    return json.dumps(content).encode()


def always_noted(_: str, __: bool, /) -> bool | None:  # noqa: FBT001 - of a callable
    """Return true: for parts that keep no customers."""
    return True


async def nothing() -> None:
    """Do nothing: for parts that need no start or stop."""


def none_dropped() -> int:
    """Return 0: for parts without a prediction log or a shadow."""
    return 0


def always() -> bool:
    """Return true: for parts whose model is there from the start, and that keep no customers."""
    return True


@dataclass(frozen=True)
class Ports:
    """All that `serving.app.create_app` puts behind HTTP.

    ``deciding``: what to do about baskets. ``intake``: how keys and labels are read. ``receipts``: what became of
    events.
    ``troubles``: what this instance lacks now, for ``/readyz``; from memory, as probes come every few seconds.
    ``model_is_decided``: whether there is a model, or it is known why there is none; before, no request should come.
    ``predictions_dropped``: scores that this process's prediction log had to drop since it started.
    ``shadow_dropped``: baskets that this process could not hand to the shadow since it started.
    ``attributes``: those that the shop declared; None while neither the model nor the state could be read.
    ``rates``: the shop's currency, and the rates of others.
    ``opt_out``: notes whether a customer, by the shop's key, is scored as a guest from now on; gives None for a guest
    and false where customers have no secrets. It waits for the disk: for a thread.
    ``export``: gives the document with all that is known of a customer, by the shop's key, as JSON; None for a guest.
    It takes seconds, and raises `ExportError`.
    ``have_secrets``: whether the customers have secrets, which an erasure can destroy; from memory.
    ``start`` runs before the first request, ``stop`` after the last one.
    """

    scoring: Scoring
    writing: EventWriting
    models: Models
    intake: Intake = field(default_factory=AsGiven)
    receipts: Receipts = field(default_factory=NoReceipts)
    troubles: Callable[[], Sequence[Degraded]] = tuple
    model_is_decided: Callable[[], bool] = always
    predictions_dropped: Callable[[], int] = none_dropped
    shadow_dropped: Callable[[], int] = none_dropped
    attributes: Callable[[], Sequence[Attribute] | None] = tuple
    opt_out: Callable[[str, bool], bool | None] = always_noted
    have_secrets: Callable[[], bool] = always
    export: Callable[[str], Awaitable[bytes | None]] = nothing_known
    deciding: Deciding = field(kw_only=True)
    rates: ExchangeRates = field(kw_only=True)
    start: Callable[[], Awaitable[None]] = nothing
    stop: Callable[[], Awaitable[None]] = nothing
