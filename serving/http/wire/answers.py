"""The answers of version 1. Later versions may add fields, so clients ignore fields that they don't know.

Money is in minor units of the currency that the answer names, which is the shop's own. It may have a fraction where it
is expected and not paid.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from data.attributes import Kind
from features.online.what_if import Change
from features.online_state.events import Status
from serving.http.wire.answer import Amount, Answer, Degradation, Level, Share
from serving.http.wire.decisions import Decision


class Interval(Answer):
    """The interval around a probability: where the true probability of this very line may lie.

    It is wide where little is known of the customer and the product, and wider for high probabilities.
    """

    low: Share = Field(description="The lower end.", examples=[0.31])
    high: Share = Field(description="The upper end.", examples=[0.86])
    level: Level


class AmountInterval(Answer):
    """The interval around what is expected."""

    low: Amount = Field(description="The lower end.", examples=[0.5])
    high: Amount = Field(description="The upper end.", examples=[1.8])
    level: Level


class Driver(Answer):
    """What one factor did to a probability: about the model's score, not about the customer's reasons."""

    factor: str = Field(description="A group of features, as in GET /v1/model/catalog.", examples=["bracketing"])
    contribution: float = Field(
        description="To the log-odds of the probability: above 0 it raised it.", examples=[0.84]
    )
    feature: str = Field(description="The factor's feature that did most.", examples=["basket_product_other_sizes"])
    sentence: str = Field(
        description="What that feature says of this line.",
        examples=["1 more line of this product in the basket in another size"],
    )


class Drivers(Answer):
    """What moved a probability: its log-odds are `expected` plus all contributions and `rest`."""

    expected: float = Field(
        description="The mean log-odds over the lines that the model learned from; over drawn lines where not `exact`."
    )
    factors: list[Driver] = Field(description="The five strongest, the strongest first.")
    rest: float = Field(description="The contributions of all other factors together.")
    exact: bool = Field(
        description="Whether each contribution is exact; false: each is an estimate, and their sum is exact."
    )


class WhatIf(Answer):
    """A change that the customer can make, and what the model says of the line then."""

    change: Change = Field(
        description="without_other_sizes: the basket without the same product's other sizes; without_other_colors:"
        " likewise; other_size: the line in another size."
    )
    size: str | None = Field(description="The size instead; null where the line keeps its own.", examples=["m"])
    removed_lines: list[int] = Field(description="Places, from 0, of the lines that the basket would be without.")
    probability: Share = Field(description="How likely the line would be to come back.", examples=[0.34])
    sentence: str = Field(description="All this in words.", examples=["in size m: 34% instead of 61%"])


class LineScore(Answer):
    """What is said of one line."""

    line_id: str | None = Field(description="The line's own id, where the request has one.", examples=["1"])
    probability: Share = Field(description="How likely the line is to come back.", examples=[0.62])
    interval: Interval
    expected_cost_minor: Amount = Field(description="Probability times the cost of a return.", examples=[488.5])
    cost_interval_minor: AmountInterval = Field(description="The ends of the interval times the cost of a return.")
    reasons: dict[str, Share] | None = Field(
        description="How likely the line is to come back for each reason, by its code, the likeliest first; they add up"
        " to the probability. Null where not asked for, where the shop records no reasons, or where priors answered.",
        examples=[{"SIZE_TOO_LARGE": 0.4, "UNWANTED": 0.22}],
    )
    drivers: Drivers | None = Field(description="Null where not asked for, or where priors answered.")
    what_ifs: list[WhatIf] | None = Field(
        description="Changes to the basket that would lower the probability, the best first; null as for drivers."
    )


class Quantile(Answer):
    """A value that is not exceeded with the chance ``share``."""

    share: Share = Field(description="The chance that no more comes back.", examples=[0.5])
    value: Amount = Field(description="In minor units.", examples=[4999.0])


class Bracket(Answer):
    """Lines of one product in several sizes, of which most often one is kept."""

    lines: list[int] = Field(description="Their places in the basket, from 0.", examples=[[0, 1]])
    one_kept: Share = Field(description="The chance that exactly one of them stays.", examples=[0.61])
    none_kept: Share = Field(description="The chance that all of them come back.", examples=[0.27])
    all_kept: Share = Field(description="The chance that none of them comes back.", examples=[0.12])


class Outcomes(Answer):
    """What may become of the basket as a whole.

    Its lines are not independent of each other: what is not known of the order moves all of them, and of a bracket of
    sizes most often one is kept. Each line comes back with its own probability here, too.
    """

    returned_lines: list[Share] = Field(
        description="The chance that 0, 1, … of the lines come back; the last is that of the whole basket.",
        examples=[[0.2, 0.4, 0.4]],
    )
    returned_value: list[Quantile] = Field(description="Quantiles of the value that comes back, in minor units.")
    brackets: list[Bracket] = Field(description="Products of the basket that stand in it in several sizes.")


class BasketTotals(Answer):
    """The sums over the lines of a basket."""

    expected_returned_lines: Amount = Field(description="Lines expected to come back.", examples=[1.2])
    expected_returned_value_minor: Amount = Field(
        description="Value expected to come back: probability times price times quantity.", examples=[5998.8]
    )
    expected_cost_minor: Amount = Field(description="What the returns are expected to cost.", examples=[977.0])
    returned_lines_interval: AmountInterval
    returned_value_minor_interval: AmountInterval
    cost_minor_interval: AmountInterval = Field(
        description="As those of the lines, which lines of one customer and of one product have partly in common."
    )
    outcomes: Outcomes | None = Field(
        description="The lines taken together; null where no model answered, or one of an earlier version."
    )


class ModelUsed(Answer):
    """Which model answered."""

    version: str | None = Field(description="Version in the registry; null where priors answered.", examples=["3"])


class Ages(Answer):
    """How long before now the latest fact of each kind was, in seconds; null where none is known.

    A kind whose events have stopped coming shows here, whatever else comes.
    """

    order: Amount | None = Field(description="Of orders.", examples=[2.5])
    delivery: Amount | None = Field(description="Of deliveries.", examples=[310.0])
    outcome: Amount | None = Field(description="Of returns and cancellations.", examples=[95.0])


class DataUsed(Answer):
    """What the answer knew of the past."""

    as_of: datetime | None = Field(
        description="The time of the latest fact that was known, never later than now; null where no history was read."
    )
    age_seconds: Amount | None = Field(description="How long before now that was.", examples=[2.5])
    ages_seconds: Ages | None = Field(description="The same by the kind of fact; null where no history was read.")


class MissingField(Answer):
    """A field that the model had in training and this request lacks.

    The score is what a model without this field would say; with the field it could be more certain.
    """

    field: str = Field(
        description="As the request names it; customer_id: a guest; product: the shop has never sold it.",
        examples=["payment_method"],
    )
    could_move: Share = Field(
        description="With the field, a probability of this basket moves by at most so much in nine of ten cases.",
        examples=[0.07],
    )
    unknown_label: bool = Field(
        description="True: the request or the state has it, with a label that the model does not know. It is scored as"
        " if it were not there.",
        examples=[False],
    )


class Conversion(Answer):
    """The rate by which the amounts of a request became amounts in the shop's currency."""

    currency: str = Field(description="The currency of the request, by its code in ISO 4217.", examples=["USD"])
    rate: Amount = Field(description="What one unit of it is worth in units of the shop's currency.", examples=[0.9213])
    since: date = Field(description="The day (UTC) from which the shop set this rate.")


class TakenCurrency(Conversion):
    """A currency in which amounts are taken now, beside the shop's own."""

    minor_digits: int = Field(description="Its decimals: so many digits of its minor units.", examples=[2])


class Score(Answer):
    """What is said of one basket; ``lines`` are in the order of the basket's."""

    basket_id: str | None = Field(description="The basket's own id, where the request has one.", examples=["B-77"])
    lines: list[LineScore] = Field(description="One for each line, in the order of the request.")
    basket: BasketTotals
    model: ModelUsed
    data: DataUsed
    currency: str = Field(
        description="The shop's currency, by its code in ISO 4217: all amounts here are in its minor units.",
        examples=["EUR"],
    )
    converted: Conversion | None = Field(
        description="How the amounts of the request became this currency; null where they were in it."
    )
    missing: list[MissingField] | None = Field(
        description="What the request lacks, what could move a score most first; null where the model does not know."
    )
    degraded: list[Degradation] = Field(description="Empty where nothing had to fall back.")
    decision: Decision | None = Field(description="What to do about the basket; null where that was not asked.")


class Scores(Answer):
    """What is said of each basket, in their order."""

    scores: list[Score] = Field(description="One for each basket, in the order of the request.")


class EventResult(Answer):
    """What became of one event."""

    event_id: str = Field(description="The event's own id.", examples=["return-9001-1"])
    status: Status = Field(
        description="applied: it counts now, or will; duplicate: known already, nothing changed; waiting: kept until"
        " the order, line or return that it is about arrives; not_counted: known, and without effect as things stand;"
        " refused: contradicts what is known, or comes too late, and is not kept; failed: the service failed on it, and"
        " it is not kept: send it again as it is."
    )
    detail: str = Field(description="Why, where it does not count, or not wholly.")


class OptedOut(Answer):
    """Whether a customer is scored as a guest from now on."""

    opted_out: bool = Field(description="As it was asked for.")


class PersonData(Answer):
    """All that is known of a customer, as `python -m serving.rights.export` writes it.

    Times of state and logs are microseconds since 1970, UTC. Money is in minor units. More parts may come.
    """

    pseudonyms: list[str] = Field(description="Those of all accounts of the person; empty: nobody is known by this id.")
    opted_out: bool = Field(description="Whether the customer is scored as a guest.")
    state: dict[str, JsonValue] = Field(description="Facts, orders and counters of the online state.")
    tables: dict[str, list[dict[str, JsonValue]]] = Field(
        description="The rows in the tables of the last run, by table."
    )
    scores: list[dict[str, JsonValue]] = Field(description="Lines of the prediction log.")
    shadow_scores: list[dict[str, JsonValue]] = Field(description="The same of the log of the version in shadow.")
    decisions: list[dict[str, JsonValue]] = Field(description="Lines of the decision log.")
    reactions: list[dict[str, JsonValue]] = Field(description="What was done about these decisions.")
    contacts: list[dict[str, JsonValue]] = Field(description="When the customer contacted the shop, and about what.")


class EventResults(Answer):
    """What became of each event, in their order. What counts, waits or does not count is on disk."""

    results: list[EventResult] = Field(description="One for each event, in the order of the request.")
    counts: dict[Status, int] = Field(
        description="How many events have each status; one that none has is left out.",
        examples=[{"applied": 3, "refused": 1}],
    )


class RefusedModel(Answer):
    """A model that could have followed, and was not taken."""

    reason: str = Field(description="A sentence for people.")
    at: datetime = Field(description="When it was refused.")


class FeatureEntry(Answer):
    """One feature of the model's catalog."""

    name: str = Field(description="The feature.", examples=["basket_lines"])
    dtype: str = Field(description="int64 or double.", examples=["int64"])
    unit: str = Field(description="What it is measured in.", examples=["lines"])
    factor: str = Field(description="The group of features that drivers name.", examples=["basket"])
    meaning: str = Field(description="What it says, in a sentence.")
    missing: str = Field(description="When it has no value.", examples=["never"])
    source: list[str] = Field(description="What it reads.", examples=[["quantity"]])
    only_reasons: bool = Field(description="True: read by the model of reasons only, not by the score.")


class Catalog(Answer):
    """The features of the model that is served."""

    version: str | None = Field(description="Version in the registry; null: no model, priors answer.", examples=["3"])
    features: list[FeatureEntry] = Field(description="Empty where there is no model.")


class DeclaredAttribute(Answer):
    """One attribute that the shop declares: requests and events may have it."""

    name: str = Field(description="As requests and events name it.", examples=["material"])
    table: str = Field(description="What it is about: order_lines, products or customers.", examples=["products"])
    kind: Kind = Field(description="What its values are: a text, a number, or true and false.")
    personal: bool = Field(description="True: it is about a person, and audits show it.")


class ShopLevel(Answer):
    """The level: a shift of the log-odds of all lines, which follows the shop's return rate since the training."""

    shift: float = Field(description="What all log-odds have on top; 0: no level.", examples=[0.042])
    as_of: datetime | None = Field(description="Until when it knows facts; this and the next are null without a level.")
    lines: int | None = Field(description="How many lines it is from, ordered since the training.", examples=[8200])
    settled_lines: int | None = Field(description="Of how many of them the outcome was known.", examples=[2900])
    bounded: bool | None = Field(description="Whether its bound (`level.most_a_month`) cut it off.")
    trouble: str | None = Field(description="Why a level that is there is not used: too old, or of another model.")


class ShadowModel(Answer):
    """A version that scores the same baskets beside the champion, and answers none of them."""

    version: str = Field(description="Version in the registry.", examples=["4"])
    role: Literal["challenger", "former champion"] = Field(
        description="What it is in shadow for: to replace the champion, or to come back if that one proves worse."
    )
    since: datetime = Field(description="When it came into shadow.")
    refusal: str | None = Field(description="Why it is not scored with, though it should be; null: it is.")
    scored_lines: int | None = Field(description="Lines that it scored since its process started.")
    looked_at: datetime | None = Field(description="When its losses were compared last; null, as the next: never yet.")
    lines: int | None = Field(description="Lines of closed return windows that champion and shadow both scored.")
    difference: float | None = Field(description="Its log-loss less the champion's, in nats a line.", examples=[-0.002])
    low: float | None = Field(description="Lower bound of the difference; it holds at all looks together.")
    high: float | None = Field(description="Upper bound of the difference.")
    e_value: float | None = Field(description="The evidence for it: it may be looked at every day.", examples=[3.1])
    needed: float | None = Field(description="The evidence that is enough.", examples=[20.0])
    act: str | None = Field(description="What follows: wait, promote, roll back or dismiss.", examples=["wait"])
    why: str | None = Field(description="Why, in a sentence for people.")


class ServedModel(Answer):
    """What is served."""

    name: str = Field(description="Name in the registry.", examples=["return-risk-simulated"])
    version: str | None = Field(description="Version in the registry; null: no model, priors answer.", examples=["3"])
    since: datetime | None = Field(description="When this instance took it.")
    registry: str = Field(description="How the registry was when last asked.")
    metrics: dict[str, float] | None = Field(description="Metrics that the model was registered with.")
    last_refusal: RefusedModel | None = Field(description="The latest model that was not taken.")
    level: ShopLevel
    posteriors_as_of: datetime | None = Field(
        description="Until when outcomes are known to the posteriors, a part of the score; null: it has no such part."
    )
    shadow: ShadowModel | None = Field(description="The version in shadow; null: there is none.")
    attributes: list[DeclaredAttribute] | None = Field(
        description="What the shop declares; null while neither the model nor the state could be read."
    )
    currency: str = Field(
        description="The shop's currency, by its code in ISO 4217: that of all amounts in answers.", examples=["EUR"]
    )
    minor_digits: int = Field(description="Its decimals: so many digits of its minor units.", examples=[2])
    other_currencies: list[TakenCurrency] = Field(
        description="Those that requests and events of now may have, too: they are converted by these rates."
    )
    keys_required: bool = Field(description="False: no API keys are set up, so only this machine is answered.")


class Health(Answer):
    """The process is alive."""

    status: Literal["alive"] = Field(description="A process that answers is alive.")


class ReadyState(StrEnum):
    """Whether requests should come here: yes when ready or degraded, no when starting or draining."""

    READY = "ready"
    DEGRADED = "degraded"
    STARTING = "starting"
    DRAINING = "draining"


class Readiness(Answer):
    """How this instance is, and what it lacks."""

    status: ReadyState
    causes: list[Degradation] = Field(description="Empty where nothing is lacking.")
