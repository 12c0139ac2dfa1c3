"""Addresses of pages, with ids quoted."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote, urlencode

HOME: Final = "/products"


def quoted(text: str) -> str:
    """Write a text as one part of a path."""
    return quote(text, safe="")


def item_url(product_id: str) -> str:
    """Give the address of a product's page."""
    return f"{HOME}/item/{quoted(product_id)}"


def address(path: str, values: Mapping[str, object]) -> str:
    """Give an address with parameters."""
    return f"{path}?{urlencode(values)}" if values else path


def inside(path: str) -> str:
    """Give an address of these pages, also where ``path`` is another one: prevents open redirects."""
    first = path.partition("?")[0]
    plain = (
        path.isascii()
        and path.isprintable()
        and "\\" not in path
        and "//" not in first
        and ".." not in unquote(first).split("/")
    )
    return path if plain and (first == HOME or first.startswith(f"{HOME}/")) else HOME
