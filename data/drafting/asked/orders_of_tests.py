"""Orders that a shop places to test its checkout: nobody keeps or returns their goods."""

import re

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import written
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import YES, Roles

TEST = re.compile(
    r"^\W*(tests?|testing|dummy|bogus|sandbox)\W*$|^test[ _-]?\d+$|\bbogus gateway\b|テスト注文|测试订单"
    r"|\b(test|dummy|fake)[ _-]?(order|bestell|auftrag|einkauf|kauf|purchase|transaction|commande|pedido|ordine)"
    r"|\b(order|commande|pedido|ordine|encomenda) (de |di )?(test|prueba|prova|teste)\b|\bzam[oó]wienie testowe"
    r"|тестов\w+ заказ",
    re.IGNORECASE,
)
"""Texts that say that an order is one of a test."""
MARK = re.compile(r"(is )?(test|test order|testbestellung|test mode)")
"""Plain names of columns whose ``yes`` marks the orders of tests."""
OF_GOODS = {
    "product_id", "name", "brand", "category", "supplier", "size", "color", "email", "phone", "comment", "reason",
    "condition", "quantity", "price_minor", "price_of_line",
}  # fmt: skip
"""Roles of columns in which a test is something that is sold, or that a customer wrote."""
HALF = 0.5
MOST_NAMED = 50
"""Values that a rule names, at most."""


def find(lines: Roles, joined: Roles | None) -> tuple[CommentedMap, str] | None:
    """Find the column by which most rows are of test orders: a condition that holds for these, and what to ask.

    Of several the one with fewest values is taken: a tag marks the test orders of other months, too.
    """
    found = [
        (sum(values.values()), -len(values), roles, column, values)
        for roles in filter(None, (lines, joined))
        for column in _columns(roles)
        if (values := _values(roles, column)) and sum(values.values()) < HALF * roles.sheet.rows
    ]
    if not found:
        return None
    rows, _, roles, column, values = max(found, key=lambda each: each[:2])
    named = list(values)[:MOST_NAMED]
    test, more = written.condition(roles.named(column, lines), named, roles.sheet.values(column))
    left = f"; {len(values) - MOST_NAMED:,} more values are not named" if len(values) > MOST_NAMED else ""
    return test, f"CHECK: are these {rows:,} rows of test orders?{left}{more}"


def _columns(roles: Roles) -> list[str]:
    goods = {column for role, column in roles.columns.items() if role in OF_GOODS}
    return [name for name in roles.sheet.columns if name not in goods]


def _values(roles: Roles, column: str) -> dict[str, int]:
    """The values of ``column`` that mark test orders, with their counts."""
    pattern = YES if MARK.fullmatch(plain(roles.sheet.header(column))) else TEST
    values = _ids(roles, column) if column == roles.get("order_id") else roles.sheet.values(column)
    return {value: count for value, count in values.items() if pattern.search(value)}


def _ids(roles: Roles, column: str) -> dict[str, int]:
    """The ids of orders with a word for a test: of ids, `Sheet.values` gives the first ones alone."""
    cell = roles.sheet.cell(column)
    words = f"regexp_matches({cell}, 'test|dummy|bogus|fake|sandbox', 'i')"
    query = f"SELECT {cell}, count(*) FROM {roles.sheet.table} WHERE {words} GROUP BY 1 ORDER BY 2 DESC, 1"
    return {str(value): int(count) for value, count in sql.rows(roles.sheet.connection, query)}
