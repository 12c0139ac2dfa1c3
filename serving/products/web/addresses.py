"""Addresses of pages, with ids quoted."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote, urlencode

HOME: Final = "/products"
_PLAIN: Final = re.compile(r"[\w.~-]+")


def quoted(text: str) -> str:
    """Write a text as one part of a path."""
    return quote(text, safe="")


def item_url(product_id: str, **values: object) -> str:
    """Give the address of a product's page, with further ``values``."""
    return _of_product(f"{HOME}/item", product_id, values)


def part_url(part: str, product_id: str) -> str:
    """Give the address of one part of a product's page as CSV."""
    return _of_product(f"{HOME}/parts/{part}", product_id, {})


def _of_product(path: str, product_id: str, values: Mapping[str, object]) -> str:
    """Put an id into the path, and one with other signs than letters, digits, ``.``, ``_``, ``~`` and ``-`` behind it.

    Browsers and proxies change paths: they resolve ``..``, and some unpack or refuse a quoted slash.
    """
    if _PLAIN.fullmatch(product_id) and product_id.strip("."):
        return address(f"{path}/{quoted(product_id)}", values)
    return address(path, {"id": product_id, **values})


def address(path: str, values: Mapping[str, object]) -> str:
    """Give an address with parameters."""
    return f"{path}?{urlencode(values)}" if values else path


def inside(path: str, home: str = HOME) -> str:
    """Give an address of the pages under ``home``, also where ``path`` is another one: prevents open redirects."""
    first = path.partition("?")[0]
    plain = (
        path.isascii()
        and path.isprintable()
        and "\\" not in path
        and "//" not in first
        and ".." not in unquote(first).split("/")
    )
    return path if plain and (first == home or first.startswith(f"{home}/")) else home
