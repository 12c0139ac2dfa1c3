"""Rules of alerts: what is wrong with a product, with the numbers that show it, and what to do about it.

Every rule is one function that yields a finding for each product it applies to. "Too often" means the same in all
rules: a rate above ``fault_ratio`` times the expected one with a probability of at least ``min_probability``. Spikes
have their own test (`training.products.findings.spikes`). Money at stake is the cost of the returns above those
expected, never below 0.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from data.arrays import Bools, Floats, Ints
from data.schema import Reason
from data.times import MICROSECONDS_PER_DAY
from features.language.reasons import REASONS
from training.products.alerts.wording import ADVICE, EVIDENCE, Value
from training.products.estimates.context import Context
from training.products.estimates.figures import Group, mean_cost
from training.products.estimates.lines import NONE
from training.products.estimates.rates import posterior
from training.products.findings.bracketing import choosing
from training.products.findings.concentration import Carriers
from training.products.findings.faults import REASON_OF
from training.products.findings.reasons import Study
from training.products.findings.spikes import Spikes
from training.products.findings.within_product import parts

REASON_KINDS: dict[str, Reason] = REASON_OF | {
    "color_differs": Reason.COLOR,
    "wrong_item": Reason.WRONG_ITEM,
    "arrives_late": Reason.ARRIVED_LATE,
    "incompatible": Reason.INCOMPATIBLE,
}
"""Kinds of alerts that follow from a reason of returns."""
KINDS = (*REASON_KINDS, "one_size", "one_color", "discount", "ordered_to_choose", "spike", "excess")
"""Every kind of alert."""
_SUPPLIER_CHANCE = 0.05
"""Significance level: the supplier is named where the p-value of its number of defective products is at most this."""


@dataclass(frozen=True)
class Finding:
    """One thing found about a product.

    ``product`` is its code. ``since_day``: the beginning, in days since 1970; NaN where there was none or it is not
    known. ``evidence`` and ``advice`` are sentences of `training.products.alerts.wording`; ``numbers`` fill them.
    """

    kind: str
    product: int
    cost_minor: float
    probability: float
    since_day: float
    evidence: str
    advice: str
    numbers: dict[str, Value]


@dataclass(frozen=True)
class Facts:
    """What rules read; ``studied`` and ``spikes`` are of all products."""

    context: Context
    studied: Study
    spikes: Spikes
    carriers: Carriers

    @property
    def sure(self) -> float:
        """The least probability of a finding."""
        return self.context.params.min_probability


Rule = Callable[[Facts], Iterator[Finding]]


def of_reason(kind: str) -> Rule:
    """Make the rule: customers give one reason too often."""
    place = REASONS.index(REASON_KINDS[kind])

    def rule(facts: Facts) -> Iterator[Finding]:
        studied = facts.studied
        found = np.flatnonzero(studied.unusual[:, place] >= facts.sure)
        for product, since in zip(
            found.tolist(), facts.carriers.since(found, place, facts.spikes.scale).tolist(), strict=True
        ):
            advice, more = _advice(facts, kind, product, found)
            numbers: dict[str, Value] = {
                **_shares(studied, product, place),
                "rate": float(studied.rate[product, place]),
                "expected_rate": float(studied.expected[product, place]),
            }
            yield Finding(
                kind,
                product,
                max(float(studied.excess_cost_minor[product, place]), 0.0),
                float(studied.unusual[product, place]),
                since,
                EVIDENCE[kind if np.isnan(since) else f"{kind}_since"],
                ADVICE[advice],
                numbers | more | _since(since),
            )

    return rule


def of_parts(kind: str) -> Rule:
    """Make the rule: one size, one color, or the lines at a discount come back more often than the rest."""

    def rule(facts: Facts) -> Iterator[Finding]:
        values, labels = _values(facts.context, kind)
        found = parts(facts.context, values, max(len(labels), 1))
        for at in np.flatnonzero(_stands_out(facts, kind, found.value, found.probability)).tolist():
            numbers: dict[str, Value] = {
                "rate": float(found.rate[at]),
                "lines": int(found.lines[at]),
                "expected_rate": float(found.expected[at]),
            }
            # Several sizes of a product may stand out: only the costliest becomes its alert.
            label: dict[str, Value] = {} if kind == "discount" else {"value": labels[found.value[at]]}
            yield Finding(
                kind,
                int(found.product[at]),
                max(float(found.cost_minor[at]), 0.0),
                float(found.probability[at]),
                np.nan,
                EVIDENCE[kind],
                ADVICE[kind],
                numbers | label,
            )

    return rule


def ordered_to_choose(facts: Facts) -> Iterator[Finding]:
    """Bracketing: too many of the product's lines are ordered in several sizes or colors at once."""
    found = choosing(facts.context)
    for product in np.flatnonzero(found.probability >= facts.sure).tolist():
        numbers: dict[str, Value] = {
            "share": float(found.share[product]),
            "lines": int(found.lines[product]),
            "parent_share": float(found.parent_share[product]),
        }
        yield Finding(
            "ordered_to_choose",
            product,
            max(float(found.cost_minor[product]), 0.0),
            float(found.probability[product]),
            np.nan,
            EVIDENCE["ordered_to_choose"],
            ADVICE["ordered_to_choose"],
            numbers,
        )


def spike(facts: Facts) -> Iterator[Finding]:
    """The product's rate rose in the last weeks; its probability is 1 minus the share of false ones among rises."""
    context, spikes = facts.context, facts.spikes
    since = spikes.since_day[context.lines.product]
    group = Group(context.lines.day >= since, context.lines.product, len(spikes.spike), context.evidence)
    lines, each = group.sums(np.ones(len(context.lines))), mean_cost(context, group)
    for product in np.flatnonzero(spikes.spike).tolist():
        before, after = float(spikes.rate_before[product]), float(spikes.rate_after[product])
        day = float(spikes.since_day[product])
        evidence, more = _rise(facts, product)
        yield Finding(
            "spike",
            product,
            max(after - before, 0.0) * float(lines[product] * each[product]),
            1.0 - float(spikes.q_value[product]),
            day,
            EVIDENCE[evidence],
            ADVICE["spike"],
            {"rate_before": before, "rate_after": after, "lines": int(lines[product])} | more | _since(day),
        )


def excess(facts: Facts) -> Iterator[Finding]:
    """The product comes back more than its customers and baskets let expect, by any amount: money ranks the alert."""
    context = facts.context
    places = np.flatnonzero(~np.isnan(context.products.expected))
    known, expected = posterior(context.products.take(places), context.prior), context.products.expected[places]
    probability = known.above(expected)
    group = Group(context.longest, context.lines.product, len(context.products.expected), context.evidence)
    lines, each = group.sums(np.ones(len(context.lines)))[places], mean_cost(context, group)[places]
    cost, rate = (known.mean - expected) * lines * each, known.mean
    for at in np.flatnonzero(probability >= facts.sure).tolist():
        yield Finding(
            "excess",
            int(places[at]),
            max(float(cost[at]), 0.0),
            float(probability[at]),
            np.nan,
            EVIDENCE["excess"],
            ADVICE["excess"],
            {"rate": float(rate[at]), "lines": int(lines[at]), "expected_rate": float(expected[at])},
        )


CAUSES: tuple[Rule, ...] = (
    *(of_reason(kind) for kind in REASON_KINDS),
    *(of_parts(kind) for kind in ("one_size", "one_color", "discount")),
    ordered_to_choose,
    spike,
)
"""The rules that name a cause; `excess` is for products without a finding of these."""


def _stands_out(facts: Facts, kind: str, value: Ints, probability: Floats) -> Bools:
    sure = probability >= facts.sure
    return np.asarray(sure & (value == 1) if kind == "discount" else sure, dtype=np.bool_)


def _values(context: Context, kind: str) -> tuple[Ints, list[str]]:
    """Give each line's part of its product, and the names of the parts."""
    lines = context.lines
    if kind == "one_size":
        return lines.size, lines.names.size
    if kind == "one_color":
        return lines.color, lines.names.color
    share = lines.discount_share
    return np.where(np.isnan(share), NONE, share > 0).astype(np.int64), ["full price", "discount"]


def _advice(facts: Facts, kind: str, product: int, found: Ints) -> tuple[str, dict[str, Value]]:
    """Give the advice on a reason, and the values in its sentence: sizes, a color or a supplier."""
    place = REASONS.index(REASON_KINDS[kind])
    if kind in {"runs_small", "runs_large"}:
        sizes = facts.carriers.sizes(product, place)
        return (f"{kind}_sizes", {"sizes": sizes}) if sizes else (kind, {})
    if f"{kind}_values" in ADVICE and (values := facts.carriers.value(product, place)):
        return f"{kind}_values", {"values": values}
    if kind == "defective" and (more := _of_supplier(facts, product, found)):
        return f"{kind}_supplier", more
    return kind, {}


def _of_supplier(facts: Facts, product: int, found: Ints) -> dict[str, Value]:
    """Name the supplier where more of its other products are found than chance explains (hypergeometric test)."""
    suppliers, sold = facts.context.lines.names.product_supplier, ~np.isnan(facts.context.products.expected)
    own = suppliers == suppliers[product]
    others, siblings = int(own[found].sum()) - 1, int((own & sold).sum()) - 1
    chance = float(hypergeom.sf(others - 1, int(sold.sum()) - 1, len(found) - 1, siblings))
    if suppliers[product] == NONE or others == 0 or chance >= _SUPPLIER_CHANCE:
        return {}
    return {"supplier": facts.context.lines.names.supplier[suppliers[product]], "others": others}


def _rise(facts: Facts, product: int) -> tuple[str, dict[str, Value]]:
    """Give the sentence on a spike, and its numbers about the reason that rose, if there is one."""
    place = int(facts.spikes.reason[product])
    if place == NONE:
        return "spike", {}
    kind = next(kind for kind, reason in REASON_KINDS.items() if reason == REASONS[place])
    return f"{kind}_since", {"reason": REASONS[place].value} | _shares(facts.studied, product, place)


def _shares(studied: Study, product: int, place: int) -> dict[str, Value]:
    """Give the share of the reason in the product's returns and in its category's."""
    return {
        "share": float(studied.share[product, place]),
        "returns": int(studied.returns[product].sum()),
        "parent_share": float(studied.parent_share[product, place]),
    }


def _since(day: float) -> dict[str, Value]:
    """Give the day as a value of the sentences."""
    if np.isnan(day):
        return {}
    return {"since": str(np.datetime64(int(day * MICROSECONDS_PER_DAY), "us").astype("datetime64[D]"))}
