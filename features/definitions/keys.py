"""The keys of counters: shop, customers, products, and kinds of lines."""

from features.definitions import line
from features.language.nodes import Key

SHOP = Key("shop", (), daily=True)
DEPARTMENT = Key("department", (line.DEPARTMENT,), daily=True)
CATEGORY = Key("category", (line.CATEGORY,), daily=True)
BRAND = Key("brand", (line.BRAND,), daily=True)
SUPPLIER = Key("supplier", (line.SUPPLIER,), daily=True)
REGION = Key("region", (line.REGION,), daily=True)
PAYMENT = Key("payment_method", (line.PAYMENT,), daily=True)
TITLE = Key("title", (line.TITLE,), daily=True)
CHANNEL = Key("channel", (line.CHANNEL,), daily=True)
SIZE_LABEL = Key("size_label", (line.SIZE,), daily=True)

CUSTOMER = Key("customer", (line.CUSTOMER_ID,))
CUSTOMER_CATEGORY = Key("customer_category", (line.CUSTOMER_ID, line.CATEGORY))
CUSTOMER_BRAND = Key("customer_brand", (line.CUSTOMER_ID, line.BRAND))
CUSTOMER_SIZE_SYSTEM = Key("customer_size_system", (line.CUSTOMER_ID, line.SIZE_SYSTEM))
CUSTOMER_CATEGORY_SIZE_SYSTEM = Key(
    "customer_category_size_system", (line.CUSTOMER_ID, line.CATEGORY, line.SIZE_SYSTEM)
)
CUSTOMER_BASKET = Key("customer_basket_size", (line.CUSTOMER_ID, line.BASKET_BAND))
CUSTOMER_PRODUCT = Key("customer_product", (line.CUSTOMER_ID, line.PRODUCT_ID))

PRODUCT = Key("product", (line.PRODUCT_ID,))
PRODUCT_SIZE = Key("product_size", (line.PRODUCT_ID, line.SIZE))
PRODUCT_COLOR = Key("product_color", (line.PRODUCT_ID, line.COLOR))
PRODUCT_BASKET = Key("product_basket_size", (line.PRODUCT_ID, line.BASKET_BAND))

PRICE_SYSTEM_BRAND = Key("price_size_system_brand", (line.PRICE_BAND, line.SIZE_SYSTEM, line.BRAND), daily=True)
PRICE_CATEGORY = Key("price_category", (line.PRICE_BAND, line.CATEGORY), daily=True)
SYSTEM_COLOR = Key("size_system_color", (line.SIZE_SYSTEM, line.COLOR), daily=True)
SYSTEM_DISCOUNT = Key("size_system_discount", (line.SIZE_SYSTEM, line.DISCOUNT_BAND), daily=True)
SYSTEM_REGION = Key("size_system_region", (line.SIZE_SYSTEM, line.REGION), daily=True)
BASKET_DUPLICATES = Key("basket_size_duplicates", (line.BASKET_BAND, line.DUPLICATES_BAND), daily=True)
