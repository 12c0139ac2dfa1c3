"""Why lines come back: a hazard for each cause, and the true probability that follows from all of them.

A cause with hazard h would send the line back with probability 1 - exp(-h) if it were alone; the causes compete, so
that all of them together do with 1 - exp(-sum), and the one that did is drawn in proportion to the hazards.
"""

from dataclasses import dataclass

import numpy as np

from data.schema import Reason
from data.sources.simulated import catalogue
from data.sources.simulated.draws import FloatArray, IntArray
from data.sources.simulated.lines import Lines
from data.sources.simulated.orders import Orders
from data.sources.simulated.prices import Prices
from data.sources.simulated.shop import Shop

ROW = {reason: row for row, reason in enumerate(catalogue.CAUSES)}
"""Row of each cause in a table of hazards or shares: one row a cause, one column a line."""

_LATE_HAZARD = (0.35, 0.12)
"""Of a late delivery, by department."""
_ONE_IS_KEPT = {True: 0.94, False: 0.75}
"""How often a bracket (of sizes: True, of colors: False) is ordered to keep no more than one line of it."""
_FAULT_HAZARD = (0.0, 0.45, 0.0, 0.0, 0.55)
_FAULT_SHIFT = (0.0, 0.0, -2.0, 2.0, 0.0)
"""What a fault adds, by its kind: to the hazard of its cause, or to the tolerances by which a label misses."""


@dataclass(frozen=True)
class Causes:
    """One column a line: all that decides whether it comes back, as it stands at checkout."""

    hazards: FloatArray
    """Of each cause but lateness, whose row is 0."""
    late_hazard: FloatArray
    """Added for `Reason.ARRIVED_LATE` if the delivery is late."""
    one_is_kept: FloatArray
    """Probability that at most one line of its bracket is kept; 0 for lines that stand alone."""
    preference: FloatArray
    """Log weight with which a bracket's line is the one preferred."""
    preferred: FloatArray
    """Probability that it is the one preferred, given that at most one is kept."""
    spurned: FloatArray
    """P(cause | returned for another line of the bracket), one row a cause."""

    @property
    def chosen_against(self) -> FloatArray:
        """Probability that the line comes back because another line of its bracket is preferred."""
        return np.asarray(self.one_is_kept * (1.0 - self.preferred), dtype=np.float64)


def causes_of(shop: Shop, orders: Orders, lines: Lines, prices: Prices) -> Causes:
    """Weigh the causes of every line."""
    department = shop.products.department[lines.product]
    late = np.take(_LATE_HAZARD, department) * shop.customers.impatience[lines.customer]
    preference = _preference(shop, lines)
    one = np.where(lines.by_size, _ONE_IS_KEPT[True], np.where(lines.by_color, _ONE_IS_KEPT[False], 0.0))
    return Causes(
        hazards=_hazards(shop, orders, lines, prices),
        late_hazard=shop.params.return_level * np.where(orders.gift[lines.order], 2.0, 1.0) * late,
        one_is_kept=one,
        preference=preference,
        preferred=_softmax_by_item(preference, lines),
        spurned=_spurned(lines),
    )


def late_probability(shop: Shop, orders: Orders) -> FloatArray:
    """P(late | checkout) of each order: by region, and higher when volume peaks before Christmas."""
    month = shop.seasons.month[shop.seasons.day(orders.time)]
    peak = np.where(month == 11, 1.8, np.where(month == 10, 1.3, 0.9))
    return np.minimum(shop.params.late_share * np.take(catalogue.REGION_LATENESS, orders.region) * peak, 0.6)


def truth_of(causes: Causes, late: FloatArray, undelivered: float) -> tuple[FloatArray, FloatArray]:
    """P(returned) and P(cause | returned) of each line at checkout.

    What is not fixed at checkout is integrated out: whether the delivery comes late (``late``, one a line) or never
    (``undelivered``), and which line of a bracket is preferred.
    """
    total = causes.hazards.sum(axis=0)
    with_late = total + causes.late_hazard
    on_time_return = (1.0 - late) * -np.expm1(-total)
    late_return = late * -np.expm1(-with_late)
    against = causes.chosen_against
    own = 1.0 - against
    probability = against + own * (on_time_return + late_return)
    # P(cause and returned): each state of the delivery shares out its returns in proportion to its hazards.
    share = own * (on_time_return / total + late_return / with_late) * causes.hazards
    share[ROW[Reason.ARRIVED_LATE]] = own * late_return / with_late * causes.late_hazard
    share += against * causes.spurned
    return (1.0 - undelivered) * probability, share / probability


def _hazards(shop: Shop, orders: Orders, lines: Lines, prices: Prices) -> FloatArray:
    items, category = shop.products, shop.products.category[lines.product]
    spread, person = shop.params.product_spread, _person(shop, orders, lines)
    gift = np.where(orders.gift[lines.order], 1.0, 0.0)
    fault = np.where(lines.time >= items.fault_from[lines.product], items.fault[lines.product], catalogue.FAULT_NONE)
    extra = np.take(_FAULT_HAZARD, fault)
    small, large = _size_hazards(catalogue.levels("fit")[category], lines.misfit, fault)
    faulty = catalogue.levels("fault")[category]
    poor = np.exp(-spread * items.quality[lines.product])
    dishonest = np.exp(-spread * items.honesty[lines.product])
    taste = catalogue.levels("taste")[category] * person * _taste(shop, orders, lines, prices)
    impulse = np.exp(0.9 * prices.discount + 0.9 * gift)
    hue = np.exp(0.6 * spread * shop.draws.normal("product/hue", lines.product * 64 + lines.color))
    mild = np.sqrt(person)
    hazards = np.zeros((len(catalogue.CAUSES), len(lines.product)))
    hazards[ROW[Reason.SIZE_TOO_SMALL]] = small * person
    hazards[ROW[Reason.SIZE_TOO_LARGE]] = large * person
    hazards[ROW[Reason.DEFECTIVE]] = mild * (faulty * poor + extra * (fault == catalogue.FAULT_DEFECTIVE))
    hazards[ROW[Reason.NOT_AS_DESCRIBED]] = mild * (
        (0.4 * faulty + 0.14 * catalogue.levels("taste")[category]) * dishonest
        + extra * (fault == catalogue.FAULT_DESCRIPTION)
    )
    hazards[ROW[Reason.WRONG_ITEM]] = 0.003
    hazards[ROW[Reason.COLOR]] = 0.25 * taste * hue
    hazards[ROW[Reason.STYLE]] = 0.45 * taste
    hazards[ROW[Reason.UNWANTED]] = 0.30 * taste * impulse
    hazards[ROW[Reason.OTHER]] = 0.004 * person
    hazards[ROW[Reason.INCOMPATIBLE]] = catalogue.levels("incompatible")[category] * mild * dishonest
    return np.asarray(shop.params.return_level * hazards, dtype=np.float64)


def _person(shop: Shop, orders: Orders, lines: Lines) -> FloatArray:
    """Factor of who orders, how, where and when; with lasting likings for categories and brands."""
    people, draws = shop.customers, shop.draws
    category = shop.products.category[lines.product]
    of_order = (
        people.propensity[orders.customer]
        + np.take(catalogue.PAYMENT_EFFECTS, orders.payment)
        + np.take(catalogue.CHANNEL_EFFECTS, orders.channel)
        + np.take(catalogue.REGION_EFFECTS, orders.region)
        + shop.seasons.drift[shop.seasons.day(orders.time)]
    )
    liking = 0.30 * draws.normal("customer/category", lines.customer * len(catalogue.CATEGORIES) + category)
    loyalty = 0.20 * draws.normal("customer/brand", lines.customer * 1024 + shop.products.brand[lines.product])
    return np.asarray(np.exp(of_order[lines.order] + liking + loyalty), dtype=np.float64)


def _taste(shop: Shop, orders: Orders, lines: Lines, prices: Prices) -> FloatArray:
    """Factor of what is ordered: appeal, what this customer makes of this product, price, and what else is ordered."""
    spread = shop.params.product_spread
    pair = lines.customer * (shop.products.count + 1) + lines.product
    others = np.bincount(lines.order, minlength=len(orders.number))[lines.order] - 1.0
    factor = (
        0.35 * shop.draws.normal("customer/product", pair)
        - spread * shop.products.appeal[lines.product]
        + 0.45 * prices.relative
        - 0.7 * prices.discount
        + 0.10 * np.minimum(others, 8.0)
        + np.where(orders.voucher[lines.order], 0.10, 0.0)
    )
    return np.asarray(np.exp(factor), dtype=np.float64)


def _size_hazards(fit: FloatArray, misfit: FloatArray, fault: IntArray) -> tuple[FloatArray, FloatArray]:
    """Hazards of too small and too large: they grow with the miss, which a faulty cut shifts."""
    miss = misfit + np.take(_FAULT_SHIFT, fault)
    small = fit * (0.20 + np.minimum(np.maximum(-miss - 0.25, 0.0) ** 1.5, 2.2))
    large = fit * (0.17 + np.minimum(np.maximum(miss - 0.35, 0.0) ** 1.5, 2.2))
    return small, large


def _preference(shop: Shop, lines: Lines) -> FloatArray:
    """Which line of a bracket is liked best: the size that fits, the color that pleases this customer."""
    liking = shop.draws.normal("customer/color", lines.customer * 64 + lines.color)
    return np.where(lines.by_size, -1.8 * np.abs(lines.misfit), np.where(lines.by_color, 0.9 * liking, 0.0))


def _softmax_by_item(preference: FloatArray, lines: Lines) -> FloatArray:
    weight = np.exp(preference)
    count = np.diff(np.append(lines.starts, len(weight)))
    return np.asarray(weight / np.repeat(np.add.reduceat(weight, lines.starts), count), dtype=np.float64)


def _spurned(lines: Lines) -> FloatArray:
    """Reasons given for lines ordered only to choose: the wrong size by its side, the color, or no longer wanted."""
    small = 1.0 / (1.0 + np.exp(3.0 * lines.misfit))
    shares = np.zeros((len(catalogue.CAUSES), len(small)))
    shares[ROW[Reason.SIZE_TOO_SMALL]] = np.where(lines.by_size, 0.7 * small, 0.0)
    shares[ROW[Reason.SIZE_TOO_LARGE]] = np.where(lines.by_size, 0.7 * (1.0 - small), 0.0)
    shares[ROW[Reason.COLOR]] = np.where(lines.by_size, 0.0, 0.6)
    shares[ROW[Reason.UNWANTED]] = np.where(lines.by_size, 0.3, 0.4)
    return shares
