"""Several products side by side in one row, such as ``Item 1 SKU`` and ``Item 2 SKU``: a mapping reads one a row."""

import re
from collections import defaultdict

from data import sql
from data.drafting.headers.vocabulary import rank
from data.drafting.roles import Roles
from data.drafting.sheet import Sheet

NUMBER = re.compile(r"[ _.(-]*\d+\)?|(?<=[a-z])\d+")
OF_LINES = ("product_id", "name", "quantity", "price_minor", "size", "color", "return_quantity", "flag", "returned_at")
"""Roles whose columns belong to one of the products."""


def note(lines: Roles) -> str:
    """Ask for rows with one product each, with the columns of all of them; empty where no product has further ones."""
    stems = defaultdict(list)
    for column in lines.sheet.columns:
        stem = " ".join(NUMBER.sub(" ", lines.sheet.header(column)).split())
        stems[stem].append(column)
    wide = {stem: columns for stem, columns in stems.items() if len(columns) > 1 and _is_of_lines(stem)}
    products = [columns for stem, columns in wide.items() if rank("product_id", stem) is not None]
    if not any(_are_filled_together(lines.sheet, columns) for columns in products):
        return ""
    named = "; ".join(", ".join(columns) for columns in wide.values())
    return (
        f"CHECK: a row has several products side by side: {named}. A mapping reads one product from a row, and the "
        "others would be lost: write a row for each product first"
    )


def _is_of_lines(stem: str) -> bool:
    return any(rank(role, stem) is not None for role in OF_LINES)


def _are_filled_together(sheet: Sheet, columns: list[str]) -> bool:
    """Whether some row has different values in the first two of the ``columns``."""
    one, two = (sheet.cell(column) for column in columns[:2])
    query = f"SELECT count(*) FROM {sheet.table} WHERE {one} <> '' AND {two} <> '' AND {one} <> {two}"
    return sql.number(sheet.connection, query) > 0
