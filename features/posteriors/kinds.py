"""The kinds of levels that a line belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass

from features.definitions import keys, line
from features.definitions.selection import lacking
from features.language.nodes import Key
from features.params import LevelVariances

OF_PRODUCT = "product"
"""The factor of levels of products and of their kinds."""


@dataclass(frozen=True)
class Kind:
    """A kind of levels: one for each value of ``key``, with the prior ``variance`` (squared log-odds) around 0.

    ``factor``: the factor of the catalog that its levels belong to.
    """

    key: Key
    variance: float
    factor: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The line columns that name a level."""
        return tuple(column.name for column in self.key.columns)

    @property
    def of_product(self) -> bool:
        """Whether its levels are those of a product, of which a product that was never sold has none."""
        return line.PRODUCT_ID in self.key.columns

    @property
    def of_customer(self) -> bool:
        """Whether its levels are those of a customer."""
        return line.CUSTOMER_ID in self.key.columns


def kinds_of(variances: LevelVariances, columns: frozenset[str]) -> tuple[Kind, ...]:
    """List the kinds whose columns the source has."""
    return tuple(kind for kind in _every(variances) if not any(lacking(column, columns) for column in kind.key.columns))


def _every(variances: LevelVariances) -> Iterator[Kind]:
    groups = [
        (variances.customer, "customer", (keys.CUSTOMER,)),
        (variances.customer_kind, "customer", (keys.CUSTOMER_CATEGORY, keys.CUSTOMER_SIZE_SYSTEM)),
        (variances.product, OF_PRODUCT, (keys.PRODUCT,)),
        (variances.variant, OF_PRODUCT, (keys.PRODUCT_SIZE, keys.PRODUCT_COLOR)),
        (variances.kind, OF_PRODUCT, (keys.CATEGORY, keys.BRAND, keys.SUPPLIER)),
        (variances.kind, "size", (keys.SIZE_LABEL,)),
        (variances.kind, "context", (keys.PAYMENT, keys.CHANNEL)),
    ]
    for variance, factor, group in groups:
        for key in group:
            yield Kind(key, variance, factor)
