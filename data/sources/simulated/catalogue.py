"""Constants of the simulated shop: categories, sizes, seasons, brands, colors, payments, channels and regions.

Levels are hazards: a line with total hazard h comes back with probability 1 - exp(-h).
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from data.schema import Reason

DEPARTMENTS = ("fashion", "electronics")
FASHION, ELECTRONICS = range(2)


@dataclass(frozen=True)
class SizeSystem:
    """Labels from small to large.

    ``step``: from one label to the next, in standard deviations of the population's bodies.
    ``tolerance``: steps by which a label may miss and still fit.
    """

    labels: tuple[str, ...]
    step: float
    tolerance: float


SIZE_SYSTEMS: dict[str, SizeSystem] = {
    "none": SizeSystem(("",), 1.0, 1.0),
    "one": SizeSystem(("one size",), 1.0, 1.0),
    "letters": SizeSystem(("xs", "s", "m", "l", "xl", "xxl"), 0.80, 0.65),
    "eu": SizeSystem(tuple(str(size) for size in range(34, 48, 2)), 0.62, 0.70),
    "inches": SizeSystem(tuple(str(size) for size in range(26, 39)), 0.38, 0.95),
    "shoes": SizeSystem(tuple(f"{half / 2:g}" for half in range(72, 93)), 0.28, 1.20),
}
SHOES = list(SIZE_SYSTEMS).index("shoes")


@dataclass(frozen=True)
class Category:
    """A category of products.

    ``women``, ``men``: how often they order it, within its department. ``season``: a key of `SEASONS`.
    ``life_days``: how long a product stays on sale. ``price``: median list price in major units.
    ``fit``, ``taste``, ``fault``, ``incompatible``: levels of the hazards of those causes.
    ``several``: share of lines with more than one piece.
    """

    name: str
    department: int
    women: float
    men: float
    season: str
    size_system: str
    life_days: int
    price: float
    fit: float
    taste: float
    fault: float
    incompatible: float
    several: float


CATEGORIES = (
    Category("dresses", FASHION, 24, 1, "summer", "eu", 300, 60, 0.209, 0.116, 0.011, 0.0, 0.005),
    Category("jeans", FASHION, 14, 18, "all", "inches", 500, 70, 0.250, 0.079, 0.011, 0.0, 0.01),
    Category("shoes", FASHION, 17, 19, "all", "shoes", 360, 80, 0.225, 0.098, 0.016, 0.0, 0.005),
    Category("shirts", FASHION, 14, 28, "summer", "letters", 330, 30, 0.140, 0.085, 0.012, 0.0, 0.06),
    Category("coats", FASHION, 9, 10, "winter", "letters", 300, 130, 0.191, 0.118, 0.014, 0.0, 0.002),
    Category("knitwear", FASHION, 12, 12, "winter", "letters", 320, 50, 0.147, 0.100, 0.016, 0.0, 0.01),
    Category("sportswear", FASHION, 10, 12, "all", "letters", 360, 40, 0.153, 0.083, 0.009, 0.0, 0.03),
    Category("bags", FASHION, 9, 4, "all", "one", 420, 55, 0.0, 0.176, 0.017, 0.0, 0.005),
    Category("headphones", ELECTRONICS, 20, 18, "gifts", "none", 600, 85, 0.0, 0.034, 0.025, 0.011, 0.01),
    Category("phones", ELECTRONICS, 16, 15, "gifts", "none", 480, 420, 0.0, 0.034, 0.024, 0.007, 0.005),
    Category("laptops", ELECTRONICS, 10, 12, "all", "none", 480, 780, 0.0, 0.038, 0.026, 0.009, 0.002),
    Category("cables", ELECTRONICS, 20, 24, "all", "none", 900, 14, 0.0, 0.011, 0.018, 0.033, 0.18),
    Category("cameras", ELECTRONICS, 8, 9, "gifts", "none", 720, 460, 0.0, 0.043, 0.021, 0.012, 0.002),
    Category("smartwatches", ELECTRONICS, 14, 12, "gifts", "none", 480, 210, 0.006, 0.044, 0.027, 0.016, 0.004),
    Category("speakers", ELECTRONICS, 12, 10, "gifts", "none", 600, 110, 0.0, 0.031, 0.022, 0.009, 0.02),
)

SEASONS: dict[str, tuple[float, ...]] = {
    "all": (1.0,) * 12,
    "summer": (0.6, 0.7, 1.0, 1.3, 1.5, 1.5, 1.4, 1.1, 0.8, 0.6, 0.6, 0.7),
    "winter": (1.3, 1.0, 0.8, 0.6, 0.4, 0.3, 0.3, 0.6, 1.2, 1.6, 1.7, 1.5),
    "gifts": (0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.0, 1.0, 1.5, 1.7),
}
"""How often a category is ordered, from January to December."""

_WORDS = (
    "alder amber aspen atlas birch bloom breeze canyon cedar cirrus clover coast cobalt comet coral delta dune echo "
    "ember fern fjord flint glade grove harbor haven heron indigo iris ivory juno lagoon lark linden lotus lumen "
    "maple marlin meadow mesa mistral nova oasis onyx opal orchid pebble pine prairie quartz raven reef ridge "
    "saffron sage sierra slate solar spruce stella summit terra tide topaz tundra vale vega willow wren zephyr "
    "zinnia"
)
MODELS = tuple(_WORDS.split())
"""Words in the names of products."""

BRANDS = (
    ("alvik", "bonmare", "cassel & co", "dorla", "elmhurst", "fjorde", "galante", "hemsby", "isolde", "juniper row"),
    ("kestrel audio", "lumora", "mikado", "northgrid", "orbivox", "pentacam", "quantis", "rivertone"),
)
"""By department, the most popular first."""

COLORS = ("black", "white", "navy", "grey", "beige", "red", "green", "blue", "pink", "brown", "yellow", "olive")
PAYMENTS = ("card", "paypal", "invoice", "instalments", "prepayment")
PAYMENT_SHARES = (0.30, 0.27, 0.30, 0.07, 0.06)
PAYMENT_EFFECTS = (0.0, -0.03, 0.32, 0.15, -0.35)
"""Added to the log of the return hazard: customers who pay only for kept lines return more."""

CHANNELS = ("web", "app", "store")
CHANNEL_SHARES = (0.55, 0.38, 0.07)
CHANNEL_EFFECTS = (0.0, 0.08, -0.45)

REGIONS = ("north", "south", "east", "west", "central", "alps", "coast", "islands")
REGION_SHARES = (0.16, 0.20, 0.12, 0.22, 0.14, 0.07, 0.06, 0.03)
REGION_EFFECTS = (0.03, -0.05, 0.0, 0.08, 0.02, -0.08, 0.0, -0.20)
REGION_LATENESS = (0.9, 0.9, 1.1, 0.8, 0.8, 1.5, 1.2, 3.0)

TITLES = ("ms", "mr", "none")
TITLE_SHARES = (0.56, 0.38, 0.06)

FAULTS = ("none", "defective", "runs_small", "runs_large", "not_as_described")
FAULT_NONE, FAULT_DEFECTIVE, FAULT_SMALL, FAULT_LARGE, FAULT_DESCRIPTION = range(5)

CAUSES = tuple(reason for reason in Reason if reason is not Reason.UNKNOWN)
"""The true reasons, in the order of the truth table's columns."""

DETAILS: dict[Reason, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Reason.SIZE_TOO_SMALL: (("too_tight", "too_short", "narrow_cut"), ("strap_too_short",)),
    Reason.SIZE_TOO_LARGE: (("too_wide", "too_long", "loose_cut"), ("strap_too_long",)),
    Reason.DEFECTIVE: (("seam_open", "zip_broken", "stain_or_hole"), ("does_not_start", "battery_weak", "part_broken")),
    Reason.NOT_AS_DESCRIBED: (("material_differs", "looks_unlike_photo"), ("function_missing", "looks_unlike_photo")),
    Reason.WRONG_ITEM: (("wrong_product", "wrong_variant"), ("wrong_product", "wrong_variant")),
    Reason.COLOR: (("color_differs", "color_disliked"), ("color_disliked",)),
    Reason.STYLE: (("cut_disliked", "does_not_suit"), ("design_disliked",)),
    Reason.UNWANTED: (("changed_mind", "ordered_to_choose", "gift_unwanted"), ("changed_mind", "cheaper_elsewhere")),
    Reason.OTHER: (("no_detail",), ("no_detail",)),
    Reason.ARRIVED_LATE: (("needed_earlier",), ("needed_earlier",)),
    Reason.INCOMPATIBLE: (("does_not_match",), ("wrong_connector", "device_not_supported")),
}
"""The shop's own finer reasons, by department."""


def levels(field: str) -> Floats:
    """Give one field of all categories as numbers, in their order."""
    return np.array([getattr(category, field) for category in CATEGORIES], dtype=np.float64)


def departments() -> Ints:
    """Give the department of each category."""
    return np.array([category.department for category in CATEGORIES], dtype=np.int64)


def size_systems() -> Ints:
    """Give the size system of each category, as its position in `SIZE_SYSTEMS`."""
    names = list(SIZE_SYSTEMS)
    return np.array([names.index(category.size_system) for category in CATEGORIES], dtype=np.int64)
