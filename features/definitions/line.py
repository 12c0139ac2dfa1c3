"""The line columns, basket counters and derived columns that keys and features read."""

from features.language.algebra import Operand, band, missing, where
from features.language.nodes import BasketCounter, Derived, LineColumn, Over

CUSTOMER_ID = LineColumn("customer_id")
PRODUCT_ID = LineColumn("product_id")
ORDERED_AT = LineColumn("ordered_at")
QUANTITY = LineColumn("quantity")
PRICE = LineColumn("price_minor")
LIST_PRICE = LineColumn("list_price_minor")
VALUE = LineColumn("value_minor")  # price times quantity
SIZE = LineColumn("size")
SIZE_SYSTEM = LineColumn("size_system")
SIZE_VALUE = LineColumn("size_value")
COLOR = LineColumn("color")
BRAND = LineColumn("brand")
CATEGORY = LineColumn("category")
DEPARTMENT = LineColumn("department")
SUPPLIER = LineColumn("supplier")
REGION = LineColumn("region")
PAYMENT = LineColumn("payment_method")
CHANNEL = LineColumn("channel")
VOUCHER = LineColumn("voucher_used")
REGISTERED_AT = LineColumn("registered_at")
LAUNCHED_AT = LineColumn("launched_at")
BIRTH_YEAR = LineColumn("birth_year")
TITLE = LineColumn("title")

BASKET_LINES = BasketCounter("basket_lines")
BASKET_VALUE = BasketCounter("basket_value_minor", value="value_minor")
PRODUCT_LINES = BasketCounter("basket_product_lines", columns=("product_id",))
PRODUCT_SIZE_LINES = BasketCounter("basket_product_size_lines", columns=("product_id", "size"))
PRODUCT_COLOR_LINES = BasketCounter("basket_product_color_lines", columns=("product_id", "color"))
CATEGORY_LINES = BasketCounter("basket_category_lines", columns=("category",))
SYSTEM_LINES = BasketCounter("basket_size_system_lines", columns=("size_system",))
BRAND_LINES = BasketCounter("basket_brand_lines", columns=("brand",))
SIZED_LINES = BasketCounter("basket_product_size_system_lines", columns=("product_id", "size_system"))
SIZES_TOTAL = BasketCounter("basket_product_size_total", columns=("product_id", "size_system"), value="size_value")
SIZES_LARGER = BasketCounter(
    "basket_product_larger_sizes", columns=("product_id", "size_system"), value="size_value", over=Over.ABOVE
)
DEARER_LINES = BasketCounter("basket_dearer_lines", value="price_minor", over=Over.ABOVE)

PRICE_EDGES = (500, 1000, 1500, 2000, 3000, 4000, 5000, 7000, 10_000, 15_000, 20_000, 30_000, 50_000, 100_000)
"""Bounds of price bands in minor units: about five to a factor of ten, closer where most prices lie."""

PRICE_BAND = Derived("price_band", (PRICE,), lambda price: band(price, PRICE_EDGES))
BASKET_BAND = Derived("basket_band", (BASKET_LINES,), lambda lines: band(lines, (2, 3, 4, 6, 9, 13)))
DUPLICATES_BAND = Derived("duplicates_band", (PRODUCT_LINES,), lambda lines: band(lines, (2, 3, 4)))


def _discount_band(price: Operand, listed: Operand) -> Operand:
    """How many of the bounds 1, 10, 20, 30, 50% the discount reaches; in whole numbers, so exact offline and online."""
    off = [where(100 * (listed - price) >= share * listed, 1, 0) for share in (1, 10, 20, 30, 50)]
    return where(missing(listed), None, off[0] + off[1] + off[2] + off[3] + off[4])


DISCOUNT_BAND = Derived("discount_band", (PRICE, LIST_PRICE), _discount_band)
